import { Instant } from "@sightscreen/decider"
import { Status } from "@sightscreen/domain"
import { Feed } from "@sightscreen/feed"
import { ActiveMatches, Fixtures } from "@sightscreen/store"
import { Context, Duration, Effect, Layer } from "effect"
import { AppSettings } from "./AppSettings.ts"
import { now } from "./Now.ts"
import { ScorePoller } from "./ScorePoller.ts"

/** Keeps the schedule: which matches there are, and when they start. What is under way is told by who follows it. */
export class FixtureSync extends Context.Service<FixtureSync, { readonly run: Effect.Effect<never> }>()(
  "@sightscreen/engine/FixtureSync"
) {
  static readonly interval = "60 seconds"

  static readonly layer = Layer.effect(
    FixtureSync,
    Effect.gen(function* () {
      const feed = yield* Feed.Feed
      const { slack } = yield* AppSettings
      const fixtures = yield* Fixtures.Fixtures
      const rows = yield* ActiveMatches.ActiveMatches
      const sync = Effect.gen(function* () {
        const updatedAt = yield* now
        const listed = yield* feed.schedule.pipe(Effect.timeout(Duration.sum(ScorePoller.patience, slack)))
        const told = new Set((yield* rows.all).map(({ matchId }) => matchId))
        const known = new Map(
          (yield* fixtures.getMany(listed.map(({ info }) => info.matchId))).map((one) => [one.matchId, one])
        )
        const news = listed.filter(({ info, status }) => {
          const before = known.get(info.matchId)
          // A schedule lags behind scores: a match whose end was told does not go on because a list still says so.
          const lags =
            before !== undefined &&
            Status.isOver(before.status) &&
            !Status.isOver(status) &&
            !Instant.isBefore(updatedAt, info.startsAt)
          return before === undefined || !(lags || told.has(info.matchId))
        })
        yield* fixtures.upsert(news.map((one) => ({ ...one, matchId: one.info.matchId, updatedAt })))
      }).pipe(Effect.catch((error) => Effect.logWarning(`the schedule could not be read: ${error.message}`)))
      return FixtureSync.of({
        run: Effect.gen(function* () {
          for (;;) {
            yield* sync
            yield* Effect.sleep(FixtureSync.interval)
          }
        })
      })
    })
  )
}
