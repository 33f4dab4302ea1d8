import { assert, describe, it } from "@effect/vitest"
import { Instant, Step } from "@sightscreen/decider"
import { ActiveMatch, type Ids, Match, Progress, type Snapshot } from "@sightscreen/domain"
import { Faulty, Feed, Recorded, Timeline } from "@sightscreen/feed"
import { Effect, Layer, Schema } from "effect"
import { TestClock } from "effect/testing"
import { tape } from "./archive.ts"

const begins = 60_000
const timeline = Timeline.make(tape("rain"), { startsAt: Instant.fromMillis(begins) })
const { matchId } = timeline.info
const other = "7" as Ids.MatchId
const window = { from: Instant.fromMillis(0), to: Instant.fromMillis(begins * 2) }
/** So many seconds into the match. */
const at = (seconds: number) => Instant.fromMillis(begins + seconds * 1000)
const seen = (seconds: number) => Recorded.at(timeline, at(seconds))

/** What is read at these times, with one spent after the other. */
const readAt = (faults: ReadonlyArray<Faulty.Fault>, ...seconds: ReadonlyArray<number>) => {
  let spent = Faulty.unspent
  return seconds.map((one) => {
    const [snapshot, next] = Faulty.read(faults, spent, seen(one))
    spent = next
    return snapshot
  })
}

const wickets = (snapshot: Snapshot.Snapshot | null): number => {
  const progress = Progress.advance(null, snapshot!)
  return progress._tag === "Refused" ? assert.fail(progress.reason) : Match.current(progress.match)!.wickets
}

describe("a match that vanishes", () => {
  const gone: Faulty.Fault = { _tag: "Vanishes", matchId, from: at(400), until: at(800) }

  it("is known before and after, and not between", () => {
    const [before, first, last, back] = readAt([gone], 399, 400, 799, 800)
    assert.deepStrictEqual([before, first, last, back], [seen(399), null, null, seen(800)])
  })

  it("never comes back unless it is to", () => {
    assert.deepStrictEqual(readAt([{ ...gone, until: null }], 800, 1e9), [null, null])
  })

  it("takes no other match with it", () => {
    const faults = [{ ...gone, matchId: other }]
    assert.deepStrictEqual(readAt(faults, 500), [seen(500)])
    assert.deepStrictEqual(Faulty.live(faults, [matchId, other], at(500)), [matchId])
  })

  it.effect("is in no list meanwhile", () =>
    Effect.gen(function* () {
      const feed = yield* Feed.Feed
      const lists = Effect.gen(function* () {
        const schedule = yield* feed.schedule(window)
        return [schedule.length, (yield* feed.live).length, (yield* feed.snapshot(matchId)) !== null]
      })
      yield* TestClock.setTime(at(399))
      assert.deepStrictEqual(yield* lists, [1, 1, true])
      yield* TestClock.setTime(at(400))
      assert.deepStrictEqual(yield* lists, [0, 0, false])
      yield* TestClock.setTime(at(800))
      assert.deepStrictEqual(yield* lists, [1, 1, true])
    }).pipe(Effect.provide(Faulty.layer([gone]).pipe(Layer.provide(Recorded.layer([timeline])))))
  )
})

describe("a match that is said to be over", () => {
  const abandoned: Faulty.Fault = {
    _tag: "Says",
    matchId,
    from: at(400),
    until: at(800),
    status: "abandoned"
  }

  it("goes on behind it, and shows that it did", () => {
    const [before, during, after] = readAt([abandoned], 399, 600, 800)
    assert.deepStrictEqual([before!.status, during!.status, after!.status], ["live", "abandoned", "live"])
    assert.deepStrictEqual(during!.innings, seen(600).innings)
  })

  it.effect("is said so in the schedule, and is not listed as live", () =>
    Effect.gen(function* () {
      const feed = yield* Feed.Feed
      const said = Effect.map(feed.schedule(window), ([one]) => one?.status)
      yield* TestClock.setTime(at(600))
      assert.deepStrictEqual([yield* said, yield* feed.live], ["abandoned", []])
      yield* TestClock.setTime(at(800))
      assert.deepStrictEqual([yield* said, yield* feed.live], ["live", [matchId]])
    }).pipe(Effect.provide(Faulty.layer([abandoned]).pipe(Layer.provide(Recorded.layer([timeline])))))
  )

  it("has no outcome, even when the true one is there already", () => {
    const end = (timeline.times.at(-1)! - begins) / 1000
    const late: Faulty.Fault = { ...abandoned, from: at(end), until: at(end + 10) }
    const [wrong, right] = readAt([late], end, end + 10)
    assert.deepStrictEqual([wrong!.status, wrong!.outcome], ["abandoned", null])
    assert.deepStrictEqual([right!.status, right!.outcome?._tag], ["finished", "Won"])
  })
})

