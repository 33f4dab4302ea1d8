import type { Instant } from "@sightscreen/decider"
import { Clock, Effect } from "effect"
import type { Faults } from "../faults/Fault.ts"
import type { Plan } from "../faults/Plan.ts"
import type { Journal } from "../journal/Journal.ts"

/** The clock of the server, which goes wrong by the plan; null where the plan has nothing against it. */
export const make = (given: {
  readonly plan: Plan
  readonly faults: Faults
  readonly journal: Journal
  readonly begins: Instant.Instant
  readonly now: () => Instant.Instant
}): ((real: Clock.Clock) => Clock.Clock) | null => {
  const { begins, faults, journal, now, plan } = given
  const windows = [...plan.windows("clock.forward"), ...plan.windows("clock.backward")]
  if (windows.length === 0) return null
  const counted = new Set<object>()
  const errorAt = (millis: number): number => {
    let error = 0
    for (const window of windows) {
      if (millis < begins + window.from || millis >= begins + window.until) continue
      error += window.by
      if (counted.has(window)) continue
      counted.add(window)
      const kind = window.by < 0 ? "clock.backward" : "clock.forward"
      faults.count(kind)
      journal.write({ _tag: "FaultBefell", at: now(), kind, what: `${window.by}` })
    }
    return error
  }
  return (real) => {
    const millis = () => real.currentTimeMillisUnsafe() + errorAt(real.currentTimeMillisUnsafe())
    const nanos = () => BigInt(millis()) * 1_000_000n
    return {
      ...real,
      currentTimeMillisUnsafe: millis,
      currentTimeMillis: Effect.sync(millis),
      currentTimeNanosUnsafe: nanos,
      currentTimeNanos: Effect.sync(nanos)
    }
  }
}
