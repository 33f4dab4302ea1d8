import { assert, type Vitest } from "@effect/vitest"
import { Activities, Page, type Store } from "@sightscreen/store"
import { Effect, Stream } from "effect"
import { activity, device, live, match, minute, user } from "./values.ts"

const ids = (all: ReadonlyArray<{ readonly activityId: string }>): ReadonlyArray<string> =>
  all.map(({ activityId }) => activityId)

export const facts = (it: Vitest.MethodsNonLive<Store.Store>) => {
  const saving = (name: string, version: number, more: Partial<Activities.Save> = {}): Activities.Save => ({
    activityId: activity(name),
    version,
    status: "active",
    updateToken: null,
    cohort: null,
    instance: null,
    channelId: null,
    activeSince: null,
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
      const one = {
        activityId: activity("ac-t1"),
        deviceId: device("ac-d1"),
        updateToken: "01",
        cohort: null
      }
      const three = {
        activityId: activity("ac-t3"),
        deviceId: device("ac-d3"),
        updateToken: "03",
        cohort: null
      }
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

  it.effect("keeps what its phone and its start have told, until a save says otherwise", () =>
    Effect.gen(function* () {
      const activities = yield* Activities.Activities
      yield* activities.insert([live("ac-told", "ac-m10", "ac-d1")])
      const told = { cohort: "token/1", instance: "I-1", channelId: "dHN0", activeSince: minute(3) }
      yield* activities.save([saving("ac-told", 0, told)])
      assert.deepInclude(yield* activities.get(activity("ac-told")), told)
      yield* activities.save([saving("ac-told", 1)])
      assert.deepInclude(yield* activities.get(activity("ac-told")), {
        cohort: null,
        instance: null,
        channelId: null,
        activeSince: null
      })
    })
  )

  it.effect("is the newest of its match and device, or one of its person's", () =>
    Effect.gen(function* () {
      const activities = yield* Activities.Activities
      const whose = { userId: user("ac-nina") }
      yield* activities.insert([
        live("ac-n1", "ac-m11", "ac-n-b", { ...whose, generation: 9 }),
        live("ac-n2", "ac-m11", "ac-n-b", { generation: 10, status: "ended" }),
        live("ac-n3", "ac-m11", "ac-n-a", whose),
        live("ac-n4", "ac-m12", "ac-n-a", { ...whose, generation: 5 })
      ])
      const devices = [device("ac-n-b"), device("ac-n-a"), device("ac-n-none"), device("ac-n-b")]
      assert.deepStrictEqual(ids(yield* activities.newest(match("ac-m11"), devices)), ["ac-n3", "ac-n2"])
      assert.deepStrictEqual(yield* activities.newest(match("ac-m11"), []), [])
      assert.deepStrictEqual(ids(yield* activities.ofUser(user("ac-nina"), match("ac-m11"))), [
        "ac-n1",
        "ac-n3"
      ])
      assert.deepStrictEqual(yield* activities.ofUser(user("ac-nina"), match("ac-m13")), [])
    })
  )

  it.effect("is found by what ActivityKit calls it, on its own device", () =>
    Effect.gen(function* () {
      const activities = yield* Activities.Activities
      yield* activities.insert([
        live("ac-i1", "ac-m14", "ac-i-a", { instance: "I-9" }),
        live("ac-i2", "ac-m14", "ac-i-b", { instance: "I-9" })
      ])
      const found = (name: string, instance: string) =>
        Effect.map(activities.byInstance(device(name), instance), (row) => row?.activityId)
      assert.strictEqual(yield* found("ac-i-b", "I-9"), "ac-i2")
      assert.isUndefined(yield* found("ac-i-a", "I-8"))
    })
  )

  it.effect("is pushed to with its cohort, and its cohort lasts as long as one of it has not ended", () =>
    Effect.gen(function* () {
      const activities = yield* Activities.Activities
      const matchId = match("ac-m15")
      yield* activities.insert([
        live("ac-c1", "ac-m15", "ac-d1", { status: "active", updateToken: "01", cohort: "token/1" }),
        live("ac-c2", "ac-m15", "ac-d2", { status: "active", updateToken: "02", cohort: "token/10" }),
        live("ac-c3", "ac-m15", "ac-d3", { status: "active", updateToken: "03", cohort: "token/1" }),
        live("ac-c4", "ac-m15", "ac-d4", { status: "active", updateToken: "04" }),
        live("ac-c5", "ac-m15", "ac-d5", { cohort: "channel/2" }),
        live("ac-c6", "ac-m15", "ac-d6", { status: "ended", cohort: "token/9" }),
        live("ac-c7", "ac-m16", "ac-d7", { status: "active", updateToken: "07", cohort: "token/7" })
      ])
      const tokens = (cohort: string, after: string | null = null, limit = 9) =>
        Effect.map(activities.liveTokens(matchId, { limit, after }, cohort), ids)
      assert.deepStrictEqual(yield* tokens("token/1"), ["ac-c1", "ac-c3"])
      assert.deepStrictEqual(yield* tokens("token/1", "ac-c1"), ["ac-c3"])
      assert.deepStrictEqual(yield* tokens("token/1", null, 1), ["ac-c1"])
      assert.deepStrictEqual(yield* tokens("channel/2"), [])
      const all = yield* activities.liveTokens(matchId)
      assert.deepStrictEqual(
        all.map(({ activityId, cohort }) => [activityId, cohort]),
        [
          ["ac-c1", "token/1"],
          ["ac-c2", "token/10"],
          ["ac-c3", "token/1"],
          ["ac-c4", null]
        ]
      )
      assert.deepStrictEqual(yield* activities.cohorts(matchId), ["channel/2", "token/1", "token/10"])
      yield* activities.save([saving("ac-c2", 0, { status: "ended", cohort: "token/10" })])
      assert.deepStrictEqual(yield* activities.cohorts(matchId), ["channel/2", "token/1"])
      assert.deepStrictEqual(yield* activities.cohorts(match("ac-m17")), [])
    })
  )

  it.effect("listens to its channel until it ends", () =>
    Effect.gen(function* () {
      const activities = yield* Activities.Activities
      yield* activities.insert(
        ["1", "2", "3", "4"].map((n) =>
          live(`ac-l${n}`, "ac-m18", `ac-l${n}`, { channelId: n === "4" ? "ac-other" : "ac-channel" })
        )
      )
      yield* activities.save([saving("ac-l2", 0, { status: "ended", channelId: "ac-channel" })])
      const page = (limit: number, after: string | null) =>
        Effect.map(activities.ofChannel("ac-channel", { limit, after }), ids)
      assert.deepStrictEqual(yield* page(9, null), ["ac-l1", "ac-l3"])
      assert.deepStrictEqual(yield* page(1, null), ["ac-l1"])
      assert.deepStrictEqual(yield* page(9, "ac-l1"), ["ac-l3"])
      yield* activities.save([saving("ac-l3", 0, { channelId: "ac-other" })])
      assert.deepStrictEqual(yield* page(9, null), ["ac-l1"])
    })
  )

  it.effect("is aged when it has been active since a moment or longer", () =>
    Effect.gen(function* () {
      const activities = yield* Activities.Activities
      const since = (n: number) => ({ status: "active", activeSince: minute(n) }) as const
      yield* activities.insert([
        live("ac-g3", "ac-m19", "ac-d1", since(1)),
        live("ac-g2", "ac-m19", "ac-d2", since(2)),
        live("ac-g1", "ac-m19", "ac-d3", since(3)),
        live("ac-g4", "ac-m19", "ac-d4", { status: "active" }),
        live("ac-g5", "ac-m19", "ac-d5", { ...since(1), status: "ended" }),
        live("ac-g6", "ac-m20", "ac-d6", since(1))
      ])
      const aged = (before: number, limit = 9, after: string | null = null) =>
        Effect.map(activities.aged(match("ac-m19"), minute(before), { limit, after }), ids)
      assert.deepStrictEqual(yield* aged(0), [])
      assert.deepStrictEqual(yield* aged(2), ["ac-g2", "ac-g3"])
      assert.deepStrictEqual(yield* aged(3, 2), ["ac-g1", "ac-g2"])
      assert.deepStrictEqual(yield* aged(3, 2, "ac-g2"), ["ac-g3"])
    })
  )

  it.effect("waits while it is pending, since it was last changed", () =>
    Effect.gen(function* () {
      const activities = yield* Activities.Activities
      const before = yield* activities.waiting
      const old = minute(-50_000)
      yield* activities.insert([
        live("ac-w1", "ac-m21", "ac-d1", { updatedAt: minute(-49_000) }),
        live("ac-w2", "ac-m21", "ac-d2", { updatedAt: old }),
        live("ac-w3", "ac-m21", "ac-d3", { updatedAt: minute(-60_000), status: "active" })
      ])
      assert.deepStrictEqual(yield* activities.waiting, { count: before.count + 2, since: old })
      yield* activities.save([saving("ac-w2", 0), saving("ac-w1", 0)])
      assert.deepStrictEqual(yield* activities.waiting, before)
    })
  )
}
