import { RetryAfter, type Verdict } from "@sightscreen/apns"
import type { Instant } from "@sightscreen/decider"
import type { PushOutcome } from "@sightscreen/domain"

/** Apple's answer in the words of the domain, heard at `at`. */
export const ofVerdict = (verdict: Verdict.Verdict, at: Instant.Instant): PushOutcome.Outcome => {
  switch (verdict._tag) {
    case "Accepted":
      return { _tag: "Accepted" }
    case "TokenDead":
      return { _tag: "TokenDead", since: verdict.since, reason: verdict.reason }
    case "TokenSuspect":
      return { _tag: "TokenSuspect", reason: verdict.reason }
    case "ChannelRefused":
      return channel(verdict.reason)
    case "Malformed":
      return { _tag: "OurFault", reason: verdict.reason }
    case "AuthExpired":
    case "Unauthorised":
      return { _tag: "KeyTrouble", reason: verdict.reason }
    case "SlowDown":
      // Minting is the key's trouble: the token that is pushed to has done nothing.
      return {
        _tag: verdict.what === "token" ? "SlowDown" : "AppleDown",
        reason: verdict.reason,
        ...notBefore(verdict, at)
      }
    case "WrongConnection":
      return { _tag: "AppleDown", reason: verdict.reason }
    case "AppleDown":
      return { _tag: "AppleDown", reason: verdict.reason, ...notBefore(verdict, at) }
    case "Unanswered":
      return { _tag: "Unanswered", unprocessed: verdict.unprocessed, reason: verdict.why }
  }
}

const notBefore = (
  { retryAfter }: { readonly retryAfter?: RetryAfter.RetryAfter },
  at: Instant.Instant
): { readonly notBefore?: Instant.Instant } =>
  retryAfter === undefined ? {} : { notBefore: RetryAfter.notBefore(retryAfter, at) }

/** Apple has a word for a channel that is gone and for an app that may have none; the others are about our requests. */
const channel = (reason: string | null): PushOutcome.Outcome => {
  switch (reason) {
    case "ChannelNotRegistered":
      return { _tag: "ChannelLost", reason }
    case "FeatureNotEnabled":
      return { _tag: "ChannelsOff", reason }
    default:
      return { _tag: "OurFault", reason }
  }
}
