import type { Ids, Match, MatchEvent } from "@sightscreen/domain"
import { Innings, MatchEvent as Events } from "@sightscreen/domain"
import { type Recording, Timeline } from "@sightscreen/feed"
import { play, begin, read, type Story } from "./story.ts"

/** What a match should yield, worked out by another program, in the shape that the tests compare. */
export interface Truth {
  readonly result: unknown
  /** "India 255/5 (20), 19 fours, 18 sixes". */
  readonly innings: ReadonlyArray<string>
  /** Everything told, by the name of the event. Each line begins with the running number of its delivery. */
  readonly events: Readonly<Record<string, ReadonlyArray<string>>>
}

const innings = (
  team: string,
  runs: number,
  wickets: number,
  overs: string,
  fours: number,
  sixes: number
): string => `${team} ${runs}/${wickets} (${overs}), ${fours} fours, ${sixes} sixes`

const sorted = (lines: ReadonlyArray<string>): ReadonlyArray<string> =>
  [...lines].sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10) || (a < b ? -1 : 1))

/** The match watched at this pace, every so many deliveries; the last one is always read. */
export const watched = (recording: Recording.Recording, every = 1): Story => {
  const timeline = Timeline.make(recording)
  const last = timeline.times.length - 1
  const snapshots = [Timeline.snapshot(timeline, Timeline.notBegun, recording.info.startsAt)]
  timeline.times.forEach((at, position) => {
    if (position === last || (position + 1) % every === 0) {
      snapshots.push(Timeline.snapshot(timeline, position, at))
    }
  })
  return play(begin(), snapshots.map(read))
}

/** Every event that was noticed, once. */
export const noticed = ({ rulings }: Story): ReadonlyArray<MatchEvent.MatchEvent> => [
  ...new Map(rulings.map(({ event }) => [Events.key(event), event])).values()
]

const describe = (event: MatchEvent.MatchEvent): string => {
  const { seq } = event.position
  switch (event._tag) {
    case "wicket":
      return `${seq} ${event.batter} ${event.manner} b ${event.bowler} ${event.score}`
    case "fifty":
      return `${seq} ${event.batter} ${event.runs} (${event.balls})`
    case "hundred":
      return `${seq} ${event.batter} ${event.runs} (${event.balls})`
    case "batsman_on_90s":
      return `${seq} ${event.batter} ${event.runs}`
    case "consecutive_sixes":
      return `${seq} ${event.batter} ${event.count}`
    case "maiden":
      return `${seq} over ${event.position.over} by ${event.bowler}`
    default:
      return `${seq} ${Events.subject(event)}`
  }
}

const compared = [
  "wicket",
  "fifty",
  "hundred",
  "batsman_on_90s",
  "hattrick",
  "on_hattrick",
  "consecutive_sixes",
  "maiden",
  "new_batsman"
] as const

/** What the domain made of a match, in the same shape. */
export const found = (story: Story): Truth => {
  const match = story.state.match!
  const all = noticed(story)
  const boundaries = (tag: "four" | "six", number: number): number =>
    all.filter(({ _tag, position }) => _tag === tag && position.innings === number).length
  return {
    result: result(match),
    innings: match.innings.map((one) =>
      innings(
        match.info[one.batting].name,
        one.runs,
        one.wickets,
        Innings.oversLabel(one),
        boundaries("four", one.number),
        boundaries("six", one.number)
      )
    ),
    events: {
      ...Object.fromEntries(
        compared.map((tag) => [
          tag,
          sorted(all.flatMap((event) => (event._tag === tag ? [describe(event)] : [])))
        ])
      ),
      "bowler's third": sorted(
        all.flatMap((event) =>
          event._tag === "wicket" &&
          event.bowlerWickets !== null &&
          event.bowlerWickets >= 3 &&
          !isSuper(match, event)
            ? [`${event.position.seq} ${event.bowler} ${event.bowlerWickets}`]
            : []
        )
      )
    }
  }
}

const isSuper = (match: Match.Match, event: MatchEvent.MatchEvent): boolean =>
  match.innings[event.position.innings - 1]!.superOver

/** The outcome in Cricsheet's words. */
const result = ({ info, outcome }: Match.Match): unknown => {
  if (outcome === null) return null
  const name = (side: "home" | "away" | null) => (side === null ? null : info[side].name)
  const method = "method" in outcome && outcome.method !== null ? { method: outcome.method } : {}
  switch (outcome._tag) {
    case "Won":
      return {
        winner: name(outcome.winner),
        by: Object.fromEntries(Object.entries(outcome.by).filter(([, margin]) => margin !== null)),
        ...method
      }
    case "Tied":
      if (outcome.winner === null) return { result: "tie", ...method }
      return {
        result: "tie",
        [outcome.decidedBy === "bowl-out" ? "bowl_out" : "eliminator"]: name(outcome.winner),
        ...method
      }
    case "Drawn":
      return { result: "draw", ...method }
    case "NoResult":
      return { result: "no result", ...method }
    case "Awarded":
      return { winner: name(outcome.winner), method: "Awarded" }
  }
}

