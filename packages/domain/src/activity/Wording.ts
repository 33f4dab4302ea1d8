import { type Delivery, type Manner, meaning } from "../cricket/Delivery.ts"
import type { Format } from "../cricket/Format.ts"
import * as Innings from "../cricket/Innings.ts"
import * as Match from "../cricket/Match.ts"
import type { Outcome } from "../cricket/Outcome.ts"
import type { MatchInfo } from "../cricket/Snapshot.ts"
import type { Status } from "../cricket/Status.ts"
import type { MatchEvent } from "../events/MatchEvent.ts"
import { English } from "./words/English.ts"
import type { Words } from "./words/Words.ts"

/**
 * Every sentence a follower reads: which phrase fits, and what goes into it. The phrases come from the words of a language,
 * English unless others are given, and names come ready from the feed.
 *
 * What scoreboards write alike everywhere is in no language, and here: balls, scores and figures.
 */

/** What a phone shows when it buzzes. */
export interface Notice {
  readonly title: string
  readonly body: string
}

/** Two decimals without a detour through floating point's `toFixed`, which is slow: 850 is "8.50". */
const hundredths = (value: number): string => {
  const rest = value % 100
  return `${(value - rest) / 100}.${rest < 10 ? "0" : ""}${rest}`
}

/** Runs an over: per six balls, as rates are quoted, and per set of five in The Hundred. */
const rate = (format: Format, runs: number, balls: number): string =>
  hundredths(Math.round((runs * format.ballsPerOver * 100) / balls))

/** In English, for those who work with matches rather than follow them. */
export const formatName = English.format

const codes = ({ away, home }: MatchInfo, words: Words): string => words.versus(home.code, away.code)

const names = ({ away, home }: MatchInfo, words: Words): string => words.versus(home.name, away.name)

export const title = (match: Match.Match, words: Words = English): string =>
  `${codes(match.info, words)} · ${words.format[match.info.format.kind]}`

export const batterLine = ({ balls, runs }: { readonly runs: number; readonly balls: number }): string =>
  `${runs} (${balls})`

export const bowlerLine = (format: Format, one: Innings.Bowler): string =>
  `${one.wickets}/${one.runs} (${Innings.bowlerOvers(one, format)})`

export const runRate = (format: Format, innings: Innings.Innings, words: Words = English): string =>
  words.runRate(innings.legal === 0 ? "–" : rate(format, innings.runs, innings.legal))

export const requiredRate = (format: Format, runs: number, balls: number, words: Words = English): string =>
  words.requiredRate(rate(format, runs, balls))

export const target = (runs: number, words: Words = English): string => words.target(runs)

export const equation = (code: string, runs: number, balls: number | null, words: Words = English): string =>
  balls === null ? words.needs(code, runs) : words.needsOff(code, runs, balls)

/** A ball as scorers write it: "•", "4", "W", "wd", "nb", "2lb". */
export const ball = (one: Delivery): string => {
  if (one.dismissals.length > 0 && one.dismissals.some(({ manner }) => !manner.startsWith("retired")))
    return "W"
  if (one.wides > 0) return one.wides === 1 ? "wd" : `${one.wides}wd`
  if (one.noBalls > 0) return one.bat > 0 ? `nb${one.bat}` : "nb"
  if (one.byes > 0) return `${one.byes}b`
  if (one.legByes > 0) return `${one.legByes}lb`
  return one.bat === 0 ? "•" : `${one.bat}`
}

/** How a batter got out, as a scorecard has it: "c Seifert b Ravindra". */
export const dismissal = (
  manner: Manner | null,
  bowler: string | null,
  fielders: ReadonlyArray<string>,
  words: Words = English
): string => {
  if (manner === null) return words.out
  const [fielder] = fielders
  if (bowler === null || !meaning[manner].credited) {
    return manner === "run out" && fielder !== undefined
      ? words.runOutBy(fielders.join("/"))
      : words.manner[manner]
  }
  switch (manner) {
    case "bowled":
      return words.bowled(bowler)
    case "caught":
      return fielder === undefined ? words.caught(bowler) : words.caughtBy(fielder, bowler)
    case "caught and bowled":
      return words.caughtAndBowled(bowler)
    case "lbw":
      return words.lbw(bowler)
    case "stumped":
      return fielder === undefined ? words.stumped(bowler) : words.stumpedBy(fielder, bowler)
    case "hit wicket":
      return words.hitWicket(bowler)
    default:
      return words.manner[manner]
  }
}

