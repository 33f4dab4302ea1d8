import { Clock, Effect, Layer } from "effect"

/** The clock on the wall. The demo's world may run faster; terminals, sockets and patience do not. */
export const clock: Clock.Clock = Clock.Clock.defaultValue()

export const provide = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.provideService(effect, Clock.Clock, clock)

export const layer: Layer.Layer<never> = Layer.succeed(Clock.Clock, clock)
