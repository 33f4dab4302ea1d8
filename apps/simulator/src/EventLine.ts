import { Innings, Match, type MatchEvent, Outcome, type Pipeline } from "@sightscreen/domain"
import type { Recording } from "@sightscreen/feed"
import type { EventLog } from "@sightscreen/simulation"

/**
 * A match's events as lines for programs. Names of keys, their order and their values are a contract; people are named
 * as the file names them.
 */
export interface EventLine {
  readonly event: MatchEvent.Name
  /** 0 is seen from scores alone, 1 needs balls. */
  readonly tier: 0 | 1
  /** From 1. */
  readonly innings: number
  /** From 0. */
  readonly over: number
  /** Running number in the over, from 1. */
  readonly delivery: number
  readonly label: string
  /** Running number in the match, from 0. */
  readonly seq: number
  /** Whom it is about. */
  readonly subject: string
  readonly data: Readonly<Record<string, string | number | null>>
  readonly fate: Pipeline.Fate
}

export interface InningsLine {
  readonly type: "innings"
  readonly innings: number
  readonly team: string
  readonly runs: number
  readonly wickets: number
  readonly overs: string
  readonly superOver: boolean
}

export interface ResultLine {
  readonly type: "result"
  readonly outcome: "won" | "tie" | "draw" | "no result" | "awarded"
  /** Where a match is tied, who won what settled it. */
  readonly winner: string | null
  readonly by: Readonly<Partial<Record<"innings" | "runs" | "wickets", number>>> | null
  readonly method: string | null
  readonly decidedBy: string | null
}

export type Line = EventLine | InningsLine | ResultLine

export const lines = (recording: Recording.Recording, log: EventLog.EventLog): ReadonlyArray<Line> => {
  const { match } = log.final
  return [
    ...log.entries.map((entry) => ofEntry(recording, match, entry)),
    ...(match === null ? [] : match.innings.map((innings) => ofInnings(match, innings))),
    ofOutcome(recording)
  ]
}

const tiers: Readonly<Record<MatchEvent.Name, 0 | 1>> = {
  match_end: 0,
  innings_end: 0,
  hundred: 0,
  batsman_on_90s: 0,
  fifty: 0,
  batsman_on_fire: 0,
  bowler_on_fire: 0,
  wicket: 0,
  new_batsman: 0,
  hattrick: 1,
  on_hattrick: 1,
  consecutive_sixes: 1,
  maiden: 1,
  six: 1,
  four: 1
}

const ofEntry = (
  recording: Recording.Recording,
  match: Match.Match | null,
  { event, fate }: EventLog.Entry
): EventLine => {
  const { delivery, innings, label, over, seq } = event.position
  const data = dataOf(recording, match, event)
  return {
    event: event._tag,
    tier: tiers[event._tag],
    innings,
    over,
    delivery,
    label,
    seq,
    subject: subjectOf(recording, event, data),
    data,
    fate
  }
}

const subjectOf = (
  recording: Recording.Recording,
  event: MatchEvent.MatchEvent,
  data: EventLine["data"]
): string => {
  switch (event._tag) {
    case "match_end":
      return `${data["winner"] ?? title(recording)}`
    case "innings_end":
      return `${data["team"]}`
    default:
      return nameOf(recording, "batter" in event ? event.batter : event.bowler)
  }
}

export const title = ({ info }: Recording.Recording): string => `${info.home.name} v ${info.away.name}`

const nameOf = (recording: Recording.Recording, id: keyof Recording.Recording["players"]): string =>
  recording.players[id] ?? id

const winnerOf = ({ info, outcome }: Recording.Recording): string | null => {
  const side = Outcome.winner(outcome)
  return side === null ? null : info[side].name
}

const dataOf = (
  recording: Recording.Recording,
  match: Match.Match | null,
  event: MatchEvent.MatchEvent
): EventLine["data"] => {
  switch (event._tag) {
    case "match_end":
      return { winner: winnerOf(recording) }
    case "innings_end": {
      const innings = match?.innings[event.position.innings - 1]
      if (match === null || innings === undefined) return { team: null, score: null, overs: null }
      return {
        team: Match.team(match, innings.batting).name,
        score: `${innings.runs}/${innings.wickets}`,
        overs: Innings.oversLabel(innings)
      }
    }
    case "wicket":
      return {
        batter: nameOf(recording, event.batter),
        bowler: event.bowler === null ? null : nameOf(recording, event.bowler),
        kind: event.manner,
        score: event.score,
        bowlerWickets: event.bowlerWickets
      }
    case "hundred":
    case "fifty":
    case "batsman_on_fire":
      return { batter: nameOf(recording, event.batter), runs: event.runs, balls: event.balls }
    case "batsman_on_90s":
      return { batter: nameOf(recording, event.batter), runs: event.runs }
    case "bowler_on_fire":
      return {
        bowler: nameOf(recording, event.bowler),
        wickets: event.wickets,
        runs: event.runs,
        balls: event.balls
      }
    case "consecutive_sixes":
      return { batter: nameOf(recording, event.batter), count: event.count }
    case "new_batsman":
    case "six":
    case "four":
      return { batter: nameOf(recording, event.batter) }
    case "hattrick":
    case "on_hattrick":
    case "maiden":
      return { bowler: nameOf(recording, event.bowler) }
  }
}

const ofInnings = (match: Match.Match, innings: Innings.Innings): InningsLine => ({
  type: "innings",
  innings: innings.number,
  team: Match.team(match, innings.batting).name,
  runs: innings.runs,
  wickets: innings.wickets,
  overs: Innings.oversLabel(innings),
  superOver: innings.superOver
})

const outcomes: Readonly<Record<Outcome.Outcome["_tag"], ResultLine["outcome"]>> = {
  Won: "won",
  Tied: "tie",
  Drawn: "draw",
  NoResult: "no result",
  Awarded: "awarded"
}

const ofOutcome = (recording: Recording.Recording): ResultLine => {
  const { outcome } = recording
  return {
    type: "result",
    outcome: outcomes[outcome._tag],
    winner: winnerOf(recording),
    by: outcome._tag === "Won" ? marginOf(outcome.by) : null,
    method: outcome.method,
    decidedBy: outcome._tag === "Tied" ? outcome.decidedBy : null
  }
}

const marginOf = ({
  innings,
  runs,
  wickets
}: Extract<Outcome.Outcome, { readonly _tag: "Won" }>["by"]): ResultLine["by"] =>
  innings === null && runs === null && wickets === null
    ? null
    : {
        ...(innings === null ? {} : { innings }),
        ...(runs === null ? {} : { runs }),
        ...(wickets === null ? {} : { wickets })
      }
