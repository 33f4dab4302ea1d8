import { Instant } from "@sightscreen/decider"
import type { Outcome } from "./Outcome.ts"
import type { Kind } from "./Retry.ts"

/** What is to be done about an outcome. */
export type Consequence =
  | {
      readonly _tag: "RetireToken"
      readonly unlessRegisteredAfter: Instant.Instant | null
      readonly reason: string
    }
  /** A start cannot reach the phone; its activity waits for another start token. */
  | { readonly _tag: "StartRefused" }
  /** The activity cannot be reached by its update token any more. */
  | { readonly _tag: "TokenDisowned" }
  /** The same push again, as often as `Retry` allows. */
  | { readonly _tag: "SendAgain" }
  /** Somebody has to look: nothing will change by itself. */
  | { readonly _tag: "Alarm"; readonly reason: string }

const unknown = "no reason given"

/** Apple's table of answers as one exhaustive match: the only place where an answer becomes something to do. */
export const of = (outcome: Outcome, kind: Kind): ReadonlyArray<Consequence> => {
  switch (outcome._tag) {
    case "Accepted":
      return []
    case "TokenDead":
      return [
        { _tag: "RetireToken", unlessRegisteredAfter: outcome.since, reason: outcome.reason ?? unknown },
        { _tag: kind === "start" ? "StartRefused" : "TokenDisowned" }
      ]
    case "TokenSuspect":
      // Apple says "bad" of a good token on the wrong host too. One such word kills nothing.
      return [{ _tag: "Alarm", reason: outcome.reason ?? unknown }]
    case "OurFault":
    case "KeyTrouble":
      return [{ _tag: "Alarm", reason: outcome.reason ?? unknown }]
    case "SlowDown":
      return kind === "end" ? [{ _tag: "SendAgain" }] : []
    case "AppleDown":
    case "Unanswered":
      return kind === "update" || kind === "start" ? [] : [{ _tag: "SendAgain" }]
  }
}
