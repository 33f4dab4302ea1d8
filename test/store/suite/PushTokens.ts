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
      const fresh = { movedFrom: null, formerUser: null, replaced: [] }
      assert.deepStrictEqual(yield* tokens.register(token("a1", "start", "pt-one", 1)), fresh)
      assert.deepStrictEqual(yield* tokens.register(token("a1", "start", "pt-one", 3)), fresh)
      assert.deepStrictEqual(yield* tokens.register(token("a1", "start", "pt-one", 2)), fresh)
      assert.deepStrictEqual(yield* tokens.byToken("a1"), [
        {
          ...token("a1", "start", "pt-one", 3),
          retiredAt: null,
          retiredFor: null,
          suspicions: 0,
          suspectedAt: null
        }
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

  it.effect("tells whose it was when it changes hands, on one device too", () =>
    Effect.gen(function* () {
      const tokens = yield* PushTokens.PushTokens
      const mine = token("k1", "start", "pt-hands", 1, { userId: user("pt-ana") })
      assert.isNull((yield* tokens.register(mine)).formerUser)
      const hers = yield* tokens.register({ ...mine, userId: user("pt-bea"), registeredAt: minute(2) })
      assert.deepStrictEqual(hers, { movedFrom: null, formerUser: user("pt-ana"), replaced: [] })
      assert.isNull((yield* tokens.register({ ...mine, userId: user("pt-bea") })).formerUser)
    })
  )

  it.effect("has a chain of owners without a gap when twenty take it at once", () =>
    Effect.gen(function* () {
      const tokens = yield* PushTokens.PushTokens
      const all = Array.from({ length: 20 }, (_, n) =>
        token("l1", "alert", `pt-chain-${n}`, 1, { userId: user(`pt-chain-${n}`) })
      )
      const results = yield* Effect.forEach(all, (each) => tokens.register(each), {
        concurrency: "unbounded"
      })
      const [row, ...others] = yield* tokens.byToken("l1")
      assert.deepStrictEqual(others, [])
      const owners = all.map(({ userId }) => userId).sort()
      const seen = results.flatMap(({ formerUser }) => formerUser ?? [])
      assert.deepStrictEqual([...seen, row!.userId].toSorted(), owners)
      const places = results.flatMap(({ movedFrom }) => movedFrom ?? [])
      assert.deepStrictEqual([...places, row!.deviceId].toSorted(), all.map((each) => each.deviceId).sort())
    })
  )

  it.effect("is registered with many others as if one after the other", () =>
    Effect.gen(function* () {
      const tokens = yield* PushTokens.PushTokens
      const none = { movedFrom: null, formerUser: null, replaced: [] }
      assert.deepStrictEqual(yield* tokens.registerMany([]), [])
      assert.deepStrictEqual(
        yield* tokens.registerMany([
          token("m1", "start", "pt-bulk-a", 1),
          token("m2", "start", "pt-bulk-a", 2),
          token("m3", "start", "pt-bulk-b", 1),
          token("m2", "start", "pt-bulk-b", 3)
        ]),
        [
          none,
          { ...none, replaced: ["m1"] },
          none,
          { movedFrom: device("pt-bulk-a"), formerUser: user("owner of pt-bulk-a"), replaced: ["m3"] }
        ]
      )
      assert.deepStrictEqual(yield* living("start", "pt-bulk-a", "pt-bulk-b"), ["m2"])
    })
  )

  it.effect(
    "is one of a device's also when thousands come in bulk and one by one, in all orders at once",
    () =>
      Effect.gen(function* () {
        const tokens = yield* PushTokens.PushTokens
        const names = Array.from({ length: 250 }, (_, n) => `pt-flood-${n}`)
        const round = (n: number) => names.map((name) => token(`${name}/${n}`, "start", name, n))
        yield* Effect.all(
          [
            tokens.registerMany(round(1)),
            tokens.registerMany(round(2).toReversed()),
            tokens.registerMany([...round(3).slice(125), ...round(3).slice(0, 125)]),
            Effect.forEach(round(4), (each) => tokens.register(each), { concurrency: 8 }),
            // Each device's neighbour takes its first token at the same time.
            tokens.registerMany(
              round(1).map((each, n) => ({ ...each, deviceId: device(names[(n + 1) % 250]!) }))
            )
          ],
          { concurrency: "unbounded" }
        )
        const each = yield* Effect.forEach(names, (name) => living("start", name))
        assert.deepStrictEqual(new Set(each.map(({ length }) => length)), new Set([1]))
      })
  )

  it.effect("is suspected until its phone registers it again", () =>
    Effect.gen(function* () {
      const tokens = yield* PushTokens.PushTokens
      const registration = token("n1", "start", "pt-suspect", 5)
      const suspicion = Effect.map(tokens.byToken("n1"), ([row]) => [row?.suspicions, row?.suspectedAt])
      const note = (suspicions: number, registered: number) =>
        tokens.note(registration, { suspicions, suspectedAt: minute(6) }, minute(registered))
      assert.isFalse(yield* note(1, 5))
      yield* tokens.register(registration)
      assert.isTrue(yield* note(1, 5))
      assert.deepStrictEqual(yield* suspicion, [1, minute(6)])
      yield* tokens.register({ ...registration, registeredAt: minute(7) })
      assert.deepStrictEqual(yield* suspicion, [0, null])
      assert.isFalse(yield* note(2, 5))
      assert.isTrue(yield* note(2, 7))
      yield* tokens.retire(registration, { reason: "bad", at: minute(8), unlessRegisteredAfter: null })
      assert.isFalse(yield* note(3, 7))
      assert.deepStrictEqual(yield* suspicion, [2, minute(6)])
    })
  )

  it.effect("moves to the other host, unsuspected, where its place there is free", () =>
    Effect.gen(function* () {
      const tokens = yield* PushTokens.PushTokens
      const one = token("o1", "start", "pt-host", 1)
      const sandbox = (letters: string) => token(letters, "start", "pt-host", 1, { environment: "sandbox" })
      assert.isFalse(yield* tokens.moveTo(one, "sandbox"))
      yield* tokens.register(one)
      yield* tokens.note(one, { suspicions: 1, suspectedAt: minute(2) }, minute(1))
      assert.isFalse(yield* tokens.moveTo(one, "production"))
      assert.isTrue(yield* tokens.moveTo(one, "sandbox"))
      assert.deepStrictEqual(yield* tokens.byToken("o1"), [
        { ...sandbox("o1"), retiredAt: null, retiredFor: null, suspicions: 0, suspectedAt: null }
      ])
      assert.isFalse(yield* tokens.moveTo(one, "sandbox"))
      yield* tokens.register(one)
      assert.isFalse(yield* tokens.moveTo(one, "sandbox"))
      yield* tokens.register(token("o2", "start", "pt-host", 2))
      assert.isFalse(yield* tokens.moveTo(token("o2", "start", "pt-host", 2), "sandbox"))
      assert.deepStrictEqual(yield* living("start", "pt-host"), ["o1", "o2"])
    })
  )

  it.effect("is the only one of its kind at a host that two move to and one is registered at", () =>
    Effect.gen(function* () {
      const tokens = yield* PushTokens.PushTokens
      for (let round = 0; round < 200; round++) {
        const name = `pt-hosts-${round}`
        const [x, y] = [token(`${name}/x`, "start", name, 1), token(`${name}/y`, "start", name, 1)]
        yield* tokens.register(x)
        yield* Effect.all(
          [
            tokens.moveTo(x, "sandbox"),
            tokens.register({ ...y, environment: "sandbox" }),
            tokens.moveTo(x, "sandbox")
          ],
          { concurrency: "unbounded" }
        )
        const rows = yield* tokens.ofDevices("start", [device(name)])
        const places = rows.map(({ environment }) => environment)
        assert.strictEqual(new Set(places).size, places.length)
        assert.include(places, "sandbox")
      }
    })
  )

  it.effect("is retired with all others of its device", () =>
    Effect.gen(function* () {
      const tokens = yield* PushTokens.PushTokens
      yield* tokens.register(token("p1", "start", "pt-gone-1", 1))
      yield* tokens.register(token("p2", "update", "pt-gone-1", 1))
      yield* tokens.register(token("p3", "alert", "pt-gone-2", 1, { environment: "sandbox" }))
      yield* tokens.register(token("p4", "alert", "pt-stays", 1))
      const all = [device("pt-gone-1"), device("pt-gone-2"), device("pt-gone-9")]
      assert.strictEqual(yield* tokens.retireOf(all, "signed out", minute(3)), 3)
      assert.strictEqual(yield* tokens.retireOf(all, "again", minute(4)), 0)
      const [row] = yield* tokens.byToken("p3")
      assert.deepStrictEqual([row?.retiredFor, row?.retiredAt], ["signed out", minute(3)])
      assert.deepStrictEqual(yield* living("alert", "pt-gone-2", "pt-stays"), ["p4"])
    })
  )

  it.effect("is forgotten when it was retired long ago", () =>
    Effect.gen(function* () {
      const tokens = yield* PushTokens.PushTokens
      const old = ["q1", "q2", "q3"].map((letters) => token(letters, "update", "pt-old", -950))
      yield* tokens.registerMany(old)
      const retire = (nth: number, at: number) =>
        tokens.retire(old[nth]!, { reason: "over", at: minute(at), unlessRegisteredAfter: null })
      yield* retire(0, -901)
      yield* retire(1, -900)
      assert.strictEqual(yield* tokens.forget(minute(-900)), 1)
      assert.deepStrictEqual(yield* tokens.byToken("q1"), [])
      assert.lengthOf(yield* tokens.byToken("q2"), 1)
      assert.deepStrictEqual(yield* living("update", "pt-old"), ["q3"])
    })
  )

  it.effect(
    "of an activity is forgotten long after it was registered, living or not, and others are not",
    () =>
      Effect.gen(function* () {
        const tokens = yield* PushTokens.PushTokens
        yield* tokens.registerMany([
          token("u1", "update", "pt-past", -1950),
          token("u2", "update", "pt-past", -1950),
          token("u3", "update", "pt-past", -1900),
          token("u4", "start", "pt-past", -1950)
        ])
        yield* tokens.retire(token("u2", "update", "pt-past", -1950), {
          reason: "over",
          at: minute(-1940),
          unlessRegisteredAfter: null
        })
        assert.strictEqual(yield* tokens.forgetUpdates(minute(-1900)), 2)
        assert.deepStrictEqual(yield* tokens.byToken("u1"), [])
        assert.deepStrictEqual(yield* tokens.byToken("u2"), [])
        assert.deepStrictEqual(yield* living("update", "pt-past"), ["u3"])
        assert.deepStrictEqual(yield* living("start", "pt-past"), ["u4"])
      })
  )
}
