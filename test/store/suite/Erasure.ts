import { assert, type Vitest } from "@effect/vitest"
import {
  Activities,
  Decisions,
  Deliveries,
  Follows,
  Notices,
  PushTokens,
  Recoveries,
  Requests,
  type Store
} from "@sightscreen/store"
import { Effect } from "effect"
import { delivery, device, live, match, minute, token, user } from "./values.ts"

/** Every table that knows a person, or a phone of theirs, can forget them, and nobody else. */
export const facts = (it: Vitest.MethodsNonLive<Store.Store>) => {
  it.effect("takes what is a person's, and leaves what is another's", () =>
    Effect.gen(function* () {
      const follows = yield* Follows.Follows
      const activities = yield* Activities.Activities
      const tokens = yield* PushTokens.PushTokens
      const page = { after: null, limit: 10 }
      for (const name of ["er-1", "er-2"]) {
        const userId = user(`owner of ${name}`)
        yield* follows.follow(userId, match("er-m"), minute(0))
        yield* follows.follow(userId, match("er-m2"), minute(0))
        yield* follows.unfollow(userId, match("er-m2"), minute(1))
        yield* activities.insert([live(`er-a/${name}`, "er-m", name)])
        yield* tokens.register(token(`aa${name}`, "alert", name, 0))
        yield* tokens.register(token(`bb${name}`, "alert", name, 1))
      }
      const gone = user("owner of er-1")
      assert.deepStrictEqual(yield* activities.devicesOf(gone), [device("er-1")])
      assert.strictEqual(yield* follows.erase(gone), 2)
      assert.strictEqual(yield* activities.erase(gone), 1)
      assert.strictEqual(yield* tokens.erase(gone), 2)
      assert.deepStrictEqual(yield* follows.ofUser(gone), [])
      assert.deepStrictEqual(yield* activities.ofDevice(device("er-1")), [])
      assert.deepStrictEqual(yield* tokens.byToken("aaer-1"), [])
      assert.lengthOf(yield* follows.followers(match("er-m"), page), 1)
      assert.lengthOf(yield* activities.ofDevice(device("er-2")), 1)
      assert.lengthOf(yield* tokens.byToken("aaer-2"), 1)
    })
  )

  it.effect("takes what is about their phones", () =>
    Effect.gen(function* () {
      const decisions = yield* Decisions.Decisions
      const deliveries = yield* Deliveries.Deliveries
      const recoveries = yield* Recoveries.Recoveries
      const page = { after: null, limit: 10 }
      const phones = [device("er-p1"), device("er-p2")]
      const matchId = match("er-pm")
      yield* decisions.record(
        [...phones, null].map((deviceId) => ({
          matchId,
          deviceId,
          activityId: null,
          at: minute(0),
          kind: "noticed",
          stamp: null,
          body: {}
        }))
      )
      yield* deliveries.record(phones.map((deviceId, n) => ({ ...delivery(9100 + n, "er-pm"), deviceId })))
      yield* recoveries.save(
        phones.map((deviceId) => ({ deviceId, version: null, state: {}, at: minute(0) }))
      )
      const gone = phones.slice(0, 1)
      assert.strictEqual(yield* decisions.erase(gone), 1)
      assert.strictEqual(yield* deliveries.erase(gone), 1)
      assert.strictEqual(yield* recoveries.erase(gone), 1)
      assert.lengthOf(yield* decisions.ofMatch(matchId, {}, page), 2)
      assert.lengthOf(yield* deliveries.ofDevice(phones[0]!, null, page), 0)
      assert.lengthOf(yield* deliveries.ofDevice(phones[1]!, null, page), 1)
      assert.lengthOf(yield* recoveries.load(phones), 1)
    })
  )

  it.effect("takes what they were told, and what they asked", () =>
    Effect.gen(function* () {
      const notices = yield* Notices.Notices
      const requests = yield* Requests.Requests
      yield* notices.claim("prematch", match("er-n"), ["er-x", "er-y"], minute(0))
      assert.strictEqual(yield* notices.erase(["er-x"]), 1)
      assert.deepStrictEqual(yield* notices.claim("prematch", match("er-n"), ["er-x", "er-y"], minute(0)), [
        "er-x"
      ])
      for (const name of ["er-q/1", "er-q/2", "er-r/1"])
        yield* requests.claim({ name, fingerprint: "f", claim: "c", at: minute(0) }, minute(-1))
      assert.strictEqual(yield* requests.erase("er-q/"), 2)
    })
  )
}
