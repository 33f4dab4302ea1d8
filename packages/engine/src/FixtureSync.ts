import { Feed } from "@sightscreen/feed"
import { Fixtures } from "@sightscreen/store"
import { Context, Effect, Layer } from "effect"
import { now } from "./Now.ts"

/** Keeps the schedule: which matches there are, and when they start. What is under way is told by who follows it. */
export class FixtureSync extends Context.Service<FixtureSync, { readonly run: Effect.Effect<never> }>()(
  "@sightscreen/engine/FixtureSync"
) {
  static readonly interval = "60 seconds"

  static readonly layer = Layer.effect(
    FixtureSync,
    Effect.gen(function* () {
      const feed = yield* Feed.Feed
      const fixtures = yield* Fixtures.Fixtures
      const sync = Effect.gen(function* () {
        const updatedAt = yield* now
        const listed = yield* feed.schedule
        yield* fixtures.upsert(listed.map((one) => ({ ...one, matchId: one.info.matchId, updatedAt })))
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
