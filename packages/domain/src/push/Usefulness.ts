import { Duration } from "effect"
import * as Activity from "../activity/Activity.ts"

/**
 * How long a push is worth delivering, for those that are no bulletin of a match; what a bulletin is worth is its edition's
 * affair. Apple keeps what it cannot deliver until then, and forgets it (Apple: `apns-expiration`).
 */

/** A start by channel is not sent twice, and is brought up to date by what is published next, however late it arrives. */
export const start = {
  Token: Duration.minutes(10),
  Channel: Duration.hours(1)
} as const

/** What nobody wants is to go from a phone that has been out of reach for as long as it may be there. */
export const removal = Activity.longest

/** A silent push: an app that is woken later than this has been opened by its owner, or finds the match another one. */
export const wake = Duration.minutes(10)

/** How long an errand of an app is tried. */
export const errandTried = Duration.minutes(2)

/** That a match which somebody follows is on, and cannot be shown without their help. */
export const fallback = Duration.minutes(30)

/** How long that is tried at a time. Until it is told it is owed, and whoever finds it owed after a while tries it again. */
export const fallbackTried = Duration.minutes(2)
export const fallbackOwedAgain = Duration.minutes(3)
