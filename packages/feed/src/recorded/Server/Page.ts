import { Instant } from "@sightscreen/decider"
import { Delivery, Format, Innings, Match, type Outcome, type Snapshot, Status } from "@sightscreen/domain"
import { DateTime } from "effect"
import * as Timeline from "../Timeline.ts"
import * as Cursor from "./Cursor.ts"
import * as Replay from "./Replay.ts"
import type { Thing } from "./Roster.ts"
import * as Score from "./Score.ts"

/**
 * A replay as SportMonks would show it now: a fixture with the relations that were asked for, all figures counted from the
 * balls so far.
 */
export type Json = Readonly<Record<string, unknown>>

/** The relations that can be asked for, as documented. */
export const includes: ReadonlySet<string> = new Set([
  "balls",
  "runs",
  "bowling",
  "batting",
  "venue",
  "stage",
  "season",
  "league",
  "visitorteam",
  "localteam",
  "scoreboards",
  "firstumpire",
  "secondumpire",
  "tvumpire",
  "referee",
  "manofseries",
  "manofmatch",
  "tosswon",
  "lineup"
])

/** Nested relations are asked for by the way to them: "batting.batsman". */
export const canInclude = (path: string): boolean => includes.has(path.split(".")[0]!)

export const fixture = (
  replay: Replay.Replay,
  shown: Snapshot.Snapshot,
  asked: ReadonlySet<string>
): Json => {
  const { cursor, roster, timeline } = replay
  const { info } = timeline
  const { match } = Replay.figures(replay, shown)
  const has = (name: string) => [...asked].some((path) => path === name || path.startsWith(`${name}.`))
  const stamp = stampWith(cursor)
  const target = revisedTarget(shown, match)
  return {
    resource: "fixtures",
    id: roster.fixtureId,
    league_id: roster.league.id,
    season_id: roster.league["season_id"],
    stage_id: roster.league.id,
    round: null,
    localteam_id: roster.teams.home.id,
    visitorteam_id: roster.teams.away.id,
    starting_at: stamp(info.startsAt),
    type: types[info.format.kind],
    live: true,
    status: cursor.status === "stopped" ? "Cancl." : statusText(replay, shown, match),
    last_period: null,
    note: noteOf(info, shown.outcome),
    venue_id: roster.venue?.id ?? null,
    toss_won_team_id: null,
    winner_team_id: winnerOf(replay, shown.outcome),
    draw_noresult: undecided(shown.outcome),
    first_umpire_id: null,
    second_umpire_id: null,
    tv_umpire_id: null,
    referee_id: null,
    man_of_match_id: null,
    man_of_series_id: null,
    total_overs_played: info.format.overs,
    elected: null,
    super_over: shown.innings.some(({ superOver }) => superOver),
    follow_on: followsOn(shown),
    localteam_dl_data: noRainRule,
    visitorteam_dl_data: noRainRule,
    rpc_overs: target?.overs ?? null,
    rpc_target: target?.runs ?? null,
    weather_report: [],
    ...(has("localteam") ? { localteam: roster.teams.home } : {}),
    ...(has("visitorteam") ? { visitorteam: roster.teams.away } : {}),
    ...(has("league") ? { league: roster.league } : {}),
    ...(has("venue") ? { venue: roster.venue } : {}),
    ...(has("lineup") ? { lineup: roster.lineup } : {}),
    ...(has("runs") ? { runs: runRows(replay, match) } : {}),
    ...(has("scoreboards") ? { scoreboards: scoreboardRows(replay, shown, match) } : {}),
    ...(has("batting") ? { batting: battingRows(replay, shown, match) } : {}),
    ...(has("bowling") ? { bowling: bowlingRows(replay, shown, match) } : {}),
    ...(has("balls") ? { balls: ballRows(replay, shown) } : {})
  }
}

const noRainRule = { score: null, overs: null, wickets_out: null }

const types: Readonly<Record<Format.Kind, string>> = {
  t20: "T20",
  odi: "ODI",
  hundred: "100-Ball",
  test: "Test",
  "first class": "4day"
}

/** "2026-06-14T14:00:00.000000Z". */
export const stampOf = (instant: Instant.Instant): string =>
  DateTime.formatIso(DateTime.makeUnsafe(instant)).replace(
    /(\.\d{3})?Z$/,
    (_, millis = ".000") => `${millis}000Z`
  )

const stampWith =
  (cursor: Cursor.Cursor) =>
  (instant: Instant.Instant): string =>
    stampOf(Cursor.wall(cursor, instant))

