import { Instant } from "@sightscreen/decider"
import { Effect } from "effect"
import type { Faults } from "../faults/Fault.ts"
import type { Plan } from "../faults/Plan.ts"
import type { Journal } from "../journal/Journal.ts"

/**
 * Everything that a process does to the world outside it, one operation after another: the moments at which it can fall or
 * stand still.
 *
 * Between two operations a process only thinks, and nobody can tell at which thought it fell.
 */
export interface Operations {
  /** The same operation, as the process gets to do it. */
  readonly of: <A, E, R>(process: number, name: string, it: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
}

export interface Context {
  readonly journal: Journal
  readonly begins: Instant.Instant
  readonly now: () => Instant.Instant
  readonly faults: Faults
  readonly plan: Plan
  readonly healAt: number
  /** Brings the process down, and has another one take its place after so many milliseconds. It does not wait for that. */
  readonly fall: (process: number, where: string, downMillis: number) => void
  /** The oldest process that runs: the one that pauses befall. */
  readonly oldest: () => number
  /** A process that is still getting up does not fall. */
  readonly isUp: (process: number) => boolean
  readonly sleep: (millis: number) => Effect.Effect<void>
}

const second = 1000

export const make = (context: Context): Operations => {
  const { begins, fall, faults, healAt, isUp, journal, now, oldest, plan, sleep } = context
  const mayFall = faults.has("process.crash")
  const pauses = plan.windows("process.pause")
  if (!mayFall && pauses.length === 0) return { of: (_, __, it) => it }
  const counts = new Map<string, number>()
  const paused = new Set<number>()

  /** How long the process stands still from now on, if it does. */
  const pause = (process: number, at: number): number => {
    if (oldest() !== process) return 0
    for (const { from, until } of pauses) {
      if (at < from || at >= until) continue
      if (!paused.has(from)) {
        paused.add(from)
        faults.count("process.pause")
        journal.write({ _tag: "FaultBefell", at: now(), kind: "process.pause", what: `${process}` })
      }
      return until - at
    }
    return 0
  }

  return {
    of: (process, name, it) =>
      Effect.suspend(() => {
        const at = now() - begins
        if (at >= healAt) return it
        const wait = pause(process, at)
        const nth = (counts.get(name) ?? 0) + 1
        counts.set(name, nth)
        const run = wait > 0 ? Effect.andThen(sleep(wait), it) : it
        if (!mayFall || !isUp(process) || !faults.befalls("process.crash", at, null, name, nth)) return run
        const where = `${name} ${nth}`
        const down = faults.between("process.crash", second, 30 * second, name, nth)
        // The process is gone by the time anybody could look.
        const gone = Effect.andThen(
          Effect.sync(() => fall(process, where, down)),
          Effect.never
        )
        return faults.between("process.crash", 0, 1, name, nth, "before") === 0
          ? gone
          : Effect.andThen(run, gone)
      })
  }
}
