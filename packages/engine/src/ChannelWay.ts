import { Instant } from "@sightscreen/decider"
import { type Bulletin, Cohort, Edition, type Ids, Outbox, Turn } from "@sightscreen/domain"
import { Editions } from "@sightscreen/store"
import { Clock, Effect, Latch, Result } from "effect"
import { Broadcaster } from "./Broadcaster.ts"
import { now } from "./Now.ts"
import { orAgain, waitUntil } from "./Patience.ts"

/** What is said without an Effect takes place at once, as with the lane. */
export interface ChannelWay {
  readonly offer: (edition: Edition.Edition) => void
  /** How many editions wait. */
  readonly depth: () => number
  /** Somebody has joined it. */
  readonly republish: () => void
  readonly run: Effect.Effect<never>
  readonly idle: Effect.Effect<void>
}

/** The queue of one broadcast channel: a publish reaches whoever has joined. */
export const make = Effect.gen(function* () {
  const broadcaster = yield* Broadcaster
  const kept = yield* Editions.Editions
  const clock = yield* Clock.Clock
  const at = () => Instant.fromMillis(clock.currentTimeMillisUnsafe())
  return (
    matchId: Ids.MatchId,
    cohort: Cohort.Cohort,
    standing: () => Bulletin.Bulletin | null
  ): ChannelWay => {
    const wake = Latch.makeUnsafe()
    const quiet = Latch.makeUnsafe(standing() === null)
    let outbox = Outbox.empty
    /** When the newest state is to be said once more; at once where a process before this one may have left it unsaid. */
    let due: Instant.Instant | null = standing() === null ? null : at()
    let republishedAt: Instant.Instant | null = null
    let vain = 0
    const soon = (from: Instant.Instant) => {
      if (due === null || due > from) due = from
    }

    /** What could not be said is said later, by what stands then. */
    const publish = Effect.fnUntraced(function* (edition: Edition.Edition) {
      // Whoever joins from now on may miss it; and what waited for its turn may be older than what stands.
      if (edition.stamp >= (standing()?.stamp ?? 0)) due = null
      if ((yield* broadcaster.publish(edition)) === "done") {
        vain = 0
        return
      }
      const again = Instant.plus(yield* now, Turn.pauseAfter(vain))
      soon(again)
      vain += 1
    })

    const tell = Effect.fnUntraced(function* (edition: Edition.Edition) {
      const time = yield* now
      if (Turn.isSpent(edition, time)) due = time
      else yield* publish(edition)
      if (Edition.isKept(edition)) yield* kept.finish(edition.id, yield* now)
    })

    const republish = Effect.gen(function* () {
      due = null
      const bulletin = standing()
      if (bulletin === null) return
      const edition = Edition.standing(bulletin, cohort, yield* now)
      if (Result.isSuccess(edition)) yield* publish(edition.success)
      else yield* Effect.logError("a bulletin does not fit into a push", edition.failure)
    })

    const drain = Effect.gen(function* () {
      for (;;) {
        const [next, [edition]] = Outbox.step(outbox, { _tag: "Taken" })
        outbox = next
        const time = yield* now
        if (edition !== undefined) {
          yield* orAgain(matchId, tell(edition), () => {
            if (Edition.isKept(edition)) [outbox] = Outbox.step(outbox, { _tag: "Offered", edition })
            else due = time
          })
        } else if (due !== null && due <= time) {
          yield* orAgain(matchId, republish, () => {
            due = time
          })
        } else return
      }
    })

    return {
      offer: (edition) => {
        ;[outbox] = Outbox.step(outbox, { _tag: "Offered", edition })
        quiet.closeUnsafe()
        wake.openUnsafe()
      },
      depth: () => Outbox.size(outbox),
      republish: () => {
        // Where one was published just now its turn comes a little later, with whoever joins until then.
        if (due !== null) return
        due = Turn.republishAt(republishedAt, at())
        republishedAt = due
        wake.openUnsafe()
      },
      run: Effect.gen(function* () {
        for (;;) {
          yield* Outbox.isEmpty(outbox) ? waitUntil(wake, due) : Effect.void
          wake.closeUnsafe()
          yield* drain
          if (Outbox.isEmpty(outbox)) quiet.openUnsafe()
        }
      }),
      idle: quiet.await
    }
  }
})
