import { Instant } from "@sightscreen/decider"
import { Duration } from "effect"
import * as Consequence from "./Consequence.ts"
import type { Outcome } from "./Outcome.ts"
import * as Retry from "./Retry.ts"

/** One try to send the same bytes to many, and who of them is sent them once more. */
export interface Attempt {
  readonly kind: Retry.Kind
  /** Past this it is not worth another try. */
  readonly until: Instant.Instant
  /** Tries before this one that were answered. */
  readonly tries: number
  readonly sentAt: Instant.Instant
  /** Apple is down: it is the breaker that says when to try again. */
  readonly isDown: boolean
}

/** How long the next try is away at most; null where there is none. */
export const delayOf = ({ isDown, kind, sentAt, tries, until }: Attempt): Duration.Duration | null => {
  const delay = isDown ? Duration.zero : Retry.delays[kind][tries]
  return delay === undefined || Instant.isBefore(until, Instant.plus(sentAt, delay)) ? null : delay
}

/** By their places among the outcomes: who may be sent it again, and for whom this was the last try. */
export const sort = (
  self: Attempt,
  outcomes: ReadonlyArray<Outcome>
): { readonly again: ReadonlyArray<number>; readonly settled: ReadonlyArray<number> } => {
  const isLast = delayOf(self) === null
  const again: Array<number> = []
  const settled: Array<number> = []
  outcomes.forEach((outcome, place) => {
    const more = !isLast && Consequence.of(outcome, self.kind).some(({ _tag }) => _tag === "SendAgain")
    ;(more ? again : settled).push(place)
  })
  return { again, settled }
}

/** Apple is known to be down, so it was not asked. */
export const notSent: Outcome = { _tag: "Unanswered", unprocessed: true, reason: "not sent" }

/** Apple has it, or may have it. */
export const perhapsTaken: ReadonlyArray<Outcome["_tag"]> = ["Accepted", "Unanswered"]
