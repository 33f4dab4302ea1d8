import { Instant } from "@sightscreen/decider"
import { Duration, Schema } from "effect"
import type { Status } from "../cricket/Status.ts"

/**
 * Why activities end although nobody wanted them gone.
 *
 * `day` is the close of a day's play: a Live Activity lives for eight hours (Apple), a Test for five days, so each day has an
 * activity of its own. `postponed` is a match that will be played at another time, by people who still follow it.
 */
export const Ends = Schema.Literals(["over", "day", "postponed"])
export type Ends = typeof Ends.Type

/** How long the last state stays on the lock screen (Apple: four hours at most). */
export const dismissAfter: Readonly<Record<Ends, Duration.Duration>> = {
  over: Duration.minutes(15),
  // The score overnight is worth a look until the evening.
  day: Duration.hours(4),
  postponed: Duration.minutes(15)
}

export const dismissalOf = (ends: Ends, at: Instant.Instant): Instant.EpochSeconds =>
  Instant.toSeconds(Instant.plus(at, dismissAfter[ends]))

/**
 * A date in the past takes an activity off the lock screen at once (Apple). It follows from the stamp alone, so that one end
 * has one body whenever it is sent; stamps may run ahead of the clock, and a day is past on any phone's.
 */
export const atOnce = (stamp: Instant.EpochSeconds): Instant.EpochSeconds =>
  (stamp - Duration.toSeconds(Duration.days(1))) as Instant.EpochSeconds

/**
 * A feed may call a match off and think again; after so long, and so many looks at it, it is believed. It is looked at once a
 * minute then: a clock that is put right in between ends no match.
 */
export const calledOffAfter = Duration.minutes(10)
export const calledOffLooks = 6

/** A match that a feed does not know any more is not over, until nothing was heard of it for so long. */
export const vanishedFor = { play: Duration.hours(6), stumps: Duration.hours(24) }

/** Missing from so many answers in a row, and for so long, a match counts as vanished. */
export const absentAfter = { polls: 3, time: Duration.seconds(30) }

/** What a status means for activities, once it stands. */
export const endOf: Readonly<Partial<Record<Status, Ends>>> = {
  finished: "over",
  cancelled: "over",
  abandoned: "over",
  postponed: "postponed",
  stumps: "day"
}
