import { assert, describe, it } from "@effect/vitest"
import { Fault, RateCounts } from "@sightscreen/store"
import { Context, Effect, Layer, Schedule } from "effect"
import { Counters } from "../../packages/engine/src/http/Counters.ts"

/** What one process counts, on a database that others may have as well. */
const process = (shared: RateCounts.RateCounts["Service"]) =>
  Effect.map(
    Layer.build(
      Layer.fresh(Counters.layer).pipe(Layer.provide(Layer.succeed(RateCounts.RateCounts, shared)))
    ),
    (context) => Context.get(context, Counters)
  )

const asks = (counters: Counters["Service"], times: number) =>
  Effect.map(
    Effect.forEach(Array.from({ length: times }), () => counters.take("ann", "follow")),
    (all) => all.filter(({ allowed }) => allowed).length
  )

describe("an allowance", () => {
  it.live("is one for all processes on a database, a second after what was asked", () =>
    Effect.gen(function* () {
      const shared = Context.get(yield* Layer.build(RateCounts.RateCounts.layerMemory), RateCounts.RateCounts)
      const [one, other] = [yield* process(shared), yield* process(shared)]
      assert.strictEqual(yield* asks(one, 25), 25)
      assert.strictEqual(yield* asks(other, 15), 15)
      for (const counters of [one, other])
        yield* Effect.suspend(() => counters.look("ann", "follow")).pipe(
          Effect.repeat({ schedule: Schedule.spaced("20 millis"), until: ({ allowed }) => !allowed })
        )
      assert.deepStrictEqual([yield* asks(one, 3), yield* asks(other, 3)], [0, 0])
      // Somebody else has their own.
      assert.isTrue((yield* one.take("ben", "follow")).allowed)
    }).pipe(Effect.scoped)
  )

  it.live("is counted by each process alone while the database does not answer", () =>
    Effect.gen(function* () {
      let tries = 0
      const broken = Effect.suspend(() => {
        tries += 1
        return Effect.fail(
          new Fault.StoreError({
            table: "rate_counts",
            operation: "settle",
            retryable: true,
            cause: new Error("gone")
          })
        )
      })
      const counters = yield* process({ settle: () => broken, forget: () => broken })
      assert.strictEqual(yield* asks(counters, 20), 20)
      yield* Effect.sync(() => tries).pipe(
        Effect.repeat({ schedule: Schedule.spaced("20 millis"), until: (count) => count > 0 })
      )
      assert.isAtLeast(yield* asks(counters, 20), 10)
      assert.isFalse((yield* counters.take("ann", "follow")).allowed)
    }).pipe(Effect.scoped)
  )
})
