import { type Delivery, type Manner, meaning } from "../cricket/Delivery.ts"
import { asOvers, type Format, type Kind } from "../cricket/Format.ts"
import * as Innings from "../cricket/Innings.ts"
import * as Match from "../cricket/Match.ts"
import type { Outcome } from "../cricket/Outcome.ts"
import type { Status } from "../cricket/Status.ts"
import type { MatchEvent } from "../events/MatchEvent.ts"

/**
 * Every word a follower reads, in one place.
 *
 * Names come ready from the feed. Nothing here decides; it says what was decided.
 */

const plural = (count: number, one: string, many = `${one}s`): string =>
  `${count} ${count === 1 ? one : many}`

/** Two decimals without a detour through floating point's `toFixed`, which is slow: 850 is "8.50". */
const hundredths = (value: number): string => {
  const rest = value % 100
  return `${(value - rest) / 100}.${rest < 10 ? "0" : ""}${rest}`
}

/** Runs an over: per six balls, as rates are quoted, and per set of five in The Hundred. */
const rate = (format: Format, runs: number, balls: number): string =>
  hundredths(Math.round((runs * format.ballsPerOver * 100) / balls))

export const formatName: Readonly<Record<Kind, string>> = {
  t20: "T20",
  odi: "ODI",
  hundred: "The Hundred",
  test: "Test",
  "first class": "First class"
}

export const title = (match: Match.Match): string =>
  `${match.info.home.code} v ${match.info.away.code} · ${formatName[match.info.format.kind]}`

export const batterLine = ({ balls, runs }: { readonly runs: number; readonly balls: number }): string =>
  `${runs} (${balls})`

export const bowlerLine = (format: Format, one: Innings.Bowler): string =>
  `${one.wickets}/${one.runs} (${asOvers(format, one.balls)})`

export const runRate = (format: Format, innings: Innings.Innings): string =>
  innings.legal === 0 ? "RR: –" : `RR: ${rate(format, innings.runs, innings.legal)}`

export const requiredRate = (format: Format, runs: number, balls: number): string =>
  `RRR: ${rate(format, runs, balls)}`

export const target = (runs: number): string => `Target ${runs}`

export const equation = (code: string, runs: number, balls: number | null): string =>
  balls === null ? `${code} need ${runs}` : `${code} need ${runs} off ${balls}`

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
  fielders: ReadonlyArray<string>
): string => {
  if (manner !== null && meaning[manner].credited && bowler === null) return manner
  const by = `b ${bowler}`
  const at = fielders.length === 0 ? "" : ` ${fielders[0]}`
  switch (manner) {
    case null:
      return "out"
    case "bowled":
      return by
    case "caught":
      return fielders.length === 0 ? `c ${by}` : `c${at} ${by}`
    case "caught and bowled":
      return `c & ${by}`
    case "lbw":
      return `lbw ${by}`
    case "stumped":
      return fielders.length === 0 ? `st ${by}` : `st${at} ${by}`
    case "hit wicket":
      return `hit wicket ${by}`
    case "run out":
      return fielders.length === 0 ? "run out" : `run out (${fielders.join("/")})`
    default:
      return manner
  }
}

const hundredName: Readonly<Record<number, string>> = {
  100: "HUNDRED",
  200: "DOUBLE HUNDRED",
  300: "TRIPLE HUNDRED"
}

const sixes: Readonly<Record<number, string>> = { 3: "THREE", 4: "FOUR", 5: "FIVE", 6: "SIX" }

/** What the screen says of an event, in a few words and a few more. */
export const keyEvent = (
  event: MatchEvent,
  match: Match.Match
): { readonly headline: string; readonly detail: string } => {
  const innings = match.innings[event.position.innings - 1]
  const side = innings === undefined ? "" : Match.team(match, innings.batting).code
  const total = innings === undefined ? "" : `${side} ${Innings.score(innings)}`
  const name = (id: Parameters<typeof Match.nameOf>[1]) => Match.nameOf(match, id)
  switch (event._tag) {
    case "match_end":
      return { headline: result(match), detail: totals(match) }
    case "innings_end":
      return {
        headline: "INNINGS BREAK",
        detail: innings === undefined ? "" : `${total} in ${Innings.oversLabel(innings)} overs`
      }
    case "hundred":
      return {
        headline: `${hundredName[event.runs] ?? `${event.runs} RUNS`}! ${name(event.batter)}`,
        detail: `${event.runs} off ${plural(event.balls, "ball")}`
      }
    case "fifty":
      return {
        headline: `FIFTY! ${name(event.batter)}`,
        detail: `${event.runs} off ${plural(event.balls, "ball")}`
      }
    case "batsman_on_90s":
      return { headline: `${name(event.batter)} on ${event.runs}`, detail: total }
    case "batsman_on_fire":
      return {
        headline: `${name(event.batter)} is on fire`,
        detail: `${event.runs} off ${plural(event.balls, "ball")}`
      }
    case "bowler_on_fire":
      return {
        headline: `${name(event.bowler)} is on fire`,
        detail: `${event.wickets}/${event.runs} in ${asOvers(match.info.format, event.balls)} overs`
      }
    case "wicket":
      return {
        headline: `WICKET! ${name(event.batter)} ${batterLine(event)}`,
        detail: `${dismissal(event.manner, event.bowler === null ? null : name(event.bowler), event.fielders)} · ${side} ${event.score}`
      }
    case "new_batsman":
      return { headline: `${name(event.batter)} comes in`, detail: total }
    case "hattrick":
      return { headline: `HAT-TRICK! ${name(event.bowler)}`, detail: total }
    case "on_hattrick":
      return { headline: `${name(event.bowler)} is on a hat-trick`, detail: total }
    case "consecutive_sixes":
      return {
        headline: `${sixes[event.count] ?? event.count} SIXES IN A ROW`,
        detail: `${name(event.batter)} · ${total}`
      }
    case "maiden":
      return { headline: `Maiden by ${name(event.bowler)}`, detail: total }
    case "six":
      return { headline: "SIX!", detail: name(event.batter) }
    case "four":
      return { headline: "FOUR!", detail: name(event.batter) }
  }
}

