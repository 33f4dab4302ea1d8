import type { Chance } from "@sightscreen/decider"
import type { Break, Days } from "../recorded/Days.ts"

/** The days of a match of several: how many overs each has room for, and how far the match has come in them. */
export interface Calendar {
  /** Overs of each day; none on a day that rain takes. */
  readonly overs: ReadonlyArray<number>
  /** Index of the day that is being played. */
  day: number
  /** Overs of the day that are gone, those between innings included. */
  gone: number
  /** Overs of the match that were bowled. */
  bowled: number
  /** The day of the last of them. */
  last: number
  readonly breaks: Map<number, Break>
}

/** Law and playing conditions: ninety overs a day, the least that is asked of a Test. */
export const oversInDay = 90

/** Two overs are lost between innings. */
const betweenInnings = 2

/** `lost` days at least are lost; rain takes a part of others. */
export const of = (dice: Chance.Dice, days: number, lost: number, wet: number): Calendar => {
  const taken = new Set<number>()
  // Play begins on the first day: the days before it are no part of the match.
  while (taken.size < lost) taken.add(1 + dice.below(days - 1))
  const overs = Array.from({ length: days }, (_, day) => {
    if (taken.has(day)) return 0
    return dice.happens(wet) ? dice.between(25, 75) : oversInDay
  })
  return { overs, day: 0, gone: 0, bowled: 0, last: 0, breaks: new Map() }
}

/** Overs that are left in the match. */
export const left = ({ day, gone, overs }: Calendar): number => {
  let sum = -gone
  for (let index = day; index < overs.length; index++) sum += overs[index]!
  return Math.max(0, sum)
}

/** One over has been bowled; notes the break that comes with it. */
export const bowl = (self: Calendar): void => {
  self.bowled += 1
  self.last = self.day
  const before = self.gone
  self.gone += 1
  pause(self, before)
}

/** An innings is over. */
export const change = (self: Calendar): void => {
  const before = self.gone
  self.gone += betweenInnings
  pause(self, before)
}

const pause = (self: Calendar, before: number): void => {
  const inDay = self.overs[self.day]!
  if (self.gone >= inDay) {
    nextDay(self)
    return
  }
  for (const [status, part] of sessions) {
    const at = Math.round(inDay * part)
    if (before < at && self.gone >= at) self.breaks.set(self.bowled, { status })
  }
}

const sessions = [
  ["lunch", 1 / 3],
  ["tea", 2 / 3]
] as const

const nextDay = (self: Calendar): void => {
  const played = playedBefore(self)
  do self.day += 1
  while (self.day < self.overs.length && self.overs[self.day] === 0)
  self.gone = 0
  if (self.day < self.overs.length) self.breaks.set(self.bowled, { status: "stumps", next: played + 1 })
}

/** Days with play before this one. */
const playedBefore = ({ day, overs }: Calendar): number => {
  let count = 0
  for (let index = 0; index < day; index++) if (overs[index]! > 0) count += 1
  return count
}

/** The days that were played, as so many days after the first. */
export const played = ({ last, overs }: Calendar): ReadonlyArray<number> =>
  overs.flatMap((inDay, index) => (inDay > 0 && index <= last ? [index] : []))

export const daysOf = (self: Calendar): Days => ({
  breaks: self.breaks,
  after: self.overs.flatMap((inDay, index) => (inDay > 0 ? [index] : []))
})
