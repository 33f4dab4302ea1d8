import { Instant } from "@sightscreen/decider"
import { isLimited } from "../cricket/Format.ts"
import * as Innings from "../cricket/Innings.ts"
import * as Match from "../cricket/Match.ts"
import { interruption, isOver, phase } from "../cricket/Status.ts"
import type { MatchEvent } from "../events/MatchEvent.ts"
import type { BatterView, ContentState, KeyEvent, Sentiment } from "./ContentState.ts"
import * as Wording from "./Wording.ts"

/** What the screen's key event is about: something that happened, or something that did not. */
export interface Shown {
  readonly event: MatchEvent
  readonly retracted: boolean
}

/** Balls after which an event has had its time on the screen. */
const eventStays = 6

const view = (match: Match.Match, shown: Shown): KeyEvent => {
  const { detail, headline } = shown.retracted
    ? Wording.correction(shown.event, match)
    : Wording.keyEvent(shown.event, match)
  const at = Instant.toSeconds(shown.event.at)
  const type = shown.retracted ? "correction" : shown.event._tag
  return detail === "" ? { type, headline, at } : { type, headline, detail, at }
}

/** Still worth a place on the screen: the match has moved on by less than an over. */
export const isCurrent = (match: Match.Match, shown: Shown): boolean => {
  if (isOver(match.status)) return shown.event._tag === "match_end"
  const innings = Match.current(match)
  if (innings === undefined) return true
  const bowled = Match.deliveriesBefore(match.innings, innings.number) + (innings.deliveries ?? innings.legal)
  return bowled - 1 - shown.event.position.seq < eventStays
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

/**
 * The lock screen for a match, before it is stamped.
 *
 * Made for every ball of every match, so its objects are built key by key: spreading them costs as much as all the rest.
 */
export const of = (
  match: Match.Match,
  shown: Shown | null,
  sequence: number,
  updatedAt: number
): ContentState => {
  const innings = Match.current(match)
  const current = shown !== null && isCurrent(match, shown) ? shown : null
  const state =
    innings === undefined
      ? before(match, sequence, updatedAt)
      : during(match, innings, current, sequence, updatedAt)
  if (current !== null) state.keyEvent = view(match, current)
  return state
}

const before = (match: Match.Match, sequence: number, updatedAt: number): Mutable<ContentState> => ({
  phase: phase(match.status, false),
  interruption: interruption(match.status, false),
  sentiment: "neutral",
  perspective: "none",
  sequence,
  updatedAt,
  compact: { leading: match.info.home.code, trailing: match.info.away.code, minimal: match.info.home.code },
  expanded: {
    title: Wording.title(match),
    battingCode: "",
    score: "",
    overs: "",
    runRate: "",
    batters: [],
    lastBalls: [],
    statusLine: Wording.statusLine(match)
  }
})

const during = (
  match: Match.Match,
  innings: Innings.Innings,
  current: Shown | null,
  sequence: number,
  updatedAt: number
): Mutable<ContentState> => {
  const { format } = match.info
  const { code } = Match.team(match, innings.batting)
  const score = Innings.score(innings)
  const overs = Innings.oversLabel(innings)
  const chase = Match.chase(match, innings)
  const over = isOver(match.status)
  const expanded: Mutable<ContentState["expanded"]> = {
    title: Wording.title(match),
    battingCode: code,
    score,
    overs,
    runRate: Wording.runRate(format, innings),
    batters: battersOf(match, innings),
    lastBalls: lastBallsOf(innings),
    statusLine: Wording.statusLine(match)
  }
  if (chase !== null) {
    const { balls, runs } = chase
    expanded.target = Wording.target(innings.runs + runs)
    if (runs > 0 && balls !== 0 && !over) {
      expanded.equation = Wording.equation(code, runs, balls)
      if (balls !== null) expanded.requiredRate = Wording.requiredRate(format, runs, balls)
    }
  }
  const bowling = Innings.bowler(innings, innings.bowler)
  if (bowling !== undefined) {
    expanded.bowler = { name: Match.nameOf(match, bowling.id), line: Wording.bowlerLine(format, bowling) }
  }
  const { partnership } = innings
  if (partnership.runs > 0 || partnership.balls > 0) expanded.partnership = Wording.batterLine(partnership)
  return {
    phase: phase(match.status, true),
    interruption: interruption(match.status, true),
    sentiment: sentimentOf(match, innings, current, chase),
    perspective: over ? "none" : innings.batting,
    sequence,
    updatedAt,
    compact: { leading: `${code} ${score}`, trailing: overs, minimal: score },
    expanded
  }
}

const battersOf = (match: Match.Match, innings: Innings.Innings): ReadonlyArray<BatterView> => {
  const views: Array<BatterView> = []
  for (const one of innings.batters) {
    if (one.out !== null || (one.id !== innings.striker && one.id !== innings.nonStriker)) continue
    views.push({
      name: Match.nameOf(match, one.id),
      line: Wording.batterLine(one),
      isOnStrike: one.id === innings.striker
    })
  }
  return views
}

const lastBallsOf = (innings: Innings.Innings): ReadonlyArray<string> => {
  const words: Array<string> = []
  for (const one of Match.lastBalls(innings, 6)) words.push(Wording.ball(one))
  return words
}

const sentimentOf = (
  match: Match.Match,
  innings: Innings.Innings,
  current: Shown | null,
  chase: ReturnType<typeof Match.chase>
): Sentiment => {
  if (match.status !== "live") return "neutral"
  // The last three overs of a chase that both sides can still win.
  if (chase !== null && isLimited(match.info.format) && chase.balls !== null && chase.balls <= 18) {
    if (chase.runs > 0 && chase.runs <= chase.balls * 3) return "tense"
  }
  if (innings.superOver) return "tense"
  if (current === null || current.retracted) return "neutral"
  return current.event._tag !== "maiden" && current.event._tag !== "new_batsman" ? "exciting" : "neutral"
}
