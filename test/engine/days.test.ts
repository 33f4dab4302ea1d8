import { it } from "@effect/vitest"
import { Instant } from "@sightscreen/decider"
import { Bundled, Faulty, Feed, type Recording, Tape } from "@sightscreen/feed"
import { ActivityKit } from "@sightscreen/handset"
import { Crowd, EventLog } from "@sightscreen/simulation"
import { ActiveMatches } from "@sightscreen/store"
import { Context, Duration, Effect, Result } from "effect"
import { readFileSync } from "node:fs"
import { assert, describe } from "vitest"
import * as Kit from "./kit.ts"

const followOn = Result.getOrThrow(Tape.decode(readFileSync(Bundled.find("follow-on")!.url)))

/** A few overs of each innings, on two days: what is dear is the nights. */
const test: Recording.Recording = {
  ...followOn,
  dates: ["2023-02-24", "2023-02-25"],
  innings: followOn.innings.map((innings, nth) => ({
    ...innings,
    // The first is longer, so that no evening falls together with the end of an innings.
    overs: innings.overs.slice(0, nth === 0 ? 7 : 5)
  }))
}

const timeline = Kit.timelineWith({ sessions: true, ballMillis: 40_000, breakMillis: 10 * 60_000 }, test)
const later = (after: Duration.Duration, seconds: number) => Duration.sum(after, Duration.seconds(seconds))

const last = Instant.since(timeline.times.at(-1)!, Kit.noon)

/** From the first ball of each day to its stumps, or to the end of the match. */
const days = ((): ReadonlyArray<{ readonly from: Instant.Instant; readonly to: Instant.Instant }> => {
  const found: Array<{ from: Instant.Instant; to: Instant.Instant }> = []
  let from = timeline.times[0]!
  timeline.places.forEach(({ shows }, position) => {
    const next = timeline.times[position + 1]
    const retires = shows.some(({ status }) => status === "stumps")
    if (!retires && next !== undefined) return
    found.push({ from, to: timeline.times[position]! })
    if (next !== undefined) from = next
  })
  return found
})()

const final = (() => {
  const { content } = EventLog.of({ ...test, info: { ...test.info, matchId: Kit.matchId } }).final
  return content === null ? "" : Kit.looks(content)
})()

const crowd = (): Crowd.Crowd => Crowd.make(2, "kit", [17, 4], (_, nth) => (nth === 0 ? { os: [18, 2] } : {}))

/** From when to when an activity was live. */
const lived = ({ startedAt, state }: ActivityKit.Activity) => ({
  from: startedAt,
  to: state._tag === "Ended" || state._tag === "Dismissed" ? state.at : Infinity
})

