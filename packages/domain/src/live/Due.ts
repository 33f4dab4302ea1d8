import { Instant } from "@sightscreen/decider"
import { Duration } from "effect"
import { isVanished } from "./Absence.ts"
import type { ActiveMatch } from "./ActiveMatch.ts"
import * as Cadence from "./Cadence.ts"
import * as Ending from "./Ending.ts"
import * as Order from "./Order.ts"

/** When a live match is looked at again, and when something falls due in it although nothing is read. */

/** How long to wait before the next look at the match, if nothing falls due before. */
export const cadence = (
  self: ActiveMatch,
  at: Instant.Instant,
  paces: Cadence.Paces = Cadence.paces
): Duration.Duration => {
  const pace = isVanished(self) ? Cadence.idle : Cadence.of(self.match, self.marquee, at, paces)
  const due = nextDue(self)
  return due === null ? pace : Duration.min(pace, Duration.max(soonest, Instant.since(due, at)))
}

/** Where changes need not keep a distance, stamps have a second each. */
const oneSecond = Duration.seconds(1)

/** A clock may say the same twice. */
const soonest = Duration.millis(1)

/** When something happens although nothing is read; null where nothing waits. */
export const nextDue = (self: ActiveMatch): Instant.Instant | null => {
  if (self.ended !== null || Order.isPaused(self.orders)) return null
  const { confirmWithin, spacing } = self.manner
  let due: number = Infinity
  for (const { since } of self.held) due = Math.min(due, since + confirmWithin)
  if (self.behind && self.issuedAt !== null)
    due = Math.min(due, self.issuedAt + Math.max(spacing, Duration.toMillis(oneSecond)))
  if (self.calledOffAt !== null && (self.calledOffLooks ?? 0) >= Ending.calledOffLooks)
    due = Math.min(due, self.calledOffAt + Duration.toMillis(Ending.calledOffAfter))
  return due === Infinity ? null : Instant.fromMillis(due)
}
