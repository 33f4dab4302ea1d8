import { Chance } from "@sightscreen/decider"
import type { Format, Outcome } from "@sightscreen/domain"
import { Duration } from "effect"
import { type Innings as Recorded, noPenalties, runs } from "../recorded/Recording.ts"
import { notBegun } from "../recorded/Timeline.ts"
import type * as Timeline from "../recorded/Timeline.ts"
import { type Cast, other } from "./Cast.ts"
import type { Order, Revised, State } from "./Crease.ts"
import type { Drama } from "./Drama.ts"
import * as Innings from "./Innings.ts"
import * as Rain from "./Rain.ts"
import * as Script from "./Script.ts"

/** What comes of a match, whatever its format. */
export interface Story {
  readonly innings: ReadonlyArray<Recorded>
  readonly outcome: Outcome.Outcome
  readonly interruptions: ReadonlyArray<Timeline.Interruption>
  readonly revisions: ReadonlyArray<Timeline.Revision>
  /** Somebody with a concussion was replaced, and the substitute came in. */
  readonly substituted: boolean
}

export interface Setting {
  readonly chance: Chance.Chance
  readonly format: Format.Format
  readonly cast: Cast
  readonly dramas: ReadonlySet<Drama>
}

/** Playing conditions: no result without so many overs to each side. */
const leastOvers: Readonly<Record<Format.Kind, number>> = {
  t20: 5,
  hundred: 5,
  odi: 20,
  test: 0,
  "first class": 0
}

export const play = (setting: Setting): Story => {
  const { chance, dramas, format } = setting
  if (dramas.has("washout")) return washout(Chance.dice(Chance.split(chance, "weather")))
  return match(setting, Chance.dice(Chance.split(chance, "weather")), format.overs ?? 20)
}

const washout = (dice: Chance.Dice): Story => ({
  innings: [],
  outcome: { _tag: "NoResult", method: null },
  interruptions: [{ afterBall: notBegun, status: "delayed", lasts: Duration.minutes(dice.between(45, 150)) }],
  revisions: [],
  substituted: false
})

/** What rain will do to a match, as far as it is settled before the first ball. */
interface Forecast {
  /** Overs a side. */
  readonly overs: number
  /** There is to be no result. */
  readonly endless: boolean
  /** Rain puts an end to the match. */
  readonly ends: boolean
  /** Rain is to shorten an innings and no more. */
  readonly shortens: boolean
  /** It comes in the first innings, if that lasts so long. */
  readonly early: boolean
  /** The chase is to end in a certain way, and is left in peace. */
  readonly scripted: boolean
  /** No result without so many overs to each side. */
  readonly least: number
}

const forecast = ({ dramas, format }: Setting, sky: Sky, allowance: number): Forecast => {
  const { weather } = sky
  const least = leastOvers[format.kind]
  const late = dramas.has("reducedOvers")
  if (late) sky.stop(notBegun, "delayed")
  const overs = late ? weather.between(least, allowance - 1) : allowance
  const endless = dramas.has("noResult")
  const ends = endless || dramas.has("parScore")
  const scripted = endings.some((drama) => dramas.has(drama))
  const shortens = dramas.has("revisedTarget") && !ends && overs > least
  const early = (shortens && (scripted || weather.happens(0.4))) || (endless && weather.happens(0.5))
  return { overs, endless, ends, shortens, early, scripted, least }
}

const endings = ["tie", "superOver", "lastBall", "oneRun"] as const

/** Where rain comes from, and what is noted of it. */
interface Sky {
  readonly weather: Chance.Dice
  readonly interruptions: Array<Timeline.Interruption>
  readonly revisions: Array<Timeline.Revision>
  readonly stop: (afterBall: number, status: "delayed" | "suspended") => void
}

const skyOf = (weather: Chance.Dice): Sky => {
  const interruptions: Array<Timeline.Interruption> = []
  return {
    weather,
    interruptions,
    revisions: [],
    stop: (afterBall, status) =>
      void interruptions.push({ afterBall, status, lasts: Duration.minutes(weather.between(15, 120)) })
  }
}

