import { Clock, Duration, Effect, Exit, Fiber, Queue, type Scope } from "effect"
import { type Between, straight, type Trip } from "../Between.ts"
import * as Errand from "../Errand.ts"
import type { Running } from "./Engines.ts"
import { serve } from "./Serving.ts"

/**
 * Phones run their errands one after the other, each until it is done: to whichever engine was started last, and again a
 * second later where nobody answered.
 */
export interface Errands {
  readonly send: (errand: Errand.Errand) => Effect.Effect<void>
}

export interface Given {
  readonly between: Between
  /** From a phone to the server. */
  readonly reportAfter: Duration.Input
  /** The engine that phones talk to; none while none runs. */
  readonly answering: () => Running | undefined
  readonly clockOf: (process: number) => Clock.Clock
}

/** Something that a phone wants of the server, under its name. */
interface Asked {
  readonly report: string
  readonly errand: Errand.Errand
}

const tryAgainAfter = Duration.seconds(1)

export const make = (given: Given, scope: Scope.Scope): Errands => {
  const { answering, between, clockOf, reportAfter } = given
  const desks = new Map<string, { readonly queue: Queue.Queue<Asked>; made: number }>()

  /** A copy that has lain about; nobody waits for its answer. */
  const later = Effect.fnUntraced(function* (errand: Errand.Errand, after: Duration.Duration) {
    yield* Effect.sleep(after)
    const process = answering()
    if (process === undefined) return
    yield* Effect.forkIn(
      Effect.provideService(serve(process.services, errand), Clock.Clock, clockOf(process.process)),
      process.life
    )
  })

  const carry = Effect.fnUntraced(function* ({ errand, report }: Asked, first: Trip) {
    for (let attempt = 1; ; attempt++) {
      const trip = attempt === 1 ? first : (between.trip?.(report, errand, attempt) ?? straight)
      yield* Effect.sleep(
        Duration.sum(Duration.fromInputUnsafe(reportAfter), Duration.millis(trip.delayMillis))
      )
      const process = trip.lost === "there" ? undefined : answering()
      if (process !== undefined) {
        // It runs inside the engine, by its clock, and falls with it.
        const handle = Effect.forkIn(
          Effect.provideService(serve(process.services, errand), Clock.Clock, clockOf(process.process)),
          process.life
        )
        const again = trip.twice === 0 ? yield* handle : null
        if (trip.twice !== null && trip.twice > 0)
          yield* Effect.forkIn(later(errand, Duration.millis(trip.twice)), scope)
        const exit = yield* Effect.flatMap(handle, Fiber.await)
        if (again !== null) yield* Fiber.await(again)
        if (Exit.isSuccess(exit) && trip.lost !== "back") {
          between.acknowledged?.(report, process.process, attempt)
          return
        }
      }
      yield* Effect.sleep(tryAgainAfter)
    }
  })

  const goThrough = Effect.fnUntraced(function* (queue: Queue.Queue<Asked>) {
    /** What was overtaken and is still under way, by what it asks. Nothing overtakes its like. */
    const aside = new Map<string, Fiber.Fiber<void>>()
    yield* Effect.gen(function* () {
      const asked = yield* Queue.take(queue)
      const { _tag } = asked.errand
      for (const [tag, fiber] of aside) {
        if (tag !== _tag && Errand.mayBeOvertaken(asked.errand)) continue
        yield* Fiber.await(fiber)
        aside.delete(tag)
      }
      const trip = between.trip?.(asked.report, asked.errand, 1) ?? straight
      if (!trip.aside || !Errand.mayBeOvertaken(asked.errand)) return yield* carry(asked, trip)
      aside.set(_tag, yield* Effect.forkIn(carry(asked, trip), scope))
    }).pipe(Effect.forever, Effect.forkIn(scope))
  })

  return {
    send: Effect.fnUntraced(function* (errand) {
      const { deviceId } = errand
      let desk = desks.get(deviceId)
      if (desk === undefined) {
        desk = { queue: yield* Queue.unbounded<Asked>(), made: 0 }
        desks.set(deviceId, desk)
        yield* goThrough(desk.queue)
      }
      const report = `${deviceId}/${++desk.made}`
      between.asked?.(report, errand)
      Queue.offerUnsafe(desk.queue, { report, errand })
    })
  }
}