describe("a wicket that was none", () => {
  const wrong: Faulty.Fault = { _tag: "Misreads", matchId, from: at(440), as: Faulty.falseWicket }

  it("is in one reading, and taken back in the next", () => {
    const counts = readAt([wrong], 439, 441, 442, 443).map(wickets)
    assert.deepStrictEqual(counts, [
      wickets(seen(439)),
      wickets(seen(441)) + 1,
      wickets(seen(442)),
      wickets(seen(443))
    ])
  })

  it("waits for a ball that got nobody out", () => {
    const out = timeline.times.findIndex((time) => wickets(Recorded.at(timeline, time)) > 0)
    const fell = (timeline.times[out]! - begins) / 1000
    const faults = [{ ...wrong, from: at(fell) }]
    assert.deepStrictEqual(readAt(faults, fell, fell + 40).map(wickets), [1, 2])
  })

  it("is not read before the first ball, in a break or at the end", () => {
    const over = Recorded.ballByBall(tape("rain"))
    for (const snapshot of [seen(-1), over.find(({ status }) => status === "innings break")!, over.at(-1)!])
      assert.isNull(Faulty.falseWicket(snapshot))
  })

  it("leaves the true snapshot as it was", () => {
    const before = structuredClone(seen(441))
    readAt([wrong], 441)
    assert.deepStrictEqual(seen(441), before)
  })

  it.effect("is read once, whoever reads", () =>
    Effect.gen(function* () {
      const feed = Faulty.make(yield* Feed.Feed, [wrong, { ...wrong, from: at(1100) }])
      const read = Effect.map(feed.snapshot(matchId), wickets)
      yield* TestClock.setTime(at(441))
      assert.deepStrictEqual([yield* read, yield* read], [wickets(seen(441)) + 1, wickets(seen(441))])
      yield* TestClock.setTime(at(1121))
      assert.deepStrictEqual([yield* read, yield* read], [wickets(seen(1121)) + 1, wickets(seen(1121))])
      assert.isNull(yield* feed.snapshot(other))
    }).pipe(Effect.provide(Recorded.layer([timeline])))
  )
})

const Seconds = Schema.Int.pipe(Schema.check(Schema.isBetween({ minimum: 0, maximum: 9000 })))

describe("a feed that is wrong", () => {
  it.prop(
    "ends with the true figures, and its mistakes are possible cricket",
    [Schema.Array(Seconds), Schema.Array(Seconds), Seconds],
    ([outs, fours, gone]) => {
      const misreads = (as: Faulty.Misreading) => (from: number) =>
        ({ _tag: "Misreads", matchId, from: at(from), as }) as const
      const faults: ReadonlyArray<Faulty.Fault> = [
        ...outs.map(misreads(Faulty.falseWicket)),
        ...fours.map(misreads(Faulty.falseFour)),
        { _tag: "Vanishes", matchId, from: at(gone), until: at(gone + 100) }
      ]
      let spent = Faulty.unspent
      const inputs = timeline.times.flatMap((time) => {
        const [snapshot, next] = Faulty.read(faults, spent, Recorded.at(timeline, time))
        spent = next
        return snapshot === null ? [] : [{ _tag: "SnapshotRead", snapshot } as const]
      })
      const last = Recorded.at(timeline, timeline.times.at(-1)!)
      const [final, outputs] = Step.play(ActiveMatch.step, ActiveMatch.begin(matchId, true), [
        ...inputs,
        { _tag: "SnapshotRead", snapshot: last }
      ])
      assert.deepStrictEqual(
        outputs.flatMap((one) => (one._tag === "Refused" ? [one.reason] : [])),
        []
      )
      assert.strictEqual(final.ended, "over")
      const progress = Progress.advance(null, last)
      if (progress._tag === "Refused") assert.fail(progress.reason)
      assert.deepStrictEqual(
        Match.withoutBalls(final.match!).innings,
        Match.withoutBalls(progress.match).innings
      )
    }
  )
})