const spoken: Readonly<Record<Exclude<Status.Status, "live" | "stumps">, string>> = {
  scheduled: "NS",
  delayed: "Delayed",
  "innings break": "Innings Break",
  drinks: "Drinks Break",
  lunch: "Lunch",
  tea: "Tea Break",
  dinner: "Dinner",
  suspended: "Int.",
  postponed: "Postp.",
  abandoned: "Aban.",
  cancelled: "Cancl.",
  finished: "Finished"
}

const ordinals = ["1st", "2nd", "3rd", "4th"]

const statusText = (
  { timeline }: Replay.Replay,
  shown: Snapshot.Snapshot,
  match: Match.Match | null
): string => {
  const { status } = shown
  if (status === "stumps") return `Stump Day ${1 + daysBefore(timeline, shown)}`
  if (status !== "live") return spoken[status]
  const current = match === null ? undefined : Match.current(match)
  if (current?.superOver === true) return "Super Over"
  // After a break the next innings is announced before its first ball.
  const number = Math.max(1, current?.number ?? 1)
  const isDone =
    timeline.settled[number - 1] === shown.innings[number - 1] && number < timeline.settled.length
  if (isDone && timeline.settled[number]?.superOver === true) return "Super Over"
  return `${ordinals[number - 1 + (isDone ? 1 : 0)] ?? `${number}th`} Innings`
}

/** How many days' play have closed before the one that is shown. */
const daysBefore = (timeline: Timeline.Timeline, shown: Snapshot.Snapshot): number => {
  const position = Timeline.positionAt(timeline, shown.at)
  return timeline.places
    .slice(0, Math.max(0, position))
    .filter(({ shows }) => shows.some(({ status }) => status === "stumps")).length
}

const followsOn = ({ innings }: Snapshot.Snapshot): boolean =>
  innings[1] !== undefined &&
  innings[2] !== undefined &&
  !innings[2].superOver &&
  innings[1].batting === innings[2].batting

/** What rain has made of the chase, where it has. */
const revisedTarget = (
  { info, innings }: Snapshot.Snapshot,
  match: Match.Match | null
): { readonly runs: number; readonly overs: number } | null => {
  const [first, second] = innings
  const aim = second?.target ?? null
  if (!Format.isLimited(info.format) || first === undefined || aim === null || match === null) return null
  const usual = {
    runs: (match.innings[0]?.runs ?? 0) + 1,
    balls: (info.format.overs ?? 0) * info.format.ballsPerOver
  }
  const balls = aim.balls ?? usual.balls
  if (aim.runs === usual.runs && balls === usual.balls) return null
  return { runs: aim.runs, overs: Number(Format.asOvers(info.format, balls)) }
}

const winnerOf = ({ roster }: Replay.Replay, outcome: Outcome.Outcome | null): number | null => {
  if (outcome === null || outcome._tag === "Drawn" || outcome._tag === "NoResult") return null
  return outcome.winner === null ? null : roster.teams[outcome.winner].id
}

const undecided = (outcome: Outcome.Outcome | null): string | null =>
  outcome?._tag === "Drawn" ? "draw" : outcome?._tag === "NoResult" ? "no-result" : null

const many = (count: number, what: string): string => `${count} ${what}${count === 1 ? "" : "s"}`

export const noteOf = (info: Snapshot.MatchInfo, outcome: Outcome.Outcome | null): string => {
  if (outcome === null) return ""
  const method = outcome.method === null ? "" : ` (${outcome.method} method)`
  switch (outcome._tag) {
    case "Won": {
      const { innings, runs, wickets } = outcome.by
      const margin =
        innings !== null
          ? runs === null
            ? " by an innings"
            : ` by an innings and ${many(runs, "run")}`
          : runs !== null
            ? ` by ${many(runs, "run")}`
            : wickets === null
              ? ""
              : ` by ${many(wickets, "wicket")}`
      return `${info[outcome.winner].name} won${margin}${method}`
    }
    case "Tied":
      return outcome.winner === null
        ? `Match tied${method}`
        : `Match tied (${info[outcome.winner].name} won the ${outcome.decidedBy ?? "super over"})${method}`
    case "Drawn":
      return `Match drawn${method}`
    case "NoResult":
      return `No result${method}`
    case "Awarded":
      return outcome.winner === null ? "Match awarded" : `Match awarded to ${info[outcome.winner].name}`
  }
}

