import { layer } from "@effect/vitest"
import { Api, Authorization, Gates, Policy } from "@sightscreen/api"
import type { Ids } from "@sightscreen/domain"
import { Activities, Devices, Follows, PushTokens } from "@sightscreen/store"
import { Context, Effect, Layer, Logger, Option } from "effect"
import { HttpApi, type HttpApiEndpoint, type HttpApiGroup, OpenApi } from "effect/http-api"
import { assert, describe, it as test } from "vitest"
import * as Server from "./server.ts"

/** Every route of the contract, with the rule that it is under. */
interface Route {
  readonly name: string
  readonly endpoint: HttpApiEndpoint.Top
  readonly group: HttpApiGroup.Top
  readonly rule: Policy.Policy | null
}

const routes: ReadonlyArray<Route> = (() => {
  const all: Array<Route> = []
  HttpApi.reflect(Api.Api, {
    onGroup: () => {},
    onEndpoint: ({ endpoint, group, mergedAnnotations }) =>
      void all.push({
        name: `${endpoint.method} ${endpoint.path}`,
        endpoint,
        group,
        rule: Option.getOrNull(Context.getOption(mergedAnnotations, Policy.Rule))
      })
  })
  return all
})()

const has = (route: Route, middleware: unknown): boolean =>
  [...route.endpoint.middlewares].some((one) => (one as unknown) === middleware)