interface Place {
  readonly innings: number
  readonly seq: number
}

/** The files beside the recordings. */
export interface Full {
  readonly result: unknown
  readonly innings: ReadonlyArray<{
    readonly team: string
    readonly runs: number
    readonly wickets: number
    readonly overs: string
    readonly fours: number
    readonly sixes: number
    readonly super_over: boolean
    readonly by_over: ReadonlyArray<{ readonly over: number; readonly last_seq: number }>
  }>
  readonly wickets: ReadonlyArray<{
    readonly innings: number
    readonly player_out: string
    readonly kind: string
    readonly bowler: string | null
    readonly score: number
    readonly number: number | null
    readonly counts: boolean
    readonly pos: Place
  }>
  readonly new_batters: ReadonlyArray<{
    readonly innings: number
    readonly batter: string
    readonly number: number
    readonly pos: Place
  }>
  readonly milestones: ReadonlyArray<{
    readonly batter: string
    readonly milestone: number
    readonly runs: number
    readonly balls: number
    readonly super_over: boolean
    readonly pos: Place
  }>
  readonly nineties: ReadonlyArray<{ readonly batter: string; readonly runs: number; readonly pos: Place }>
  readonly on_hat_trick: ReadonlyArray<{ readonly bowler: string; readonly pos: Place }>
  readonly hat_tricks: ReadonlyArray<{ readonly bowler: string; readonly balls: ReadonlyArray<Place> }>
  readonly bowler_three_or_more: ReadonlyArray<{
    readonly bowler: string
    readonly wickets: number
    readonly pos: Place
  }>
  readonly maidens: ReadonlyArray<{
    readonly innings: number
    readonly over: number
    readonly bowler: string
    readonly super_over: boolean
  }>
  readonly consecutive_sixes: {
    readonly by_batter: ReadonlyArray<{
      readonly batter: string
      readonly length: number
      readonly innings: number
      readonly last: Place
    }>
  }
}

export const fromFull = (file: Full): Truth => {
  const isRegular = ({ innings }: { readonly innings: number }): boolean =>
    !file.innings[innings - 1]!.super_over
  return {
    result: file.result,
    innings: file.innings.map((one) =>
      innings(one.team, one.runs, one.wickets, one.overs, one.fours, one.sixes)
    ),
    events: {
      wicket: sorted(
        file.wickets.flatMap(({ bowler, counts, kind, number, player_out, pos, score }) =>
          counts ? [`${pos.seq} ${player_out} ${kind} b ${bowler} ${score}/${number}`] : []
        )
      ),
      fifty: sorted(
        file.milestones.flatMap((one) =>
          one.milestone === 50 && !one.super_over
            ? [`${one.pos.seq} ${one.batter} ${one.runs} (${one.balls})`]
            : []
        )
      ),
      hundred: sorted(
        file.milestones.flatMap((one) =>
          one.milestone % 100 === 0 && !one.super_over
            ? [`${one.pos.seq} ${one.batter} ${one.milestone} (${one.balls})`]
            : []
        )
      ),
      batsman_on_90s: sorted(file.nineties.map((one) => `${one.pos.seq} ${one.batter} ${one.runs}`)),
      hattrick: sorted(file.hat_tricks.map(({ balls, bowler }) => `${balls[2]!.seq} ${bowler}`)),
      on_hattrick: sorted(file.on_hat_trick.map(({ bowler, pos }) => `${pos.seq} ${bowler}`)),
      consecutive_sixes: sorted(
        file.consecutive_sixes.by_batter.flatMap((run) => (isRegular(run) ? lastOf(run.last.seq, run) : []))
      ),
      maiden: sorted(
        file.maidens.flatMap((one) => {
          if (one.super_over) return []
          const { last_seq } = file.innings[one.innings - 1]!.by_over.find(({ over }) => over === one.over)!
          return [`${last_seq} over ${one.over} by ${one.bowler}`]
        })
      ),
      new_batsman: sorted(
        file.new_batters.flatMap(({ batter, innings, number, pos }) =>
          number > 2 &&
          !file.wickets.some(
            (one) => one.innings === innings && one.player_out === batter && one.kind === "timed out"
          )
            ? [`${pos.seq} ${batter}`]
            : []
        )
      ),
      "bowler's third": sorted(
        file.bowler_three_or_more.map(({ bowler, pos, wickets }) => `${pos.seq} ${bowler} ${wickets}`)
      )
    }
  }
}