const otherSide = (side: Outcome.Side): Outcome.Side => (side === "home" ? "away" : "home")

const inningsOf = (match: Match.Match | null): ReadonlyArray<Innings.Innings> => match?.innings ?? []

const readAt = ({ cursor }: Replay.Replay, match: Match.Match | null): string =>
  stampOf(match === null ? Cursor.wall(cursor, cursor.begins) : Cursor.wall(cursor, match.readAt))

const runRows = (replay: Replay.Replay, match: Match.Match | null): ReadonlyArray<Json> =>
  inningsOf(match)
    .filter((one) => one.deliveries !== 0)
    .map((one) => ({
      resource: "runs",
      id: replay.roster.fixtureId * 10 + one.number,
      fixture_id: replay.roster.fixtureId,
      team_id: replay.roster.teams[one.batting].id,
      inning: one.number,
      score: one.runs,
      wickets: one.wickets,
      overs: Number(Innings.oversLabel(one)),
      pp1: null,
      pp2: null,
      pp3: null,
      updated_at: readAt(replay, match)
    }))

const deliveriesOf = ({ card }: Snapshot.InningsReading): ReadonlyArray<Delivery.Delivery> =>
  card._tag === "Balls" ? card.overs.flatMap(({ deliveries }) => deliveries) : []

const scoreboardRows = (
  replay: Replay.Replay,
  shown: Snapshot.Snapshot,
  match: Match.Match | null
): ReadonlyArray<Json> =>
  inningsOf(match).flatMap((one) => {
    const reading = shown.innings[one.number - 1]
    if (reading === undefined || one.deliveries === 0) return []
    const sum = (of: (ball: Delivery.Delivery) => number) =>
      deliveriesOf(reading).reduce((total, ball) => total + of(ball), 0)
    const { roster } = replay
    const row = {
      resource: "scoreboards",
      fixture_id: roster.fixtureId,
      team_id: roster.teams[one.batting].id,
      scoreboard: `S${one.number}`,
      updated_at: readAt(replay, match)
    }
    const nothing = { wide: 0, noball_runs: 0, noball_balls: 0, bye: 0, leg_bye: 0, penalty: 0 }
    return [
      {
        ...row,
        id: roster.fixtureId * 100 + one.number * 2,
        type: "total",
        ...nothing,
        total: one.runs,
        overs: Number(Innings.oversLabel(one)),
        wickets: one.wickets
      },
      {
        ...row,
        id: roster.fixtureId * 100 + one.number * 2 + 1,
        type: "extra",
        wide: sum(({ wides }) => wides),
        noball_runs: sum(({ noBalls }) => noBalls),
        noball_balls: 0,
        bye: sum(({ byes }) => byes),
        leg_bye: sum(({ legByes }) => legByes),
        penalty: one.pre + one.post + sum(({ penalty }) => penalty),
        total: 0,
        overs: 0,
        wickets: 0
      }
    ]
  })

const battingRows = (
  replay: Replay.Replay,
  shown: Snapshot.Snapshot,
  match: Match.Match | null
): ReadonlyArray<Json> => {
  const { roster } = replay
  const { falls } = Replay.figures(replay, shown)
  return inningsOf(match).flatMap((one) =>
    one.batters.map((line, index) => {
      const { out } = line
      const fall = falls.get(Replay.fallKey(one, line.id))
      const fielders = out === null ? [] : out.fielders.map(roster.idOf)
      return {
        resource: "battings",
        id: roster.fixtureId * 1000 + one.number * 100 + index,
        sort: index + 1,
        fixture_id: roster.fixtureId,
        team_id: roster.teams[one.batting].id,
        active: one.striker === line.id,
        scoreboard: `S${one.number}`,
        player_id: roster.idOf(line.id),
        ball: line.balls,
        score_id: Score.dismissalId(out?.manner ?? null),
        score: line.runs,
        four_x: line.fours,
        six_x: line.sixes,
        ...caughtAndThrown(out?.manner ?? null, fielders, out?.bowler ? roster.idOf(out.bowler) : null),
        batsmanout_id: null,
        bowling_player_id: out === null || out.bowler === null ? null : roster.idOf(out.bowler),
        fow_score: out === null ? 0 : (fall?.score ?? 0),
        fow_balls: out === null ? 0 : (fall?.balls ?? 0),
        rate: line.balls === 0 ? 0 : Math.round((line.runs * 100) / line.balls),
        updated_at: readAt(replay, match),
        batsman: roster.player(line.id),
        result: {
          resource: "scores",
          id: Score.dismissalId(out?.manner ?? null),
          name: Score.dismissalName(out?.manner ?? null)
        }
      }
    })
  )
}

