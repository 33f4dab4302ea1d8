import { assert, describe, it } from "@effect/vitest"
import { Feed } from "@sightscreen/feed"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { begin, play, read } from "../../domain/support/story.ts"
import { tape } from "../archive.ts"
import { direct, events, instants } from "./through.ts"
import { replay, world } from "./twin.ts"

describe("over real HTTP", () => {
  for (const name of ["rain", "super-over"]) {
    it.effect(`${name} is told as straight from the record`, () =>
      Effect.gen(function* () {
        const one = replay(tape(name), 77)
        const { calls, layer } = yield* world({ replays: [one] })
        const seen = yield* Effect.gen(function* () {
          const feed = yield* Feed.Feed
          return yield* Effect.forEach(instants(one.timeline, 4), (at) =>
            Effect.andThen(TestClock.setTime(at), feed.snapshot(one.matchId))
          )
        }).pipe(Effect.provide(layer))
        const story = play(
          begin(),
          seen.map((snapshot) => read(snapshot!))
        )
        assert.deepStrictEqual(events(story), events(direct(one, 4)))
        assert.deepStrictEqual([...new Set(calls)], ["/livescores"])
      }).pipe(Effect.scoped)
    )
  }
})
