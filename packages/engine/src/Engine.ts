import { Effect, Layer } from "effect"
import { ActivityDesk } from "./ActivityDesk.ts"
import { Aftermath } from "./Aftermath.ts"
import { Audience } from "./Audience.ts"
import { Dispatcher } from "./Dispatcher.ts"
import { FixtureSync } from "./FixtureSync.ts"
import { LACoordinator } from "./LACoordinator.ts"
import { Lanes } from "./Lanes.ts"
import { MatchEventBus } from "./MatchEventBus.ts"
import { MatchOrchestrator } from "./MatchOrchestrator.ts"
import { ScorePoller } from "./ScorePoller.ts"
import { Tally } from "./Tally.ts"
import { TokenKeeper } from "./TokenKeeper.ts"

/**
 * The whole shell, needing a feed, a store, Apple and the app's settings from whoever launches it.
 */
export const layer = TokenKeeper.layer.pipe(
  Layer.provideMerge(MatchOrchestrator.layer),
  Layer.provideMerge(ScorePoller.layer),
  Layer.provideMerge(Layer.mergeAll(LACoordinator.layer, Lanes.layer)),
  Layer.provideMerge(Aftermath.layer),
  Layer.provideMerge(Layer.mergeAll(Audience.layer, ActivityDesk.layer, Dispatcher.layer)),
  Layer.provideMerge(Layer.mergeAll(FixtureSync.layer, MatchEventBus.layer, Tally.layer))
)

/** Runs the engine for as long as the scope lasts. */
export const run = Layer.effectDiscard(
  Effect.gen(function* () {
    const fixtures = yield* FixtureSync
    const orchestrator = yield* MatchOrchestrator
    yield* Effect.forkScoped(fixtures.run)
    yield* Effect.forkScoped(orchestrator.run)
  })
)
