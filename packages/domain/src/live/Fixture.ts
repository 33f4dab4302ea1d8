import { Instant } from "@sightscreen/decider"
import { Duration } from "effect"
import { isOver, type Status } from "../cricket/Status.ts"

/** A match as a schedule lists it, or as we know it. */
export interface Listing {
  readonly status: Status
  readonly startsAt: Instant.Instant
}

/**
 * Whether a schedule tells something new of a match.
 *
 * Schedules lag behind scores: what is being told is known better from its scores, and a match whose end was told does not go
 * on because a list still says so. One that was called off before its start may be put on again.
 */
export const isNews = (
  before: Listing | null,
  listed: Listing,
  beingTold: boolean,
  at: Instant.Instant
): boolean => {
  if (before === null) return true
  const lags = isOver(before.status) && !isOver(listed.status) && !Instant.isBefore(at, listed.startsAt)
  return !lags && !beingTold
}

/** How far a look at the schedule reaches, and how often the one that reaches further is taken. */
export const reach = {
  /** Late changes to what was, and results that came after the match had left the list. */
  back: Duration.days(1),
  near: Duration.days(2),
  far: Duration.days(7),
  farEvery: Duration.hours(6)
}

/** When the far part of the schedule was read last. */
export interface Looked {
  readonly farAt: Instant.Instant | null
}

export const neverLooked: Looked = { farAt: null }

/** The part of the schedule to read now, and what is remembered once it was read. */
export const look = (
  self: Looked,
  at: Instant.Instant
): {
  readonly window: { readonly from: Instant.Instant; readonly to: Instant.Instant }
  readonly after: Looked
} => {
  const { farAt } = self
  // A clock that was set back makes the last look one of the future.
  const isFar =
    farAt === null ||
    Instant.isBefore(at, farAt) ||
    !Instant.isBefore(at, Instant.plus(farAt, reach.farEvery))
  return {
    window: {
      from: Instant.minus(at, reach.back),
      to: Instant.plus(at, isFar ? reach.far : reach.near)
    },
    after: isFar ? { farAt: at } : self
  }
}
