import { assert, type Vitest } from "@effect/vitest"
import { Deliveries, type Store } from "@sightscreen/store"
import { Effect } from "effect"
import { delivery, match, minute, push } from "./values.ts"

export const facts = (it: Vitest.MethodsNonLive<Store.Store>) => {
  it.effect("counts a push once, under its last verdict", () =>
    Effect.gen(function* () {
      const ledger = yield* Deliveries.Deliveries
      yield* ledger.record([
        delivery(1, "dl-once", { verdict: "SlowDown", reason: "TooManyRequests" }),
        delivery(2, "dl-once"),
        delivery(2, "dl-once"),
        delivery(3, "dl-once", { kind: "start", priority: 10, alert: true })
      ])
      yield* ledger.record([delivery(1, "dl-once", { sentAt: minute(1), kind: "other" })])
      assert.deepStrictEqual(yield* ledger.counts(match("dl-once")), [
        { kind: "start", priority: 10, verdict: "Accepted", count: 1 },
        { kind: "update", priority: 5, verdict: "Accepted", count: 2 }
      ])
      assert.deepStrictEqual(yield* ledger.counts(match("dl-none")), [])
    })
  )

  it.effect("knows which pushes it has", () =>
    Effect.gen(function* () {
      const ledger = yield* Deliveries.Deliveries
      yield* ledger.record([delivery(11, "dl-known"), delivery(12, "dl-known")])
      assert.deepStrictEqual(
        yield* ledger.knows([push(12), push(13), push(11)]),
        new Set([push(11), push(12)])
      )
      assert.deepStrictEqual(yield* ledger.knows([]), new Set())
    })
  )

  it.effect("takes thousands at a time, also when two record the same at once", () =>
    Effect.gen(function* () {
      const ledger = yield* Deliveries.Deliveries
      const all = Array.from({ length: 3000 }, (_, n) => delivery(100_000 + n, "dl-bulk"))
      yield* Effect.all([ledger.record(all), ledger.record(all.toReversed())], { concurrency: "unbounded" })
      const [counted] = yield* ledger.counts(match("dl-bulk"))
      assert.strictEqual(counted?.count, 3000)
    })
  )

  it.effect("forgets what was sent long ago, by its first sending", () =>
    Effect.gen(function* () {
      const ledger = yield* Deliveries.Deliveries
      yield* ledger.record([
        delivery(21, "dl-old", { sentAt: minute(-500) }),
        delivery(22, "dl-old", { sentAt: minute(-400) })
      ])
      yield* ledger.record([delivery(21, "dl-old", { sentAt: minute(-300) })])
      assert.strictEqual(yield* ledger.forget(minute(-400)), 1)
      assert.deepStrictEqual(yield* ledger.knows([push(21), push(22)]), new Set([push(22)]))
    })
  )
}
