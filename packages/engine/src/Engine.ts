import { RealTime } from "@sightscreen/store"
import { type Duration, Effect, Fiber, Layer, Option } from "effect"
import { AppleStatus } from "./AppleStatus.ts"
import { ActivityDesk } from "./ActivityDesk.ts"
import { Aftermath } from "./Aftermath.ts"
import { Audience } from "./Audience.ts"
import { Broadcaster } from "./Broadcaster.ts"
import { Chronicle } from "./Chronicle.ts"
import { Departure } from "./Departure.ts"
import { Dispatcher } from "./Dispatcher.ts"
import { FixtureSync } from "./FixtureSync.ts"
import { Herald } from "./Herald.ts"
import { Housekeeper } from "./Housekeeper.ts"
import { LACoordinator } from "./LACoordinator.ts"
import { Lanes } from "./Lanes.ts"
import { MatchEventBus } from "./MatchEventBus.ts"
import { MatchOrchestrator } from "./MatchOrchestrator.ts"
import { Notifier } from "./Notifier.ts"
import { Observatory } from "./Observatory.ts"
import { Readiness } from "./Readiness.ts"
import { RecoveryWard } from "./RecoveryWard.ts"
import { ScorePoller } from "./ScorePoller.ts"
import { TeamScout } from "./TeamScout.ts"
import { Tally } from "./Tally.ts"
import { TokenKeeper } from "./TokenKeeper.ts"
import { TokenWard } from "./TokenWard.ts"
import { WebhookDesk } from "./WebhookDesk.ts"

/**
 * The whole shell, needing a feed, a store, Apple and the app's settings from whoever launches it.
 */
export const layer = Layer.mergeAll(
  TokenKeeper.layer,
  Herald.layer,
  TeamScout.layer,
  Observatory.layer,
  Readiness.layer
).pipe(
  Layer.provideMerge(MatchOrchestrator.layer),
  Layer.provideMerge(ScorePoller.layer),
  Layer.provideMerge(Layer.mergeAll(LACoordinator.layer, Lanes.layer)),
  Layer.provideMerge(Aftermath.layer),
  Layer.provideMerge(Layer.mergeAll(RecoveryWard.layer, Broadcaster.layer)),
  Layer.provideMerge(Notifier.layer),
  Layer.provideMerge(Layer.mergeAll(TokenWard.layer, ActivityDesk.layer)),
  Layer.provideMerge(Layer.mergeAll(Audience.layer, Chronicle.layer, Dispatcher.layer)),
  Layer.provideMerge(Layer.mergeAll(AppleStatus.layer, WebhookDesk.layer)),
  Layer.provideMerge(
    Layer.mergeAll(Departure.layer, FixtureSync.layer, Housekeeper.layer, MatchEventBus.layer, Tally.layer)
  )
)

/** Runs the engine for as long as the scope lasts. */
export const run = Layer.effectDiscard(Effect.suspend(() => begin))

/**
 * The same in a process of its own: watched, and asked to come to an end before its scope does.
 *
 * Matches are not read any more, what was said of them goes out, and what is left at the deadline is sent by whoever comes
 * next, under the same names.
 */
export const runWatched = (deadline: Duration.Duration) =>
  Layer.effectDiscard(
    Effect.gen(function* () {
      const departure = yield* Departure
      const observatory = yield* Observatory
      const orchestrator = yield* MatchOrchestrator
      const webhooks = yield* WebhookDesk
      const rounds = yield* begin
      yield* Effect.forkScoped(observatory.run)
      yield* Effect.forkScoped(webhooks.run)
      yield* Effect.addFinalizer(() =>
        Effect.gen(function* () {
          yield* departure.announce
          const drained = yield* Effect.andThen(Fiber.await(rounds), orchestrator.idle).pipe(
            Effect.interruptible,
            Effect.timeoutOption(deadline)
          )
          if (Option.isNone(drained)) {
            yield* Effect.logWarning(
              "not all could be sent before the deadline; the next start sends the rest"
            )
          }
        }).pipe(RealTime.provide)
      )
    })
  )

/** Gives the rounds of the orchestrator, which end when the process is to leave. */
const begin = Effect.gen(function* () {
  const broadcaster = yield* Broadcaster
  const fixtures = yield* FixtureSync
  const herald = yield* Herald
  const housekeeper = yield* Housekeeper
  const orchestrator = yield* MatchOrchestrator
  const scout = yield* TeamScout
  const ward = yield* RecoveryWard
  yield* Effect.forkScoped(fixtures.run)
  const rounds = yield* Effect.forkScoped(orchestrator.run)
  yield* Effect.forkScoped(broadcaster.run)
  yield* Effect.forkScoped(herald.run)
  yield* Effect.forkScoped(scout.run)
  yield* Effect.forkScoped(ward.run)
  yield* Effect.forkScoped(housekeeper.run)
  return rounds
})
