import { it } from "@effect/vitest"
import { Fault, Fixtures } from "@sightscreen/store"
import { Effect } from "effect"
import { assert, describe } from "vitest"
import * as Api from "../api/server.ts"
import * as Kit from "./kit.ts"

const fault = new Fault.StoreError({
  table: "fixtures",
  operation: "get",
  retryable: true,
  cause: new Error("the connection is gone")
})

describe("whoever asks whether the server is ready", () => {
  for (const [what, get] of [
    ["never answers", () => Effect.never],
    ["never answers, and cannot be interrupted", () => Effect.uninterruptible(Effect.never)],
    ["fails", () => Effect.fail(fault)]
  ] as const) {
    it.live(`is told so within seconds where the store ${what}`, () =>
      Effect.gen(function* () {
        let broken = false
        const server = yield* Api.make({
          disturb: (services) =>
            Kit.instead(services, Fixtures.Fixtures, (fixtures) => ({
              ...fixtures,
              get: (matchId) => Effect.suspend(() => (broken ? get() : fixtures.get(matchId)))
            }))
        })
        const answer = server.raw("GET", "/health/ready").pipe(Effect.timeout("5 seconds"))
        assert.strictEqual((yield* answer).status, 200)
        broken = true
        assert.strictEqual((yield* answer).status, 503)
        // It lives all the same.
        assert.strictEqual((yield* server.raw("GET", "/health")).status, 200)
        broken = false
        assert.strictEqual((yield* answer).status, 200)
      }).pipe(Effect.scoped)
    )
  }

  it.live("costs the store one look at one key, however many matches are on", () =>
    Effect.gen(function* () {
      let looks = 0
      let listed = 0
      const server = yield* Api.make({
        disturb: (services) =>
          Kit.instead(services, Fixtures.Fixtures, (fixtures) => ({
            ...fixtures,
            get: (matchId) => {
              if (matchId === "ready?") looks += 1
              return fixtures.get(matchId)
            },
            live: Effect.suspend(() => {
              listed += 1
              return fixtures.live
            })
          }))
      })
      const before = listed
      for (let nth = 0; nth < 20; nth++)
        assert.strictEqual((yield* server.raw("GET", "/health/ready")).status, 200)
      assert.strictEqual(looks, 20)
      // The engine goes about its own business meanwhile.
      assert.isBelow(listed - before, 10)
    }).pipe(Effect.scoped)
  )
})