describe("the contract", () => {
  test("has a rule for every route, and what enforces it", () => {
    assert.isAbove(routes.length, 35)
    for (const route of routes) {
      const { name, rule } = route
      assert.isNotNull(rule, name)
      assert.isTrue(has(route, Gates.Refusals), name)
      const who = rule?.who ?? "anybody"
      assert.strictEqual(has(route, Gates.OpenGate), who === "anybody", name)
      assert.strictEqual(has(route, Gates.Gate), who !== "anybody", name)
      assert.strictEqual(has(route, Authorization.Authorization), who === "user", name)
      assert.strictEqual(
        has(route, Authorization.Operators),
        Policy.roles.some((role) => role === who),
        name
      )
      const unsafe = route.endpoint.method !== "GET"
      if (unsafe) assert.isTrue(has(route, Gates.Once), name)
    }
  })

  test("opens nothing to anybody but what holds nothing of anybody", () => {
    assert.deepStrictEqual(
      routes.flatMap(({ name, rule }) => (rule?.who === "anybody" ? [name] : [])).sort(),
      [
        "GET /",
        "GET /docs",
        "GET /health",
        "GET /health/ready",
        "GET /metrics",
        "GET /openapi.json",
        "GET /v1/app/config"
      ]
    )
  })

  test("describes every route that it has, and no other", () => {
    const document = OpenApi.fromApi(Api.Api)
    const described = Object.entries(document.paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`)
    )
    const there = routes.map(({ name }) => name.replace(/:(\w+)/g, "{$1}"))
    assert.deepStrictEqual(described.sort(), there.sort())
    assert.strictEqual(document.openapi, "3.1.0")
    // Each says in words what it does, and for whom.
    for (const operations of Object.values(document.paths))
      for (const { description = "", summary = "" } of Object.values(operations) as ReadonlyArray<{
        readonly summary?: string
        readonly description?: string
      }>) {
        assert.match(summary, /^[A-Z].{10,}[^.]$/)
        assert.match(description, /^(?:Open to anybody|For .+)\. Allowance: `\w+`\.$/)
      }
  })

  test("has pages for every list, and nothing that is without end", () => {
    const document = OpenApi.fromApi(Api.Api)
    const schemas = document.components.schemas as Readonly<Record<string, Json>>
    type Json = { readonly [key: string]: Json } & { readonly $ref?: string; readonly type?: string }
    const whole = (schema: Json | undefined): Json | undefined =>
      schema?.$ref === undefined ? schema : schemas[schema.$ref.split("/").at(-1)!]
    /** Lists whose length is bounded by what they are a list of. */
    const short = new Set([
      // One for each cache, correction and kind of push that there is.
      "/v1/admin/cache/stats",
      "/v1/admin/matches/{matchId}",
      // A window of days, cut at `limit`; the provider's own pages have no names to go on from.
      "/v1/admin/sportmonks/fixtures",
      "/health/ready",
      "/v1/user/preferences",
      "/v1/admin/webhooks/{webhookId}"
    ])
    for (const [path, operations] of Object.entries(document.paths)) {
      const get = (operations as unknown as Readonly<Record<string, Json>>)["get"]
      const body = whole(get?.["responses"]?.["200"]?.["content"]?.["application/json"]?.["schema"])
      const properties = Object.entries(body?.["properties"] ?? {})
      if (!properties.some(([, schema]) => whole(schema as Json)?.type === "array") || short.has(path))
        continue
      const names = (get!["parameters"] as unknown as ReadonlyArray<{ readonly name: string }>).map(
        ({ name }) => name
      )
      assert.includeMembers(names, ["limit", "after"], path)
      assert.include(
        properties.map(([name]) => name),
        "next",
        path
      )
    }
  })
})

class Running extends Context.Service<Running, Server.Server>()("test/Running") {}

const name = {
  phone: "the owner's phone",
  activity: `${Server.live}/the owner's phone/1`,
  token: "ab".repeat(80)
}
const where = { environment: "sandbox", bundleId: "com.sightscreen.ios" }

/** A path of a route, with the names of things that are the owner's. */
const pathOf = (route: Route): string =>
  route.endpoint.path
    .replace(":matchId", Server.live)
    .replace(":deviceId", encodeURIComponent(name.phone))
    .replace(":activityId", encodeURIComponent(name.activity))

/** What somebody else may send to a route of people's, to get at what is the owner's, and what comes of it. */
const attempts: Readonly<
  Record<string, { readonly body?: unknown; readonly status: number; readonly shows?: string }>
> = {
  "GET /v1/matches": { status: 200 },
  "GET /v1/matches/live": { status: 200 },
  "GET /v1/matches/:matchId": { status: 200 },
  "GET /v1/matches/:matchId/events": { status: 200 },
  "POST /v1/user/follow/match": { body: { matchId: Server.live, deviceId: name.phone }, status: 404 },
  "PATCH /v1/user/follow/match/:matchId/team": { body: { teamId: "eve's" }, status: 404 },
  // To leave what one does not follow is no mistake, and leaves others alone.
  "DELETE /v1/user/follow/match/:matchId": { status: 204 },
  "GET /v1/user/follows": { status: 200, shows: '{"follows":[],"next":null}' },
  "POST /v1/matches/:matchId/activity-token": {
    body: { deviceId: name.phone, activityToken: "ef".repeat(80), ...where },
    status: 404
  },
  "POST /v1/matches/:matchId/activity-started": {
    body: { deviceId: name.phone, channelId: "c" },
    status: 404
  },
  "POST /v1/matches/:matchId/activity-dismissed": { body: { deviceId: name.phone }, status: 404 },
  "GET /v1/matches/:matchId/activities": { status: 200, shows: '{"activities":[],"next":null}' },
  "GET /v1/activities/:activityId/history": { status: 404 },
  "GET /v1/matches/:matchId/devices/:deviceId/explanation": { status: 404 },
  "GET /v1/user/preferences": { status: 200 },
  "PUT /v1/user/preferences": {
    body: { alerts: [], quiet: null, teams: [], yields: "oldest" },
    status: 200
  },
  "DELETE /v1/user": { status: 204 },
  "GET /v1/devices": { status: 200 },
  "DELETE /v1/devices/:deviceId": { status: 404 },
  "POST /v1/devices/push-to-start-token": {
    body: { deviceId: name.phone, pushToStartToken: "ef".repeat(80), ...where },
    status: 404
  },
  // Whoever signs in on a phone has it in hand. They get the phone, and nothing that its owner did with it.
  "POST /v1/devices": {
    body: { deviceId: "eve's phone", platform: "ios", osVersion: "17.4", appVersion: "1.0" },
    status: 204
  }
}

layer(Layer.effect(Running, Server.make()).pipe(Layer.provide(Logger.layer([]))), {
  excludeTestServices: true
})("a server that keeps the rules", (it) => {
  const ask = (server: Server.Server, route: Route, more: Parameters<Server.Server["raw"]>[2] = {}) =>
    server.raw(route.endpoint.method, pathOf(route), more)

  it.effect("lets in nobody whom no token or key vouches for, and each only by their own door", () =>
    Effect.gen(function* () {
      const server = yield* Running
      for (const route of routes) {
        const who = route.rule?.who
        if (who === "anybody" || who === undefined) continue
        const doors = [
          {},
          { authorization: "Bearer" },
          { authorization: "Bearer nonsense" },
          { headers: { "x-api-key": "nonsense" } },
          who === "user" ? { headers: { "x-api-key": "admin" } } : { name: "ann" }
        ]
        for (const door of doors) {
          const answer = yield* ask(server, route, { ...door, body: {} }).pipe(
            Effect.catchDefect(() => ask(server, route, door))
          )
          assert.strictEqual(answer.status, 401, `${route.name} ${JSON.stringify(door)}`)
          assert.strictEqual(answer.type, "application/problem+json")
        }
      }
    })
  )

  it.effect("lets operators do what their role allows, and no more", () =>
    Effect.gen(function* () {
      const server = yield* Running
      for (const route of routes) {
        const asked = Policy.roles.find((role) => role === route.rule?.who)
        if (asked === undefined) continue
        for (const role of Policy.roles) {
          if (Policy.includes(role, asked)) continue
          const answer = yield* ask(server, route, { headers: { "x-api-key": role } })
          assert.strictEqual(answer.status, 403, `${route.name} as ${role}`)
          assert.strictEqual(answer.json()["type"], "urn:sightscreen:forbidden")
        }
      }
    })
  )

  it.effect("hides from everybody else what is one person's, on every route", () =>
    Effect.gen(function* () {
      const server = yield* Running
      const ours = routes.filter(({ rule }) => rule?.who === "user")
      assert.deepStrictEqual(Object.keys(attempts).sort(), ours.map((route) => route.name).sort())
      const owner = yield* server.as("owner")
      const deviceId = name.phone as Ids.DeviceId
      yield* owner.devices.register({
        payload: { deviceId, platform: "ios", osVersion: "17.4", appVersion: "1.0" }
      })
      yield* owner.follows.follow({ payload: { matchId: Server.live, teamId: "mine" } })
      yield* owner.activities.token({
        params: { matchId: Server.live },
        payload: { deviceId, activityToken: name.token, environment: "sandbox", bundleId: where.bundleId }
      })
      const table = <I, S>(service: Context.Service<I, S>): S =>
        Context.get(server.world.store as Context.Context<I>, service)
      const owned = Effect.all([
        table(Devices.Devices).get(deviceId),
        table(Follows.Follows).ofUser("owner" as Ids.UserId),
        table(Activities.Activities).ofDevice(deviceId),
        table(PushTokens.PushTokens).byToken(name.token)
      ])
      const before = yield* owned
      for (const route of ours) {
        const attempt = attempts[route.name]
        const { body, shows, status } = attempt ?? { status: 0 }
        if (route.name.endsWith("/events")) continue
        const answer = yield* ask(server, route, {
          name: "eve",
          ...(body === undefined ? {} : { body })
        })
        assert.strictEqual(answer.status, status, `${route.name}: ${answer.text}`)
        if (shows !== undefined) assert.strictEqual(answer.text, shows, route.name)
        for (const secret of [name.token, "owner", "mine"]) assert.notInclude(answer.text, secret, route.name)
      }
      assert.deepStrictEqual(yield* owned, before)
      // The same routes show the owner what is theirs.
      assert.lengthOf((yield* owner.devices.list({ query: {} })).devices, 1)
      const activityId = name.activity as Ids.ActivityId
      const { activity, steps } = yield* owner.activities.history({ params: { activityId }, query: {} })
      assert.strictEqual(activity.status, "active")
      assert.isNotEmpty(steps)
    })
  )
})
