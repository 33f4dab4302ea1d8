import { Instant } from "@sightscreen/decider"
import type { Outcome } from "./Outcome.ts"
import type { Kind } from "./Retry.ts"

/** What is to be done about an outcome: what each decider hears, and what the sender does. */
export type Consequence =
  /** To the token: Apple calls it dead. What follows for whoever used it comes after, if the token agrees. */
  | { readonly _tag: "TokenDead"; readonly since: Instant.Instant | null; readonly reason: string }
  /** To the token: it was refused, which need not be its fault. */
  | { readonly _tag: "TokenRefused"; readonly reason: string }
  /** To the activity and to its phone's ladder: Apple took the start. */
  | { readonly _tag: "StartTaken" }
  /** To both: a start cannot reach the phone; the activity waits for another start token. */
  | { readonly _tag: "StartRefused" }
  /** To both: nothing was started, and nothing is wrong with asking again. */
  | { readonly _tag: "StartUnsent" }
  /** To its phone's ladder alone: nothing was started, and it is no fault of the phone's. The activity has used up an attempt. */
  | { readonly _tag: "StartSpoilt" }
  /** To the activity: it cannot be reached by its update token any more. */
  | { readonly _tag: "TokenDisowned" }
  /** To the channel: Apple does not have it, and whoever joined it is out of reach. */
  | { readonly _tag: "ChannelLost"; readonly reason: string }
  /** To all channels of the app: Apple does not let it have any. */
  | { readonly _tag: "ChannelsOff"; readonly reason: string }
  /** To the channel: it is published to too often. */
  | { readonly _tag: "ChannelThrottled" }
  /** The same push again, as often as `Retry` allows. */
  | { readonly _tag: "SendAgain" }
  /** The phone missed something: it is told the newest state once Apple takes pushes again. */
  | { readonly _tag: "TellLater" }
  /** What was to be said once has not been said, and may be said again. */
  | { readonly _tag: "Unsaid" }
  /** Somebody has to look: nothing will change by itself. */
  | { readonly _tag: "Alarm"; readonly reason: string }

/** By what way a push went. */
export type Route = "token" | "channel"

const unknown = "no reason given"

/** Apple's tables of answers as one exhaustive match: the only place where an answer becomes something to do. */
export const of = (outcome: Outcome, kind: Kind, route: Route = "token"): ReadonlyArray<Consequence> => {
  switch (outcome._tag) {
    case "Accepted":
      return kind === "start" ? taken : nothing
    case "TokenDead":
      return [
        { _tag: "TokenDead", since: outcome.since, reason: outcome.reason ?? unknown },
        ...afterDeath[kind]
      ]
    case "TokenSuspect":
      // Apple says "bad" of a good token on the wrong host too. One such word kills nothing: what comes next to the phone is
      // sent, and what nothing comes after is sent again.
      return [
        { _tag: "TokenRefused", reason: outcome.reason ?? unknown },
        ...(kind === "update" || kind === "alert" ? nothing : inVain[kind])
      ]
    case "ChannelLost":
      return [{ _tag: "ChannelLost", reason: outcome.reason ?? unknown }]
    case "ChannelsOff":
      return [{ _tag: "ChannelsOff", reason: outcome.reason ?? unknown }, alarm(outcome.reason)]
    case "OurFault":
      return [alarm(outcome.reason), ...(kind === "start" ? spoilt : kind === "notice" ? unsaid : nothing)]
    case "KeyTrouble":
      return [alarm(outcome.reason), ...inVain[kind]]
    case "SlowDown":
      return route === "channel"
        ? [{ _tag: "ChannelThrottled" }, ...repeated(kind), ...inVain[kind]]
        : kind === "end" || kind === "notice" || kind === "errand"
          ? [...again, ...inVain[kind]]
          : inVain[kind]
    case "AppleDown":
      return [...repeated(kind), ...inVain[kind]]
    case "Unanswered":
      // A start or a notice that Apple may have taken is not sent twice, and may be on a screen.
      if ((kind === "start" || kind === "notice") && !outcome.unprocessed)
        return kind === "start" ? taken : nothing
      return [...repeated(kind), ...inVain[kind]]
  }
}

const alarm = (reason: string | null): Consequence => ({ _tag: "Alarm", reason: reason ?? unknown })

const nothing: ReadonlyArray<Consequence> = []
const taken: ReadonlyArray<Consequence> = [{ _tag: "StartTaken" }]
/** The same bytes would be refused again, so they are not sent for ever. */
const spoilt: ReadonlyArray<Consequence> = [{ _tag: "StartSpoilt" }]
const unsent: ReadonlyArray<Consequence> = [{ _tag: "StartUnsent" }]
const late: ReadonlyArray<Consequence> = [{ _tag: "TellLater" }]
const again: ReadonlyArray<Consequence> = [{ _tag: "SendAgain" }]
const unsaid: ReadonlyArray<Consequence> = [{ _tag: "Unsaid" }]

/** What is tried again at once, in a little while, and at last, before it counts as in vain. */
const repeated = (kind: Kind): ReadonlyArray<Consequence> =>
  kind === "alert" || kind === "end" || kind === "errand" || kind === "notice" ? again : nothing

/** When all tries are used up. */
const inVain: Readonly<Record<Kind, ReadonlyArray<Consequence>>> = {
  start: unsent,
  update: late,
  alert: late,
  end: late,
  wake: nothing,
  errand: nothing,
  notice: unsaid
}

const afterDeath: Readonly<Record<Kind, ReadonlyArray<Consequence>>> = {
  start: [{ _tag: "StartRefused" }],
  update: [{ _tag: "TokenDisowned" }],
  alert: [{ _tag: "TokenDisowned" }],
  end: [{ _tag: "TokenDisowned" }],
  wake: nothing,
  errand: nothing,
  notice: unsaid
}
