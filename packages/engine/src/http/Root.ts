import { Api, Problems } from "@sightscreen/api"
import { Effect } from "effect"
import { HttpServerRequest } from "effect/http"
import { HttpApiBuilder, OpenApi } from "effect/http-api"
import { PrometheusMetrics } from "effect/observability"
import { Readiness } from "../Readiness.ts"
import { ApiSettings } from "./ApiSettings.ts"
import * as MetricsDoor from "./MetricsDoor.ts"
import * as Reference from "./Reference.ts"

export const layer = HttpApiBuilder.group(Api.Api, "root", (handlers) =>
  Effect.gen(function* () {
    const door = yield* MetricsDoor.MetricsDoor
    const readiness = yield* Readiness
    const description = OpenApi.fromApi(Api.Api)
    const page = Reference.page(description)
    return handlers.handleAll({
      index: () =>
        Effect.succeed({
          name: "sightscreen",
          api: "/v1",
          description: "/openapi.json",
          reference: "/docs",
          health: "/health"
        }),
      alive: () => Effect.succeed({ status: "ok" as const }),
      ready: () =>
        Effect.flatMap(readiness.report, ({ missing, troubles }) =>
          missing.length === 0
            ? Effect.succeed({ status: "ready" as const, troubles })
            : Effect.fail(new Problems.NotNow({ detail: missing.join("; ") }))
        ),
      openapi: () => Effect.succeed(description),
      docs: () => Effect.succeed(page),
      metrics: Effect.fnUntraced(function* () {
        if (!(yield* MetricsDoor.opens(door, yield* HttpServerRequest.HttpServerRequest))) {
          return yield* new Problems.Forbidden({ detail: "send the key for metrics as a bearer token" })
        }
        yield* door.measure
        return yield* PrometheusMetrics.format({ prefix: "sightscreen" })
      })
    })
  })
)

export const appLayer = HttpApiBuilder.group(Api.Api, "app", (handlers) =>
  Effect.gen(function* () {
    const { maintenanceMode, minAppVersion, storeUrl } = yield* ApiSettings
    return handlers.handleAll({
      config: () => Effect.succeed({ maintenanceMode, minAppVersion, storeUrl })
    })
  })
)
