import { Instant } from "@sightscreen/decider"
import * as Schema from "effect/Schema"
import * as Reason from "./Reason.ts"
import * as RetryAfter from "./RetryAfter.ts"
import type { Answer } from "./transport/Transport.ts"

/** Apple's word for what is wrong; absent where an answer carried none. Not limited to the reasons in `Reason`. */
const reason = Schema.NullOr(Schema.String)
const status = Schema.Int.pipe(Schema.check(Schema.isBetween({ minimum: 100, maximum: 999 })))
const refusal = { status, reason }
/** What was not wrong but came too soon may say when to come again. */
const tooSoon = { ...refusal, retryAfter: Schema.optionalKey(RetryAfter.RetryAfter) }

/** What became of a push, in our words. Every answer has one, and so has its absence. */
export const Verdict = Schema.TaggedUnion({
  /** Apple has taken it. That says nothing about delivery. */
  Accepted: { apnsId: Schema.NullOr(Schema.String), uniqueId: Schema.NullOr(Schema.String) },
  /**
   * The token is dead unless it was registered after `since`, the moment Apple confirmed that it no longer worked; null
   * where Apple named none.
   */
  TokenDead: { ...refusal, since: Schema.NullOr(Instant.Instant) },
  /** The token does not work with this host and topic. Not proof of its death. */
  TokenSuspect: refusal,
  /** The request is wrong and must not be repeated as it is. */
  Malformed: refusal,
  /** The bearer token was too old, also after one renewal: a clock is wrong. */
  AuthExpired: refusal,
  /** The key is not welcome; sending more with it is pointless. */
  Unauthorised: refusal,
  /** The connection, not the push, was wrong; another connection may do. */
  WrongConnection: refusal,
  /** Too much of something: pushes to this token (or channel), or minting of bearer tokens. */
  SlowDown: { ...tooSoon, what: Schema.Literals(["token", "minting"]) },
  /** The channel is gone or cannot be had. */
  ChannelRefused: refusal,
  /** Apple has trouble: send the newest state later, not this one again. */
  AppleDown: tooSoon,
  /**
   * No answer. `unprocessed` is true when Apple has certainly not acted on the push, so that repeating it is harmless;
   * false when nobody knows.
   */
  Unanswered: { unprocessed: Schema.Boolean, why: Schema.String }
})
export type Verdict = typeof Verdict.Type

/** Reads an answer. Total: whatever the bytes, there is a verdict. */
export const of = (answer: Answer): Verdict => {
  if (answer._tag !== "Answered") {
    return { _tag: "Unanswered", unprocessed: answer._tag === "NotProcessed", why: answer.why }
  }
  const { apnsId = null, body, headers = {}, status, uniqueId = null } = answer
  if (status >= 200 && status < 300) {
    return { _tag: "Accepted", apnsId, uniqueId }
  }
  const { reason = null, timestamp } = readBody(body)
  const refusal = { status, reason }
  const tooSoon = () => {
    const retryAfter = RetryAfter.read(headers)
    return retryAfter === undefined ? refusal : { ...refusal, retryAfter }
  }
  switch (Reason.classify(status, reason ?? undefined)) {
    case "token-dead":
      return { _tag: "TokenDead", ...refusal, since: sinceOf(timestamp) }
    case "token-suspect":
      return { _tag: "TokenSuspect", ...refusal }
    case "our-fault":
      return { _tag: "Malformed", ...refusal }
    case "auth-expired":
      return { _tag: "AuthExpired", ...refusal }
    case "auth-refused":
      return { _tag: "Unauthorised", ...refusal }
    case "connection":
      return { _tag: "WrongConnection", ...refusal }
    case "slow-token":
      return { _tag: "SlowDown", ...tooSoon(), what: "token" }
    case "slow-minting":
      return { _tag: "SlowDown", ...tooSoon(), what: "minting" }
    case "apple-down":
      return { _tag: "AppleDown", ...tooSoon() }
    case "channel":
      return { _tag: "ChannelRefused", ...refusal }
  }
}

interface Refusal {
  readonly reason?: string | undefined
  readonly timestamp?: number | undefined
}

/** A body that is not Apple's JSON (a proxy's page, half a body) reads as no reason. */
const readBody = (body: string): Refusal => {
  try {
    const read: unknown = JSON.parse(body)
    if (typeof read !== "object" || read === null) return {}
    const { reason, timestamp } = read as Readonly<Record<string, unknown>>
    return {
      reason: typeof reason === "string" ? reason : undefined,
      timestamp: typeof timestamp === "number" ? timestamp : undefined
    }
  } catch {
    return {}
  }
}

/** Apple: milliseconds since 1970. */
const sinceOf = (timestamp: number | undefined): Instant.Instant | null =>
  timestamp === undefined || !Number.isFinite(timestamp) || timestamp < 0
    ? null
    : Instant.fromMillis(timestamp)
