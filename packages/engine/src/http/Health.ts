import { Api, Problems } from "@sightscreen/api"
import { Fixtures } from "@sightscreen/store"
import { Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"

export const layer = HttpApiBuilder.group(Api.Api, "health", (handlers) =>
  Effect.gen(function* () {
    const fixtures = yield* Fixtures.Fixtures
    return handlers.handleAll({
      alive: () => Effect.succeed({ status: "ok" as const }),
      // The store answers, or this process is of no use.
      ready: () =>
        fixtures.live.pipe(
          Effect.as({ status: "ready" as const }),
          Effect.mapError(() => new Problems.NotNow({ detail: "the database does not answer" }))
        )
    })
  })
)
