import { assert, type Vitest } from "@effect/vitest"
import { Activities, Page, type Store } from "@sightscreen/store"
import { Effect, Stream } from "effect"
import { activity, device, live, match, minute } from "./values.ts"

const ids = (all: ReadonlyArray<{ readonly activityId: string }>): ReadonlyArray<string> =>
  all.map(({ activityId }) => activityId)

export const facts = (it: Vitest.MethodsNonLive<Store.Store>) => {
  const saving = (name: string, version: number, more: Partial<Activities.Save> = {}): Activities.Save => ({
    activityId: activity(name),
    version,
    status: "active",
    updateToken: null,
    state: { version },
    at: minute(version + 1),
    ...more
  })

  it.effect("begins once, by its id and by match, device and generation", () =>
    Effect.gen(function* () {
      const activities = yield* Activities.Activities
      const draft = live("ac-one", "ac-m1", "ac-d1")
      const two = live("ac-two", "ac-m1", "ac-d2")
      assert.deepStrictEqual(yield* activities.insert([two, draft]), [draft.activityId, two.activityId])
      const again = [
        { ...draft, state: "another" },
        live("ac-three", "ac-m1", "ac-d1"),
        live("ac-four", "ac-m1", "ac-d1", { generation: 2 })
      ]
      assert.deepStrictEqual(yield* activities.insert(again), [activity("ac-four")])
      assert.deepStrictEqual(yield* activities.get(draft.activityId), { ...draft, version: 0 })
      assert.isNull(yield* activities.get(activity("ac-three")))
    })
  )

  it.effect("saves those whose version fits and tells the others", () =>
    Effect.gen(function* () {
      const activities = yield* Activities.Activities
      yield* activities.insert(["1", "2", "3"].map((n) => live(`ac-save-${n}`, "ac-m2", `ac-d${n}`)))
      const refused = yield* activities.save([
        saving("ac-save-1", 0, { updateToken: "aa01", state: { z: 1, a: 2 } }),
        saving("ac-save-2", 1),
        saving("ac-save-3", 0),
        saving("ac-save-3", 0, { status: "failed" }),
        saving("ac-save-4", 0)
      ])
      assert.deepStrictEqual(refused, [activity("ac-save-2"), activity("ac-save-4"), activity("ac-save-3")])
      assert.deepStrictEqual(yield* activities.get(activity("ac-save-1")), {
        ...live("ac-save-1", "ac-m2", "ac-d1"),
        version: 1,
        status: "active",
        updateToken: "aa01",
        state: { z: 1, a: 2 },
        updatedAt: minute(1)
      })
      assert.strictEqual((yield* activities.get(activity("ac-save-3")))?.status, "active")
    })
  )

  it.effect("lets exactly one of twenty savers have each version", () =>
    Effect.gen(function* () {
      const activities = yield* Activities.Activities
      yield* activities.insert([live("ac-race", "ac-m3", "ac-d1")])
      for (const version of [0, 1, 2]) {
        const tries = yield* Effect.forEach(
          Array.from({ length: 20 }, (_, saver) => saver),
          (saver) => activities.save([saving("ac-race", version, { state: saver })]),
          { concurrency: "unbounded" }
        )
        const winners = tries.flatMap((refused, saver) => (refused.length === 0 ? [saver] : []))
        assert.lengthOf(winners, 1)
        assert.strictEqual((yield* activities.get(activity("ac-race")))?.state, winners[0]!)
      }
    })
  )

  it.effect("lets bulk writers cross, whatever the order of their rows", () =>
    Effect.gen(function* () {
      const activities = yield* Activities.Activities
      const names = Array.from({ length: 60 }, (_, n) => `ac-cross-${n}`)
      yield* activities.insert(names.map((name) => live(name, "ac-m4", name)))
      const writers = [names, names.toReversed(), names.toSorted(), names.toSorted().toReversed()]
      const refused = yield* Effect.forEach(
        writers,
        (order) => activities.save(order.map((name) => saving(name, 0))),
        { concurrency: "unbounded" }
      )
      assert.lengthOf(refused.flat(), 3 * names.length)
      const found = yield* activities.ofMatch(match("ac-m4"), ["active"], { limit: 100, after: null })
      assert.deepStrictEqual(new Set(found.map(({ version }) => version)), new Set([1]))
    })
  )

  it.effect("pages through those of a match that have one of some statuses", () =>
    Effect.gen(function* () {
      const activities = yield* Activities.Activities
      const statuses = ["pending", "active", "token_invalid", "failed", "ended"] as const
      const drafts = Array.from({ length: 57 }, (_, n) =>
        live(`ac-page-${n}`, "ac-m5", `ac-p${n}`, { status: statuses[n % 5]! })
      )
      yield* activities.insert(drafts)
      for (const wanted of [["pending", "active"], ["ended"], [], statuses] as const) {
        const expected = ids(
          drafts.filter(({ status }) => (wanted as ReadonlyArray<string>).includes(status))
        ).toSorted()
        for (const limit of [1, 7, 12, 100]) {
          const found = yield* Stream.runCollect(
            Page.stream(
              (page) => activities.ofMatch(match("ac-m5"), wanted, page),
              ({ activityId }) => activityId,
              limit
            )
          )
          assert.deepStrictEqual(ids(found), expected, `${wanted.join("+")}, ${limit} at a time`)
        }
      }
    })
  )

  it.effect("is pushed to while it is active and has a token", () =>
    Effect.gen(function* () {
      const activities = yield* Activities.Activities
      yield* activities.insert([
        live("ac-t3", "ac-m6", "ac-d3", { status: "active", updateToken: "03" }),
        live("ac-t1", "ac-m6", "ac-d1", { status: "active", updateToken: "01" }),
        live("ac-t2", "ac-m6", "ac-d2", { status: "token_invalid", updateToken: "02" }),
        live("ac-t4", "ac-m6", "ac-d4", { status: "active" }),
        live("ac-t5", "ac-m7", "ac-d5", { status: "active", updateToken: "05" })
      ])
      const one = { activityId: activity("ac-t1"), deviceId: device("ac-d1"), updateToken: "01" }
      const three = { activityId: activity("ac-t3"), deviceId: device("ac-d3"), updateToken: "03" }
      assert.deepStrictEqual(yield* activities.liveTokens(match("ac-m6")), [one, three])
      assert.deepStrictEqual(yield* activities.liveTokens(match("ac-m6"), { limit: 1, after: null }), [one])
      assert.deepStrictEqual(yield* activities.liveTokens(match("ac-m6"), { limit: 9, after: "ac-t1" }), [
        three
      ])
      yield* activities.save([saving("ac-t1", 0, { status: "ended", updateToken: "01" })])
      assert.deepStrictEqual(yield* activities.liveTokens(match("ac-m6")), [three])
    })
  )

  it.effect("is found by its device, and by the token that it had last", () =>
    Effect.gen(function* () {
      const activities = yield* Activities.Activities
      yield* activities.insert([
        live("ac-f2", "ac-m8", "ac-found", { generation: 2, updateToken: "f0", updatedAt: minute(1) }),
        live("ac-f1", "ac-m8", "ac-found", { updateToken: "f0", updatedAt: minute(2) })
      ])
      assert.deepStrictEqual(ids(yield* activities.ofDevice(device("ac-found"))), ["ac-f1", "ac-f2"])
      assert.strictEqual((yield* activities.byUpdateToken("f0"))?.activityId, "ac-f1")
      yield* activities.save([saving("ac-f1", 0, { updateToken: "f1" })])
      assert.strictEqual((yield* activities.byUpdateToken("f0"))?.activityId, "ac-f2")
      assert.strictEqual((yield* activities.byUpdateToken("f1"))?.activityId, "ac-f1")
      assert.isNull(yield* activities.byUpdateToken("f2"))
    })
  )

  it.effect("is forgotten when it has been over for long", () =>
    Effect.gen(function* () {
      const activities = yield* Activities.Activities
      const old = { updatedAt: minute(-100) }
      yield* activities.insert([
        live("ac-o1", "ac-m9", "ac-d1", { ...old, status: "ended" }),
        live("ac-o2", "ac-m9", "ac-d2", { ...old, status: "failed", updateToken: "0f" }),
        live("ac-o3", "ac-m9", "ac-d3", { ...old, status: "active" }),
        live("ac-o4", "ac-m9", "ac-d4", { status: "ended" })
      ])
      assert.strictEqual(yield* activities.forget(minute(-99)), 2)
      const left = yield* activities.ofMatch(match("ac-m9"), ["active", "ended", "failed"], {
        limit: 9,
        after: null
      })
      assert.deepStrictEqual(ids(left), ["ac-o3", "ac-o4"])
      assert.isNull(yield* activities.byUpdateToken("0f"))
      assert.deepStrictEqual(yield* activities.insert([live("ac-o5", "ac-m9", "ac-d1")]), [activity("ac-o5")])
    })
  )
}
