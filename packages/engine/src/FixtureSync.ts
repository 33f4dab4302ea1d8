import { Fixture } from "@sightscreen/domain"
import { Feed } from "@sightscreen/feed"
import { ActiveMatches, Fixtures } from "@sightscreen/store"
import { Context, Duration, Effect, Layer } from "effect"
import { AppSettings } from "./AppSettings.ts"
import { now } from "./Now.ts"
import * as Rounds from "./Rounds.ts"
import { ScorePoller } from "./ScorePoller.ts"

/**
 * Keeps the schedule: which matches there are, and when they start. What is under way is told by who follows it.
 *
 * The days around today are read every minute, those that are further off a few times a day.
 */
export class FixtureSync extends Context.Service<FixtureSync, { readonly run: Effect.Effect<never> }>()(
  "@sightscreen/engine/FixtureSync"
) {
  static readonly interval = "60 seconds"
  /** A schedule comes in pages, each of which may be as slow as any answer. */
  static readonly patience = Duration.times(ScorePoller.patience, 5)

  static readonly layer = Layer.effect(
    FixtureSync,
    Effect.gen(function* () {
      const feed = yield* Feed.Feed
      const { slack } = yield* AppSettings
      const fixtures = yield* Fixtures.Fixtures
      const rows = yield* ActiveMatches.ActiveMatches
      let looked = Fixture.neverLooked

      const sync = Effect.gen(function* () {
        const updatedAt = yield* now
        const look = Fixture.look(looked, updatedAt)
        const listed = yield* feed
          .schedule(look.window)
          .pipe(Effect.timeout(Duration.sum(FixtureSync.patience, slack)))
        const told = new Set((yield* rows.all).map(({ matchId }) => matchId))
        const known = new Map(
          (yield* fixtures.getMany(listed.map(({ info }) => info.matchId))).map((one) => [one.matchId, one])
        )
        const news = listed.filter(({ info, status }) => {
          const before = known.get(info.matchId)
          return Fixture.isNews(
            before === undefined ? null : { status: before.status, startsAt: before.info.startsAt },
            { status, startsAt: info.startsAt },
            told.has(info.matchId),
            updatedAt
          )
        })
        yield* fixtures.upsert(news.map((one) => ({ ...one, matchId: one.info.matchId, updatedAt })))
        looked = look.after
      }).pipe(Effect.catch((error) => Effect.logWarning(`the schedule could not be read: ${error.message}`)))
      return FixtureSync.of({
        run: Rounds.forever("a look at the schedule", sync, FixtureSync.interval)
      })
    })
  )
}