/** What the screen says of an event, in a few words and a few more. */
export const keyEvent = (
  event: MatchEvent,
  match: Match.Match,
  words: Words = English
): { readonly headline: string; readonly detail: string } => {
  const innings = match.innings[event.position.innings - 1]
  const side = innings === undefined ? "" : Match.team(match, innings.batting).code
  const total = innings === undefined ? "" : `${side} ${Innings.score(innings)}`
  const name = (id: Parameters<typeof Match.nameOf>[1]) => Match.nameOf(match, id)
  switch (event._tag) {
    case "match_end":
      return { headline: result(match, words), detail: totals(match, words) }
    case "innings_end":
      return {
        headline: words.inningsBreak,
        detail: innings === undefined ? "" : words.inningsTotal(total, Innings.oversLabel(innings))
      }
    case "hundred": {
      const named: Readonly<Record<number, string>> = words.hundred
      return {
        headline: `${named[event.runs] ?? words.manyRuns(event.runs)}! ${name(event.batter)}`,
        detail: words.runsOff(event.runs, event.balls)
      }
    }
    case "fifty":
      return {
        headline: `${words.fifty}! ${name(event.batter)}`,
        detail: words.runsOff(event.runs, event.balls)
      }
    case "batsman_on_90s":
      return { headline: words.nearHundred(name(event.batter), event.runs), detail: total }
    case "batsman_on_fire":
      return {
        headline: words.batterOnFire(name(event.batter)),
        detail: words.runsOff(event.runs, event.balls)
      }
    case "bowler_on_fire":
      return {
        headline: words.bowlerOnFire(name(event.bowler)),
        detail: words.figures(event.wickets, event.runs, event.overs)
      }
    case "wicket":
      return {
        headline: `${words.wicket}! ${name(event.batter)} ${batterLine(event)}`,
        detail: `${howOut(event, match, words)} · ${side} ${event.score}`
      }
    case "new_batsman":
      return { headline: words.comesIn(name(event.batter)), detail: total }
    case "hattrick":
      return { headline: `${words.hatTrick}! ${name(event.bowler)}`, detail: total }
    case "on_hattrick":
      return { headline: words.onHatTrick(name(event.bowler)), detail: total }
    case "consecutive_sixes": {
      const counted: Readonly<Record<number, string>> = words.count
      return {
        headline: words.sixesInARow(counted[event.count] ?? `${event.count}`),
        detail: `${name(event.batter)} · ${total}`
      }
    }
    case "maiden":
      return { headline: words.maiden(name(event.bowler)), detail: total }
    case "six":
      return { headline: `${words.six}!`, detail: name(event.batter) }
    case "four":
      return { headline: `${words.four}!`, detail: name(event.batter) }
  }
}

const howOut = (
  { bowler, fielders, manner }: Extract<MatchEvent, { readonly _tag: "wicket" }>,
  match: Match.Match,
  words: Words
): string => dismissal(manner, bowler === null ? null : Match.nameOf(match, bowler), fielders, words)

/** What replaces an event that was shown and is not true. */
export const correction = (
  event: MatchEvent,
  match: Match.Match,
  words: Words = English
): { readonly headline: string; readonly detail: string } => {
  const { headline } = keyEvent(event, match, words)
  const innings = Match.current(match)
  const total =
    innings === undefined ? "" : `${Match.team(match, innings.batting).code} ${Innings.score(innings)}`
  switch (event._tag) {
    case "wicket":
      return { headline: words.notOut(Match.nameOf(match, event.batter)), detail: total }
    default:
      return { headline: words.correction, detail: words.notSo(headline.replace(/!.*/, ""), total).trim() }
  }
}

/** What buzzes. The title tells the event, the body who and how; both fit a watch. */
export const alert = (event: MatchEvent, match: Match.Match, words: Words = English): Notice => {
  const teams = codes(match.info, words)
  if (event._tag === "wicket") {
    const innings = match.innings[event.position.innings - 1]
    const side = innings === undefined ? "" : Match.team(match, innings.batting).code
    const how = howOut(event, match, words)
    return {
      title: words.wicketAt(`${side} ${event.score}`),
      body: `${Match.nameOf(match, event.batter)} ${how} ${batterLine(event)}`
    }
  }
  const { detail, headline } = keyEvent(event, match, words)
  if (event._tag === "match_end")
    return { title: teams, body: detail === "" ? headline : words.sentences(headline, detail) }
  return { title: headline, body: detail === "" ? teams : `${detail} · ${teams}` }
}

