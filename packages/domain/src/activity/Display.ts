import { Instant } from "@sightscreen/decider"
import { isLimited } from "../cricket/Format.ts"
import * as Innings from "../cricket/Innings.ts"
import * as Match from "../cricket/Match.ts"
import { interruption, isOver, phase } from "../cricket/Status.ts"
import type { MatchEvent } from "../events/MatchEvent.ts"
import type {
  BatterView,
  BowlerView,
  ContentState,
  KeyEvent,
  Perspective,
  Sentiment
} from "./ContentState.ts"
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

/** The lock screen for a match, before it is stamped. */
export const of = (
  match: Match.Match,
  shown: Shown | null,
  sequence: number,
  updatedAt: number
): ContentState => {
  const innings = Match.current(match)
  const begun = innings !== undefined
  const { format } = match.info
  const base = {
    phase: phase(match.status, begun),
    interruption: interruption(match.status, begun),
    sequence,
    updatedAt
  }
  const keyEvent = shown !== null && isCurrent(match, shown) ? { keyEvent: view(match, shown) } : {}
  if (innings === undefined) {
    return {
      ...base,
      sentiment: "neutral",
      perspective: "none",
      compact: {
        leading: match.info.home.code,
        trailing: match.info.away.code,
        minimal: match.info.home.code
      },
      expanded: {
        title: Wording.title(match),
        battingCode: "",
        score: "",
        overs: "",
        runRate: "",
        batters: [],
        lastBalls: [],
        statusLine: Wording.statusLine(match)
      },
      ...keyEvent
    }
  }

  const { code } = Match.team(match, innings.batting)
  const score = Innings.score(innings)
  const overs = Innings.oversLabel(innings)
  const batters: Array<BatterView> = []
  for (const one of innings.batters) {
    if (one.out !== null || (one.id !== innings.striker && one.id !== innings.nonStriker)) continue
    batters.push({
      name: Match.nameOf(match, one.id),
      line: Wording.batterLine(one),
      isOnStrike: one.id === innings.striker
    })
  }
  const bowling = Innings.bowler(innings, innings.bowler)
  const bowler: { bowler?: BowlerView } =
    bowling === undefined
      ? {}
      : { bowler: { name: Match.nameOf(match, bowling.id), line: Wording.bowlerLine(format, bowling) } }
  const lastBalls: Array<string> = []
  for (const one of Match.lastBalls(innings, 6)) lastBalls.push(Wording.ball(one))

  const chase = chasing(match, innings, code)
  return {
    ...base,
    sentiment: sentimentOf(match, innings, shown, chase),
    perspective: isOver(match.status) ? "none" : (innings.batting satisfies Perspective),
    compact: { leading: `${code} ${score}`, trailing: overs, minimal: score },
    expanded: {
      title: Wording.title(match),
      battingCode: code,
      score,
      overs,
      runRate: Wording.runRate(format, innings),
      ...chase?.words,
      batters,
      ...bowler,
      lastBalls,
      ...(innings.partnership.runs > 0 || innings.partnership.balls > 0
        ? { partnership: Wording.batterLine(innings.partnership) }
        : {}),
      statusLine: Wording.statusLine(match)
    },
    ...keyEvent
  }
}

interface Chase {
  readonly runs: number
  readonly balls: number | null
  readonly words: { target: string; requiredRate?: string; equation?: string }
}

const chasing = (match: Match.Match, innings: Innings.Innings, code: string): Chase | null => {
  const chase = Match.chase(match, innings)
  if (chase === null) return null
  const { balls, runs } = chase
  const words: Chase["words"] = { target: Wording.target(innings.runs + runs) }
  if (runs > 0 && balls !== 0 && !isOver(match.status)) {
    words.equation = Wording.equation(code, runs, balls)
    if (balls !== null) words.requiredRate = Wording.requiredRate(match.info.format, runs, balls)
  }
  return { runs, balls, words }
}

const sentimentOf = (
  match: Match.Match,
  innings: Innings.Innings,
  shown: Shown | null,
  chase: Chase | null
): Sentiment => {
  if (match.status !== "live") return "neutral"
  // The last three overs of a chase that both sides can still win.
  if (chase !== null && isLimited(match.info.format) && chase.balls !== null && chase.balls <= 18) {
    if (chase.runs > 0 && chase.runs <= chase.balls * 3) return "tense"
  }
  if (innings.superOver) return "tense"
  const exciting = shown !== null && !shown.retracted && isCurrent(match, shown)
  return exciting && shown.event._tag !== "maiden" && shown.event._tag !== "new_batsman"
    ? "exciting"
    : "neutral"
}
