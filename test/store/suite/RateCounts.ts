import { assert, type Vitest } from "@effect/vitest"
import { RateCounts, type Store } from "@sightscreen/store"
import { Effect } from "effect"
import { minute } from "./values.ts"

/** Sixty in a minute. */
const rate = { most: 60, perMilli: 0.001 }

export const facts = (it: Vitest.MethodsNonLive<Store.Store>) => {
  const settle = (name: string, taken: number, at: number) =>
    Effect.gen(function* () {
      const counts = yield* RateCounts.RateCounts
      const [left] = yield* counts.settle([{ name, taken, ...rate }], minute(at))
      return left!.requests
    })

  it.effect("is less by what all have taken, and fills again up to the whole", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* settle("rc-a", 20, 0), 40)
      assert.strictEqual(yield* settle("rc-a", 20, 0), 20)
      assert.strictEqual(yield* settle("rc-a", 0, 0.5), 50)
      assert.strictEqual(yield* settle("rc-a", 0, 9), 60)
      // A clock that is behind fills nothing.
      assert.strictEqual(yield* settle("rc-a", 10, 8), 50)
    })
  )

  it.effect("is owed for what was given beyond it, and for no more than the whole", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* settle("rc-b", 50, 0), 10)
      assert.strictEqual(yield* settle("rc-b", 50, 0), -40)
      assert.strictEqual(yield* settle("rc-b", 5000, 0), -60)
      assert.strictEqual(yield* settle("rc-b", 0, 1), 0)
    })
  )

  it.effect("loses nothing of what twenty take at once, in whatever order", () =>
    Effect.gen(function* () {
      const counts = yield* RateCounts.RateCounts
      const names = Array.from({ length: 50 }, (_, nth) => `rc-many-${nth}`)
      yield* Effect.forEach(
        Array.from({ length: 20 }, (_, nth) => (nth % 2 === 0 ? names : names.toReversed())),
        (some) =>
          counts.settle(
            some.map((name) => ({ name, taken: 2, ...rate })),
            minute(0)
          ),
        { concurrency: "unbounded" }
      )
      const left = yield* counts.settle(
        names.map((name) => ({ name, taken: 0, ...rate })),
        minute(0)
      )
      assert.deepStrictEqual(
        left,
        names.map((name) => ({ name, requests: 20 }))
      )
    })
  )

  it.effect("is forgotten when nobody has asked for long", () =>
    Effect.gen(function* () {
      const counts = yield* RateCounts.RateCounts
      yield* settle("rc-old", 30, -900)
      assert.isAtLeast(yield* counts.forget(minute(-899)), 1)
      assert.strictEqual(yield* settle("rc-old", 0, -900), 60)
    })
  )
}
