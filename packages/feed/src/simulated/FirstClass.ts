import { Chance } from "@sightscreen/decider"
import type { Outcome } from "@sightscreen/domain"
import type { Days } from "../recorded/Days.ts"
import { type Innings as Recorded, noPenalties, runs } from "../recorded/Recording.ts"
import * as Calendar from "./Calendar.ts"
import { other, type Team } from "./Cast.ts"
import type { State } from "./Crease.ts"
import * as Innings from "./Innings.ts"
import { duesOf, replaced, type Setting, type Story } from "./Limited.ts"

/** Two innings a side over five days: captains declare, follow on, run out of time. */
export interface LongStory extends Story {
  readonly days: Days
  /** The days that were played, as so many days after the first. */
  readonly played: ReadonlyArray<number>
}

const days = 5

/** Law 14: a lead of so many runs lets a captain ask the other side to follow on. */
const followOnLead = 200

export const play = (setting: Setting): LongStory => {
  const { dramas } = setting
  const match = begin(setting)
  const { calendar, dice, leader } = match
  const enough = dice.between(380, 620)
  const declares = dramas.has("declaration")
  bat(match, leader, null, (state) =>
    dramas.has("forfeit")
      ? state.runs >= 200 && Calendar.left(calendar) < 220
      : state.runs >= (declares ? enough - 150 : enough) && state.wickets >= (declares ? 3 : 5)
  )
  if (isUp(match)) return finish(match, drawn)
  if (dramas.has("forfeit") && match.states[0]!.end === "declared") {
    for (const side of [other(leader), leader]) match.innings.push({ ...nothing, batting: side })
  } else {
    const outcome = middle(match)
    if (outcome !== null) return finish(match, outcome)
  }
  return finish(match, chase(match))
}

/** A match under way, on the workbench of one call of `play`. */
interface Match {
  readonly setting: Setting
  readonly dice: Chance.Dice
  readonly calendar: Calendar.Calendar
  /** The side that bats first. */
  readonly leader: Outcome.Side
  /** How hard the pitch is to bat on; it wears. */
  readonly pitch: number
  readonly tempo: number
  readonly innings: Array<Recorded>
  readonly states: Array<State>
  teams: Readonly<Record<Outcome.Side, Team>>
}

const begin = (setting: Setting): Match => {
  const { cast, chance, dramas } = setting
  const dice = Chance.dice(Chance.split(chance, "match"))
  const weather = Chance.dice(Chance.split(chance, "weather"))
  // Captains forfeit where rain has left no other way to a result.
  const lost = dramas.has("forfeit") ? 2 : dramas.has("lostDay") ? (weather.happens(0.2) ? 2 : 1) : 0
  const flat = dramas.has("draw") || dramas.has("declaration") ? 0.7 : 1
  return {
    setting,
    dice,
    calendar: Calendar.of(weather, days, lost, dramas.has("draw") ? 0.5 : 0.25),
    pitch: flat * (0.75 + 0.35 * dice.unit()),
    tempo: 0.85 + 0.3 * dice.unit(),
    leader: dice.happens(0.5) ? "home" : "away",
    innings: [],
    states: [],
    teams: { home: cast.home, away: cast.away }
  }
}

/** How far a side is ahead, over all that was played. */
const standing = ({ innings }: Match, side: Outcome.Side): number => {
  let lead = 0
  for (const one of innings) lead += one.batting === side ? runs(one) : -runs(one)
  return lead
}

const isUp = ({ calendar }: Match): boolean => Calendar.left(calendar) === 0

