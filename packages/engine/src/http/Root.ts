import { Api, Problems } from "@sightscreen/api"
import type { Ids } from "@sightscreen/domain"
import { Fixtures, RealTime } from "@sightscreen/store"
import { Duration, Effect, Fiber, Option } from "effect"
import { HttpApiBuilder, OpenApi } from "effect/http-api"
import { PrometheusMetrics } from "effect/observability"
import { ApiSettings } from "./ApiSettings.ts"
import * as Reference from "./Reference.ts"

/** A store that takes longer is of no use to anybody who waits; who asks is answered all the same. */
export const patience = Duration.seconds(2)

/** No match has this name: the store looks it up by its key, and finds nothing. */
const nobody = "ready?" as Ids.MatchId

export const layer = HttpApiBuilder.group(Api.Api, "root", (handlers) =>
  Effect.gen(function* () {
    const fixtures = yield* Fixtures.Fixtures
    const description = OpenApi.fromApi(Api.Api)
    const page = Reference.page(description)
    const notReady = new Problems.NotNow({ detail: "the database does not answer" })
    // On the clock on the wall: whoever asks does not live in the world's time. The question is asked by a fiber of its own,
    // so that a connection which hangs, and takes no leave, keeps nobody waiting.
    const probe = Effect.gen(function* () {
      const asked = yield* Effect.forkDetach(fixtures.get(nobody))
      const answer = yield* Fiber.join(asked).pipe(
        Effect.timeoutOption(patience),
        Effect.ensuring(Effect.forkDetach(Fiber.interrupt(asked)))
      )
      if (Option.isNone(answer)) return yield* notReady
    }).pipe(Effect.mapError(() => notReady))
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
      // The store answers, or this process is of no use.
      ready: () => Effect.as(RealTime.provide(probe), { status: "ready" as const }),
      openapi: () => Effect.succeed(description),
      docs: () => Effect.succeed(page),
      metrics: () => PrometheusMetrics.format({ prefix: "sightscreen" })
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