describe("a Test", () => {
  it.effect(
    "is on every follower's phone while there is play, once, and ends each evening",
    () =>
      Effect.gen(function* () {
        assert.strictEqual(days.length, 2)
        const world = yield* Kit.everybodyFollows({ crowd: crowd(), timelines: [timeline] })
        const seen: Array<string> = []
        for (const [nth, { from, to }] of days.entries()) {
          if (nth === 1) {
            // The server has fallen in the very minute of stumps; it falls again before breakfast.
            yield* Kit.until(Instant.since(Instant.minus(from, Duration.hours(1)), Kit.noon))
            yield* world.crash
            yield* world.start
          }
          if (nth === 0) {
            yield* Kit.until(Instant.since(Instant.plus(to, Duration.seconds(41)), Kit.noon))
            yield* world.crash
            yield* world.start
          }
          yield* Kit.until(Instant.since(Instant.plus(to, Duration.minutes(3)), Kit.noon))
          for (const id of Kit.ids(world.crowd)) {
            const all = Kit.activities(world, id)
            assert.strictEqual(all.length, nth + 1, `${id} on day ${nth + 1}`)
            const { state } = all.at(-1)!
            assert.strictEqual(state._tag, "Ended", id)
            if (state._tag !== "Ended") continue
            // The score overnight stays for four hours; the result for a quarter of an hour.
            const stays = Math.round((state.leavesAt - state.at) / 60_000)
            assert.strictEqual(stays, nth === days.length - 1 ? 15 : 240, id)
            const day = lived(all.at(-1)!)
            assert.isAtMost(day.from - from, 60_000, `${id} on day ${nth + 1}`)
            assert.isAtLeast(day.to, to, `${id} on day ${nth + 1}`)
            seen.push(Kit.shows(all.at(-1)))
          }
        }
        assert.strictEqual(new Set(seen).size, 2)
        for (const id of Kit.ids(world.crowd))
          assert.strictEqual(Kit.shows(Kit.activities(world, id).at(-1)), final, id)
        assert.strictEqual(Kit.accepted(world, "start").length, 4)
        // Each day of those who can has a channel of its own.
        const channels = Kit.activities(world, "phone-1").map(({ address }) =>
          address._tag === "Channel" ? address.channelId : null
        )
        assert.strictEqual(new Set(channels).size, 2)
        assert.notInclude(channels, null)
        Kit.checkSafe(world)
        yield* Kit.until(later(last, 3 * 3600))
        assert.deepStrictEqual(yield* world.apple.channels, [])
        assert.deepStrictEqual(yield* Kit.followers(world), [])
      }).pipe(Effect.scoped),
    { timeout: 90_000 }
  )

  it.effect(
    "that is lost by its feed in the night is waited for until the next evening",
    () =>
      Effect.gen(function* () {
        const from = Instant.plus(days[0]!.to, Duration.hours(2))
        const world = yield* Kit.everybodyFollows({
          crowd: crowd(),
          timelines: [timeline],
          disturb: (services) =>
            Kit.instead(services, Feed.Feed, (feed) =>
              Faulty.make(feed, [{ _tag: "Vanishes", matchId: Kit.matchId, from, until: null }])
            )
        })
        const matches = Context.get(world.store, ActiveMatches.ActiveMatches)
        yield* Kit.until(Instant.since(Instant.plus(from, Duration.hours(23)), Kit.noon))
        assert.strictEqual((yield* matches.all).length, 1)
        assert.strictEqual((yield* Kit.followers(world)).length, 2)
        yield* Kit.until(Instant.since(Instant.plus(from, Duration.hours(25)), Kit.noon))
        assert.deepStrictEqual(yield* matches.all, [])
        assert.deepStrictEqual(yield* Kit.followers(world), [])
        for (const id of Kit.ids(world.crowd)) assert.strictEqual(Kit.activities(world, id).length, 1)
        Kit.checkSafe(world)
      }).pipe(Effect.scoped),
    { timeout: 90_000 }
  )
})

describe("a day's play of more than eight hours", () => {
  /** Balls so slow that no break comes before. */
  const slow = Kit.timelineWith({ ballMillis: 14 * 60_000 })

  it.effect(
    "has its activity renewed in time, new before old",
    () =>
      Effect.gen(function* () {
        const world = yield* Kit.everybodyFollows({ crowd: crowd(), timelines: [slow] })
        yield* Kit.until(Duration.minutes(7 * 60 + 44))
        for (const id of Kit.ids(world.crowd)) assert.strictEqual(Kit.activities(world, id).length, 1, id)
        yield* Kit.until(Duration.minutes(7 * 60 + 50))
        for (const id of Kit.ids(world.crowd)) {
          const [first, second, ...more] = Kit.activities(world, id)
          assert.deepStrictEqual(more, [])
          assert.isTrue(ActivityKit.isLive(second!), id)
          assert.strictEqual(Kit.live(world, id).length, 1, id)
          const beside = lived(first!).to - second!.startedAt
          assert.isAtLeast(beside, 0, id)
          assert.isAtMost(beside, 60_000, id)
        }
        Kit.checkSafe(world)
      }).pipe(Effect.scoped),
    { timeout: 90_000 }
  )
})