const bat = (
  match: Match,
  batting: Outcome.Side,
  target: number | null,
  captain: (state: State) => boolean,
  shakesHands: (state: State) => boolean = () => false
): State => {
  const {
    calendar,
    dice,
    leader,
    pitch,
    setting: { cast, dramas, format },
    teams,
    tempo
  } = match
  const number = match.innings.length
  const isOneSided = dramas.has("followOn") || dramas.has("inningsVictory")
  const edge = !isOneSided ? 1 : batting === leader ? 0.7 : 1.7
  const { innings, state } = Innings.play({
    dice,
    format,
    gender: cast.gender,
    batting: teams[batting],
    bowling: teams[other(batting)],
    superOver: false,
    balls: null,
    target,
    penalties: number > 0 && dice.happens(0.003) ? { pre: 5, post: 0 } : noPenalties,
    hazard: pitch * edge * (1 + 0.05 * number),
    tempo,
    script: {
      dues: number === 0 ? duesOf(dramas, dice, 60) : [],
      aim: target !== null && dramas.has("tie") ? target - 1 : null
    },
    rain: null,
    verdict: (state) => {
      Calendar.bowl(calendar)
      if (Calendar.left(calendar) === 0 || shakesHands(state)) return "time"
      return state.end === null && captain(state) ? "declared" : null
    }
  })
  match.innings.push(innings)
  match.states.push(state)
  match.teams = { ...teams, [batting]: replaced(teams[batting], state) }
  if (state.end !== "time" && state.end !== "target") Calendar.change(calendar)
  return state
}

/** The second innings and the third, whoever bats in it; tells the result if there is one after them. */
const middle = (match: Match): Outcome.Outcome | null => {
  const { calendar, dice, leader, setting } = match
  const second = other(leader)
  bat(match, second, null, (state) => {
    const lead = state.runs + standing(match, second)
    return lead >= 180 && state.wickets >= 7 && Calendar.left(calendar) < 250
  })
  if (isUp(match)) return drawn
  const behind = -standing(match, second)
  const follows = behind >= followOnLead && (setting.dramas.has("followOn") || dice.happens(0.6))
  const third = follows ? second : leader
  const cushion = dice.between(240, 400)
  const { end } = bat(match, third, null, (state) => {
    const lead = standing(match, third) + state.runs
    const left = Calendar.left(calendar)
    // Enough runs that the other side will hardly make them, and overs enough to take ten wickets.
    return lead >= cushion && left <= 140 && lead > left * 3 - 60
  })
  const short = -standing(match, third)
  if (short > 0 && end === "all out") return won(other(third), { innings: 1, runs: short })
  return isUp(match) ? drawn : null
}

const chase = (match: Match): Outcome.Outcome => {
  const last = other(match.innings[2]!.batting)
  const target = 1 - standing(match, last)
  const never = () => false
  const { end, runs, wickets } = bat(match, last, target, never, (state) => {
    const left = Calendar.left(match.calendar)
    // The last hour: captains may agree that nothing more can come of it.
    const isHopeless = left <= 15 && state.wickets <= 6 && target - state.runs > left * 6
    return isHopeless && !match.setting.dramas.has("tie")
  })
  if (end === "target") return won(last, { wickets: 10 - wickets })
  if (end === "time") return drawn
  return runs === target - 1
    ? { _tag: "Tied", winner: null, decidedBy: null, method: null }
    : won(other(last), { runs: target - 1 - runs })
}

const finish = ({ calendar, innings, states }: Match, outcome: Outcome.Outcome): LongStory => ({
  innings,
  outcome,
  interruptions: [],
  revisions: [],
  substituted: states.some(({ replaced }) => replaced !== null),
  days: Calendar.daysOf(calendar),
  played: Calendar.played(calendar)
})

const drawn: Outcome.Outcome = { _tag: "Drawn", method: null }

const nothing = {
  superOver: false,
  target: null,
  declared: false,
  forfeited: true,
  penalties: noPenalties,
  overs: []
}

const won = (
  winner: Outcome.Side,
  by: { readonly innings?: number; readonly runs?: number; readonly wickets?: number }
): Outcome.Outcome => ({
  _tag: "Won",
  winner,
  by: { innings: by.innings ?? null, runs: by.runs ?? null, wickets: by.wickets ?? null },
  method: null
})
