import { layer } from "@effect/vitest"
import { Instant } from "@sightscreen/decider"
import type { Ids } from "@sightscreen/domain"
import {
  Activities,
  BroadcastChannels,
  Devices,
  Fault,
  Fixtures,
  Follows,
  PushTokens,
  type Store
} from "@sightscreen/store"
import { Context, Effect, Layer, Logger, Result } from "effect"
import { assert } from "vitest"
import * as Server from "./server.ts"

class Api extends Context.Service<Api, Server.Server>()("test/Api") {}

const start = "0a".repeat(80)
const update = "0b".repeat(80)
const where = { environment: "sandbox", bundleId: "com.sightscreen.ios" } as const
const phone = { platform: "ios", osVersion: "17.4", appVersion: "1.0" } as const

const device = (name: string) => name as Ids.DeviceId
const user = (name: string) => name as Ids.UserId

const in_ = <I, S>(server: Server.Server, table: Context.Service<I, S>): S =>
  Context.get(server.world.store as Context.Context<I>, table)

interface Told {
  readonly type?: string
  readonly status?: number
  readonly title?: string
  readonly detail?: string
  readonly errors?: ReadonlyArray<{ readonly path: ReadonlyArray<string>; readonly message: string }>
}

const problem = (answer: Effect.Success<ReturnType<Server.Server["raw"]>>): Told => {
  assert.strictEqual(answer.type, "application/problem+json")
  return answer.json()
}

