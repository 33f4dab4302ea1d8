import { Context, Effect, Latch, Layer } from "effect"

/**
 * That this process is about to leave: nothing new is begun, and what is under way is brought to its end.
 *
 * Whoever does not listen is interrupted in the end, and loses nothing by it: everything is worked out from what is stored.
 */
export class Departure extends Context.Service<
  Departure,
  {
    readonly announce: Effect.Effect<void>
    readonly isAnnounced: Effect.Effect<boolean>
    /** Goes on when it is announced. */
    readonly announced: Effect.Effect<void>
    /** Rests as long as asked, or until it is announced. */
    readonly unless: (rest: Effect.Effect<unknown>) => Effect.Effect<void>
  }
>()("@sightscreen/engine/Departure") {
  static readonly layer = Layer.sync(Departure, () => {
    const latch = Latch.makeUnsafe(false)
    let isAnnounced = false
    return Departure.of({
      announce: Effect.sync(() => {
        isAnnounced = true
        latch.openUnsafe()
      }),
      isAnnounced: Effect.sync(() => isAnnounced),
      announced: latch.await,
      unless: (rest) => Effect.raceFirst(Effect.asVoid(rest), latch.await)
    })
  })
}
