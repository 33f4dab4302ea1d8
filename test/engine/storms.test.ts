import { it } from "@effect/vitest"
import type { Ids } from "@sightscreen/domain"
import { Timings } from "@sightscreen/domain"
import { MatchOrchestrator, TokenKeeper } from "@sightscreen/engine"
import { Follows } from "@sightscreen/store"
import { Context, Duration, Effect } from "effect"
import { assert, describe } from "vitest"
import * as Kit from "./kit.ts"

describe("who follows and leaves a match again and again", () => {
  it.effect("has no more starts sent than a phone is planned to bear in an hour", () =>
    Effect.gen(function* () {
      const world = yield* Kit.atNoon({ count: 1 })
      const { services } = yield* world.start
      const [phone] = Kit.ids(world.crowd) as [string]
      const userId = `owner of ${phone}` as Ids.UserId
      yield* world.launch(phone)
      yield* Kit.until(Duration.seconds(90))
      const follows = Context.get(world.store, Follows.Follows)
      const keeper = Context.get(services, TokenKeeper.TokenKeeper)
      const orchestrator = Context.get(services, MatchOrchestrator.MatchOrchestrator)
      for (let time = 0; time < 60; time++) {
        yield* follows.follow(userId, Kit.matchId, Kit.noon)
        yield* orchestrator.welcome(Kit.matchId, userId)
        yield* keeper.unfollowed(userId, Kit.matchId)
        yield* Kit.until(Duration.seconds(90 + time * 2))
      }
      const starts = Kit.accepted(world, "start").length
      assert.isAtLeast(starts, 1)
      assert.isAtMost(starts, Timings.startsAnHour)
    }).pipe(Effect.scoped)
  )
})
