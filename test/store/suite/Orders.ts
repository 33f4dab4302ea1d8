import { assert, type Vitest } from "@effect/vitest"
import { Orders, type Store } from "@sightscreen/store"
import { Effect } from "effect"
import { match, minute } from "./values.ts"

export const facts = (it: Vitest.MethodsNonLive<Store.Store>) => {
  it.effect("is numbered in the order in which it was given, and read from any place on", () =>
    Effect.gen(function* () {
      const orders = yield* Orders.Orders
      const matchId = match("or-m1")
      assert.strictEqual(yield* orders.last(matchId), 0)
      for (const [n, body] of [{ _tag: "Pause" }, null, { _tag: "End" }].entries()) {
        yield* orders.give({ matchId, body, givenBy: "Ann", at: minute(n) })
        yield* orders.give({ matchId: match("or-m2"), body: "other", givenBy: "Ben", at: minute(n) })
      }
      const all = yield* orders.after(matchId, 0)
      assert.deepStrictEqual(
        all.map(({ at, body, givenBy }) => ({ at, body, givenBy })),
        [
          { at: minute(0), body: { _tag: "Pause" }, givenBy: "Ann" },
          { at: minute(1), body: null, givenBy: "Ann" },
          { at: minute(2), body: { _tag: "End" }, givenBy: "Ann" }
        ]
      )
      const numbers = all.map(({ number }) => number)
      assert.deepStrictEqual(
        numbers.toSorted((a, b) => a - b),
        numbers
      )
      assert.strictEqual(yield* orders.last(matchId), numbers[2])
      assert.deepStrictEqual(yield* orders.after(matchId, numbers[1] ?? 0), all.slice(2))
    })
  )

  it.effect("is forgotten when it was given long ago", () =>
    Effect.gen(function* () {
      const orders = yield* Orders.Orders
      const matchId = match("or-old")
      yield* orders.give({ matchId, body: 1, givenBy: "Ann", at: minute(-901) })
      yield* orders.give({ matchId, body: 2, givenBy: "Ann", at: minute(-900) })
      assert.strictEqual(yield* orders.forget(minute(-900)), 1)
      assert.deepStrictEqual(
        (yield* orders.after(matchId, 0)).map(({ body }) => body),
        [2]
      )
    })
  )
}
