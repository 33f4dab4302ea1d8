import { readFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import { Instant } from "@sightscreen/decider"
import type { Ids } from "@sightscreen/domain"
import { Bundled, Tape, Timeline } from "@sightscreen/feed"
import { ActivityKit } from "@sightscreen/handset"
import { Crowd, World } from "@sightscreen/simulation"
import { Duration, Effect, Result } from "effect"
import { TestClock } from "effect/testing"

const noon = Instant.fromMillis(1_750_000_000_000)
const matchId = "a-lost-channel" as Ids.MatchId
const timeline = Timeline.make(Result.getOrThrow(Tape.decode(readFileSync(Bundled.find("final")!.url))), {
  matchId,
  startsAt: Instant.plus(noon, Duration.minutes(1))
})

describe("a channel that Apple loses", () => {
  it.effect("costs each phone one more start, and the activity that its app then ends costs none", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(noon)
      const world = yield* World.make({ crowd: Crowd.make(3, "lost", [18, 4]), timelines: [timeline] })
      yield* world.start
      for (const { deviceId } of world.crowd.phones) {
        yield* world.launch(deviceId)
        yield* world.follow(deviceId, matchId)
      }
      yield* TestClock.adjust("10 minutes")
      const channels = yield* world.apple.channels
      assert.isAbove(channels.length, 0)
      yield* world.apple.inject(channels.map(({ id }) => ({ _tag: "LoseChannel", channelId: id }) as const))
      yield* TestClock.adjust("15 minutes")
      for (const { activities, counters } of world.crowd.phones) {
        assert.deepStrictEqual(
          [activities.length, ActivityKit.live(activities).length, counters.doubled],
          [2, 1, 0]
        )
      }
    }).pipe(Effect.scoped)
  )
})
