import { Instant } from "@sightscreen/decider"
import { Keeping } from "@sightscreen/domain"
import {
  Activities,
  Decisions,
  Deliveries,
  Devices,
  Editions,
  type Fault,
  Follows,
  Notices,
  Orders,
  PushTokens,
  RateCounts,
  Recoveries,
  Requests,
  Webhooks
} from "@sightscreen/store"
import { Context, type Duration, Effect, Layer } from "effect"
import { now } from "./Now.ts"
import * as Rounds from "./Rounds.ts"

/** Forgets what is of no use any more. */
export class Housekeeper extends Context.Service<
  Housekeeper,
  {
    readonly round: Effect.Effect<void, Fault.Fault>
    /** Rounds, over and over. */
    readonly run: Effect.Effect<never>
  }
>()("@sightscreen/engine/Housekeeper") {
  static readonly interval = "10 minutes"

  static readonly layer = Layer.effect(
    Housekeeper,
    Effect.gen(function* () {
      const activities = yield* Activities.Activities
      const decisions = yield* Decisions.Decisions
      const deliveries = yield* Deliveries.Deliveries
      const devices = yield* Devices.Devices
      const editions = yield* Editions.Editions
      const follows = yield* Follows.Follows
      const notices = yield* Notices.Notices
      const orders = yield* Orders.Orders
      const rateCounts = yield* RateCounts.RateCounts
      const recoveries = yield* Recoveries.Recoveries
      const requests = yield* Requests.Requests
      const tokens = yield* PushTokens.PushTokens
      const webhooks = yield* Webhooks.Webhooks

      const round = Effect.gen(function* () {
        const at = yield* now
        const before = (kept: Duration.Duration) => Instant.minus(at, kept)
        const unseen = yield* devices.forget(before(Keeping.devices))
        if (unseen.length > 0) {
          yield* tokens.retireOf(unseen, "not seen for 90 days", at)
          yield* Effect.logInfo(`${unseen.length} devices were not seen for 90 days, and are forgotten`)
        }
        yield* tokens.forget(before(Keeping.retiredTokens))
        yield* tokens.forgetUpdates(before(Keeping.updateTokens))
        yield* follows.forget(before(Keeping.follows))
        yield* activities.forget(before(Keeping.activities))
        yield* editions.forget(before(Keeping.editions))
        yield* recoveries.forget(before(Keeping.recoveries))
        yield* notices.forget(before(Keeping.notices))
        yield* deliveries.forget(before(Keeping.deliveries))
        yield* decisions.forget(before(Keeping.decisions))
        yield* orders.forget(before(Keeping.orders))
        yield* rateCounts.forget(before(Keeping.rateCounts))
        yield* requests.forget(before(Keeping.requests))
        yield* webhooks.forget(before(Keeping.webhookMessages))
      })

      return Housekeeper.of({
        round,
        run: Rounds.forever("a round of housekeeping", round, Housekeeper.interval)
      })
    })
  )
}
