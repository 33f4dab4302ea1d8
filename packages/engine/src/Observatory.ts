import { Instant } from "@sightscreen/decider"
import { type ActiveMatch, Budget } from "@sightscreen/domain"
import { Activities, Editions, type Fault, RealTime, type Waiting, Webhooks } from "@sightscreen/store"
import { Context, Duration, Effect, Layer } from "effect"
import { AppleStatus } from "./AppleStatus.ts"
import { Lanes } from "./Lanes.ts"
import { MatchOrchestrator } from "./MatchOrchestrator.ts"
import * as Metrics from "./Metrics.ts"
import { now } from "./Now.ts"
import * as Rounds from "./Rounds.ts"
import { TokenWard } from "./TokenWard.ts"

/** Looks now and then at what there is, and sets the gauges by it; what happens is counted where it happens. */
export class Observatory extends Context.Service<
  Observatory,
  {
    readonly round: Effect.Effect<void, Fault.Fault>
    /** Rounds, over and over. */
    readonly run: Effect.Effect<never>
  }
>()("@sightscreen/engine/Observatory") {
  /** As often as metrics are usually fetched; of the wall's time, since those who fetch live in it. */
  static readonly interval = "15 seconds"

  static readonly layer = Layer.effect(
    Observatory,
    Effect.gen(function* () {
      const activities = yield* Activities.Activities
      const apple = yield* AppleStatus
      const editions = yield* Editions.Editions
      const lanes = yield* Lanes
      const orchestrator = yield* MatchOrchestrator
      const tokens = yield* TokenWard
      const webhooks = yield* Webhooks.Webhooks
      const { gauges, show } = Metrics

      const waiting = (
        { count, since }: Waiting.Waiting,
        at: Instant.Instant,
        amount: typeof gauges.pending,
        age: typeof gauges.oldestPending
      ) =>
        Effect.andThen(
          show(amount, count),
          show(age, since === null ? 0 : Math.max(0, Duration.toSeconds(Instant.since(at, since))))
        )

      const round = Effect.gen(function* () {
        const at = yield* now
        const matches = yield* orchestrator.running
        yield* show(gauges.matches, matches.length)
        for (const level of Budget.Level.literals) {
          yield* show(gauges.budget, leastLeft(matches, level, at), { level })
        }
        for (const [queue, depth] of Object.entries(yield* lanes.depths)) {
          yield* show(gauges.queue, depth, { queue })
        }
        yield* show(gauges.queue, yield* webhooks.waiting, { queue: "webhooks" })
        yield* show(gauges.retries, yield* apple.retryCredit)
        yield* show(gauges.appleDown, (yield* apple.downUntil) === null ? 0 : 1)
        yield* show(gauges.retirementHeld, (yield* tokens.heldSince) === null ? 0 : 1)
        yield* waiting(yield* activities.waiting, at, gauges.pending, gauges.oldestPending)
        yield* waiting(yield* editions.waiting, at, gauges.unsent, gauges.oldestUnsent)
      })

      return Observatory.of({
        round,
        run: Rounds.forever("a look around", round, RealTime.provide(Effect.sleep(Observatory.interval)))
      })
    })
  )
}

/** Of the hour that ends now, in the match that has used most of its hour. */
const leastLeft = (
  matches: ReadonlyArray<ActiveMatch.ActiveMatch>,
  level: Budget.Level,
  at: Instant.Instant
): number => Math.min(Budget.planned[level], ...matches.map(({ spent }) => Budget.left(spent, level, at)))
