import { assert, type Vitest } from "@effect/vitest"
import { PushTokens, type Store } from "@sightscreen/store"
import { Effect } from "effect"
import { activity, device, minute, token, user } from "./values.ts"

export const facts = (it: Vitest.MethodsNonLive<Store.Store>) => {
  const living = (kind: PushTokens.Kind, ...names: ReadonlyArray<string>) =>
    Effect.flatMap(PushTokens.PushTokens, (tokens) =>
      Effect.map(
        tokens.ofDevices(
          kind,
          names.map((name) => device(name))
        ),
        (all) => all.map(({ token }) => token)
      )
    )

  it.effect("is the same registered once or often, and as fresh as its last word", () =>
    Effect.gen(function* () {
      const tokens = yield* PushTokens.PushTokens
      const fresh = { movedFrom: null, replaced: [] }
      assert.deepStrictEqual(yield* tokens.register(token("a1", "start", "pt-one", 1)), fresh)
      assert.deepStrictEqual(yield* tokens.register(token("a1", "start", "pt-one", 3)), fresh)
      assert.deepStrictEqual(yield* tokens.register(token("a1", "start", "pt-one", 2)), fresh)
      assert.deepStrictEqual(yield* tokens.byToken("a1"), [
        { ...token("a1", "start", "pt-one", 3), retiredAt: null, retiredFor: null }
      ])
    })
  )

  it.effect("takes the place of the one before it, for each kind, environment and app by itself", () =>
    Effect.gen(function* () {
      const tokens = yield* PushTokens.PushTokens
      yield* tokens.register(token("b1", "alert", "pt-two", 1))
      yield* tokens.register(token("b2", "start", "pt-two", 1))
      yield* tokens.register(token("b3", "alert", "pt-two", 1, { environment: "sandbox" }))
      yield* tokens.register(token("b4", "alert", "pt-two", 1, { bundleId: "app.other" }))
      const { replaced } = yield* tokens.register(token("b5", "alert", "pt-two", 2))
      assert.deepStrictEqual(replaced, ["b1"])
      assert.deepStrictEqual(yield* living("alert", "pt-two"), ["b3", "b4", "b5"])
      assert.deepStrictEqual(yield* living("start", "pt-two"), ["b2"])
      const [old] = yield* tokens.byToken("b1")
      assert.deepStrictEqual([old?.retiredAt, old?.retiredFor], [minute(2), "replaced"])
    })
  )

  it.effect("stands beside others where it updates an activity", () =>
    Effect.gen(function* () {
      const tokens = yield* PushTokens.PushTokens
      yield* tokens.register(token("c1", "update", "pt-three", 1, { activityId: activity("pt-a") }))
      yield* tokens.register(token("c2", "update", "pt-three", 1, { activityId: activity("pt-b") }))
      assert.deepStrictEqual(yield* living("update", "pt-three"), ["c1", "c2"])
      assert.strictEqual((yield* tokens.byToken("c2"))[0]?.activityId, "pt-b")
    })
  )

  it.effect("moves to the device and person that it turns up with", () =>
    Effect.gen(function* () {
      const tokens = yield* PushTokens.PushTokens
      yield* tokens.register(token("d1", "alert", "pt-four", 1))
      yield* tokens.register(token("d2", "alert", "pt-five", 1))
      const { movedFrom, replaced } = yield* tokens.register(token("d1", "alert", "pt-five", 2))
      assert.deepStrictEqual([movedFrom, replaced], [device("pt-four"), ["d2"]])
      assert.deepStrictEqual(yield* living("alert", "pt-four"), [])
      assert.deepStrictEqual(yield* living("alert", "pt-five"), ["d1"])
      const owners = (yield* tokens.byToken("d1")).map(({ userId }) => userId)
      assert.deepStrictEqual(owners, [user("owner of pt-five")])
    })
  )

  it.effect("outlives a verdict older than its registration", () =>
    Effect.gen(function* () {
      const tokens = yield* PushTokens.PushTokens
      const registration = token("e1", "start", "pt-six", 10)
      yield* tokens.register(registration)
      const verdict = (about: number | null) =>
        tokens.retire(registration, {
          reason: "Unregistered",
          at: minute(12),
          unlessRegisteredAfter: about === null ? null : minute(about)
        })
      assert.isFalse(yield* verdict(9))
      assert.deepStrictEqual(yield* living("start", "pt-six"), ["e1"])
      assert.isTrue(yield* verdict(10))
      assert.isFalse(yield* verdict(11))
      assert.deepStrictEqual(yield* living("start", "pt-six"), [])
      yield* tokens.register({ ...registration, registeredAt: minute(13) })
      assert.deepStrictEqual(yield* living("start", "pt-six"), ["e1"])
      assert.isTrue(yield* verdict(null))
      const [row] = yield* tokens.byToken("e1")
      assert.deepStrictEqual(
        [row?.retiredFor, row?.retiredAt, row?.registeredAt],
        ["Unregistered", minute(12), minute(13)]
      )
    })
  )

  it.effect("is retired at one address only", () =>
    Effect.gen(function* () {
      const tokens = yield* PushTokens.PushTokens
      const sandbox = token("f1", "alert", "pt-seven", 1, { environment: "sandbox" })
      yield* tokens.register(token("f1", "alert", "pt-seven", 1))
      yield* tokens.register(sandbox)
      yield* tokens.retire(sandbox, { reason: "BadDeviceToken", at: minute(2), unlessRegisteredAfter: null })
      const rows = yield* tokens.byToken("f1")
      assert.deepStrictEqual(
        rows.map(({ environment, retiredFor }) => [environment, retiredFor]),
        [
          ["production", null],
          ["sandbox", "BadDeviceToken"]
        ]
      )
    })
  )

  it.effect("lives when it is registered again while an old verdict comes in, whichever is first", () =>
    Effect.gen(function* () {
      const tokens = yield* PushTokens.PushTokens
      for (let round = 0; round < 20; round++) {
        const registration = token(`g${round}`, "start", `pt-race-${round}`, 1)
        yield* tokens.register(registration)
        yield* Effect.all(
          [
            tokens.retire(registration, {
              reason: "Unregistered",
              at: minute(5),
              unlessRegisteredAfter: minute(2)
            }),
            tokens.register({ ...registration, registeredAt: minute(3) })
          ],
          { concurrency: "unbounded" }
        )
        assert.deepStrictEqual(yield* living("start", `pt-race-${round}`), [`g${round}`])
      }
    })
  )

  it.effect("is the only one of its kind when twenty are registered at once", () =>
    Effect.gen(function* () {
      const tokens = yield* PushTokens.PushTokens
      const all = Array.from({ length: 20 }, (_, n) => token(`h${n}`, "alert", "pt-crowd", n))
      const results = yield* Effect.forEach(all, (each) => tokens.register(each), {
        concurrency: "unbounded"
      })
      const [survivor, ...others] = yield* living("alert", "pt-crowd")
      assert.deepStrictEqual(others, [])
      const replaced = results.flatMap((each) => each.replaced)
      assert.deepStrictEqual([...replaced, survivor].toSorted(), all.map((each) => each.token).sort())
    })
  )

  it.effect("settles on one device when two swap tokens at once", () =>
    Effect.gen(function* () {
      const tokens = yield* PushTokens.PushTokens
      for (let round = 0; round < 10; round++) {
        const [x, y] = [`i${round}x`, `i${round}y`]
        yield* tokens.register(token(x, "alert", `pt-swap-a${round}`, 1))
        yield* tokens.register(token(y, "alert", `pt-swap-b${round}`, 1))
        yield* Effect.all(
          [
            tokens.register(token(y, "alert", `pt-swap-a${round}`, 2)),
            tokens.register(token(x, "alert", `pt-swap-b${round}`, 2))
          ],
          { concurrency: "unbounded" }
        )
        assert.deepStrictEqual(yield* living("alert", `pt-swap-a${round}`), [y])
        assert.deepStrictEqual(yield* living("alert", `pt-swap-b${round}`), [x])
      }
    })
  )

  it.effect("is found for many devices at once", () =>
    Effect.gen(function* () {
      const tokens = yield* PushTokens.PushTokens
      for (const n of [3, 1, 2]) yield* tokens.register(token(`j${n}`, "voip", `pt-many-${n}`, 1))
      assert.deepStrictEqual(yield* living("voip", "pt-many-2", "pt-many-3", "pt-many-1", "pt-many-9"), [
        "j1",
        "j2",
        "j3"
      ])
      assert.deepStrictEqual(yield* living("voip"), [])
    })
  )
}
