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

const match = (setting: Setting, weather: Chance.Dice, allowance: number): Story => {
  const { cast, dramas, format } = setting
  const { ballsPerOver } = format
  const least = leastOvers[format.kind]
  const dice = Chance.dice(Chance.split(setting.chance, "match"))
  const interruptions: Array<Timeline.Interruption> = []
  const revisions: Array<Timeline.Revision> = []
  const suspend = (afterBall: number, status: "delayed" | "suspended" = "suspended") =>
    interruptions.push({ afterBall, status, lasts: Duration.minutes(weather.between(15, 120)) })

  const late = dramas.has("reducedOvers")
  if (late) suspend(notBegun, "delayed")
  const overs = late ? weather.between(least, allowance - 1) : allowance
  const endless = dramas.has("noResult")
  const ends = endless || dramas.has("parScore")
  const scripted =
    dramas.has("tie") || dramas.has("superOver") || dramas.has("lastBall") || dramas.has("oneRun")
  const revised = dramas.has("revisedTarget") && !ends && overs > least
  // A chase that is to end in a certain way is left in peace: what rain has to do it does before.
  const early = (revised && (scripted || weather.happens(0.4))) || (endless && weather.happens(0.5))
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
  const substituted = first.state.replaced !== null
  if (rained) suspend(first.state.deliveries - 1)
  if (rained && endless) {
    return { innings: [first.innings], outcome: noResult, interruptions, revisions, substituted }
  }

  const made = runs(first.innings)
  const had = Rain.resources(overs, 0)
  const used = rained
    ? had - Rain.resources(overs - first.state.legal / ballsPerOver, first.state.wickets)
    : had
  const left = rained
    ? weather.between(least, Math.max(least, Math.floor(first.state.legal / ballsPerOver)))
    : overs
  const begins: Revised = rained
    ? { balls: left * ballsPerOver, target: Rain.par(made, used, Rain.resources(left, 0)) + 1 }
    : { balls: overs * ballsPerOver, target: made + 1 }

  let method: string | null = rained ? "D/L" : null
  let target = begins
  let called: "no result" | "par" | null = null
  const stops = (state: State): Revised | null => {
    const gone = state.legal / ballsPerOver
    const spent = Rain.resources(left, 0) - Rain.resources(left - gone, state.wickets)
    suspend(first.state.deliveries + state.deliveries - 1)
    method = "D/L"
    if (ends) {
      called = endless ? "no result" : "par"
      if (!endless) target = { balls: state.legal, target: Rain.par(made, used, spent) + 1 }
      return null
    }
    const total = weather.between(Math.max(least, Math.ceil(gone) + 1), Math.max(least, left - 1))
    const has = spent + Rain.resources(total - gone, state.wickets)
    target = { balls: total * ballsPerOver, target: Rain.par(made, used, has) + 1 }
    revisions.push({
      fromBall: first.state.deliveries + state.deliveries,
      target: { runs: target.target, balls: target.balls }
    })
    return target
  }
  const inChase = ((revised && !rained && !scripted) || ends) && left > least
  const after = !inChase
    ? null
    : endless
      ? weather.between(1, least * ballsPerOver - 1)
      : ends
        ? weather.between(least * ballsPerOver, left * ballsPerOver - 1)
        : weather.between(1, Math.max(1, (left - 2) * ballsPerOver))
  const second = Innings.play({
    ...common,
    batting: replaced(cast[other(batting)], null),
    bowling: replaced(cast[batting], first.state),
    balls: begins.balls,
    target: begins.target,
    penalties: { pre: dice.happens(beside) ? 5 : 0, post: 0 },
    script: { dues: [], aim: aimOf(dramas, begins.target) },
    rain: after === null ? null : { after, revise: stops }
  })
  const chase: Recorded = { ...second.innings, target: { runs: target.target, balls: target.balls } }
  if (target !== begins || rained) {
    revisions.unshift({
      fromBall: first.state.deliveries,
      target: { runs: begins.target, balls: begins.balls }
    })
  }
  const innings = [first.innings, chase]
  if (called === "no result") return { innings, outcome: noResult, interruptions, revisions, substituted }
  const outcome = resultOf(second.state, target.target, other(batting), method, called === "par")
  if (outcome._tag !== "Tied" || !isSettled(setting, dice))
    return { innings, outcome, interruptions, revisions, substituted }
  const [extra, winner] = superOvers(setting, common, other(batting))
  return {
    innings: [...innings, ...extra],
    outcome: winner === null ? outcome : { ...outcome, winner, decidedBy: "super over" },
    interruptions,
    revisions,
    substituted
  }
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