layer(Layer.effect(Api, Server.make()).pipe(Layer.provide(Logger.layer([]))), { excludeTestServices: true })(
  "the API",
  (it) => {
    const test = (name: string, body: (server: Server.Server) => Effect.Effect<void, unknown>) =>
      it.effect(name, () => Effect.flatMap(Api, body))

    test("says that it is alive, and ready, to anybody", (server) =>
      Effect.gen(function* () {
        const health = yield* server.raw("GET", "/health")
        assert.deepStrictEqual([health.status, health.json()], [200, { status: "ok" }])
        const ready = yield* server.raw("GET", "/health/ready")
        assert.deepStrictEqual([ready.status, ready.json()], [200, { status: "ready", troubles: [] }])
      }))

    test("describes itself", (server) =>
      Effect.gen(function* () {
        const document = (yield* server.raw("GET", "/openapi.json")).json() as {
          readonly openapi: string
          readonly paths: Readonly<Record<string, object>>
        }
        assert.strictEqual(document.openapi, "3.1.0")
        assert.includeMembers(Object.keys(document.paths), [
          "/health",
          "/metrics",
          "/v1/devices/{deviceId}",
          "/v1/user/follow/match/{matchId}/team"
        ])
      }))

    test("takes a person through a match: phone, follow, activity, dismissal", (server) =>
      Effect.gen(function* () {
        const api = yield* server.as("ann")
        const deviceId = device("ann's phone")
        yield* api.devices.register({
          payload: { deviceId, ...phone, schemaVersion: 1, frequentUpdates: false }
        })
        assert.deepInclude(yield* in_(server, Devices.Devices).get(deviceId), {
          userId: user("ann"),
          osVersion: "17.4",
          frequentUpdates: false
        })
        yield* server.world.apple.register({ token: start, ...where, kind: "start" })
        yield* server.world.apple.register({ token: update, ...where, kind: "update" })
        yield* api.devices.startToken({
          payload: { deviceId, pushToStartToken: start.toUpperCase(), ...where }
        })

        const followed = yield* api.follows.follow({ payload: { matchId: Server.live } })
        assert.strictEqual(followed.status, "live")
        assert.strictEqual(followed.displayState?.phase, "live")
        assert.deepStrictEqual(
          (yield* api.follows.list({ query: {} })).follows.map(({ matchId, teamId }) => [matchId, teamId]),
          [[Server.live, null]]
        )
        const [begun] = yield* in_(server, Activities.Activities).ofDevice(deviceId)
        assert.strictEqual(begun?.status, "pending")

        const params = { matchId: Server.live }
        yield* api.activities.token({ params, payload: { deviceId, activityToken: update, ...where } })
        const [active] = yield* in_(server, Activities.Activities).ofDevice(deviceId)
        assert.deepInclude(active, { status: "active", updateToken: update })

        yield* api.activities.dismissed({ params, payload: { deviceId } })
        const [ended] = yield* in_(server, Activities.Activities).ofDevice(deviceId)
        assert.strictEqual(ended?.status, "ended")
        assert.deepStrictEqual(yield* api.follows.list({ query: {} }), { follows: [], next: null })
        assert.deepStrictEqual(
          server.world.journal.flatMap((one) =>
            one._tag === "Accepted" && one.token === start ? [one.event] : []
          ),
          ["start"]
        )
      }))

    test("lets a match that is to come be followed, with nothing to show yet", (server) =>
      Effect.gen(function* () {
        const api = yield* server.as("ben")
        const followed = yield* api.follows.follow({ payload: { matchId: Server.coming } })
        assert.deepStrictEqual(followed, {
          matchId: Server.coming,
          status: "scheduled",
          displayState: null,
          liveActivities: []
        })
        yield* api.follows.unfollow({ params: { matchId: Server.coming } })
        yield* api.follows.unfollow({ params: { matchId: Server.coming } })
        assert.deepStrictEqual(yield* api.follows.list({ query: {} }), { follows: [], next: null })
      }))

    const doors = [
      ["POST", "/v1/devices"],
      ["POST", "/v1/devices/push-to-start-token"],
      ["POST", "/v1/user/follow/match"],
      ["DELETE", "/v1/user/follow/match/on"],
      ["GET", "/v1/user/follows"],
      ["PATCH", "/v1/user/follow/match/on/team"],
      ["DELETE", "/v1/devices/some"],
      ["POST", "/v1/matches/on/activity-token"],
      ["POST", "/v1/matches/on/activity-started"],
      ["POST", "/v1/matches/on/activity-dismissed"]
    ] as const

    test("lets nobody in without a token, nor with a bad one", (server) =>
      Effect.gen(function* () {
        for (const [method, path] of doors) {
          for (const authorization of [undefined, "Bearer nonsense", "Basic YTpi"]) {
            const answer = yield* server.raw(method, path, {
              ...(authorization === undefined ? {} : { authorization }),
              ...(method === "POST" ? { body: {} } : {})
            })
            assert.strictEqual(answer.status, 401, `${method} ${path} ${authorization}`)
            assert.strictEqual(problem(answer).type, "urn:sightscreen:unauthorized")
          }
        }
      }))

    test("knows nothing of other people's phones", (server) =>
      Effect.gen(function* () {
        const deviceId = device("carl's phone")
        const carl = yield* server.as("carl")
        yield* carl.devices.register({ payload: { deviceId, ...phone } })
        yield* carl.follows.follow({ payload: { matchId: Server.live } })
        const bodies = {
          "/v1/devices/push-to-start-token": { deviceId, pushToStartToken: "0c".repeat(80), ...where },
          "/v1/matches/on/activity-token": { deviceId, activityToken: "0c".repeat(80), ...where },
          "/v1/matches/on/activity-started": { deviceId, channelId: "c" },
          "/v1/matches/on/activity-dismissed": { deviceId }
        }
        for (const [path, body] of Object.entries(bodies)) {
          const answer = yield* server.raw("POST", path, { name: "eve", body })
          assert.strictEqual(answer.status, 404, path)
          assert.strictEqual(problem(answer).type, "urn:sightscreen:no-such-device")
        }
        assert.deepStrictEqual(yield* in_(server, PushTokens.PushTokens).ofDevices("start", [deviceId]), [])
        assert.strictEqual((yield* carl.follows.list({ query: {} })).follows.length, 1)
      }))

    test("gives a phone to whoever signs in on it", (server) =>
      Effect.gen(function* () {
        const deviceId = device("shared phone")
        const [dora, emil] = [yield* server.as("dora"), yield* server.as("emil")]
        yield* dora.devices.register({ payload: { deviceId, ...phone } })
        yield* emil.devices.register({ payload: { deviceId, ...phone } })
        const refused = yield* Effect.result(
          dora.activities.dismissed({ params: { matchId: Server.live }, payload: { deviceId } })
        )
        assert.strictEqual(Result.isFailure(refused) && refused.failure._tag, "NoSuchDevice")
      }))

    const token = { deviceId: "f", pushToStartToken: start, ...where }
    const wrong: ReadonlyArray<readonly [what: string, path: string, body: unknown, field: string]> = [
      ["no body", "/v1/devices", "", ""],
      ["half a body", "/v1/devices", '{"deviceId": "f"', ""],
      ["another kind of body", "/v1/devices", "[]", ""],
      ["a name of nothing", "/v1/devices", { deviceId: "", ...phone }, "deviceId"],
      ["a name without end", "/v1/devices", { deviceId: "f".repeat(129), ...phone }, "deviceId"],
      ["a name with a hidden character", "/v1/devices", { deviceId: "f\u0000", ...phone }, "deviceId"],
      ["half a letter", "/v1/devices", { deviceId: "f", ...phone, appVersion: "\ud83d" }, "appVersion"],
      ["another platform", "/v1/devices", { deviceId: "f", ...phone, platform: "android" }, "platform"],
      [
        "a version no database holds",
        "/v1/devices",
        { deviceId: "f", ...phone, schemaVersion: 3e9 },
        "schemaVersion"
      ],
      ["a missing field", "/v1/devices", { deviceId: "f", platform: "ios", osVersion: "17" }, "appVersion"],
      [
        "a token that is not hex",
        "/v1/devices/push-to-start-token",
        { ...token, pushToStartToken: "xyz" },
        "pushToStartToken"
      ],
      [
        "half a byte of token",
        "/v1/devices/push-to-start-token",
        { ...token, pushToStartToken: "abc" },
        "pushToStartToken"
      ],
      [
        "a token without end",
        "/v1/devices/push-to-start-token",
        { ...token, pushToStartToken: "ab".repeat(257) },
        "pushToStartToken"
      ],
      [
        "a host Apple has not",
        "/v1/devices/push-to-start-token",
        { ...token, environment: "staging" },
        "environment"
      ],
      [
        "a bundle with a break in it",
        "/v1/devices/push-to-start-token",
        { ...token, bundleId: "a\nb" },
        "bundleId"
      ],
      [
        "a bad update token",
        "/v1/matches/on/activity-token",
        { deviceId: "f", activityToken: "..", ...where },
        "activityToken"
      ],
      [
        "an odd device token",
        "/v1/devices",
        { deviceId: "f", ...phone, deviceToken: { token: "abc", ...where } },
        "deviceToken.token"
      ],
      [
        "a device token without end",
        "/v1/devices",
        { deviceId: "f", ...phone, deviceToken: { token: "ab".repeat(257), ...where } },
        "deviceToken.token"
      ],
      [
        "a device token that works nowhere",
        "/v1/devices",
        { deviceId: "f", ...phone, deviceToken: { token: start, bundleId: where.bundleId } },
        "deviceToken.environment"
      ],
      [
        "a token for calls of a bundle that is none",
        "/v1/devices",
        { deviceId: "f", ...phone, voipToken: { token: start, environment: "sandbox", bundleId: "a b" } },
        "voipToken.bundleId"
      ],
      [
        "a language without end",
        "/v1/devices",
        { deviceId: "f", ...phone, language: "x".repeat(36) },
        "language"
      ],
      ["no language at all", "/v1/devices", { deviceId: "f", ...phone, language: "" }, "language"],
      [
        "a switch that is neither on nor off",
        "/v1/devices",
        { deviceId: "f", ...phone, frequentUpdates: "yes" },
        "frequentUpdates"
      ],
      [
        "half an app version of a schema",
        "/v1/devices",
        { deviceId: "f", ...phone, schemaVersion: 1.5 },
        "schemaVersion"
      ],
      [
        "an update token without end",
        "/v1/matches/on/activity-token",
        { deviceId: "f", activityToken: "ab".repeat(257), ...where },
        "activityToken"
      ],
      [
        "an activity without a name",
        "/v1/matches/on/activity-token",
        { deviceId: "f", activityToken: "ab", activityId: "", ...where },
        "activityId"
      ],
      ["a start without a channel", "/v1/matches/on/activity-started", { deviceId: "f" }, "channelId"],
      [
        "a channel without end",
        "/v1/matches/on/activity-started",
        { deviceId: "f", channelId: "c".repeat(513) },
        "channelId"
      ],
      [
        "a start on no phone",
        "/v1/matches/on/activity-started",
        { deviceId: "", channelId: "c" },
        "deviceId"
      ],
      ["a swipe by nobody we know", "/v1/matches/on/activity-dismissed", { deviceId: "f", by: "cat" }, "by"],
      ["a side without a name", "/v1/user/follow/match", { matchId: "on", teamId: "" }, "teamId"],
      ["a side without end", "/v1/user/follow/match", { matchId: "on", teamId: "t".repeat(129) }, "teamId"],
      ["a match without a name", "/v1/user/follow/match", { matchId: "" }, "matchId"],
      ["a match that is a number", "/v1/user/follow/match", { matchId: 7 }, "matchId"]
    ]
    for (const [what, path, body, field] of wrong) {
      test(`refuses ${what} and says what was wrong`, (server) =>
        Effect.gen(function* () {
          const answer = yield* server.raw("POST", path, { name: "fay", body })
          assert.strictEqual(answer.status, 400, answer.text)
          const { errors = [], status } = problem(answer)
          assert.strictEqual(status, 400)
          assert.strictEqual(errors[0]?.path.slice(1).join("."), field)
          assert.match(errors[0]?.message ?? "", /\S/)
          // What was sent is not said back: it may be a token.
          assert.notInclude(answer.text, start)
        }))
    }

    test("takes tokens of up to 512 digits, in either case, each kind where it belongs", (server) =>
      Effect.gen(function* () {
        const deviceId = device("jo's phone")
        const jo = yield* server.as("jo")
        const [long, calls, starts] = ["1A".repeat(256), "1B".repeat(32), "1C".repeat(80)] as const
        yield* jo.devices.register({
          payload: {
            deviceId,
            ...phone,
            language: "hi-IN",
            deviceToken: { token: long, ...where },
            voipToken: { token: calls, ...where, environment: "production" }
          }
        })
        yield* jo.devices.startToken({ payload: { deviceId, pushToStartToken: starts, ...where } })
        const tokens = in_(server, PushTokens.PushTokens)
        const known = yield* Effect.forEach([long, calls, starts], (token) =>
          tokens.byToken(token.toLowerCase())
        )
        assert.deepStrictEqual(
          known.flat().map(({ environment, kind, userId }) => [kind, environment, userId as string]),
          [
            ["alert", "sandbox", "jo"],
            ["voip", "production", "jo"],
            ["start", "sandbox", "jo"]
          ]
        )
        assert.strictEqual((yield* in_(server, Devices.Devices).get(deviceId))?.language, "hi-IN")
      }))

    test("signs a phone out, once, and nobody else's", (server) =>
      Effect.gen(function* () {
        const deviceId = device("kim's phone")
        const [kim, eve] = [yield* server.as("kim"), yield* server.as("eve")]
        const token = "1d".repeat(32)
        yield* kim.devices.register({
          payload: { deviceId, ...phone, deviceToken: { token, ...where } }
        })
        const stolen = yield* Effect.result(eve.devices.signOut({ params: { deviceId } }))
        assert.strictEqual(Result.isFailure(stolen) && stolen.failure._tag, "NoSuchDevice")
        assert.isNotNull(yield* in_(server, Devices.Devices).get(deviceId))
        yield* kim.devices.signOut({ params: { deviceId } })
        assert.strictEqual(yield* in_(server, Devices.Devices).get(deviceId), null)
        const [row] = yield* in_(server, PushTokens.PushTokens).byToken(token)
        assert.strictEqual(row?.retiredFor, "signed out")
        const again = yield* server.raw("DELETE", `/v1/devices/${encodeURIComponent(deviceId)}`, {
          name: "kim"
        })
        assert.deepInclude(problem(again), { status: 404, type: "urn:sightscreen:no-such-device" })
      }))

    test("keeps whose side a follower is on, when it is chosen, changed and dropped", (server) =>
      Effect.gen(function* () {
        const lea = yield* server.as("lea")
        const sides = () =>
          Effect.map(lea.follows.list({ query: {} }), ({ follows }) => follows.map(({ teamId }) => teamId))
        const params = { matchId: Server.coming }
        yield* lea.follows.follow({ payload: { ...params, teamId: "india" } })
        assert.deepStrictEqual(yield* sides(), ["india"])
        yield* lea.follows.follow({ payload: params })
        assert.deepStrictEqual(yield* sides(), ["india"])
        yield* lea.follows.team({ params, payload: { teamId: "new zealand" } })
        assert.deepStrictEqual(yield* sides(), ["new zealand"])
        yield* lea.follows.team({ params, payload: { teamId: null } })
        assert.deepStrictEqual(yield* sides(), [null])
        const nowhere = yield* server.raw("PATCH", "/v1/user/follow/match/on/team", {
          name: "lea",
          body: { teamId: "india" }
        })
        assert.deepInclude(problem(nowhere), { status: 404, type: "urn:sightscreen:no-such-match" })
        const wordless = yield* server.raw("PATCH", "/v1/user/follow/match/coming/team", {
          name: "lea",
          body: {}
        })
        assert.strictEqual(wordless.status, 400)
      }))

    test("hears of activities that listen to a channel, and tells a swipe from the system's broom", (server) =>
      Effect.gen(function* () {
        const deviceId = device("mia's phone")
        const mia = yield* server.as("mia")
        const params = { matchId: Server.live }
        yield* mia.devices.register({ payload: { deviceId, ...phone, osVersion: "18.0" } })
        const early = yield* server.raw("POST", "/v1/matches/on/activity-started", {
          name: "mia",
          body: { deviceId, channelId: "a channel" }
        })
        assert.deepInclude(problem(early), { status: 404, type: "urn:sightscreen:no-such-match" })
        yield* mia.follows.follow({ payload: params })
        yield* in_(server, BroadcastChannels.BroadcastChannels).insert([
          {
            matchId: Server.live,
            cohort: "channel/1/en/frequent",
            environment: "sandbox",
            bundleId: "app.sightscreen.Sightscreen",
            channelId: "a channel",
            state: "{}",
            updatedAt: Instant.fromMillis(0)
          }
        ])
        const rows = () => in_(server, Activities.Activities).ofDevice(deviceId)
        yield* mia.activities.started({
          params,
          payload: { deviceId, channelId: "a channel", activityId: "A" }
        })
        assert.deepInclude((yield* rows())[0], { status: "active", channelId: "a channel", instance: "A" })
        yield* mia.activities.dismissed({
          params,
          payload: { deviceId, activityId: "another", by: "person" }
        })
        assert.strictEqual((yield* rows())[0]?.status, "active")
        yield* mia.activities.dismissed({ params, payload: { deviceId, activityId: "A", by: "system" } })
        assert.strictEqual((yield* rows())[0]?.status, "ended")
        assert.lengthOf((yield* mia.follows.list({ query: {} })).follows, 1)
        yield* mia.activities.started({
          params,
          payload: { deviceId, channelId: "a channel", activityId: "B" }
        })
        yield* mia.activities.dismissed({ params, payload: { deviceId, activityId: "B", by: "person" } })
        assert.deepStrictEqual((yield* mia.follows.list({ query: {} })).follows, [])
      }))

    test("refuses matches that are not there, or over", (server) =>
      Effect.gen(function* () {
        const nowhere = yield* server.raw("POST", "/v1/user/follow/match", {
          name: "gus",
          body: { matchId: "nowhere" }
        })
        assert.deepInclude(problem(nowhere), { status: 404, type: "urn:sightscreen:no-such-match" })
        const past = yield* server.raw("POST", "/v1/user/follow/match", {
          name: "gus",
          body: { matchId: Server.past }
        })
        assert.deepInclude(problem(past), { status: 409, type: "urn:sightscreen:match-is-over" })
      }))

    test("refuses a token of a match that is not followed, and a start token as an update token", (server) =>
      Effect.gen(function* () {
        const deviceId = device("hal's phone")
        const hal = yield* server.as("hal")
        const hals = "0d".repeat(80)
        yield* hal.devices.register({ payload: { deviceId, ...phone } })
        yield* hal.devices.startToken({ payload: { deviceId, pushToStartToken: hals, ...where } })
        const body = { deviceId, activityToken: "0e".repeat(80), ...where }
        const unfollowed = yield* server.raw("POST", "/v1/matches/on/activity-token", { name: "hal", body })
        assert.deepInclude(problem(unfollowed), { status: 404, type: "urn:sightscreen:no-such-match" })
        const same = yield* server.raw("POST", "/v1/matches/on/activity-token", {
          name: "hal",
          body: { ...body, activityToken: hals.toUpperCase() }
        })
        assert.deepInclude(problem(same), { status: 409, type: "urn:sightscreen:not-an-update-token" })
      }))
  }
)