const match = (setting: Setting, weather: Chance.Dice, allowance: number): Story => {
  const { cast, dramas, format } = setting
  const { ballsPerOver } = format
  const dice = Chance.dice(Chance.split(setting.chance, "match"))
  const sky = skyOf(weather)
  const { interruptions, revisions } = sky
  const coming = forecast(setting, sky, allowance)
  const { early, endless, least, overs } = coming
  const tempo = 0.88 + 0.24 * dice.unit()
  const hazard = 0.9 + 0.2 * dice.unit()
  const batting = dice.happens(0.5) ? "home" : "away"
  const common = {
    dice,
    format,
    gender: cast.gender,
    superOver: false,
    tempo,
    hazard,
    verdict: () => null
  } as const
  const dues = duesOf(dramas, dice, overs)
  // Penalty runs beside the balls go to the first innings, or to the second before it begins.
  const beside = dramas.has("penaltyRuns") ? 0.25 : 0.003
  const cut = early ? weather.between(endless ? 1 : least * ballsPerOver, overs * ballsPerOver - 1) : null
  const first = Innings.play({
    ...common,
    batting: cast[batting],
    bowling: cast[other(batting)],
    balls: overs * ballsPerOver,
    target: null,
    penalties: { pre: 0, post: dice.happens(beside) ? 5 : 0 },
    script: { dues, aim: null },
    rain: cut === null ? null : { after: cut, revise: () => null }
  })
  const rained = first.state.end === "rain"
  const told = { interruptions, revisions, substituted: first.state.replaced !== null }
  if (rained) sky.stop(first.state.deliveries - 1, "suspended")
  if (rained && endless) return { ...told, innings: [first.innings], outcome: noResult }

  const chase = chaseOf(setting, coming, sky, first)
  const second = Innings.play({
    ...common,
    batting: cast[other(batting)],
    bowling: replaced(cast[batting], first.state),
    balls: chase.begins.balls,
    target: chase.begins.target,
    penalties: { pre: dice.happens(beside) ? 5 : 0, post: 0 },
    script: { dues: [], aim: aimOf(dramas, chase.begins.target) },
    rain: chase.rain
  })
  const { called, method, target } = chase.came()
  if (target !== chase.begins || rained) revisions.unshift(revisionOf(first.state.deliveries, chase.begins))
  const innings = [first.innings, { ...second.innings, target: { runs: target.target, balls: target.balls } }]
  if (called === "no result") return { ...told, innings, outcome: noResult }
  const outcome = resultOf(second.state, target.target, other(batting), method, called === "par")
  if (outcome._tag !== "Tied" || !isSettled(setting, dice)) return { ...told, innings, outcome }
  const [extra, winner] = superOvers(setting, common, other(batting))
  return {
    ...told,
    innings: [...innings, ...extra],
    outcome: winner === null ? outcome : { ...outcome, winner, decidedBy: "super over" }
  }
}

const revisionOf = (fromBall: number, { balls, target }: Revised): Timeline.Revision => ({
  fromBall,
  target: { runs: target, balls }
})

/** What the second side is set, and what rain makes of it. */
interface Chase {
  readonly begins: Revised
  readonly rain: Order["rain"]
  /** Once it has been played: what was to be made in the end, and what rain decided. */
  readonly came: () => Came
}

interface Came {
  readonly target: Revised
  readonly method: string | null
  readonly called: "no result" | "par" | null
}

const chaseOf = (
  { format: { ballsPerOver } }: Setting,
  { ends, endless, least, overs, scripted, shortens }: Forecast,
  sky: Sky,
  first: Innings.Result
): Chase => {
  const { weather } = sky
  const { deliveries, legal, wickets } = first.state
  const rained = first.state.end === "rain"
  const made = runs(first.innings)
  const had = Rain.resources(overs, 0)
  const used = rained ? had - Rain.resources(overs - legal / ballsPerOver, wickets) : had
  const left = rained ? weather.between(least, Math.max(least, Math.floor(legal / ballsPerOver))) : overs
  const begins: Revised = {
    balls: left * ballsPerOver,
    target: rained ? Rain.par(made, used, Rain.resources(left, 0)) + 1 : made + 1
  }
  let came: Came = { target: begins, method: rained ? "D/L" : null, called: null }
  const revise = (state: State): Revised | null => {
    const gone = state.legal / ballsPerOver
    const spent = Rain.resources(left, 0) - Rain.resources(left - gone, state.wickets)
    sky.stop(deliveries + state.deliveries - 1, "suspended")
    if (ends) {
      const par = { balls: state.legal, target: Rain.par(made, used, spent) + 1 }
      came = endless
        ? { target: begins, method: null, called: "no result" }
        : { target: par, method: "D/L", called: "par" }
      return null
    }
    const total = weather.between(Math.max(least, Math.ceil(gone) + 1), Math.max(least, left - 1))
    const has = spent + Rain.resources(total - gone, state.wickets)
    const target = { balls: total * ballsPerOver, target: Rain.par(made, used, has) + 1 }
    sky.revisions.push(revisionOf(deliveries + state.deliveries, target))
    came = { target, method: "D/L", called: null }
    return target
  }
  const isWet = ((shortens && !rained && !scripted) || ends) && left > least
  const [soonest, latest] = endless
    ? [1, least * ballsPerOver - 1]
    : ends
      ? [least * ballsPerOver, left * ballsPerOver - 1]
      : [1, Math.max(1, (left - 2) * ballsPerOver)]
  const rain = isWet ? { after: weather.between(soonest, latest), revise } : null
  return { begins, rain, came: () => came }
}

