import { Instant } from "@sightscreen/decider"
import type { Policy } from "@sightscreen/api"
import { Context, Duration, Effect, Layer } from "effect"
import { RateCounts } from "@sightscreen/store"
import { now } from "../Now.ts"
import * as Rounds from "../Rounds.ts"
import { ApiSettings, type Allowance } from "./ApiSettings.ts"
import * as Secret from "./Secret.ts"

/** What is left of an allowance. It fills again all the time, at an even pace. */
export interface Left {
  readonly requests: number
  readonly at: Instant.Instant
}

/** What is left by now. */
export const filled = (left: Left, { requests, within }: Allowance, at: Instant.Instant): Left => ({
  requests: Math.min(
    requests,
    left.requests + (Math.max(0, at - left.at) * requests) / Duration.toMillis(within)
  ),
  at
})

/** How long until there are so many. */
const until = (count: number, { requests }: Left, allowance: Allowance): Duration.Duration =>
  Duration.millis(
    Math.max(0, ((count - requests) * Duration.toMillis(allowance.within)) / allowance.requests)
  )

/** How long until there is one more. */
export const nextAfter = (left: Left, allowance: Allowance): Duration.Duration => until(1, left, allowance)

/** How long until it is whole again. */
export const wholeAfter = (left: Left, allowance: Allowance): Duration.Duration =>
  until(allowance.requests, left, allowance)

export interface Count {
  readonly allowed: boolean
  readonly left: Left
  readonly allowance: Allowance
}

/**
 * Counts what callers ask, for as many as it has room for; who has asked nothing for longest is forgotten.
 *
 * A request is answered by what this process knows. Every second it says what it has counted to all processes on the same
 * database, and hears what is left of it: whoever asks several gets beyond an allowance for that second, and pays for it
 * afterwards. Where the database does not answer, each process counts for itself.
 */
export class Counters extends Context.Service<
  Counters,
  {
    /** Takes one from the allowance of a caller, where there is one. */
    readonly take: (caller: string, rate: Policy.RateClass) => Effect.Effect<Count>
    /** The same without taking. */
    readonly look: (caller: string, rate: Policy.RateClass) => Effect.Effect<Count>
  }
>()("@sightscreen/engine/http/Counters") {
  static readonly room = 100_000
  static readonly settleEvery = "1 second"
  /** Callers settled at a time; the others have their turn a second later. */
  static readonly settledAtOnce = 5000

  static readonly layer = Layer.effect(
    Counters,
    Effect.gen(function* () {
      const { allowances } = yield* ApiSettings
      const shared = yield* RateCounts.RateCounts
      const counts = new Map<string, Left>()
      /** What was taken and is not known to the other processes. */
      const unsettled = new Map<string, { taken: number; readonly allowance: Allowance }>()

      const settle = Effect.gen(function* () {
        const some = [...unsettled].slice(0, Counters.settledAtOnce)
        if (some.length === 0) return
        for (const [key] of some) unsettled.delete(key)
        const at = yield* now
        // Nobody who reads the database learns who has asked from where.
        const names = yield* Effect.forEach(some, ([key]) => Secret.digest(key))
        const asked = some.map(([, { allowance, taken }], nth): RateCounts.Asked => {
          const most = allowance.requests
          return { name: names[nth]!, taken, most, perMilli: most / Duration.toMillis(allowance.within) }
        })
        const left = yield* shared.settle(asked, at)
        left.forEach(({ requests }, nth) => {
          const [key, { allowance }] = some[nth]!
          // What was taken while the others were asked is not in their answer.
          if (counts.has(key)) counts.set(key, { requests: requests - (unsettled.get(key)?.taken ?? 0), at })
          // Who has asked for much may ask elsewhere as well, and is looked at again.
          if (requests < allowance.requests / 2) note(key, 0, allowance)
        })
      }).pipe(
        Effect.catch((error) => Effect.logDebug("what callers ask is counted by each process alone", error))
      )
      yield* Effect.forkScoped(
        Rounds.forever("the sharing of what callers ask", settle, Counters.settleEvery)
      )

      const note = (name: string, taken: number, allowance: Allowance): void => {
        const known = unsettled.get(name)
        if (known !== undefined) known.taken = Math.min(known.taken + taken, 2 * allowance.requests)
        else if (unsettled.size < Counters.room) unsettled.set(name, { taken, allowance })
      }

      const count = (caller: string, rate: Policy.RateClass, cost: number) =>
        Effect.map(now, (at): Count => {
          const allowance = allowances[rate]
          const key = `${rate}/${caller}`
          const left = filled(counts.get(key) ?? { requests: allowance.requests, at }, allowance, at)
          const allowed = left.requests >= 1
          if (cost === 0) return { allowed, left, allowance }
          const after = allowed ? { ...left, requests: left.requests - cost } : left
          if (allowed) note(key, cost, allowance)
          counts.delete(key)
          counts.set(key, after)
          if (counts.size > Counters.room) {
            const [oldest] = counts.keys()
            if (oldest !== undefined) counts.delete(oldest)
          }
          return { allowed, left: after, allowance }
        })

      return Counters.of({
        take: (caller, rate) => count(caller, rate, 1),
        look: (caller, rate) => count(caller, rate, 0)
      })
    })
  )
}
