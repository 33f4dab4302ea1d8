import { Schema } from "effect"
import { alertWorthy } from "../events/Headline.ts"
import type { Name } from "../events/MatchEvent.ts"

/**
 * How loudly a bulletin is sent: Apple's priority, and whether it buzzes.
 *
 * Priority 10 is spent from an hourly budget that Apple does not publish; priority 5 is not (Apple: starting and updating
 * Live Activities). Only what buzzes, and the start and end of an activity, is worth it.
 */
export const Importance = Schema.Struct({
  priority: Schema.Literals([5, 10]),
  alert: Schema.Boolean,
  sound: Schema.Boolean
})
export type Importance = typeof Importance.Type

export const routine: Importance = { priority: 5, alert: false, sound: false }

/** Repaints at once without a buzz: a screen that celebrates what was taken back is wrong every second it stands. */
export const correction: Importance = { priority: 10, alert: false, sound: false }

/** The end must arrive, whether or not its news is fresh enough to buzz. */
export const final: Importance = { priority: 10, alert: false, sound: false }

/** Wickets have a sound of their own. */
const sounds: Readonly<Partial<Record<Name, true>>> = { wicket: true }

export const of = (name: Name): Importance =>
  alertWorthy[name] ? { priority: 10, alert: true, sound: sounds[name] ?? false } : routine
