import type { ActiveMatch } from "@sightscreen/domain"
import { Context, Effect, Layer, PubSub } from "effect"

/** What was said of a match, with the state it left. */
export interface Said {
  readonly state: ActiveMatch.ActiveMatch
  readonly outputs: ReadonlyArray<ActiveMatch.Output>
}

/**
 * Where those listen who look on: a terminal, a page, a journal.
 *
 * Nobody who sends pushes depends on it, so it may forget: a listener that falls behind misses the oldest.
 */
export class MatchEventBus extends Context.Service<MatchEventBus, PubSub.PubSub<Said>>()(
  "@sightscreen/engine/MatchEventBus"
) {
  static readonly layer = Layer.effect(
    MatchEventBus,
    Effect.acquireRelease(PubSub.sliding<Said>(1024), (bus) => PubSub.shutdown(bus))
  )
}
