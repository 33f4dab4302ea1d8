import { assert, describe, it } from "@effect/vitest"
import { FeedDesk } from "@sightscreen/engine"
import { Feed } from "@sightscreen/feed"
import { Duration, Effect, Layer } from "effect"
import { TestClock } from "effect/testing"
import { Instant } from "@sightscreen/decider"
import { tape } from "../archive.ts"
import { noon, replay, token, world } from "./twin.ts"

const rain = replay(tape("rain"), 77)
const final = replay(tape("final"), 78, { startsAt: Instant.plus(noon, Duration.days(3)) })

describe("people who run a server", () => {
  it.effect("see what the provider gave, letter by letter, and nothing of the key", () =>
    Effect.gen(function* () {
      const { layer } = yield* world({ replays: [rain, final] })
      yield* Effect.gen(function* () {
        const desk = yield* FeedDesk.FeedDesk
        const ask = (from: string | null, to: string | null, limit = 100) =>
          Effect.map(desk.fixtures({ from, to, limit }), (all) =>
            all.map((one) => (one as { readonly id: number }).id)
          )
        assert.deepStrictEqual(yield* ask(null, null), [77])
        assert.deepStrictEqual(yield* ask("2026-05-28", "2026-05-31"), [77, 78])
        assert.deepStrictEqual(yield* ask("2026-05-28", "2026-05-31", 1), [77])
        assert.deepStrictEqual(yield* ask("2026-06-10", null), [])
        assert.include((yield* Effect.flip(ask("soon", null))).problem, "2026-06-14")
        const all = yield* desk.fixtures({ from: null, to: null, limit: 9 })
        assert.notInclude(JSON.stringify(all), token)
      }).pipe(Effect.provide(FeedDesk.FeedDesk.sportmonks.pipe(Layer.provide(layer))))
    }).pipe(Effect.scoped)
  )

  it.effect("see what is remembered, and have it forgotten", () =>
    Effect.gen(function* () {
      const { calls, layer } = yield* world({ replays: [rain] })
      yield* Effect.gen(function* () {
        const desk = yield* FeedDesk.FeedDesk
        const feed = yield* Feed.Feed
        yield* TestClock.adjust("2 minutes")
        yield* feed.live
        yield* feed.snapshot(rain.matchId)
        assert.deepStrictEqual(yield* desk.stats, [{ name: "sportmonks", entries: 1, hits: 1, misses: 1 }])
        assert.strictEqual(yield* desk.clear(final.matchId), 0)
        assert.strictEqual(yield* desk.clear(rain.matchId), 1)
        assert.strictEqual(yield* desk.clear(null), 0)
        yield* TestClock.adjust("10 seconds")
        assert.strictEqual((yield* feed.snapshot(rain.matchId))?.status, "live")
        assert.lengthOf(calls, 2)
      }).pipe(Effect.provide(FeedDesk.FeedDesk.sportmonks.pipe(Layer.provideMerge(layer))))
    }).pipe(Effect.scoped)
  )
})
