import { Instant } from "@sightscreen/decider"
import { isLimited } from "../cricket/Format.ts"
import * as Innings from "../cricket/Innings.ts"
import * as Match from "../cricket/Match.ts"
import type { Target } from "../cricket/Snapshot.ts"
import { interruption, isOver, phase } from "../cricket/Status.ts"
import type { MatchEvent } from "../events/MatchEvent.ts"
import type { BatterView, ContentState, KeyEvent, Sentiment } from "./ContentState.ts"
import { fallback, type Language } from "./Language.ts"
import * as Wording from "./Wording.ts"
import { English } from "./words/English.ts"
import { of as wordsOf } from "./words/index.ts"
import type { Words } from "./words/Words.ts"

/** What the screen's key event is about: something that happened, or something that did not. */
export interface Shown {
  readonly event: MatchEvent
  readonly retracted: boolean
}

/** Balls after which an event has had its time on the screen. */
const eventStays = 6

const view = (match: Match.Match, shown: Shown, words: Words): KeyEvent => {
  const { detail, headline } = shown.retracted
    ? Wording.correction(shown.event, match, words)
    : Wording.keyEvent(shown.event, match, words)
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
 * The lock screen for a match, before it is stamped, in English: the state that is kept and compared.
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
  if (current !== null) state.keyEvent = view(match, current, English)
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
  if (chase !== null) tellChase(expanded, match, innings, chase, English)
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

/** Adds what the side batting has to make, and in what. */
const tellChase = (
  expanded: Mutable<ContentState["expanded"]>,
  match: Match.Match,
  innings: Innings.Innings,
  { balls, runs }: Target,
  words: Words
): void => {
  expanded.target = Wording.target(innings.runs + runs, words)
  if (runs <= 0 || balls === 0 || isOver(match.status)) return
  expanded.equation = Wording.equation(Match.team(match, innings.batting).code, runs, balls, words)
  if (balls !== null) expanded.requiredRate = Wording.requiredRate(match.info.format, runs, balls, words)
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

/**
 * The state in another language: what is said is said anew from the facts of the match, and figures, names and balls are
 * those of the state, since a match that was kept has no balls.
 *
 * `content` must have been made of this match and this event. In the language that states are kept in, it is the state itself.
 */
export const inLanguage = (
  content: ContentState,
  match: Match.Match,
  shown: Shown | null,
  language: Language
): ContentState => (language === fallback ? content : inWords(content, match, shown, wordsOf(language)))

/** The state in these words, whatever words it was in. */
export const inWords = (
  content: ContentState,
  match: Match.Match,
  shown: Shown | null,
  words: Words
): ContentState => {
  const { equation: _, requiredRate: __, target: ___, ...kept } = content.expanded
  const expanded: Mutable<ContentState["expanded"]> = {
    ...kept,
    title: Wording.title(match, words),
    statusLine: Wording.statusLine(match, words)
  }
  const innings = Match.current(match)
  if (innings !== undefined) {
    expanded.runRate = Wording.runRate(match.info.format, innings, words)
    const chase = Match.chase(match, innings)
    if (chase !== null) tellChase(expanded, match, innings, chase, words)
  }
  const { keyEvent, ...rest } = content
  if (keyEvent === undefined || shown === null) return { ...rest, expanded }
  return { ...rest, expanded, keyEvent: view(match, shown, words) }
}
