import { Effect, Layer } from "effect"
import { AppleStatus } from "./AppleStatus.ts"
import { ActivityDesk } from "./ActivityDesk.ts"
import { Aftermath } from "./Aftermath.ts"
import { Audience } from "./Audience.ts"
import { Broadcaster } from "./Broadcaster.ts"
import { Chronicle } from "./Chronicle.ts"
import { Dispatcher } from "./Dispatcher.ts"
import { FixtureSync } from "./FixtureSync.ts"
import { Herald } from "./Herald.ts"
import { Housekeeper } from "./Housekeeper.ts"
import { LACoordinator } from "./LACoordinator.ts"
import { Lanes } from "./Lanes.ts"
import { MatchEventBus } from "./MatchEventBus.ts"
import { MatchOrchestrator } from "./MatchOrchestrator.ts"
import { Notifier } from "./Notifier.ts"
import { RecoveryWard } from "./RecoveryWard.ts"
import { ScorePoller } from "./ScorePoller.ts"
import { Tally } from "./Tally.ts"
import { TokenKeeper } from "./TokenKeeper.ts"
import { TokenWard } from "./TokenWard.ts"

/**
 * The whole shell, needing a feed, a store, Apple and the app's settings from whoever launches it.
 */
export const layer = Layer.mergeAll(TokenKeeper.layer, Herald.layer).pipe(
  Layer.provideMerge(MatchOrchestrator.layer),
  Layer.provideMerge(ScorePoller.layer),
  Layer.provideMerge(Layer.mergeAll(LACoordinator.layer, Lanes.layer)),
  Layer.provideMerge(Aftermath.layer),
  Layer.provideMerge(Layer.mergeAll(RecoveryWard.layer, Broadcaster.layer)),
  Layer.provideMerge(Notifier.layer),
  Layer.provideMerge(Layer.mergeAll(TokenWard.layer, ActivityDesk.layer)),
  Layer.provideMerge(Layer.mergeAll(Audience.layer, Chronicle.layer, Dispatcher.layer)),
  Layer.provideMerge(AppleStatus.layer),
  Layer.provideMerge(Layer.mergeAll(FixtureSync.layer, Housekeeper.layer, MatchEventBus.layer, Tally.layer))
)

/** Runs the engine for as long as the scope lasts. */
export const run = Layer.effectDiscard(
  Effect.gen(function* () {
    const broadcaster = yield* Broadcaster
    const fixtures = yield* FixtureSync
    const herald = yield* Herald
    const housekeeper = yield* Housekeeper
    const orchestrator = yield* MatchOrchestrator
    yield* Effect.forkScoped(fixtures.run)
    yield* Effect.forkScoped(orchestrator.run)
    yield* Effect.forkScoped(broadcaster.run)
    yield* Effect.forkScoped(herald.run)
    yield* Effect.forkScoped(housekeeper.run)
  })
)
