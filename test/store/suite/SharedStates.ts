import { assert, type Vitest } from "@effect/vitest"
import { SharedStates, type Store } from "@sightscreen/store"
import { Effect } from "effect"

export const facts = (it: Vitest.MethodsNonLive<Store.Store>) => {
  it.effect("is nothing at first, and then what it was changed to", () =>
    Effect.gen(function* () {
      const states = yield* SharedStates.SharedStates
      assert.isNull(yield* states.read("sh-new"))
      const seen = yield* states.modify("sh-new", (state) => [state, { calls: 1, of: ["a", null] }])
      assert.isNull(seen)
      assert.deepStrictEqual(yield* states.read("sh-new"), { calls: 1, of: ["a", null] })
      assert.deepStrictEqual(yield* states.modify("sh-new", (state) => [state, null]), {
        calls: 1,
        of: ["a", null]
      })
      assert.isNull(yield* states.read("sh-new"))
      assert.isNull(yield* states.read("sh-other"))
    })
  )

  it.effect("is changed by twenty at once as by one after the other", () =>
    Effect.gen(function* () {
      const states = yield* SharedStates.SharedStates
      const add = states.modify("sh-count", (state) => {
        const count = typeof state === "number" ? state : 0
        return [count, count + 1]
      })
      const seen = yield* Effect.forEach(Array.from({ length: 20 }), () => add, { concurrency: "unbounded" })
      assert.deepStrictEqual(
        seen.toSorted((a, b) => a - b),
        Array.from({ length: 20 }, (_, nth) => nth)
      )
      assert.strictEqual(yield* states.read("sh-count"), 20)
    })
  )
}
