import { Cause, type Duration, Effect } from "effect"

/** A round, over and over, with a rest between two. One that fails is logged, and the next one tries again. */
export const forever = <A, E>(
  what: string,
  round: Effect.Effect<A, E>,
  rest: Duration.Input | Effect.Effect<void>
): Effect.Effect<never> =>
  Effect.gen(function* () {
    for (;;) {
      yield* Effect.catchCause(round, (cause) =>
        Cause.hasInterruptsOnly(cause) ? Effect.interrupt : Effect.logError(`${what} failed`, cause)
      )
      yield* Effect.isEffect(rest) ? rest : Effect.sleep(rest)
    }
  })
