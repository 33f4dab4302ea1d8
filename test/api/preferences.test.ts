import { layer } from "@effect/vitest"
import { Preferences as Likes } from "@sightscreen/domain"
import type { Ids } from "@sightscreen/domain"
import { Activities, Devices, Follows, Preferences, PushTokens } from "@sightscreen/store"
import { Context, Effect, Layer, Logger } from "effect"
import { assert } from "vitest"
import * as Server from "./server.ts"

class Running extends Context.Service<Running, Server.Server>()("test/Running") {}

const where = { environment: "sandbox", bundleId: "com.sightscreen.ios" } as const
const phone = { platform: "ios", osVersion: "17.4", appVersion: "1.0" } as const

layer(Layer.effect(Running, Server.make()).pipe(Layer.provide(Logger.layer([]))), {
  excludeTestServices: true
})("a person", (it) => {
  const test = (name: string, body: (server: Server.Server) => Effect.Effect<void, unknown>) =>
    it.effect(name, () => Effect.flatMap(Running, body))

  const table = <I, S>(server: Server.Server, service: Context.Service<I, S>): S =>
    Context.get(server.world.store as Context.Context<I>, service)

  test("says what they like, and is asked for nothing that they did not say", (server) =>
    Effect.gen(function* () {
      const ann = yield* server.as("ann")
      assert.deepStrictEqual(yield* ann.user.preferences(), Likes.usual)
      const quiet = { from: "22:00", until: "07:00", timeZone: "Asia/Kolkata" }
      const told = yield* ann.user.prefer({
        payload: { alerts: ["results", "wickets", "results"], quiet, teams: [], yields: "newest" }
      })
      assert.deepStrictEqual(told, { alerts: ["wickets", "results"], quiet, teams: [], yields: "newest" })
      assert.deepStrictEqual(yield* ann.user.preferences(), told)
      assert.deepStrictEqual(yield* (yield* server.as("ben")).user.preferences(), Likes.usual)
    }))

  const wrong: Readonly<Record<string, object>> = {
    "a time zone that is none": { quiet: { from: "22:00", until: "07:00", timeZone: "Mars/Olympus" } },
    "a time of day that is none": { quiet: { from: "24:00", until: "07:00", timeZone: "UTC" } },
    "half of quiet hours": { quiet: { from: "22:00", until: "07:00" } },
    "an alert that is none": { alerts: ["noise"] },
    "too many teams": { teams: Array.from({ length: 51 }, (_, n) => `team ${n}`) },
    "a team that hides something": { teams: ["a\u0000b"] },
    "a way to yield that is none": { yields: "never" }
  }
  for (const [what, change] of Object.entries(wrong))
    test(`cannot say ${what}`, (server) =>
      Effect.gen(function* () {
        const answer = yield* server.raw("PUT", "/v1/user/preferences", {
          name: "cy",
          body: { ...Likes.usual, ...change }
        })
        assert.strictEqual(answer.status, 400, answer.text)
        assert.isNull(yield* table(server, Preferences.Preferences).get("cy" as Ids.UserId))
      }))

  test("has the matches of their teams followed as soon as they say so", (server) =>
    Effect.gen(function* () {
      const di = yield* server.as("di")
      const { home } = yield* di.matches.get({ params: { matchId: Server.live } })
      yield* di.user.prefer({ payload: { ...Likes.usual, teams: [home.name] } })
      const followed = (yield* di.follows.list({ query: {} })).follows.map(({ matchId }) => matchId)
      assert.deepStrictEqual(followed, [Server.coming, Server.live])
      yield* di.follows.unfollow({ params: { matchId: Server.live } })
      yield* di.user.prefer({ payload: { ...Likes.usual, teams: [home.name], yields: "newest" } })
      assert.lengthOf((yield* di.follows.list({ query: {} })).follows, 1)
    }))

  test("is forgotten who asks for it, and their phones go dark", (server) =>
    Effect.gen(function* () {
      const [eli, fay] = [yield* server.as("eli"), yield* server.as("fay")]
      const token = "e1".repeat(80)
      const deviceId = "eli's phone" as Ids.DeviceId
      yield* server.world.apple.register({ token, ...where, kind: "update" })
      yield* eli.devices.register({
        payload: { deviceId, ...phone, deviceToken: { token: "e2".repeat(32), ...where } }
      })
      yield* fay.devices.register({ payload: { deviceId: "fay's phone" as Ids.DeviceId, ...phone } })
      for (const api of [eli, fay]) yield* api.follows.follow({ payload: { matchId: Server.live } })
      yield* eli.activities.token({
        params: { matchId: Server.live },
        payload: { deviceId, activityToken: token, ...where }
      })
      yield* eli.user.prefer({ payload: { ...Likes.usual, alerts: [] } })
      yield* eli.user.erase()
      const userId = "eli" as Ids.UserId
      assert.isNull(yield* table(server, Devices.Devices).get(deviceId))
      assert.isNull(yield* table(server, Preferences.Preferences).get(userId))
      assert.deepStrictEqual(yield* table(server, Follows.Follows).ofUser(userId), [])
      assert.deepStrictEqual(yield* table(server, Activities.Activities).ofDevice(deviceId), [])
      for (const known of [token, "e2".repeat(32)])
        assert.deepStrictEqual(yield* table(server, PushTokens.PushTokens).byToken(known), [])
      // Its activity was told to end.
      assert.isTrue(
        server.world.journal.some(
          (one) => one._tag === "Accepted" && one.token === token && one.event === "end"
        )
      )
      assert.lengthOf((yield* fay.follows.list({ query: {} })).follows, 1)
      // Once more is no mistake.
      yield* eli.user.erase()
    }))
})
