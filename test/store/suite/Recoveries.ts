import { assert, type Vitest } from "@effect/vitest"
import { Recoveries, type Store } from "@sightscreen/store"
import { Effect } from "effect"
import { device, minute } from "./values.ts"

export const facts = (it: Vitest.MethodsNonLive<Store.Store>) => {
  const save = (
    name: string,
    version: number | null,
    more: Partial<Recoveries.Save> = {}
  ): Recoveries.Save => ({
    deviceId: device(name),
    version,
    state: { after: version },
    at: minute(version === null ? 0 : version + 1),
    ...more
  })

  it.effect("begins where there is none, and goes on from the version that is there", () =>
    Effect.gen(function* () {
      const recoveries = yield* Recoveries.Recoveries
      const [a, b, c] = [device("re-a"), device("re-b"), device("re-c")]
      assert.deepStrictEqual(yield* recoveries.save([save("re-b", null), save("re-a", null)]), [])
      const refused = yield* recoveries.save([
        save("re-c", 0),
        save("re-b", null, { state: "another" }),
        save("re-a", 0, { state: null }),
        save("re-a", 1)
      ])
      assert.deepStrictEqual(refused, [b, c, a])
      assert.deepStrictEqual(yield* recoveries.load([b, a, c, b]), [
        { deviceId: a, version: 1, state: null, updatedAt: minute(1) },
        { deviceId: b, version: 0, state: { after: null }, updatedAt: minute(0) }
      ])
      assert.deepStrictEqual(yield* recoveries.load([]), [])
      assert.deepStrictEqual(yield* recoveries.save([]), [])
    })
  )

  it.effect("lets exactly one of twenty savers have each version, the first included", () =>
    Effect.gen(function* () {
      const recoveries = yield* Recoveries.Recoveries
      for (const version of [null, 0, 1, 2]) {
        const tries = yield* Effect.forEach(
          Array.from({ length: 20 }, (_, saver) => saver),
          (saver) => recoveries.save([save("re-race", version, { state: saver })]),
          { concurrency: "unbounded" }
        )
        const winners = tries.flatMap((refused, saver) => (refused.length === 0 ? [saver] : []))
        assert.lengthOf(winners, 1)
        const [found] = yield* recoveries.load([device("re-race")])
        assert.deepStrictEqual([found?.state, found?.version], [winners[0], (version ?? -1) + 1])
      }
    })
  )

  it.effect("lets bulk writers cross, whatever the order of their rows", () =>
    Effect.gen(function* () {
      const recoveries = yield* Recoveries.Recoveries
      const names = Array.from({ length: 60 }, (_, n) => `re-cross-${n}`)
      for (const version of [null, 0]) {
        const refused = yield* Effect.forEach(
          [names, names.toReversed(), names.toSorted(), names.toSorted().toReversed()],
          (order) => recoveries.save(order.map((name) => save(name, version))),
          { concurrency: "unbounded" }
        )
        assert.lengthOf(refused.flat(), 3 * names.length)
      }
      const found = yield* recoveries.load(names.map((name) => device(name)))
      assert.deepStrictEqual(new Set(found.map(({ version }) => version)), new Set([1]))
    })
  )

  it.effect("is forgotten when nothing has come of it for long", () =>
    Effect.gen(function* () {
      const recoveries = yield* Recoveries.Recoveries
      yield* recoveries.save([
        save("re-old-1", null, { at: minute(-901) }),
        save("re-old-2", null, { at: minute(-900) })
      ])
      assert.strictEqual(yield* recoveries.forget(minute(-900)), 1)
      const left = yield* recoveries.load([device("re-old-1"), device("re-old-2")])
      assert.deepStrictEqual(
        left.map(({ deviceId }) => deviceId),
        [device("re-old-2")]
      )
      assert.deepStrictEqual(yield* recoveries.save([save("re-old-1", null)]), [])
    })
  )
}
