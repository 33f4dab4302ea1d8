import { Instant } from "@sightscreen/decider"
import { Duration } from "effect"

/** What came of sending a webhook once. */
export type Reply =
  | { readonly _tag: "Answered"; readonly status: number; readonly retryAfter: Duration.Duration | null }
  /** Nobody answered, or not in time. */
  | { readonly _tag: "Unreachable"; readonly why: string }
  /** It is not sent there. */
  | { readonly _tag: "Refused"; readonly why: string }

export type Fate =
  | { readonly _tag: "Delivered" }
  | { readonly _tag: "Again"; readonly at: Instant.Instant; readonly why: string }
  | { readonly _tag: "GivenUp"; readonly why: string }
  /** The receiver wants no more of them. */
  | { readonly _tag: "Unwanted" }

/** Between one try and the next: soon at first, and for most of a day in all. */
export const delays = [
  "5 seconds",
  "30 seconds",
  "2 minutes",
  "10 minutes",
  "30 minutes",
  "1 hour",
  "3 hours",
  "6 hours",
  "12 hours"
].map((text) => Duration.fromInputUnsafe(text as Duration.Input))

/** A receiver may ask for a longer rest than ours, and for no longer than this. */
export const longestRest = Duration.hours(12)

/** A subscription whose messages have all failed for so long ends: nobody is there any more. */
export const abandonedAfter = Duration.days(5)

/**
 * What is to become of a message after so many tries, the last of which had this reply. `chance` is from 0 to 1: messages
 * that failed together do not come back together.
 */
export const judge = (tries: number, reply: Reply, at: Instant.Instant, chance: number): Fate => {
  if (reply._tag === "Refused") return { _tag: "GivenUp", why: reply.why }
  const why = reply._tag === "Answered" ? `answered ${reply.status}` : reply.why
  if (reply._tag === "Answered") {
    if (reply.status >= 200 && reply.status < 300) return { _tag: "Delivered" }
    if (reply.status === 410) return { _tag: "Unwanted" }
  }
  const delay = delays[tries - 1]
  if (delay === undefined) return { _tag: "GivenUp", why }
  const ours = Duration.times(delay, 0.8 + 0.4 * chance)
  const theirs = reply._tag === "Answered" && reply.retryAfter !== null ? reply.retryAfter : Duration.zero
  return { _tag: "Again", at: Instant.plus(at, Duration.max(ours, Duration.min(theirs, longestRest))), why }
}