const noResult: Outcome.Outcome = { _tag: "NoResult", method: null }

/** With the last script, so that the chase ends as it should; else as it may. */
const aimOf = (dramas: ReadonlySet<Drama>, target: number): number | null => {
  if (dramas.has("tie") || dramas.has("superOver")) return target - 1
  if (dramas.has("lastBall")) return target
  return dramas.has("oneRun") && target > 1 ? target - 2 : null
}

/** A substitute for a player with a concussion stays for the rest of the match. */
export const replaced = (team: Order["batting"], before: State | null): Order["batting"] => {
  const gone = before?.replaced ?? null
  if (gone === null) return team
  const swap = (one: Order["batting"]["keeper"]) => (one === gone ? team.twelfth : one)
  return {
    ...team,
    eleven: team.eleven.map(swap),
    keeper: swap(team.keeper),
    bowlers: team.bowlers.map(swap)
  }
}

const resultOf = (
  { runs: made, wickets }: State,
  target: number,
  chasing: Outcome.Side,
  method: string | null,
  cutShort: boolean
): Outcome.Outcome => {
  const by = { innings: null, runs: null, wickets: null }
  if (made === target - 1) return { _tag: "Tied", winner: null, decidedBy: null, method }
  if (made < target)
    return { _tag: "Won", winner: other(chasing), by: { ...by, runs: target - 1 - made }, method }
  return cutShort
    ? { _tag: "Won", winner: chasing, by: { ...by, runs: made - target + 1 }, method }
    : { _tag: "Won", winner: chasing, by: { ...by, wickets: 10 - wickets }, method }
}

/** Not every competition has super overs. */
const isSettled = ({ dramas, format }: Setting, dice: Chance.Dice): boolean =>
  dramas.has("superOver") || (!dramas.has("tie") && dice.happens(format.kind === "odi" ? 0.4 : 0.8))

/** Super overs in pairs until one settles it; who batted last bats first, and then who did not. */
const superOvers = (
  { cast }: Setting,
  common: Pick<Order, "dice" | "format" | "gender" | "tempo" | "hazard" | "verdict">,
  last: Outcome.Side
): readonly [innings: ReadonlyArray<Recorded>, winner: Outcome.Side | null] => {
  const innings: Array<Recorded> = []
  let batting = last
  for (let pair = 0; pair < mostPairs; pair++) {
    const order = (side: Outcome.Side, target: number | null): Order => ({
      ...common,
      batting: cast[side],
      bowling: cast[other(side)],
      superOver: true,
      balls: common.format.ballsPerOver,
      target,
      penalties: noPenalties,
      script: Script.none,
      rain: null
    })
    const first = Innings.play(order(batting, null))
    const second = Innings.play(order(other(batting), first.state.runs + 1))
    innings.push(first.innings, second.innings)
    if (first.state.runs > second.state.runs) return [innings, batting]
    if (second.state.runs > first.state.runs) return [innings, other(batting)]
    batting = other(batting)
  }
  return [innings, null]
}

/** Then it is too dark for more. */
const mostPairs = 6

/** What is to happen in the first innings: early in it, as it may be short. */
export const duesOf = (
  dramas: ReadonlySet<Drama>,
  dice: Chance.Dice,
  overs: number
): ReadonlyArray<Script.Due> => {
  const whats: Array<Script.What> = []
  if (dramas.has("miscount")) whats.push("miscount")
  if (dramas.has("penaltyRuns")) whats.push("penalty runs")
  if (dramas.has("sixes")) whats.push("sixes")
  if (dramas.has("retiredHurt")) whats.push("retired hurt")
  if (dramas.has("concussion")) whats.push("concussion")
  if (dramas.has("oddDismissal")) whats.push(dice.pick(Script.oddities))
  if (dramas.has("hatTrick")) whats.push("hat-trick")
  if (dramas.has("collapse")) whats.push("collapse")
  const latest = Math.max(1, Math.floor(overs / 3))
  return whats.map((what, index) => ({ what, over: Math.min(index, 1) + dice.below(latest) }))
}
