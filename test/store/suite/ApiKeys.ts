import { assert, type Vitest } from "@effect/vitest"
import { ApiKeys, type Store } from "@sightscreen/store"
import { Effect } from "effect"
import { minute } from "./values.ts"

const key = (keyId: string): ApiKeys.ApiKey => ({
  keyId,
  name: "Ann’s laptop",
  role: "operator",
  hash: "h".repeat(64),
  createdAt: minute(0),
  revokedAt: null
})

export const facts = (it: Vitest.MethodsNonLive<Store.Store>) => {
  it.effect("is added once, and found by its id", () =>
    Effect.gen(function* () {
      const keys = yield* ApiKeys.ApiKeys
      assert.isTrue(yield* keys.add(key("ak-1")))
      assert.isFalse(yield* keys.add({ ...key("ak-1"), hash: "another" }))
      assert.deepStrictEqual(yield* keys.get("ak-1"), key("ak-1"))
      assert.isNull(yield* keys.get("ak-none"))
    })
  )

  it.effect("is revoked once, and listed all the same", () =>
    Effect.gen(function* () {
      const keys = yield* ApiKeys.ApiKeys
      yield* keys.add(key("ak-3"))
      yield* keys.add(key("ak-2"))
      assert.isTrue(yield* keys.revoke("ak-3", minute(1)))
      assert.isFalse(yield* keys.revoke("ak-3", minute(2)))
      assert.isFalse(yield* keys.revoke("ak-none", minute(2)))
      const mine = (yield* keys.all).filter(({ keyId }) => keyId === "ak-2" || keyId === "ak-3")
      assert.deepStrictEqual(mine, [key("ak-2"), { ...key("ak-3"), revokedAt: minute(1) }])
    })
  )
}
