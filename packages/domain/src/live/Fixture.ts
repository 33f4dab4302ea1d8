import { Instant } from "@sightscreen/decider"
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