const caughtAndThrown = (
  manner: Delivery.Manner | null,
  fielders: ReadonlyArray<number>,
  bowler: number | null
): { readonly catch_stump_player_id: number | null; readonly runout_by_id: number | null } => {
  const [first = null, second = null] = fielders
  if (manner === "run out") return { catch_stump_player_id: second, runout_by_id: first }
  if (manner === "caught and bowled") return { catch_stump_player_id: bowler, runout_by_id: null }
  return { catch_stump_player_id: first, runout_by_id: null }
}

const bowlingRows = (
  replay: Replay.Replay,
  shown: Snapshot.Snapshot,
  match: Match.Match | null
): ReadonlyArray<Json> => {
  const { roster, timeline } = replay
  return inningsOf(match).flatMap((one) => {
    const reading = shown.innings[one.number - 1]
    const balls = reading === undefined ? [] : deliveriesOf(reading)
    return one.bowlers.map((line, index) => {
      const extras = (of: (ball: Delivery.Delivery) => number) =>
        balls.reduce((sum, ball) => (ball.bowler === line.id ? sum + of(ball) : sum), 0)
      return {
        resource: "bowlings",
        id: roster.fixtureId * 1000 + one.number * 100 + index,
        sort: index + 1,
        fixture_id: roster.fixtureId,
        team_id: roster.teams[otherSide(one.batting)].id,
        active: one.bowler === line.id,
        scoreboard: `S${one.number}`,
        player_id: roster.idOf(line.id),
        overs: Number(Innings.bowlerOvers(line, timeline.info.format)),
        medians: line.maidens,
        runs: line.runs,
        wickets: line.wickets,
        wide: extras(({ wides }) => wides),
        noball: extras(({ noBalls }) => noBalls),
        rate: line.balls === 0 ? 0 : Number(((line.runs * 6) / line.balls).toFixed(2)),
        updated_at: readAt(replay, match),
        bowler: roster.player(line.id)
      }
    })
  })
}

/** Ids rise with gaps, as theirs do, and stay within what every language counts exactly. */
const ballId = (fixtureId: number, seq: number): number => (fixtureId % 1e9) * 100_000 + seq * 3

const ballRows = (replay: Replay.Replay, shown: Snapshot.Snapshot): ReadonlyArray<Json> => {
  const { roster } = replay
  const rows: Array<Json> = []
  let seq = 0
  shown.innings.forEach(({ batting, card }, index) => {
    if (card._tag !== "Balls") return
    for (const { deliveries } of card.overs) {
      let legal = 0
      for (const ball of deliveries) {
        rows.push(
          ballRow(replay, ball, ballId(roster.fixtureId, seq), index + 1, legal, roster.teams[batting])
        )
        if (Delivery.isLegal(ball)) legal += 1
        seq += 1
      }
    }
  })
  return rows
}

const ballRow = (
  { cursor, roster, timeline }: Replay.Replay,
  ball: Delivery.Delivery,
  id: number,
  innings: number,
  legal: number,
  team: Thing
): Json => {
  const gone = Score.dismissal(ball)
  const fielders = gone === null ? [] : gone.fielders.map(roster.idOf)
  const hands = caughtAndThrown(gone?.manner ?? null, fielders, roster.idOf(ball.bowler))
  const score = Score.of(ball)
  return {
    resource: "balls",
    id: ball.id === null ? id : Number(ball.id),
    fixture_id: roster.fixtureId,
    team_id: team.id,
    ball: Number(`${ball.over}.${Math.min(9, legal + 1)}`),
    scoreboard: `S${innings}`,
    batsman_one_on_creeze_id: roster.idOf(ball.batter),
    batsman_two_on_creeze_id: roster.idOf(ball.nonStriker),
    batsman_id: roster.idOf(ball.batter),
    bowler_id: roster.idOf(ball.bowler),
    batsmanout_id: gone === null ? null : roster.idOf(gone.batter),
    catchstump_id: hands.catch_stump_player_id,
    runout_by_id: hands.runout_by_id,
    score_id: score.id,
    batsman: roster.player(ball.batter),
    bowler: roster.player(ball.bowler),
    score,
    team,
    updated_at: stampOf(Cursor.wall(cursor, ball.at ?? timeline.info.startsAt))
  }
}