/** Tables that answer nothing from now on. */
const broken = (services: Context.Context<Store.Store>, isBroken: () => boolean) => {
  const fault = Effect.fail(
    new Fault.StoreError({
      table: "some",
      operation: "any",
      retryable: true,
      cause: new Error("secret of the house")
    })
  )
  const breaking = <S extends object>(service: S): S =>
    Object.fromEntries(
      Object.entries(service).map(([name, it]) => [
        name,
        typeof it === "function"
          ? (...args: ReadonlyArray<unknown>) =>
              Effect.suspend(() =>
                isBroken() ? fault : (Reflect.apply(it, service, args) as Effect.Effect<unknown>)
              )
          : Effect.suspend(() => (isBroken() ? fault : (it as Effect.Effect<unknown>)))
      ])
    ) as S
  return services.pipe(
    Context.add(Follows.Follows, breaking(Context.get(services, Follows.Follows))),
    Context.add(Devices.Devices, breaking(Context.get(services, Devices.Devices))),
    Context.add(Fixtures.Fixtures, breaking(Context.get(services, Fixtures.Fixtures)))
  )
}

let down = false

layer(
  Layer.effect(
    Api,
    Server.make({ disturb: (services) => broken(services, () => down) as typeof services })
  ).pipe(Layer.provide(Logger.layer([]))),
  { excludeTestServices: true }
)("the API over a store that fails", (it) => {
  it.effect("answers 503 without a word of the house, and has changed nothing", () =>
    Effect.gen(function* () {
      const server = yield* Api
      const deviceId = device("ida's phone")
      const ida = yield* server.as("ida")
      yield* ida.devices.register({ payload: { deviceId, ...phone } })
      down = true
      const requests = [
        ["POST", "/v1/devices", { deviceId: "other", ...phone }],
        ["POST", "/v1/devices/push-to-start-token", { deviceId, pushToStartToken: start, ...where }],
        ["POST", "/v1/user/follow/match", { matchId: Server.live }],
        ["DELETE", "/v1/user/follow/match/on", undefined],
        ["GET", "/v1/user/follows", undefined],
        ["POST", "/v1/matches/on/activity-token", { deviceId, activityToken: update, ...where }],
        ["POST", "/v1/matches/on/activity-dismissed", { deviceId }],
        ["GET", "/health/ready", undefined]
      ] as const
      for (const [method, path, body] of requests) {
        const answer = yield* server.raw(method, path, {
          name: "ida",
          ...(body === undefined ? {} : { body })
        })
        assert.strictEqual(answer.status, 503, path)
        assert.deepInclude(problem(answer), { status: 503, type: "urn:sightscreen:not-now" })
        assert.notInclude(answer.text, "secret")
      }
      assert.strictEqual((yield* server.raw("GET", "/health")).status, 200)
      down = false
      assert.strictEqual(yield* in_(server, Devices.Devices).get(device("other")), null)
      assert.deepStrictEqual(yield* in_(server, Follows.Follows).ofUser(user("ida")), [])
      assert.deepStrictEqual(yield* in_(server, PushTokens.PushTokens).ofDevices("start", [deviceId]), [])
      assert.deepStrictEqual(yield* in_(server, Activities.Activities).ofDevice(deviceId), [])
    })
  )
})
