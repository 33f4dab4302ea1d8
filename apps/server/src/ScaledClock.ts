import { Clock, Duration, Effect, Schema } from "effect"

/**
 * The time of a world that runs faster than ours: at one moment of ours it was `world` there, and since then it runs
 * `speed` times as fast.
 *
 * Processes that share these three numbers share the world's time.
 */
export const Pace = Schema.Struct({
  /** Epoch milliseconds, ours. */
  real: Schema.Finite,
  /** Epoch milliseconds, the world's. */
  world: Schema.Finite,
  speed: Schema.Finite
})
export type Pace = typeof Pace.Type

export const at = (pace: Pace, real: number): number => pace.world + (real - pace.real) * pace.speed

/** What a world's time takes of ours. */
export const toReal = (pace: Pace, millis: number): number => millis / pace.speed

/** A timer cannot wait longer than this many milliseconds at once. */
const longest = 2 ** 31 - 1

export const make = (pace: Pace, wall: Clock.Clock): Clock.Clock => {
  const millis = () => Math.floor(at(pace, wall.currentTimeMillisUnsafe()))
  const nanos = () => BigInt(millis()) * 1_000_000n
  return {
    currentTimeMillisUnsafe: millis,
    currentTimeMillis: Effect.sync(millis),
    currentTimeNanosUnsafe: nanos,
    currentTimeNanos: Effect.sync(nanos),
    monotonicTimeNanosUnsafe: nanos,
    monotonicTimeNanos: Effect.sync(nanos),
    sleep: (duration) =>
      wall.sleep(Duration.millis(Math.min(longest, toReal(pace, Duration.toMillis(duration)))))
  }
}
