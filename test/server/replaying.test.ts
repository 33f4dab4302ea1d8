import { assert, it } from "@effect/vitest"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { ReplayDesk } from "@sightscreen/engine"
import { Feed } from "@sightscreen/feed"
import { SharedStates } from "@sightscreen/store"
import { Effect, Layer } from "effect"
import * as Replaying from "../../apps/server/src/Replaying.ts"
import { tape } from "../feed/archive.ts"
import { replay, world } from "../feed/sportmonks/twin.ts"
import { TestClock } from "effect/testing"

it.effect("recorded matches are played beside live ones, and go on after a restart", () =>
  Effect.gen(function* () {
    const live = replay(tape("rain"), 77)
    const { layer } = yield* world({ replays: [live] })
    const states = yield* Effect.provide(SharedStates.SharedStates, SharedStates.SharedStates.layerMemory)
    const process = Replaying.layer().pipe(
      Layer.provide([layer, NodeServices.layer, Layer.succeed(SharedStates.SharedStates, states)])
    )
    yield* TestClock.adjust("2 minutes")
    const matchId = yield* Effect.gen(function* () {
      const desk = yield* ReplayDesk.ReplayDesk
      const feed = yield* Feed.Feed
      assert.isAbove((yield* desk.tapes).length, 5)
      assert.strictEqual((yield* Effect.flip(desk.start("no tape", 1)))._tag, "NoSuchReplay")
      const { matchId } = yield* desk.start("1512773", 20)
      yield* TestClock.adjust("100 seconds")
      assert.deepStrictEqual(yield* feed.live, [live.matchId, matchId])
      const [one, other] = yield* Effect.all([feed.snapshot(live.matchId), feed.snapshot(matchId)])
      assert.deepStrictEqual([one?.status, other?.status], ["live", "live"])
      assert.strictEqual(other?.info.matchId, matchId)
      assert.deepStrictEqual((yield* desk.control(matchId, { action: "pause" })).state, "paused")
      return matchId
    }).pipe(Effect.provide(process))
    yield* TestClock.adjust("1 hour")
    yield* Effect.gen(function* () {
      const desk = yield* ReplayDesk.ReplayDesk
      const feed = yield* Feed.Feed
      const [one] = yield* desk.all
      assert.deepStrictEqual([one?.matchId, one?.state, one?.position], [matchId, "paused", 21])
      assert.strictEqual((yield* feed.snapshot(matchId))?.status, "live")
      yield* desk.remove(matchId)
      yield* TestClock.adjust("10 seconds")
      assert.isNull(yield* feed.snapshot(matchId))
    }).pipe(Effect.provide(process))
  }).pipe(Effect.scoped)
)
