import { Instant } from "@sightscreen/decider"
import {
  Activities,
  Decisions,
  Deliveries,
  Devices,
  Editions,
  type Fault,
  Follows,
  Notices,
  PushTokens,
  Recoveries
} from "@sightscreen/store"
import { Context, Duration, Effect, Layer } from "effect"
import { now } from "./Now.ts"
import * as Rounds from "./Rounds.ts"

/** How long things are kept after they were last of use. */
export const keeps = {
  /** A phone that has not been heard of for so long has another app now, or another owner. */
  devices: Duration.days(90),
  /** A retired token explains late news of it. */
  retiredTokens: Duration.days(90),
  /** Apple: an activity lives for eight hours at most, and its tokens with it. */
  updateTokens: Duration.hours(24),
  follows: Duration.hours(48),
  activities: Duration.hours(24),
  editions: Duration.hours(24),
  recoveries: Duration.days(7),
  notices: Duration.days(7),
  /** Who asks why a push came, or did not, asks within days. */
  deliveries: Duration.days(7),
  decisions: Duration.days(7)
} as const

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
      const recoveries = yield* Recoveries.Recoveries
      const tokens = yield* PushTokens.PushTokens

      const round = Effect.gen(function* () {
        const at = yield* now
        const before = (kept: Duration.Duration) => Instant.minus(at, kept)
        const unseen = yield* devices.forget(before(keeps.devices))
        if (unseen.length > 0) {
          yield* tokens.retireOf(unseen, "not seen for 90 days", at)
          yield* Effect.logInfo(`${unseen.length} devices were not seen for 90 days, and are forgotten`)
        }
        yield* tokens.forget(before(keeps.retiredTokens))
        yield* tokens.forgetUpdates(before(keeps.updateTokens))
        yield* follows.forget(before(keeps.follows))
        yield* activities.forget(before(keeps.activities))
        yield* editions.forget(before(keeps.editions))
        yield* recoveries.forget(before(keeps.recoveries))
        yield* notices.forget(before(keeps.notices))
        yield* deliveries.forget(before(keeps.deliveries))
        yield* decisions.forget(before(keeps.decisions))
      })

      return Housekeeper.of({
        round,
        run: Rounds.forever("a round of housekeeping", round, Housekeeper.interval)
      })
    })
  )
}
