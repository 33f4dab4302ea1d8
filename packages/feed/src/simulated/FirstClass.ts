import { Chance } from "@sightscreen/decider"
import type { Outcome } from "@sightscreen/domain"
import type { Days } from "../recorded/Days.ts"
import { type Innings as Recorded, noPenalties, runs } from "../recorded/Recording.ts"
import * as Calendar from "./Calendar.ts"
import { other } from "./Cast.ts"
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
  const { cast, chance, dramas, format } = setting
  const dice = Chance.dice(Chance.split(chance, "match"))
  const weather = Chance.dice(Chance.split(chance, "weather"))
  // Captains forfeit where rain has left no other way to a result.
  const lost = dramas.has("forfeit") ? 2 : dramas.has("lostDay") ? (weather.happens(0.2) ? 2 : 1) : 0
  const calendar = Calendar.of(weather, days, lost, dramas.has("draw") ? 0.5 : 0.25)
  const flat = dramas.has("draw") || dramas.has("declaration") ? 0.7 : 1
  const pitch = flat * (0.75 + 0.35 * dice.unit())
  const tempo = 0.85 + 0.3 * dice.unit()
  const leader: Outcome.Side = dice.happens(0.5) ? "home" : "away"
  const isOneSided = dramas.has("followOn") || dramas.has("inningsVictory")
  const edge = (side: Outcome.Side): number => (!isOneSided ? 1 : side === leader ? 0.7 : 1.7)

  const innings: Array<Recorded> = []
  const states: Array<State> = []
  let teams = { home: cast.home, away: cast.away }
  const standing = (batting: Outcome.Side): number => {
    let lead = 0
    for (const one of innings) lead += one.batting === batting ? runs(one) : -runs(one)
    return lead
  }
  const bat = (
    batting: Outcome.Side,
    target: number | null,
    captain: (state: State) => boolean,
    shakesHands: (state: State) => boolean = () => false
  ): void => {
    const number = innings.length
    const played = Innings.play({
      dice,
      format,
      gender: cast.gender,
      batting: teams[batting],
      bowling: teams[other(batting)],
      superOver: false,
      balls: null,
      target,
      penalties: number > 0 && dice.happens(0.003) ? { pre: 5, post: 0 } : noPenalties,
      // A pitch wears.
      hazard: pitch * edge(batting) * (1 + 0.05 * number),
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
    innings.push(played.innings)
    states.push(played.state)
    teams = { ...teams, [batting]: replaced(teams[batting], played.state) }
    if (played.state.end !== "time" && played.state.end !== "target") Calendar.change(calendar)
  }
  const forfeit = (batting: Outcome.Side): void => {
    innings.push({ ...nothing, batting })
  }
  const finish = (outcome: Outcome.Outcome): LongStory => ({
    innings,
    outcome,
    interruptions: [],
    revisions: [],
    substituted: states.some(({ replaced }) => replaced !== null),
    days: Calendar.daysOf(calendar),
    played: Calendar.played(calendar)
  })
  const isUp = (): boolean => Calendar.left(calendar) === 0

  const enough = dice.between(380, 620)
  const declares = dramas.has("declaration")
  bat(leader, null, (state) =>
    dramas.has("forfeit")
      ? state.runs >= 200 && Calendar.left(calendar) < 220
      : state.runs >= (declares ? enough - 150 : enough) && state.wickets >= (declares ? 3 : 5)
  )
  if (isUp()) return finish(drawn)
  const second = other(leader)
  if (dramas.has("forfeit") && states[0]!.end === "declared") {
    forfeit(second)
    forfeit(leader)
  } else {
    bat(
      second,
      null,
      (state) => state.runs + standing(second) >= 180 && state.wickets >= 7 && Calendar.left(calendar) < 250
    )
    if (isUp()) return finish(drawn)
    const behind = -standing(second)
    const follows = behind >= followOnLead && (dramas.has("followOn") || dice.happens(0.6))
    const third = follows ? second : leader
    const cushion = dice.between(240, 400)
    bat(third, null, (state) => {
      const lead = standing(third) + state.runs
      const left = Calendar.left(calendar)
      // Enough runs that the other side will hardly make them, and overs enough to take ten wickets.
      return lead >= cushion && left <= 140 && lead > left * 3 - 60
    })
    const short = -standing(third)
    if (short > 0 && states[2]!.end === "all out")
      return finish(won(other(third), { innings: 1, runs: short }))
    if (isUp()) return finish(drawn)
  }
  const last = other(innings[2]!.batting)
  const target = 1 - standing(last)
  bat(
    last,
    target,
    () => false,
    (state) => {
      const left = Calendar.left(calendar)
      // The last hour: captains may agree that nothing more can come of it.
      return left <= 15 && state.wickets <= 6 && target - state.runs > left * 6 && !dramas.has("tie")
    }
  )
  const chase = states[states.length - 1]!
  if (chase.end === "target") return finish(won(last, { wickets: 10 - chase.wickets }))
  if (chase.end === "time") return finish(drawn)
  return finish(
    chase.runs === target - 1
      ? { _tag: "Tied", winner: null, decidedBy: null, method: null }
      : won(other(last), { runs: target - 1 - chase.runs })
  )
}

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