/** The truth has the end of a run of sixes; `lastSixes` brings what is found into the same shape. */
const lastOf = (
  seq: number,
  run: { readonly batter: string; readonly length: number }
): ReadonlyArray<string> => (run.length < 3 ? [] : [`${seq} ${run.batter} ${run.length}`])

type Row = ReadonlyArray<string | number | null>

/** The files beside the tests. A row begins with: running number, over, delivery, label, innings. */
export interface Brief {
  readonly result: unknown
  readonly deliveries: number
  readonly innings: ReadonlyArray<{
    readonly team: string
    readonly runs: number
    readonly wickets: number
    readonly overs: string
    readonly fours: number
    readonly sixes: number
  }>
  readonly wickets: ReadonlyArray<Row>
  readonly fifties: ReadonlyArray<Row>
  readonly hundreds: ReadonlyArray<Row>
  readonly nineties: ReadonlyArray<Row>
  readonly hatTricks: ReadonlyArray<Row>
  readonly onHatTricks: ReadonlyArray<Row>
  readonly maidens: ReadonlyArray<Row>
  readonly consecutiveSixes: ReadonlyArray<Row>
  readonly bowlerThreeOrMore: ReadonlyArray<Row>
  readonly newBatters: ReadonlyArray<Row>
}

export const fromBrief = (file: Brief): Truth => {
  const lines = (
    rows: ReadonlyArray<Row>,
    line: (seq: number, ...rest: Array<string | number | null>) => string
  ) => sorted(rows.map(([seq, , , , , ...rest]) => line(Number(seq), ...rest)))
  return {
    result: file.result,
    innings: file.innings.map((one) =>
      innings(one.team, one.runs, one.wickets, one.overs, one.fours, one.sixes)
    ),
    events: {
      wicket: lines(
        file.wickets,
        (seq, out, bowler, kind, score) => `${seq} ${out} ${kind} b ${bowler} ${score}`
      ),
      fifty: lines(file.fifties, (seq, batter, runs, balls) => `${seq} ${batter} ${runs} (${balls})`),
      hundred: lines(
        file.hundreds,
        (seq, batter, _runs, balls, milestone) => `${seq} ${batter} ${milestone} (${balls})`
      ),
      batsman_on_90s: lines(file.nineties, (seq, batter, runs) => `${seq} ${batter} ${runs}`),
      hattrick: lines(file.hatTricks, (seq, bowler) => `${seq} ${bowler}`),
      on_hattrick: lines(file.onHatTricks, (seq, bowler) => `${seq} ${bowler}`),
      consecutive_sixes: lines(file.consecutiveSixes, (seq, batter, length) => `${seq} ${batter} ${length}`),
      maiden: sorted(file.maidens.map(([seq, over, , , , bowler]) => `${seq} over ${over} by ${bowler}`)),
      new_batsman: lines(file.newBatters, (seq, batter) => `${seq} ${batter}`),
      "bowler's third": lines(file.bowlerThreeOrMore, (seq, bowler, wickets) => `${seq} ${bowler} ${wickets}`)
    }
  }
}

/** The same with only the last event of each run of sixes, as the truth has them. */
export const lastSixes = (truth: Truth): Truth => {
  const all = truth.events["consecutive_sixes"]!.map((line) => /^(\d+) (.*) (\d+)$/.exec(line)!)
  const last = all.flatMap(([line, , batter, count], index) => {
    const next = all.slice(index + 1).find(([, , other]) => other === batter)
    return next !== undefined && Number(next[3]) === Number(count) + 1 ? [] : [line]
  })
  return { ...truth, events: { ...truth.events, consecutive_sixes: last } }
}

/** How far each run of sixes counted, from the third: `[[3], [3, 4, 5]]`. */
export const sixesCounted = (story: Story): ReadonlyArray<ReadonlyArray<number>> => {
  const runs: Array<{ readonly batter: Ids.PlayerId; readonly counts: Array<number> }> = []
  for (const event of noticed(story)) {
    if (event._tag !== "consecutive_sixes") continue
    const open = runs.findLast(({ batter }) => batter === event.batter)
    if (open === undefined || event.count === 3) runs.push({ batter: event.batter, counts: [event.count] })
    else open.counts.push(event.count)
  }
  return runs.map(({ counts }) => counts)
}
