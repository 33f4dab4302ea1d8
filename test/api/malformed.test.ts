import { layer } from "@effect/vitest"
import { Chance } from "@sightscreen/decider"
import { type Ids, Preferences as Likes } from "@sightscreen/domain"
import {
  Activities,
  ActiveMatches,
  Devices,
  Follows,
  Orders,
  Preferences,
  PushTokens,
  Recoveries
} from "@sightscreen/store"
import { Context, Effect, Layer, Logger } from "effect"
import { assert } from "vitest"
import * as Malformed from "./malformed.ts"
import * as Server from "./server.ts"

class Running extends Context.Service<Running, Server.Server>()("test/Running") {}

/** How many are sent; `npm run malformed` sends 10,000. */
const count = Number(process.env["MALFORMED"] ?? 400)
const seed = Number(process.env["SEED"] ?? 6)

const where = { environment: "sandbox", bundleId: "com.sightscreen.ios" } as const
const token = { start: "5a".repeat(80), alert: "5b".repeat(32) }
const deviceId = "the phone" as Ids.DeviceId

/** All that requests could change. */
const stateOf = (server: Server.Server) => {
  const table = <I, S>(service: Context.Service<I, S>): S =>
    Context.get(server.world.store as Context.Context<I>, service)
  const page = { after: null, limit: 1000 }
  return Effect.gen(function* () {
    const matches = [Server.live, Server.coming, Server.past]
    return JSON.stringify([
      yield* table(Devices.Devices).page(page),
      yield* Effect.forEach(["start", "alert", "voip", "update"] as const, (kind) =>
        table(PushTokens.PushTokens).ofDevices(kind, [deviceId])
      ),
      yield* Effect.forEach(matches, (matchId) => table(Follows.Follows).followers(matchId, page)),
      yield* Effect.forEach(matches, (matchId) =>
        table(Activities.Activities).ofMatch(matchId, ["pending", "active", "ended", "failed"], page)
      ),
      yield* Effect.forEach(matches, (matchId) => table(Orders.Orders).last(matchId)),
      (yield* table(ActiveMatches.ActiveMatches).all).map(({ matchId }) => matchId),
      yield* table(Preferences.Preferences).get("owner" as Ids.UserId),
      yield* table(Recoveries.Recoveries).load([deviceId])
    ])
  })
}

layer(Layer.effect(Running, Server.make()).pipe(Layer.provide(Logger.layer([]))), {
  excludeTestServices: true
})("the API", (it) => {
  it.effect(
    `answers ${count} malformed requests with a refusal, changes nothing, and says nothing back`,
    () =>
      Effect.gen(function* () {
        const server = yield* Running
        const owner = yield* server.as("owner")
        yield* owner.devices.register({
          payload: {
            deviceId,
            platform: "ios",
            osVersion: "16.4",
            appVersion: "1.0",
            deviceToken: { token: token.alert, ...where }
          }
        })
        yield* owner.devices.startToken({ payload: { deviceId, pushToStartToken: token.start, ...where } })
        yield* owner.follows.follow({ payload: { matchId: Server.coming } })
        yield* owner.user.prefer({ payload: { ...Likes.usual, alerts: ["results"] } })
        const document = (yield* server.raw("GET", "/openapi.json")).json() as unknown as Malformed.Document
        const credentials = {
          user: { authorization: `Bearer ${Server.bearer("owner")}` },
          operator: { "x-api-key": "admin" }
        }
        const dice = Chance.dice(Chance.of(seed, "malformed"))
        const before = yield* stateOf(server)
        const seen = new Map<string, number>()
        let sent = 0
        while (sent < count) {
          const request = Malformed.make(document, credentials, dice)
          if (request === null) continue
          sent += 1
          const { body, headers, method, operation, path, secrets, why } = request
          const answer = yield* Effect.promise(async () => {
            const response = await fetch(server.url + path, {
              method,
              headers,
              ...(body === undefined || method === "GET" ? {} : { body })
            })
            return { status: response.status, headers: response.headers, text: await response.text() }
          })
          const told = `${sent}. ${operation} with ${why}: ${answer.status} ${answer.text.slice(0, 300)}`
          assert.isAtLeast(answer.status, 400, told)
          assert.isBelow(answer.status, 500, told)
          assert.strictEqual(answer.headers.get("content-type"), "application/problem+json", told)
          const said = answer.text + JSON.stringify([...answer.headers])
          // Not even most of it.
          for (const secret of [...secrets, token.start, token.alert, credentials.user.authorization])
            assert.notInclude(said, secret.slice(0, 40), told)
          seen.set(operation, (seen.get(operation) ?? 0) + 1)
          if (sent % 100 === 0 || sent === count)
            assert.strictEqual(yield* stateOf(server), before, `after ${sent}`)
        }
        // Every route has had its share.
        const routes = Malformed.routesOf(document).map(({ operationId }) => operationId)
        assert.isAbove(seen.size, routes.length * (count < 1000 ? 0.8 : 0.99))
      }),
    600_000
  )
})
