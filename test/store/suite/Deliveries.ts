import { assert, type Vitest } from "@effect/vitest"
import { Deliveries, Page, type Store } from "@sightscreen/store"
import { Effect, Stream } from "effect"
import { delivery, device, match, minute, push } from "./values.ts"

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

  it.effect("tells what a device was sent, in the order of time, a page at a time", () =>
    Effect.gen(function* () {
      const ledger = yield* Deliveries.Deliveries
      const on = device("dl-device")
      yield* ledger.record([
        delivery(33, "dl-m1", { deviceId: on, sentAt: minute(3) }),
        delivery(32, "dl-m1", { deviceId: on, sentAt: minute(1), cause: "goal", cohort: "token/1" }),
        delivery(31, "dl-m2", { deviceId: on, sentAt: minute(3) }),
        delivery(34, "dl-m1", { deviceId: device("dl-other") }),
        delivery(35, "dl-m1")
      ])
      const all = (matchId: string | null, limit: number) =>
        Stream.runCollect(
          Page.stream(
            (page) => ledger.ofDevice(on, matchId === null ? null : match(matchId), page),
            Deliveries.key,
            limit
          )
        ).pipe(Effect.map((found) => found.map(({ pushId }) => pushId)))
      for (const limit of [1, 2, 3, 100])
        assert.deepStrictEqual(yield* all(null, limit), [push(32), push(31), push(33)], `${limit} at a time`)
      assert.deepStrictEqual(yield* all("dl-m1", 1), [push(32), push(33)])
      assert.deepStrictEqual(
        yield* ledger.byPush(push(32)),
        delivery(32, "dl-m1", { deviceId: on, sentAt: minute(1), cause: "goal", cohort: "token/1" })
      )
      assert.isNull(yield* ledger.byPush(push(39)))
    })
  )

  it.effect("tells what was published to a match's channels, in the order of time, a page at a time", () =>
    Effect.gen(function* () {
      const ledger = yield* Deliveries.Deliveries
      const published = (n: number, of: string, at: number) =>
        delivery(n, of, { kind: "publish", sentAt: minute(at), cohort: "channel/1/en/normal" })
      yield* ledger.record([
        published(53, "dl-m5", 3),
        published(52, "dl-m5", 2),
        published(51, "dl-m5", 2),
        published(54, "dl-m6", 2),
        delivery(55, "dl-m5", { deviceId: device("dl-on"), sentAt: minute(2) }),
        delivery(56, "dl-m5", { sentAt: minute(2) })
      ])
      for (const limit of [1, 2, 100]) {
        const found = yield* Stream.runCollect(
          Page.stream((page) => ledger.publishes(match("dl-m5"), page), Deliveries.key, limit)
        )
        assert.deepStrictEqual(
          found.map(({ pushId }) => pushId),
          [push(51), push(52), push(53)],
          `${limit} at a time`
        )
      }
    })
  )

  it.effect("tells what was sent to tokens of one end, the latest first", () =>
    Effect.gen(function* () {
      const ledger = yield* Deliveries.Deliveries
      yield* ledger.record([
        delivery(41, "dl-m3", { tokenTail: "dl0001", sentAt: minute(1) }),
        delivery(42, "dl-m4", { tokenTail: "dl0001", sentAt: minute(2) }),
        delivery(43, "dl-m3", { tokenTail: "dl0001", sentAt: minute(2) }),
        delivery(44, "dl-m3", { tokenTail: "dl0002", sentAt: minute(2) })
      ])
      const tail = (letters: string, matchId: string | null, limit: number) =>
        Effect.map(ledger.byTail(letters, matchId === null ? null : match(matchId), limit), (found) =>
          found.map(({ pushId }) => pushId)
        )
      assert.deepStrictEqual(yield* tail("dl0001", null, 9), [push(43), push(42), push(41)])
      assert.deepStrictEqual(yield* tail("dl0001", "dl-m3", 9), [push(43), push(41)])
      assert.deepStrictEqual(yield* tail("0123456789abcdl0001", null, 1), [push(43)])
      assert.deepStrictEqual(yield* tail("dl0003", null, 9), [])
    })
  )

  it.effect("forgets more than fits in one stroke", () =>
    Effect.gen(function* () {
      const ledger = yield* Deliveries.Deliveries
      const all = Array.from({ length: 10_500 }, (_, n) =>
        delivery(200_000 + n, "dl-many", { sentAt: minute(-2000 + (n % 2)) })
      )
      yield* ledger.record(all)
      assert.strictEqual(yield* ledger.forget(minute(-1999)), 5250)
      assert.strictEqual(yield* ledger.forget(minute(-1998)), 5250)
      assert.deepStrictEqual(yield* ledger.counts(match("dl-many")), [])
    })
  )
}
