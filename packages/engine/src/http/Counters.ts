import { Instant } from "@sightscreen/decider"
import type { Policy } from "@sightscreen/api"
import { Context, Duration, Effect, Layer } from "effect"
import { now } from "../Now.ts"
import { ApiSettings, type Allowance } from "./ApiSettings.ts"

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

/** How long until there is one more. */
export const nextAfter = ({ requests }: Left, allowance: Allowance): Duration.Duration =>
  Duration.millis(Math.max(0, ((1 - requests) * Duration.toMillis(allowance.within)) / allowance.requests))

export interface Count {
  readonly allowed: boolean
  readonly left: Left
  readonly allowance: Allowance
}

/** Counts what callers ask, in this process, for as many as it has room for; who has asked nothing for longest is forgotten. */
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

  static readonly layer = Layer.effect(
    Counters,
    Effect.gen(function* () {
      const { allowances } = yield* ApiSettings
      const counts = new Map<string, Left>()

      const count = (caller: string, rate: Policy.RateClass, cost: number) =>
        Effect.map(now, (at): Count => {
          const allowance = allowances[rate]
          const key = `${rate}/${caller}`
          const left = filled(counts.get(key) ?? { requests: allowance.requests, at }, allowance, at)
          const allowed = left.requests >= 1
          if (cost === 0) return { allowed, left, allowance }
          const after = allowed ? { ...left, requests: left.requests - cost } : left
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
