import { assert, type Vitest } from "@effect/vitest"
import { Devices, type Store } from "@sightscreen/store"
import { Effect } from "effect"
import { device, minute, phone, user } from "./values.ts"

export const facts = (it: Vitest.MethodsNonLive<Store.Store>) => {
  it.effect("is what it last said it is", () =>
    Effect.gen(function* () {
      const devices = yield* Devices.Devices
      const first = phone("de-one", "de-ana")
      const later = phone("de-one", "de-ana", {
        osVersion: "26.0",
        frequentUpdates: false,
        lastSeenAt: minute(5)
      })
      assert.isNull(yield* devices.get(first.deviceId))
      assert.isNull(yield* devices.register(first))
      assert.isNull(yield* devices.register(later))
      assert.deepStrictEqual(yield* devices.get(first.deviceId), later)
    })
  )

  it.effect("moves to the person who signs in on it", () =>
    Effect.gen(function* () {
      const devices = yield* Devices.Devices
      yield* devices.register(phone("de-moves", "de-bea"))
      assert.strictEqual(yield* devices.register(phone("de-moves", "de-cleo")), user("de-bea"))
      assert.deepStrictEqual(yield* devices.ofUsers([user("de-bea")]), [])
      assert.deepStrictEqual(yield* devices.ofUsers([user("de-cleo")]), [phone("de-moves", "de-cleo")])
    })
  )

  it.effect("has one owner, and a chain of owners without a gap, when twenty sign in at once", () =>
    Effect.gen(function* () {
      const devices = yield* Devices.Devices
      const owners = Array.from({ length: 20 }, (_, n) => `de-crowd-${n}`)
      const before = yield* Effect.forEach(owners, (owner) => devices.register(phone("de-crowd", owner)), {
        concurrency: "unbounded"
      })
      const owned = yield* devices.ofUsers(owners.map((owner) => user(owner)))
      assert.lengthOf(owned, 1)
      const seen = [...before.filter((each) => each !== null), owned[0]!.userId]
      assert.deepStrictEqual(seen.toSorted(), owners.map((owner) => user(owner)).sort())
    })
  )

  it.effect("is found with the other devices of many people, until it is removed", () =>
    Effect.gen(function* () {
      const devices = yield* Devices.Devices
      for (const [name, owner] of [
        ["de-m3", "de-u2"],
        ["de-m2", "de-u1"],
        ["de-m1", "de-u2"]
      ] as const) {
        yield* devices.register(phone(name, owner))
      }
      const found = Effect.map(devices.ofUsers([user("de-u2"), user("de-u1"), user("de-u3")]), (all) =>
        all.map(({ deviceId }) => deviceId)
      )
      assert.deepStrictEqual(yield* found, ["de-m2", "de-m1", "de-m3"])
      assert.isFalse(yield* devices.remove(device("de-m1"), user("de-u1")))
      assert.isTrue(yield* devices.remove(device("de-m1"), user("de-u2")))
      assert.isFalse(yield* devices.remove(device("de-m1"), user("de-u2")))
      assert.deepStrictEqual(yield* found, ["de-m2", "de-m3"])
    })
  )

  it.effect("leaves with its owner only, and not when it is somebody else's by then", () =>
    Effect.gen(function* () {
      const devices = yield* Devices.Devices
      yield* devices.register(phone("de-out", "de-fay"))
      yield* devices.register(phone("de-out", "de-gus"))
      assert.isFalse(yield* devices.remove(device("de-out"), user("de-fay")))
      assert.deepStrictEqual(yield* devices.get(device("de-out")), phone("de-out", "de-gus"))
      assert.isTrue(yield* devices.remove(device("de-out"), user("de-gus")))
      assert.isNull(yield* devices.get(device("de-out")))
      assert.isNull(yield* devices.register(phone("de-out", "de-fay")))
    })
  )

  it.effect("is forgotten when it has not been seen for long, and named", () =>
    Effect.gen(function* () {
      const devices = yield* Devices.Devices
      for (const [name, seen] of [
        ["de-old-2", -902],
        ["de-old-3", -900],
        ["de-old-1", -901]
      ] as const)
        yield* devices.register(phone(name, "de-hana", { lastSeenAt: minute(seen) }))
      assert.deepStrictEqual(yield* devices.forget(minute(-900)), [device("de-old-1"), device("de-old-2")])
      assert.deepStrictEqual(yield* devices.forget(minute(-900)), [])
      const left = yield* devices.ofUsers([user("de-hana")])
      assert.deepStrictEqual(
        left.map(({ deviceId }) => deviceId),
        [device("de-old-3")]
      )
    })
  )

  it.effect("is listed with all others, in pages", () =>
    Effect.gen(function* () {
      const devices = yield* Devices.Devices
      for (const n of [3, 1, 2]) yield* devices.register(phone(`de-page-${n}`, "de-ida"))
      const ids = (after: string, limit: number) =>
        Effect.map(devices.page({ after, limit }), (page) => page.map(({ deviceId }) => `${deviceId}`))
      assert.deepStrictEqual(yield* ids("de-page-", 2), ["de-page-1", "de-page-2"])
      assert.deepStrictEqual(yield* ids("de-page-2", 1), ["de-page-3"])
      assert.isNotEmpty(yield* devices.page({ after: null, limit: 1 }))
    })
  )
}
