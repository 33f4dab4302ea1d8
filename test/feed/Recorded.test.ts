import { assert, describe, it } from "@effect/vitest"
import { Instant } from "@sightscreen/decider"
import { type Ids, Snapshot } from "@sightscreen/domain"
import { Feed, Recorded, Timeline } from "@sightscreen/feed"
import { Effect, Schema } from "effect"
import { TestClock } from "effect/testing"
import { tape, tapes } from "./archive.ts"

const overs = ({ card }: Snapshot.InningsReading) => (card._tag === "Balls" ? card.overs : [])

describe("successive snapshots", () => {
  it.each(tapes)("of $info.matchId share all but what the ball changed", (recording) => {
    const snapshots = Recorded.ballByBall(recording)
    for (let index = 1; index < snapshots.length; index++) {
      const before = snapshots[index - 1]!
      const after = snapshots[index]!
      assert.strictEqual(after.info, before.info)
      assert.strictEqual(after.players, before.players)
      const current = before.innings.length - 1
      for (let over = 0; over < current; over++) assert.strictEqual(after.innings[over], before.innings[over])
      if (after.innings.length > before.innings.length) {
        assert.strictEqual(after.innings[current], before.innings[current])
        continue
      }
      const was = overs(before.innings[current]!)
      const is = overs(after.innings[current]!)
      for (let over = 0; over < was.length - 1; over++) assert.strictEqual(is[over], was[over])
      const last = was.length - 1
      if (is.length > was.length) assert.strictEqual(is[last], was[last])
      was[last]!.deliveries.forEach((ball, nth) => assert.strictEqual(is[last]!.deliveries[nth], ball))
    }
  })

  it("leave the earlier ones as they were", () => {
    const timeline = Timeline.make(tape("rain"))
    const kept = timeline.times.map((at) => {
      const snapshot = Recorded.at(timeline, at)
      return { snapshot, copy: structuredClone(snapshot) }
    })
    for (const { copy, snapshot } of kept) assert.deepStrictEqual(snapshot, copy)
  })

  it("are what the border takes", () => {
    const fits = Schema.is(Snapshot.Snapshot)
    for (const recording of tapes) assert.isTrue(fits(Recorded.ballByBall(recording).at(-1)))
  })
})

const pollEvery = (timeline: Timeline.Timeline, millis: number): ReadonlyArray<Snapshot.Snapshot> => {
  const first = timeline.info.startsAt
  const last = timeline.times.at(-1)!
  const polls = Array.from({ length: Math.ceil((last - first) / millis) + 2 }, (_, index) =>
    Recorded.at(timeline, Instant.fromMillis(first - millis + index * millis))
  )
  return [...polls, Recorded.at(timeline, Instant.fromMillis(last + millis))]
}

describe("polling", () => {
  it.each([1_000, 10_000, 37_000, 3_600_000])("every %d ms ends with the same snapshot", (millis) => {
    const { at: _, ...last } = Recorded.ballByBall(tape("super-over")).at(-1)!
    const { at: __, ...seen } = pollEvery(Timeline.make(tape("super-over")), millis).at(-1)!
    assert.deepStrictEqual(seen, last)
  })

  it("between two balls finds the very same innings", () => {
    const timeline = Timeline.make(tape("final"))
    const at = (seconds: number) =>
      Recorded.at(timeline, Instant.fromMillis(timeline.info.startsAt + seconds * 1000))
    const first = at(400)
    const second = at(430)
    assert.notStrictEqual(first, second)
    assert.strictEqual(first.innings, second.innings)
    assert.notStrictEqual(at(440).innings, second.innings)
  })

  it("finds at each ball what a reader of every ball finds", () => {
    const timeline = Timeline.make(tape("one-run"))
    for (const snapshot of Recorded.ballByBall(tape("one-run"))) {
      assert.deepStrictEqual(Recorded.at(timeline, snapshot.at), snapshot)
    }
  })

  it("may go back in time", () => {
    const timeline = Timeline.make(tape("one-run"))
    const snapshots = Recorded.ballByBall(tape("one-run"))
    for (const index of [200, 10, 250, 0, 123]) {
      assert.deepStrictEqual(Recorded.at(timeline, snapshots[index]!.at), snapshots[index])
    }
  })
})

describe("recordings as a feed", () => {
  const rain = Timeline.make(tape("rain"), { startsAt: Instant.fromMillis(60_000) })
  const final = Timeline.make(tape("final"), { startsAt: Instant.fromMillis(120_000) })
  const layer = Recorded.layer([rain, final])

  it.effect("play by the clock", () =>
    Effect.gen(function* () {
      const feed = yield* Feed.Feed
      const status = Effect.map(feed.snapshot(rain.info.matchId), (snapshot) => snapshot?.status)
      assert.strictEqual(yield* status, "scheduled")
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(yield* status, "live")
      yield* TestClock.adjust("1 day")
      assert.strictEqual(yield* status, "finished")
    }).pipe(Effect.provide(layer))
  )

  it.effect("list what has begun and is not over", () =>
    Effect.gen(function* () {
      const feed = yield* Feed.Feed
      assert.deepStrictEqual(yield* feed.live, [])
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(yield* feed.live, [rain.info.matchId])
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(yield* feed.live, [rain.info.matchId, final.info.matchId])
      yield* TestClock.adjust("1 day")
      assert.deepStrictEqual(yield* feed.live, [])
    }).pipe(Effect.provide(layer))
  )

  it.effect("know no other match", () =>
    Effect.gen(function* () {
      const feed = yield* Feed.Feed
      assert.isNull(yield* feed.snapshot("7" as Ids.MatchId))
    }).pipe(Effect.provide(layer))
  )
})
