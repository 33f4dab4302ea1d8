import { Instant } from "@sightscreen/decider"
import { Feed, Lie, Lots, Lying, Play, Recorded, Simulated, Timeline } from "@sightscreen/feed"
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Fiber, Result } from "effect"
import { TestClock } from "effect/testing"

const { recording, timing } = Play.of(21, { format: "t20", plain: true })
const timeline = Timeline.make(recording, timing)
const truth = Lying.truthOf(timeline, 21)
const { matchId, startsAt } = timeline.info
const half = Instant.plus(startsAt, Duration.minutes(40))
const later = Instant.plus(startsAt, Duration.hours(10))

const world = (kinds: ReadonlyArray<Lie.Name>, healAt = later, rate = 1) => {
  const counts = new Map<Lie.Name, number>()
  const feed = Simulated.make({
    matches: [truth],
    lots: Lots.make({
      seed: 2,
      healAt,
      faults: kinds.map((kind) => ({ kind, rate, from: Instant.fromMillis(0), until: later }))
    }),
    fired: (kind) => counts.set(kind, (counts.get(kind) ?? 0) + 1)
  })
  return { counts, feed }
}

const always: Feed.Window = { from: Instant.fromMillis(0), to: later }

describe("The simulated feed", () => {
  it.effect("plays the match by the clock, and knows no other", () =>
    Effect.gen(function* () {
      const feed = yield* Feed.Feed
      yield* TestClock.setTime(half)
      assert.deepStrictEqual(yield* feed.snapshot(matchId), Recorded.at(timeline, half))
      assert.isNull(yield* feed.snapshot("another" as typeof matchId))
      assert.deepStrictEqual(yield* feed.live, [matchId])
      assert.deepStrictEqual(
        (yield* feed.schedule(always)).map(({ info, status }) => [info.matchId, status]),
        [[matchId, "live"]]
      )
    }).pipe(
      Effect.provide(
        Simulated.layer({ matches: [truth], lots: Lots.make({ seed: 1, faults: [], healAt: startsAt }) })
      )
    )
  )

  it.effect("does not answer for as long as it hangs, and counts that at once", () =>
    Effect.gen(function* () {
      const { counts, feed } = world(["feed.hang"])
      yield* TestClock.setTime(half)
      const asked = yield* Effect.forkChild(Effect.result(feed.snapshot(matchId)))
      yield* TestClock.adjust("14 seconds")
      assert.isUndefined(asked.pollUnsafe())
      assert.deepStrictEqual([...counts], [["feed.hang", 1]])
      yield* TestClock.adjust("90 seconds")
      const found = yield* Fiber.join(asked)
      assert.isTrue(Result.isFailure(found) && found.failure.reason === "unreachable")
    })
  )

  it.effect("answers slowly, with what was so when it was asked", () =>
    Effect.gen(function* () {
      const { feed } = world(["feed.slow"])
      yield* TestClock.setTime(half)
      const asked = yield* Effect.forkChild(feed.snapshot(matchId))
      yield* TestClock.adjust("999 millis")
      assert.isUndefined(asked.pollUnsafe())
      yield* TestClock.adjust("10 seconds")
      assert.deepStrictEqual(yield* Fiber.join(asked), Recorded.at(timeline, half))
    })
  )

  it.effect("fails the schedule and the list of live matches as it fails a match", () =>
    Effect.gen(function* () {
      const { counts, feed } = world(["feed.html"])
      yield* TestClock.setTime(half)
      const asked: ReadonlyArray<Effect.Effect<unknown, { readonly reason: string }>> = [
        feed.schedule(always),
        feed.live,
        feed.snapshot(matchId)
      ]
      for (const question of asked) {
        const found = yield* Effect.result(question)
        assert.isTrue(Result.isFailure(found) && found.failure.reason === "unreadable")
      }
      assert.strictEqual(counts.get("feed.html"), 3)
    })
  )

  it.effect("lists a match nowhere while it has vanished, and lists one as live only while it says so", () =>
    Effect.gen(function* () {
      const gone = world(["feed.vanished"])
      const off = world(["feed.calledOff"])
      const seen = new Set<string>()
      for (let minute = 0; minute < 60; minute++) {
        yield* TestClock.setTime(Instant.plus(startsAt, Duration.minutes(minute)))
        const isGone = (yield* gone.feed.snapshot(matchId)) === null
        assert.strictEqual((yield* gone.feed.schedule(always)).length, isGone ? 0 : 1)
        assert.strictEqual((yield* gone.feed.live).length, isGone ? 0 : 1)
        const status = (yield* off.feed.snapshot(matchId))?.status
        assert.strictEqual((yield* off.feed.schedule(always))[0]?.status, status)
        assert.strictEqual((yield* off.feed.live).length, status === "abandoned" ? 0 : 1)
        seen.add(isGone ? "gone" : "there").add(`${status}`)
      }
      assert.includeMembers([...seen], ["gone", "there", "abandoned", "live"])
    })
  )

  it.effect("tells the truth at once when it has healed", () =>
    Effect.gen(function* () {
      const { counts, feed } = world(Lie.names, half)
      yield* TestClock.setTime(half)
      assert.deepStrictEqual(yield* feed.snapshot(matchId), Recorded.at(timeline, half))
      assert.deepStrictEqual(yield* feed.live, [matchId])
      assert.strictEqual((yield* feed.schedule(always)).length, 1)
      assert.strictEqual(counts.size, 0)
    })
  )
})
