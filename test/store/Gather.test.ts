import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Exit, Fiber } from "effect"
import { StoreError, UnreadableRow } from "../../packages/store/src/Fault.ts"
import * as Gather from "../../packages/store/src/Gather.ts"

const down = new StoreError({ table: "t", operation: "o", retryable: true, cause: new Error("gone") })
const bad = new UnreadableRow({ table: "t", key: "bad", fields: ["x"] })

/** A table whose statements wait until they are let go, and the batches that it was asked. */
const table = Effect.gen(function* () {
  const asked: Array<ReadonlyArray<string>> = []
  const gates: Array<Deferred.Deferred<void, StoreError | UnreadableRow>> = []
  const ask = yield* Gather.make((some: ReadonlyArray<string>) =>
    Effect.gen(function* () {
      const gate = yield* Deferred.make<void, StoreError | UnreadableRow>()
      asked.push(some)
      gates.push(gate)
      yield* Deferred.await(gate)
      if (some.includes("bad")) return yield* bad
      return some.map((one) => one.toUpperCase())
    })
  )
  const settled = Effect.andThen(Effect.yieldNow, Effect.yieldNow)
  const calls = (...names: ReadonlyArray<string>) =>
    Effect.tap(
      Effect.forEach(names, (name) => Effect.forkChild(ask(name), { startImmediately: true })),
      () => settled
    )
  const letGo = (nth: number, why: StoreError | UnreadableRow | null = null) =>
    Effect.andThen(
      why === null ? Deferred.succeed(gates[nth]!, undefined) : Deferred.fail(gates[nth]!, why),
      Effect.andThen(settled, settled)
    )
  return { asked, calls, letGo }
})

describe("calls that are gathered", () => {
  it.effect("go at once where nothing is on its way, and together where much is", () =>
    Effect.gen(function* () {
      const { asked, calls, letGo } = yield* table
      const first = yield* calls("a")
      const second = yield* calls("b")
      const others = yield* calls("c", "d", "e")
      assert.deepStrictEqual(asked, [["a"], ["b"]])
      yield* letGo(1)
      assert.deepStrictEqual(asked, [["a"], ["b"], ["c", "d", "e"]])
      yield* letGo(2)
      yield* letGo(0)
      const answers = yield* Effect.forEach([...first, ...second, ...others], Fiber.join)
      assert.deepStrictEqual(answers, ["A", "B", "C", "D", "E"])
      yield* calls("f")
      assert.deepStrictEqual(asked.at(-1), ["f"])
    })
  )

  it.effect("that come in one breath go together", () =>
    Effect.gen(function* () {
      const { asked, calls } = yield* table
      yield* calls("a", "b", "c")
      assert.deepStrictEqual(asked, [["a", "b", "c"]])
    })
  )

  it.effect("suffer together where the database is away, and each alone where one of them is at fault", () =>
    Effect.gen(function* () {
      const { asked, calls, letGo } = yield* table
      const away = yield* calls("a", "b")
      yield* letGo(0, down)
      for (const fiber of away) assert.deepStrictEqual(yield* Fiber.await(fiber), Exit.fail(down))
      const mixed = yield* calls("c", "bad", "d")
      for (let nth = 1; nth <= 4; nth++) yield* letGo(nth)
      assert.deepStrictEqual(asked.slice(1), [["c", "bad", "d"], ["c"], ["bad"], ["d"]])
      const [c, wrong, d] = yield* Effect.forEach(mixed, Fiber.await)
      assert.deepStrictEqual([c, d], [Exit.succeed("C"), Exit.succeed("D")])
      assert.deepStrictEqual(wrong, Exit.fail(bad))
    })
  )

  it.effect("are not made where nobody waits any more, and do not stop the others", () =>
    Effect.gen(function* () {
      const { asked, calls, letGo } = yield* table
      yield* calls("a")
      yield* calls("b")
      const [c, d] = yield* calls("c", "d")
      yield* Fiber.interrupt(c!)
      yield* letGo(0)
      assert.deepStrictEqual(asked, [["a"], ["b"], ["d"]])
      yield* letGo(2)
      assert.strictEqual(yield* Fiber.join(d!), "D")
    })
  )

  it.effect("for one key are one, and each has its rows in their order", () =>
    Effect.gen(function* () {
      const asked: Array<ReadonlyArray<string>> = []
      const rows = yield* Gather.byKey(
        (keys: ReadonlyArray<string>) =>
          Effect.sync(() => {
            asked.push(keys)
            return [2, 1].flatMap((n) => keys.filter((key) => key !== "none").map((key) => ({ key, n })))
          }),
        ({ key }) => key
      )
      const found = yield* Effect.forEach(["x", "none", "x"], rows, { concurrency: "unbounded" })
      const both = [
        { key: "x", n: 2 },
        { key: "x", n: 1 }
      ]
      assert.deepStrictEqual(found, [both, [], both])
      assert.deepStrictEqual(asked, [["x", "none"]])
    })
  )
})
