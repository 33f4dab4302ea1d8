import { layer } from "@effect/vitest"
import { Context, Effect, Layer, Logger } from "effect"
import { assert } from "vitest"
import { Store } from "@sightscreen/store"
import { database } from "../support/postgres.ts"
import * as Server from "./server.ts"

class Running extends Context.Service<Running, Server.Server>()("test/Running") {}

interface Operation {
  readonly path: string
  readonly method: string
  readonly security: ReadonlyArray<object>
  readonly body: Shape | null
  readonly parameters: ReadonlyArray<{
    readonly name: string
    readonly in: string
    readonly required?: boolean
  }>
  readonly answers: Readonly<Record<string, Shape | null>>
}

interface Shape {
  readonly $ref?: string
  readonly type?: string
  readonly required?: ReadonlyArray<string>
  readonly properties?: Readonly<Record<string, Shape>>
  readonly additionalProperties?: boolean
}

type Json = Readonly<Record<string, unknown>>

interface Media {
  readonly content?: Readonly<Record<string, { readonly schema: Shape }>>
}

/** A client that knows of the server what `/openapi.json` says, and nothing else. */
const clientOf = async (url: string, token: string) => {
  const document = (await (await fetch(`${url}/openapi.json`)).json()) as {
    readonly paths: Readonly<
      Record<
        string,
        Readonly<
          Record<
            string,
            {
              readonly operationId: string
              readonly security?: ReadonlyArray<object>
              readonly parameters?: Operation["parameters"]
              readonly requestBody?: Media
              readonly responses: Readonly<Record<string, Media>>
            }
          >
        >
      >
    >
    readonly components: { readonly schemas: Readonly<Record<string, Shape>> }
  }
  const operations = new Map<string, Operation>()
  const shapeOf = (media: Media | undefined): Shape | null =>
    media?.content?.["application/json"]?.schema ?? null
  for (const [path, methods] of Object.entries(document.paths))
    for (const [method, it] of Object.entries(methods))
      operations.set(it.operationId, {
        path,
        method: method.toUpperCase(),
        security: it.security ?? [],
        body: shapeOf(it.requestBody),
        parameters: it.parameters ?? [],
        answers: Object.fromEntries(
          Object.entries(it.responses).map(([status, media]) => [status, shapeOf(media)])
        )
      })
  const resolved = (shape: Shape): Shape =>
    shape.$ref === undefined ? shape : (document.components.schemas[shape.$ref.split("/").at(-1) ?? ""] ?? {})

  /** What is sent and what comes back have the fields that the description names. */
  const check = (what: string, shape: Shape | null, value: unknown) => {
    if (shape === null) return
    const { additionalProperties, properties = {}, required = [], type } = resolved(shape)
    if (type !== "object") return
    for (const field of required) assert.property(value, field, `${what}: ${field}`)
    if (additionalProperties === false)
      for (const field of Object.keys(value as object))
        assert.property(properties, field, `${what}: ${field}`)
  }

  return async (operationId: string, given: { readonly params?: Json; readonly body?: Json } = {}) => {
    const it = operations.get(operationId) ?? assert.fail(`there is no ${operationId}`)
    assert.isNotEmpty(it.security)
    check(operationId, it.body, given.body)
    const path = it.path.replace(/\{(\w+)\}/g, (_, name: string) =>
      encodeURIComponent(String(given.params?.[name] ?? assert.fail(`${operationId} wants ${name}`)))
    )
    const response = await fetch(url + path, {
      method: it.method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(given.body === undefined ? {} : { "content-type": "application/json" })
      },
      ...(given.body === undefined ? {} : { body: JSON.stringify(given.body) })
    })
    assert.property(it.answers, `${response.status}`, `${operationId}: ${response.status}`)
    const text = await response.text()
    const answer = text === "" ? null : (JSON.parse(text) as Json)
    if (response.ok) check(operationId, it.answers[response.status] ?? null, answer)
    return { status: response.status, answer }
  }
}

const app = { environment: "sandbox", bundleId: "com.sightscreen.ios" }

/** On a store in memory, and on a real database: what is sent as JSON is then kept by SQL, and found again. */
const stores = {
  "": Layer.effect(Running, Server.make()),
  " over PostgreSQL": Layer.effect(
    Running,
    Effect.flatMap(Layer.build(Store.layer.pipe(Layer.provide(database("journey")))), (store) =>
      Server.make({ disturb: (services) => Context.merge(services, store) })
    )
  )
}

for (const [where, running] of Object.entries(stores))
  layer(running.pipe(Layer.provide(Logger.layer([]))), {
    excludeTestServices: true
  })(`a client written from the description alone${where}`, (it) => {
    it.effect("takes a phone through a match, from its registration to its sign-out", () =>
      Effect.gen(function* () {
        const server = yield* Running
        const [start, update] = ["1c".repeat(80), "2c".repeat(80)]
        yield* server.world.apple.register({ token: start, ...app, environment: "sandbox", kind: "start" })
        yield* server.world.apple.register({ token: update, ...app, environment: "sandbox", kind: "update" })
        const sent = (token: string) =>
          server.world.journal.flatMap((one) =>
            one._tag === "Accepted" && one.token === token ? [one.event] : []
          )
        yield* Effect.promise(async () => {
          const call = await clientOf(server.url, Server.bearer("foreigner"))
          const deviceId = "a foreign phone"
          const well = async (operationId: string, given: Parameters<typeof call>[1] = {}) => {
            const { answer, status } = await call(operationId, given)
            assert.isBelow(status, 300, `${operationId}: ${JSON.stringify(answer)}`)
            return answer ?? {}
          }
          await well("devices.register", {
            body: { deviceId, platform: "ios", osVersion: "17.4", appVersion: "2.0", language: "en" }
          })
          await well("devices.startToken", { body: { deviceId, pushToStartToken: start, ...app } })
          const { matches } = (await well("matches.live")) as { matches: ReadonlyArray<{ matchId: string }> }
          const matchId = matches[0]?.matchId ?? assert.fail("nothing is on")
          const params = { matchId }
          const followed = await well("follows.follow", { body: { matchId, deviceId } })
          assert.lengthOf(followed["liveActivities"] as ReadonlyArray<unknown>, 1)
          assert.deepStrictEqual(sent(start), ["start"])
          await well("activities.token", {
            params,
            body: { deviceId, activityToken: update, activityId: "A", ...app }
          })
          assert.include(sent(update), "update")
          await well("activities.dismissed", { params, body: { deviceId, activityId: "A", by: "person" } })
          assert.deepStrictEqual((await well("follows.list"))["follows"], [])
          await well("follows.follow", { body: { matchId } })
          await well("follows.unfollow", { params })
          await well("devices.signOut", { params: { deviceId } })
          const gone = await call("devices.signOut", { params: { deviceId } })
          assert.deepInclude(gone.answer, { status: 404, type: "urn:sightscreen:no-such-device" })
        })
      })
    )
  })
