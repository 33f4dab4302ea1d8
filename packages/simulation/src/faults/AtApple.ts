import type { Transport } from "@sightscreen/apns"
import { Instant } from "@sightscreen/decider"
import type { Faults } from "./Fault.ts"
import type * as Kind from "./Kind.ts"
import type { Plan } from "./Plan.ts"

/**
 * What goes wrong between a server and Apple: which trouble befalls one attempt at a request, and what it does.
 *
 * It is data; each gear carries it out on its own way to the model Apple.
 */
export type Trouble =
  /** Apple answers this, and does nothing else. */
  | {
      readonly _tag: "Refuses"
      readonly status: number
      readonly reason: string | null
      /** As it is on the wire. */
      readonly body: string
      readonly headers: Readonly<Record<string, string>>
      /** Apple's wish, in seconds; null where there is none. */
      readonly retryAfter: number | null
    }
  /** Apple is not reached, and the sender knows it. */
  | { readonly _tag: "Unreachable"; readonly why: Transport.Why; readonly afterMillis: number }
  /** There is no answer; whether Apple has acted on it, the sender cannot know. */
  | {
      readonly _tag: "Unanswered"
      readonly why: Transport.Why
      readonly taken: boolean
      readonly afterMillis: number
    }
  /** It takes longer, before Apple has it or after. */
  | { readonly _tag: "Slow"; readonly beforeMillis: number; readonly afterMillis: number }
  /** The token dies at Apple, which then answers as it does for dead tokens. */
  | { readonly _tag: "Kills" }

export interface Befallen {
  readonly kind: Kind.Name
  readonly trouble: Trouble
}

/** One attempt at a request. */
export interface Case {
  /** Milliseconds from the beginning of the world. */
  readonly at: number
  readonly now: Instant.Instant
  /** The push's id, or what else names the request. */
  readonly id: string
  /** From 1. */
  readonly attempt: number
  readonly to: "token" | "channel" | "management"
  /** The number of the phone that has the token; null where nobody has it, or where it is for a channel. */
  readonly phone: number | null
  /** The token is that of a living activity. */
  readonly isUpdate: boolean
}

/** How long a sender waits for an answer. */
export const deadlineMillis = 10_000

const second = 1000

type Make = (it: Case, faults: Faults, kind: Kind.Name) => Trouble

const refuses =
  (
    status: number,
    reason: string | null,
    more: {
      readonly body?: string
      readonly headers?: Readonly<Record<string, string>>
      readonly retryAfter?: number
    } = {}
  ): Make =>
  () => ({
    _tag: "Refuses",
    status,
    reason,
    body: more.body ?? (reason === null ? "" : JSON.stringify({ reason })),
    headers: more.headers ?? {},
    retryAfter: more.retryAfter ?? null
  })

const unreachable =
  (why: Transport.Why, afterMillis: number): Make =>
  () => ({ _tag: "Unreachable", why, afterMillis })

const unanswered =
  (why: Transport.Why, taken: boolean, afterMillis: number): Make =>
  () => ({ _tag: "Unanswered", why, taken, afterMillis })

/** In the order in which they are asked; the first that comes up befalls. */
const troubles: ReadonlyArray<{
  readonly kind: Kind.Name
  readonly make: Make
  readonly only?: (it: Case) => boolean
}> = [
  { kind: "apple.connectRefused", make: unreachable("no-connection", 5) },
  { kind: "apple.tlsFailure", make: unreachable("no-connection", 3 * second) },
  {
    kind: "apple.goAway",
    make: ({ attempt, id }, faults, kind) => ({
      _tag: "Slow",
      beforeMillis: faults.between(kind, 100, 2 * second, id, attempt),
      afterMillis: 0
    })
  },
  { kind: "apple.refusedStream", make: unreachable("sent-back", 200) },
  { kind: "apple.resetStream", make: unanswered("lost", false, 50) },
  { kind: "apple.silence", make: unanswered("deadline", false, deadlineMillis) },
  {
    kind: "apple.slowAnswer",
    make: ({ attempt, id }, faults, kind) => ({
      _tag: "Slow",
      beforeMillis: 0,
      afterMillis: faults.between(kind, second, 8 * second, id, attempt)
    })
  },
  { kind: "apple.lostAnswer", make: unanswered("lost", true, 100) },
  { kind: "apple.lateAnswer", make: unanswered("deadline", true, deadlineMillis) },
  { kind: "apple.tooManyRequests", make: refuses(429, "TooManyRequests") },
  { kind: "apple.tooManyProviderTokenUpdates", make: refuses(429, "TooManyProviderTokenUpdates") },
  { kind: "apple.internalServerError", make: refuses(500, "InternalServerError") },
  {
    kind: "apple.badGateway",
    make: refuses(502, null, {
      body: "<html><head><title>502 Bad Gateway</title></head><body></body></html>"
    })
  },
  { kind: "apple.serviceUnavailable", make: refuses(503, "ServiceUnavailable") },
  {
    kind: "apple.retryAfter",
    make: (it, faults, kind) => {
      const wish = faults.between(kind, 1, 20, it.id, it.attempt)
      return refuses(503, "ServiceUnavailable", {
        headers: { "retry-after": String(wish) },
        retryAfter: wish
      })(it, faults, kind)
    }
  },
  { kind: "apple.shutdown", make: refuses(503, "Shutdown") },
  { kind: "apple.emptyBody", make: refuses(500, null) },
  { kind: "apple.unknownReason", make: refuses(400, "NotOnAFriday") },
  { kind: "apple.expiredProviderToken", make: refuses(403, "ExpiredProviderToken") },
  { kind: "apple.badDeviceToken", make: refuses(400, "BadDeviceToken"), only: ({ to }) => to === "token" },
  {
    kind: "apple.notForTopic",
    make: refuses(400, "DeviceTokenNotForTopic"),
    only: ({ to }) => to === "token"
  },
  {
    kind: "apple.payloadTooLarge",
    make: refuses(413, "PayloadTooLarge"),
    only: ({ to }) => to !== "management"
  },
  {
    kind: "apple.staleGone",
    // A month ago: before any phone of this world had its token.
    make: (it, faults, kind) =>
      refuses(410, "Unregistered", {
        body: JSON.stringify({ reason: "Unregistered", timestamp: it.now - 30 * 86_400_000 })
      })(it, faults, kind),
    only: ({ to }) => to === "token"
  },
  { kind: "apple.expiredToken", make: () => ({ _tag: "Kills" }), only: ({ isUpdate }) => isUpdate }
]

/** Decides for a run; null where nothing befalls. What befalls is counted. */
export const make = (faults: Faults, plan: Plan): ((it: Case) => Befallen | null) => {
  const some = troubles.filter(({ kind }) => faults.has(kind))
  const outages = plan.windows("apple.outage")
  if (some.length === 0 && outages.length === 0) return () => null
  return (it) => {
    for (const { from, until } of outages)
      if (it.at >= from && it.at < until) {
        faults.count("apple.outage")
        // Some outages refuse, others are silence.
        const isPolite = faults.between("apple.outage", 0, 1, from, "polite") === 1
        return {
          kind: "apple.outage",
          trouble: (isPolite ? refuses(503, "ServiceUnavailable") : unreachable("no-connection", 2 * second))(
            it,
            faults,
            "apple.outage"
          )
        }
      }
    for (const { kind, make, only } of some)
      if (only?.(it) !== false && faults.befalls(kind, it.at, it.phone, it.id, it.attempt))
        return { kind, trouble: make(it, faults, kind) }
    return null
  }
}
