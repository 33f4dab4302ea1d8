import { createServer } from "node:http"
import { Api, Authorization, Policy, Problems } from "@sightscreen/api"
import { Instant } from "@sightscreen/decider"
import type { Ids } from "@sightscreen/domain"
import { ApiSettings, Http } from "@sightscreen/engine"
import { Timeline } from "@sightscreen/feed"
import { Crowd, World } from "@sightscreen/simulation"
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import { Clock, Duration, Effect, Layer, Redacted } from "effect"
import { FetchHttpClient, HttpClient, HttpClientRequest, HttpServer } from "effect/http"
import { HttpApiClient } from "effect/http-api"
import { short } from "../engine/kit.ts"

export const live = "on" as Ids.MatchId
export const coming = "coming" as Ids.MatchId
export const past = "past" as Ids.MatchId

/** People sign in with their names. */
const authorization = Layer.succeed(
  Authorization.Authorization,
  Authorization.Authorization.of({
    bearer: (app, { credential }) => {
      const [, name] = /^user (.+)$/.exec(Redacted.value(credential).replace("~", " ")) ?? []
      return name === undefined
        ? Effect.fail(new Problems.Unauthorized({ detail: "who is that?" }))
        : Authorization.asUser(app, name as Ids.UserId)
    }
  })
)

/** Those who run the server have their role for a key. */
const operators = Layer.succeed(
  Authorization.Operators,
  Authorization.Operators.of({
    apiKey: (app, { credential }) => {
      const role = Policy.roles.find((one) => one === Redacted.value(credential))
      return role === undefined
        ? Effect.fail(new Problems.Unauthorized({ detail: "who is that?" }))
        : Authorization.asOperator(app, `the ${role}`, role)
    },
    operator: () => Effect.fail(new Problems.Unauthorized({ detail: "who is that?" }))
  })
)

export const bearer = (name: string): string => `user~${name}`

/** Tests ask more in a minute than anybody else. */
const plenty = Object.fromEntries(
  Object.entries(ApiSettings.allowances).map(([rate, one]) => [rate, { ...one, requests: 100_000 }])
) as typeof ApiSettings.allowances

/** The API on loopback over a whole engine: one match is on, one is to come, one is over. */
export const make = Effect.fnUntraced(function* (
  options: Pick<World.Options, "disturb"> & {
    readonly allowances?: Partial<typeof ApiSettings.allowances>
    readonly origins?: ReadonlyArray<string>
  } = {}
) {
  const now = Instant.fromMillis(yield* Clock.currentTimeMillis)
  const play = (matchId: Ids.MatchId, startsAt: Instant.Instant) =>
    Timeline.make(short, { matchId, startsAt, ballMillis: 60_000 })
  const world = yield* World.make({
    ...options,
    crowd: Crowd.make(0, "api", [17, 4]),
    timelines: [
      play(live, Instant.minus(now, Duration.minutes(10))),
      play(coming, Instant.plus(now, Duration.hours(2))),
      play(past, Instant.minus(now, Duration.days(1)))
    ]
  })
  const { services } = yield* world.start
  const { address } = yield* Layer.build(
    Http.serve.pipe(
      Layer.provide([authorization, operators]),
      Layer.provide(
        Layer.succeed(ApiSettings.ApiSettings, {
          minAppVersion: "1.2",
          storeUrl: "https://apps.apple.com/app/id1",
          maintenanceMode: false,
          allowances: { ...plenty, ...options.allowances },
          origins: options.origins ?? []
        })
      ),
      Layer.provideMerge(Layer.succeedContext(services)),
      Layer.provideMerge(NodeHttpServer.layer(createServer, { port: 0, host: "127.0.0.1" }))
    )
  ).pipe(Effect.flatMap((built) => Effect.provideContext(HttpServer.HttpServer, built)))
  const url = `http://127.0.0.1:${"port" in address ? address.port : 0}`

  const as = (name: string) =>
    HttpApiClient.make(Api.Api, {
      baseUrl: url,
      transformClient: HttpClient.mapRequest(HttpClientRequest.bearerToken(bearer(name)))
    }).pipe(Effect.provide(FetchHttpClient.layer))

  /** A request as anybody might make it. */
  const raw = (
    method: string,
    path: string,
    more: {
      readonly name?: string
      readonly body?: unknown
      readonly authorization?: string
      readonly headers?: Readonly<Record<string, string>>
    } = {}
  ) =>
    Effect.promise(async () => {
      const { authorization, body, headers = {}, name } = more
      const response = await fetch(url + path, {
        method,
        headers: {
          ...(name === undefined ? {} : { authorization: `Bearer ${bearer(name)}` }),
          ...(authorization === undefined ? {} : { authorization }),
          ...(body === undefined ? {} : { "content-type": "application/json" }),
          ...headers
        },
        ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) })
      })
      const text = await response.text()
      return {
        status: response.status,
        headers: response.headers,
        type: response.headers.get("content-type") ?? "",
        text,
        json: (): Record<string, unknown> => JSON.parse(text) as Record<string, unknown>
      }
    })
  return { world, services, as, raw, url }
})

export type Server = Effect.Success<ReturnType<typeof make>>
