import type { Instant } from "@sightscreen/decider"
import type { ActivityId } from "../Ids.ts"
import type { Yields } from "../follow/Preferences.ts"

/**
 * Who gives way on a phone that shows as many Live Activities as it can.
 *
 * Apple names no number that holds everywhere; about five at a time were observed. Beyond it the system refuses what is
 * started, silently, and the start is spent: it is better decided here.
 */
export const limit = 5

/** An activity that has a place on a phone, or waits for one. */
export interface Place {
  readonly activityId: ActivityId
  readonly since: Instant.Instant
}

/** Which activities have to go so that there is room for one more; null where that one has to wait. */
export const makeRoom = (others: ReadonlyArray<Place>, yields: Yields): ReadonlyArray<ActivityId> | null => {
  const tooMany = others.length + 1 - limit
  if (tooMany <= 0) return []
  if (yields === "newest") return null
  return others
    .toSorted((a, b) => a.since - b.since || (a.activityId < b.activityId ? -1 : 1))
    .slice(0, tooMany)
    .map(({ activityId }) => activityId)
}
