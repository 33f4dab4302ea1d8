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
  /** Nothing was started, and nothing is wrong with asking again. */
  | { readonly _tag: "StartUnsent" }
  /** The activity cannot be reached by its update token any more. */
  | { readonly _tag: "TokenDisowned" }
  /** The same push again, as often as `Retry` allows. */
  | { readonly _tag: "SendAgain" }
  /** The phone missed something: it is told the newest state once Apple takes pushes again. */
  | { readonly _tag: "TellLater" }
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
      return [{ _tag: "Alarm", reason: outcome.reason ?? unknown }]
    case "KeyTrouble":
      return [{ _tag: "Alarm", reason: outcome.reason ?? unknown }, ...(kind === "start" ? unsent : late)]
    case "SlowDown":
      return kind === "start" ? unsent : kind === "end" ? again : late
    case "AppleDown":
      return kind === "start" ? unsent : kind === "update" ? late : again
    case "Unanswered":
      if (kind === "start") return outcome.unprocessed ? unsent : []
      return kind === "update" ? late : again
  }
}

const unsent: ReadonlyArray<Consequence> = [{ _tag: "StartUnsent" }]
const late: ReadonlyArray<Consequence> = [{ _tag: "TellLater" }]
/** And later, should that be in vain too. */
const again: ReadonlyArray<Consequence> = [{ _tag: "SendAgain" }, { _tag: "TellLater" }]
