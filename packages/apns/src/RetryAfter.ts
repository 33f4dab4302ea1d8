import { Instant } from "@sightscreen/decider"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as HttpHeaders from "effect/http/Headers"

/**
 * How long a server asks to be left alone (RFC 9110 10.2.3: `Retry-After`).
 *
 * Apple documents no such header, and a push is never repeated sooner than one says. What cannot be read says nothing.
 */
export const RetryAfter = Schema.TaggedUnion({
  /** From when the answer is heard. */
  Wait: { millis: Schema.Int.pipe(Schema.check(Schema.isGreaterThanOrEqualTo(0))) },
  /** By the server's clock, which may not be ours. */
  Until: { at: Instant.Instant }
})
export type RetryAfter = typeof RetryAfter.Type

/** Longer waits are as good as this one: no push is of use for so long. */
const mostMillis = 24 * 3_600_000

/**
 * Reads the headers of an answer, names in lower case. A date beside the server's own `date` is a length of time, whatever
 * the clocks say.
 */
export const read = (headers: Readonly<Record<string, string | undefined>>): RetryAfter | undefined => {
  const text = headers["retry-after"]
  if (text === undefined) return undefined
  const parsed = HttpHeaders.parseRetryAfter(text)
  if (Result.isFailure(parsed)) return undefined
  if (parsed.success._tag === "Duration") return wait(Duration.toMillis(parsed.success.duration))
  const until = DateTime.toEpochMillis(parsed.success.dateTime)
  const sent = HttpHeaders.parseHttpDate(headers["date"] ?? "")
  if (Result.isSuccess(sent)) return wait(until - DateTime.toEpochMillis(sent.success))
  return { _tag: "Until", at: Instant.fromMillis(Math.max(0, until)) }
}

const wait = (millis: number): RetryAfter => ({
  _tag: "Wait",
  millis: Math.min(mostMillis, Math.max(0, millis))
})

/** The earliest time for another try, where the answer was heard at `heardAt`. */
export const notBefore = (self: RetryAfter, heardAt: Instant.Instant): Instant.Instant =>
  self._tag === "Wait"
    ? Instant.plus(heardAt, Duration.millis(self.millis))
    : Instant.fromMillis(Math.min(self.at, heardAt + mostMillis))
