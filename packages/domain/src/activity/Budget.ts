import { Instant } from "@sightscreen/decider"
import { Duration, Schema } from "effect"
import type { Name } from "../events/MatchEvent.ts"

/**
 * The pushes at priority 10 that a phone lets an activity have in an hour.
 *
 * Apple gives no numbers, answers 200 to a push too many, and then does not show it. So it is planned here: what does not
 * fit goes out at priority 5, which is not budgeted, and room is kept for the wickets to come. All activities of a match
 * are sent the same, so one ledger for each level stands for all of them: whoever came late has spent less.
 */

/** People can switch frequent updates off by themselves (Apple: `frequentPushesEnabled`); the budget is smaller then. */
export const Level = Schema.Literals(["normal", "frequent"])
export type Level = typeof Level.Type

export type Priority = 5 | 10

/** When priority 10 was used, within the last hour. */
export const Ledger = Schema.Struct({
  normal: Schema.Array(Instant.Instant),
  frequent: Schema.Array(Instant.Instant)
})
export type Ledger = typeof Ledger.Type

export const empty: Ledger = { normal: [], frequent: [] }

export const window = Duration.hours(1)
const windowMillis = Duration.toMillis(window)

/**
 * What is planned for an hour. Observed: about 15 without frequent updates, 230 with; the plan stays below, for the start of
 * an activity and whatever its phone was sent beside the match's own pushes count as well.
 */
export const planned: Readonly<Record<Level, number>> = { normal: 12, frequent: 120 }

/** How much of the hour is kept for what must not be late. */
export const reserved: Readonly<Record<Level, number>> = { normal: 5, frequent: 30 }

/** A repair of a wrong screen, and an end, want priority 10 as well. */
export type Purpose = Name | "correction" | "end"

/** What must not wait for a phone to feel like it: it may use the last of the hour. */
const essential: ReadonlySet<Purpose> = new Set([
  "end",
  "match_end",
  "innings_end",
  "hundred",
  "fifty",
  "wicket",
  "hattrick"
])

/** The priority that a push is worth on each level, and the ledger after it. It never fails; at worst it is less urgent. */
export const spend = (
  self: Ledger,
  purpose: Purpose,
  at: Instant.Instant
): readonly [Ledger, Readonly<Record<Level, Priority>>] => {
  const normal = grant(self.normal, "normal", purpose, at)
  const frequent = grant(self.frequent, "frequent", purpose, at)
  return [
    { normal: normal.used, frequent: frequent.used },
    { normal: normal.priority, frequent: frequent.priority }
  ]
}

const grant = (
  before: ReadonlyArray<Instant.Instant>,
  level: Level,
  purpose: Purpose,
  at: Instant.Instant
): { readonly used: ReadonlyArray<Instant.Instant>; readonly priority: Priority } => {
  // A clock that was set back leaves uses in the future; they count until it has caught up.
  const used = before.filter((one) => at - one < windowMillis)
  const room = planned[level] - used.length - (essential.has(purpose) ? 0 : reserved[level])
  // An end comes once, and the activity has no use for its budget afterwards.
  return room > 0 || purpose === "end" ? { used: [...used, at], priority: 10 } : { used, priority: 5 }
}

/** What is left of the hour that ends now, the reserve included. */
export const left = (self: Ledger, level: Level, at: Instant.Instant): number =>
  Math.max(0, planned[level] - self[level].filter((one) => at - one < windowMillis).length)

export const levelOf = (frequentUpdates: boolean): Level => (frequentUpdates ? "frequent" : "normal")

/** Nothing is spent. */
export const free: Readonly<Record<Level, Priority>> = { normal: 5, frequent: 5 }