/** The alert that every start must carry (Apple); on a later day of the match it says that play goes on after the night. */
export const started = (match: Match.Match, day: number, words: Words = English): Notice => ({
  title: names(match.info, words),
  body: !Match.hasBegun(match)
    ? words.aboutToBegin
    : day > 1
      ? `${words.resumes} · ${scores(match, words)}`
      : statusLine(match, words)
})

/** The alert shortly before a match, so many minutes before it; no time of day, which depends on where the phone is. */
export const prematch = (info: MatchInfo, minutes: number, words: Words = English): Notice => ({
  title: names(info, words),
  body: minutes < 1 ? words.aboutToBegin : words.startsIn(minutes)
})

/** The alert where no activity can be started from afar: a tap opens the app, and the app starts one. */
export const fallback = (info: MatchInfo, words: Words = English): Notice => ({
  title: names(info, words),
  body: words.tapToFollow
})

/** "IND 300, NZ 120/3 · NZ trail by 180". */
const scores = (match: Match.Match, words: Words): string => {
  const innings = Match.current(match)
  if (innings === undefined) return words.yetToBegin
  const stand = standing(match, innings, words)
  return innings.number === 1 ? stand : `${totals(match, words)} · ${stand}`
}

const totals = (match: Match.Match, words: Words): string =>
  match.innings
    .filter((one) => !one.superOver)
    .map((one) => {
      const score = Innings.score(one)
      return `${Match.team(match, one.batting).code} ${one.declared ? words.declared(score) : score}`
    })
    .join(", ")

const margin = (by: Extract<Outcome, { readonly _tag: "Won" }>["by"], words: Words): string | null => {
  if (by.innings !== null) return by.runs === null ? words.byInnings : words.byInningsAndRuns(by.runs)
  if (by.runs !== null) return words.byRuns(by.runs)
  return by.wickets === null ? null : words.byWickets(by.wickets)
}

/** "India won by 96 runs". */
export const result = (match: Match.Match, words: Words = English): string => {
  const { outcome, status } = match
  if (outcome === null) {
    if (status === "cancelled") return words.cancelled
    return status === "abandoned" ? words.abandoned : words.over
  }
  const name = (side: "home" | "away") => match.info[side].name
  switch (outcome._tag) {
    case "Won": {
      const by = margin(outcome.by, words)
      const how = outcome.method === null ? "" : ` (${words.method(outcome.method)})`
      return `${by === null ? words.won(name(outcome.winner)) : words.wonBy(name(outcome.winner), by)}${how}`
    }
    case "Tied":
      return outcome.winner === null || outcome.decidedBy === null
        ? words.tied
        : words.tiedAndWon(name(outcome.winner), outcome.decidedBy)
    case "Drawn":
      return words.drawn
    case "NoResult":
      return words.noResult
    case "Awarded":
      return outcome.winner === null ? words.awarded : words.awardedTo(name(outcome.winner))
  }
}

/** One line on where the match stands. */
export const statusLine = (match: Match.Match, words: Words = English): string => {
  const innings = Match.current(match)
  if (match.status === "finished" || match.status === "abandoned" || match.status === "cancelled")
    return result(match, words)
  // A delay after the first ball is no delay of the start.
  const status = match.status === "delayed" && innings !== undefined ? "suspended" : match.status
  const pauses: Readonly<Partial<Record<Status, string>>> = words.pause
  const pause = pauses[status]
  if (innings === undefined) return pause ?? words.yetToBegin
  const stand = standing(match, innings, words)
  if (status === "innings break") return `${words.betweenInnings} · ${stand}`
  return pause === undefined ? stand : `${pause} · ${stand}`
}

/** Who needs what, leads or trails; else where the innings is. */
const standing = (match: Match.Match, innings: Innings.Innings, words: Words): string => {
  const { code } = Match.team(match, innings.batting)
  const chase = Match.chase(match, innings)
  if (chase !== null && chase.runs > 0 && chase.balls !== 0)
    return equation(code, chase.runs, chase.balls, words)
  if (innings.superOver) return `${words.superOver} · ${code} ${Innings.score(innings)}`
  // A target that rain has changed is not a matter of leading and trailing.
  if (innings.number > 1 && innings.target === null) {
    const ahead = Match.lead(match, innings)
    if (ahead === 0) return words.level
    return ahead > 0 ? words.leads(code, ahead) : words.trails(code, -ahead)
  }
  return words.batting(code, Innings.score(innings), Innings.oversLabel(innings))
}
