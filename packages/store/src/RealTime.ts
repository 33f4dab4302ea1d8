import { Clock, Effect, Layer } from "effect"

/**
 * The clock on the wall, whatever clock the world around runs on.
 *
 * A world may run on a scaled or a virtual clock; its database does not. A pool of connections keeps the clock that it was
 * built under, for its connection timeouts and for closing idle connections, so it is enough to build under this one:
 * statements may then come from fibers on any clock.
 */
export const clock: Clock.Clock = Clock.Clock.defaultValue()

export const provide = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.provideService(effect, Clock.Clock, clock)

export const layer: Layer.Layer<never> = Layer.succeed(Clock.Clock, clock)
