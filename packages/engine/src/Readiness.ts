import type { Instant } from "@sightscreen/decider"
import type { Ids } from "@sightscreen/domain"
import { Fixtures, RealTime } from "@sightscreen/store"
import { Context, DateTime, Duration, Effect, Fiber, Layer, Option } from "effect"
import { AppleStatus } from "./AppleStatus.ts"
import { Departure } from "./Departure.ts"
import { TokenWard } from "./TokenWard.ts"

/** Whether this process should be sent requests, and what a person should know of it. */
export interface Report {
  /** What keeps it from serving anybody, in a few words each. */
  readonly missing: ReadonlyArray<string>
  /** What does not work as it should while requests are served all the same: another process would fare no better. */
  readonly troubles: ReadonlyArray<string>
}

/** Tells what is missing. It only looks, and answers within seconds whatever hangs. */
export class Readiness extends Context.Service<Readiness, { readonly report: Effect.Effect<Report> }>()(
  "@sightscreen/engine/Readiness"
) {
  /** A store that takes longer is of no use to anybody who waits; who asks is answered all the same. */
  static readonly patience = Duration.seconds(2)

  static readonly layer = Layer.effect(
    Readiness,
    Effect.gen(function* () {
      const apple = yield* AppleStatus
      const departure = yield* Departure
      const fixtures = yield* Fixtures.Fixtures
      const tokens = yield* TokenWard

      // On the clock on the wall: whoever asks does not live in the world's time. The question is asked by a fiber of its
      // own, so that a connection which hangs, and takes no leave, keeps nobody waiting.
      const storeAnswers = Effect.gen(function* () {
        const asked = yield* Effect.forkDetach(fixtures.get(nobody))
        const answer = yield* Fiber.join(asked).pipe(
          Effect.timeoutOption(Readiness.patience),
          Effect.ensuring(Effect.forkDetach(Fiber.interrupt(asked)))
        )
        return Option.isSome(answer)
      }).pipe(
        Effect.orElseSucceed(() => false),
        RealTime.provide
      )

      const report = Effect.gen(function* () {
        const missing: Array<string> = []
        const troubles: Array<string> = []
        if (yield* departure.isAnnounced) missing.push("the server is about to stop")
        if (!(yield* storeAnswers)) missing.push("the database does not answer")
        const downUntil = yield* apple.downUntil
        if (downUntil !== null) troubles.push(`Apple is down; the next look is at ${clockOf(downUntil)}`)
        const heldSince = yield* tokens.heldSince
        if (heldSince !== null) {
          troubles.push(
            `no tokens retire since ${clockOf(heldSince)}: too many would; check host, topic and key`
          )
        }
        return { missing, troubles }
      })
      return Readiness.of({ report })
    })
  )
}

/** No match has this name: the store looks it up by its key, and finds nothing. */
const nobody = "ready?" as Ids.MatchId

const clockOf = (at: Instant.Instant): string => DateTime.formatIso(DateTime.makeUnsafe(at))
