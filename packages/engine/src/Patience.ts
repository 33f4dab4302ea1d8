import { Instant } from "@sightscreen/decider"
import type { Ids } from "@sightscreen/domain"
import type { Fault } from "@sightscreen/store"
import { Duration, Effect, Latch } from "effect"
import { now } from "./Now.ts"

/** Until somebody wakes it, or until its time has come. */
export const waitUntil = (wake: Latch.Latch, due: Instant.Instant | null): Effect.Effect<void> =>
  due === null
    ? wake.await
    : Effect.flatMap(now, (time) =>
        Effect.asVoid(wake.await.pipe(Effect.timeoutOption(Duration.max(oneMilli, Instant.since(due, time)))))
      )

/** A clock may say the same twice. */
const oneMilli = Duration.millis(1)

/** A store that does not answer loses nothing: what could not be done is done a little later. */
export const orAgain = (
  matchId: Ids.MatchId,
  errand: Effect.Effect<void, Fault.Fault>,
  again: () => void
): Effect.Effect<void> =>
  Effect.catch(errand, (error) =>
    Effect.gen(function* () {
      yield* Effect.logError(`match ${matchId}: a mailing could not be finished`, error)
      again()
      yield* Effect.sleep("1 second")
    })
  )
