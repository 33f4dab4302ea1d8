import { Api, Problems } from "@sightscreen/api"
import type { Ids } from "@sightscreen/domain"
import { Fixtures, RealTime } from "@sightscreen/store"
import { Duration, Effect, Fiber, Option } from "effect"
import { HttpApiBuilder } from "effect/http-api"

/** A store that takes longer is of no use to anybody who waits; who asks is answered all the same. */
export const patience = Duration.seconds(2)

/** No match has this name: the store looks it up by its key, and finds nothing. */
const nobody = "ready?" as Ids.MatchId

export const layer = HttpApiBuilder.group(Api.Api, "health", (handlers) =>
  Effect.gen(function* () {
    const fixtures = yield* Fixtures.Fixtures
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
      alive: () => Effect.succeed({ status: "ok" as const }),
      // The store answers, or this process is of no use.
      ready: () => Effect.as(RealTime.provide(probe), { status: "ready" as const })
    })
  })
)
