import { Instant } from "@sightscreen/decider"
import { Duration } from "effect"
import type { Edition } from "../activity/Edition.ts"

/**
 * Whose turn it is on a match's way out.
 *
 * What is sent to a phone only ever gets newer: first what must be told and plain state, in the outbox's own order; then the
 * newest state for everybody, where everybody may be behind; then for those who came late; and at last for those whom Apple
 * would not take a push for, once they have been left alone for a while.
 */
export type Turn = "edition" | "everybody" | "late" | "missed" | "rest"

export interface Waiting {
  /** The outbox holds something. */
  readonly editions: boolean
  readonly everybody: boolean
  readonly late: boolean
  /** When those who were missed have their turn; null where nobody was. */
  readonly retryAt: Instant.Instant | null
}

export const next = (self: Waiting, at: Instant.Instant): Turn => {
  if (self.editions) return "edition"
  if (self.everybody) return "everybody"
  if (self.late) return "late"
  return self.retryAt !== null && at >= self.retryAt ? "missed" : "rest"
}

/** Between two tries to reach phones that missed something, longer each time it was in vain. */
export const pauses = [5, 10, 20, 30].map((seconds) => Duration.seconds(seconds))

export const pauseAfter = (vain: number): Duration.Duration => pauses[Math.min(vain, pauses.length - 1)]!

/** Who joins a channel is told the newest state with others who do so at about the same time. */
export const republishEvery = Duration.seconds(15)

/** When a channel is published to again for somebody who has joined it, going by when that was done last. */
export const republishAt = (last: Instant.Instant | null, at: Instant.Instant): Instant.Instant =>
  last === null ? at : Instant.later(at, Instant.plus(last, republishEvery))

/** What is no longer worth a noise is not told; the state that came of it is. */
export const isSpent = ({ alert, ends, expiresAt }: Edition, at: Instant.Instant): boolean =>
  alert !== null && ends === null && at > expiresAt