/** What replaces an event that was shown and is not true. */
export const correction = (
  event: MatchEvent,
  match: Match.Match
): { readonly headline: string; readonly detail: string } => {
  const { headline } = keyEvent(event, match)
  const innings = Match.current(match)
  const total =
    innings === undefined ? "" : `${Match.team(match, innings.batting).code} ${Innings.score(innings)}`
  switch (event._tag) {
    case "wicket":
      return { headline: `NOT OUT: ${Match.nameOf(match, event.batter)}`, detail: total }
    default:
      return { headline: "CORRECTION", detail: `No: ${headline.replace(/!.*/, "")}. ${total}`.trim() }
  }
}

/** What buzzes. The title tells the event, the body who and how; both fit a watch. */
export const alert = (
  event: MatchEvent,
  match: Match.Match
): { readonly title: string; readonly body: string } => {
  const { detail, headline } = keyEvent(event, match)
  const teams = `${match.info.home.code} v ${match.info.away.code}`
  switch (event._tag) {
    case "match_end":
      return { title: teams, body: detail === "" ? headline : `${headline}. ${detail}` }
    case "wicket": {
      const innings = match.innings[event.position.innings - 1]
      const side = innings === undefined ? "" : Match.team(match, innings.batting).code
      return {
        title: `Wicket! ${side} ${event.score}`,
        body: `${Match.nameOf(match, event.batter)} ${dismissal(
          event.manner,
          event.bowler === null ? null : Match.nameOf(match, event.bowler),
          event.fielders
        )} ${batterLine(event)}`
      }
    }
    default:
      return { title: headline, body: detail === "" ? teams : `${detail} · ${teams}` }
  }
}

/** The alert that every start must carry (Apple). */
export const started = (match: Match.Match): { readonly title: string; readonly body: string } => ({
  title: `${match.info.home.name} v ${match.info.away.name}`,
  body: Match.hasBegun(match) ? statusLine(match) : "The match is about to begin"
})

const totals = (match: Match.Match): string =>
  match.innings
    .filter((one) => !one.superOver)
    .map((one) => `${Match.team(match, one.batting).code} ${Innings.score(one)}${one.declared ? "d" : ""}`)
    .join(", ")

const margin = (by: Extract<Outcome, { readonly _tag: "Won" }>["by"]): string => {
  if (by.innings !== null) return by.runs === null ? "an innings" : `an innings and ${plural(by.runs, "run")}`
  if (by.runs !== null) return plural(by.runs, "run")
  return by.wickets === null ? "" : plural(by.wickets, "wicket")
}

/** "India won by 96 runs". */
export const result = (match: Match.Match): string => {
  const { outcome, status } = match
  if (outcome === null) {
    if (status === "cancelled") return "Match cancelled"
    return status === "abandoned" ? "Match abandoned" : "Match over"
  }
  const name = (side: "home" | "away") => match.info[side].name
  switch (outcome._tag) {
    case "Won": {
      const by = margin(outcome.by)
      const how = outcome.method === null ? "" : ` (${outcome.method})`
      return by === "" ? `${name(outcome.winner)} won${how}` : `${name(outcome.winner)} won by ${by}${how}`
    }
    case "Tied":
      return outcome.winner === null || outcome.decidedBy === null
        ? "Match tied"
        : `Match tied, ${name(outcome.winner)} won the ${outcome.decidedBy}`
    case "Drawn":
      return "Match drawn"
    case "NoResult":
      return "No result"
    case "Awarded":
      return outcome.winner === null ? "Match awarded" : `Match awarded to ${name(outcome.winner)}`
  }
}

const pauses: Readonly<Partial<Record<Status, string>>> = {
  delayed: "Start delayed",
  drinks: "Drinks",
  lunch: "Lunch",
  tea: "Tea",
  dinner: "Dinner",
  stumps: "Stumps",
  suspended: "Play is stopped",
  postponed: "Match postponed"
}

/** One line on where the match stands. */
export const statusLine = (match: Match.Match): string => {
  const innings = Match.current(match)
  // A delay after the first ball is no delay of the start.
  const pause = pauses[match.status === "delayed" && innings !== undefined ? "suspended" : match.status]
  if (match.status === "finished" || match.status === "abandoned" || match.status === "cancelled")
    return result(match)
  if (innings === undefined) return pause ?? "Yet to begin"
  const stand = standing(match, innings)
  if (match.status === "innings break") return `Innings break · ${stand}`
  return pause === undefined ? stand : `${pause} · ${stand}`
}

/** Who needs what, leads or trails; else where the innings is. */
const standing = (match: Match.Match, innings: Innings.Innings): string => {
  const { code } = Match.team(match, innings.batting)
  const chase = Match.chase(match, innings)
  if (chase !== null && chase.runs > 0 && chase.balls !== 0) return equation(code, chase.runs, chase.balls)
  if (innings.superOver) return `Super over · ${code} ${Innings.score(innings)}`
  // A target that rain has changed is not a matter of leading and trailing.
  if (innings.number > 1 && innings.target === null) {
    const ahead = Match.lead(match, innings)
    if (ahead === 0) return "Scores level"
    return ahead > 0 ? `${code} lead by ${ahead}` : `${code} trail by ${-ahead}`
  }
  return `${code} batting, ${Innings.score(innings)} in ${Innings.oversLabel(innings)}`
}
