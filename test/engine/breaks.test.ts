import { it } from "@effect/vitest"
import { Instant } from "@sightscreen/decider"
import type { Status } from "@sightscreen/domain"
import { Faulty, Feed, type Timeline } from "@sightscreen/feed"
import { ActivityKit } from "@sightscreen/handset"
import { Crowd, type World } from "@sightscreen/simulation"
import { ActiveMatches, Activities } from "@sightscreen/store"
import { Context, Duration, Effect } from "effect"
import { assert, describe } from "vitest"
import * as Kit from "./kit.ts"

const later = (after: Duration.Duration, seconds: number) => Duration.sum(after, Duration.seconds(seconds))

const instant = (after: Duration.Duration) => Instant.plus(Kit.noon, after)

const faulty = (...faults: ReadonlyArray<Faulty.Fault>): Pick<World.Options, "disturb"> => ({
  disturb: (services) => Kit.instead(services, Feed.Feed, (feed) => Faulty.make(feed, faults))
})

/** One phone of each kind, whose app ends an activity that was silent for too long, to the minute. */
const strict = (): Crowd.Crowd =>
  Crowd.make(2, "kit", [17, 4], (_, nth) => ({
    endsQuiet: "on time",
    ...(nth === 0 ? { os: [18, 2] as const } : {})
  }))

const last = (timeline: Timeline.Timeline) => Instant.since(timeline.times.at(-1)!, Kit.noon)

const content = (world: World.World, deviceId: string) =>
  Kit.activities(world, deviceId).at(-1)?.content as
    | { readonly interruption: string; readonly phase: string; readonly expanded: { statusLine: string } }
    | undefined

/** Pushes by their stamps, each once: whoever joins a channel has the newest state said again. */
const pushes = (world: World.World) => {
  const [, all] = [...Map.groupBy(Kit.accepted(world, "update"), ({ token }) => token)].at(-1)!
  return all.filter(({ stamp }, nth) => all[nth - 1]?.stamp !== stamp)
}

const ends = (world: World.World) => Kit.accepted(world, "end")

const generations = (world: World.World) =>
  Effect.map(
    Context.get(world.store, Activities.Activities).ofMatch(
      Kit.matchId,
      ["pending", "active", "token_invalid", "failed", "ended"],
      { after: null, limit: 100 }
    ),
    (rows) => rows.map(({ generation, status }) => `${generation} ${status}`)
  )

describe("rain", () => {
  /** After ten balls, for an hour and a half. */
  const wet = Kit.timelineWith({
    interruptions: [{ afterBall: 10, status: "suspended", lasts: Duration.minutes(90) }]
  })
  const from = Instant.since(wet.times[10]!, Kit.noon)
  const until = later(from, 90 * 60)

  it.effect("of more than half an hour keeps every activity, by a heartbeat every twenty minutes", () =>
    Effect.gen(function* () {
      let polls = 0
      const world = yield* Kit.everybodyFollows({
        crowd: strict(),
        timelines: [wet],
        disturb: (services) =>
          Kit.instead(services, Feed.Feed, (feed) => ({
            ...feed,
            snapshot: (matchId) =>
              Effect.suspend(() => {
                polls += 1
                return feed.snapshot(matchId)
              })
          }))
      })
      yield* Kit.until(later(from, 20))
      for (const id of Kit.ids(world.crowd)) assert.strictEqual(content(world, id)?.interruption, "suspended")
      const alerts = Kit.ids(world.crowd).map((id) => Kit.titles(world, id).length)
      polls = 0
      const before = pushes(world).length
      yield* Kit.until(later(from, 89 * 60))
      // Nothing can happen that cannot wait a minute.
      assert.isAtMost(polls, 90)
      const beats = pushes(world).slice(before)
      const minutes = beats.map(({ at }) => Math.round((at - instant(from)) / 60_000))
      assert.deepStrictEqual(minutes.length, 4, minutes.join())
      for (const { alert, priority } of beats) assert.deepStrictEqual([priority, alert], [5, false])
      for (const id of Kit.ids(world.crowd)) assert.strictEqual(Kit.live(world, id).length, 1)
      assert.deepStrictEqual(
        Kit.ids(world.crowd).map((id) => Kit.titles(world, id).length),
        alerts
      )
      // Play goes on: the first reading that says so is on every screen at once, and hurries nobody.
      yield* Kit.until(later(until, 62))
      const resumed = pushes(world).find(({ at }) => at >= instant(until))
      assert.isDefined(resumed)
      assert.deepStrictEqual([resumed!.priority, resumed!.alert], [5, false])
      for (const id of Kit.ids(world.crowd)) assert.strictEqual(content(world, id)?.interruption, "none")
      yield* Kit.until(later(last(wet), 120))
      Kit.checkRight(world)
      Kit.checkAlerts(world)
      Kit.checkSafe(world)
      assert.strictEqual(Kit.accepted(world, "start").length, 2)
    }).pipe(Effect.scoped)
  )

  it.effect("that outlasts an activity's eight hours has it renewed meanwhile, new before old", () =>
    Effect.gen(function* () {
      const long = Kit.timelineWith({
        interruptions: [{ afterBall: 10, status: "suspended", lasts: Duration.hours(9) }]
      })
      const world = yield* Kit.everybodyFollows({ crowd: strict(), timelines: [long] })
      // In a break it need not be put off until the last moment.
      yield* Kit.until(Duration.minutes(6 * 60 + 29))
      for (const id of Kit.ids(world.crowd)) assert.strictEqual(Kit.activities(world, id).length, 1)
      yield* Kit.until(Duration.minutes(6 * 60 + 35))
      for (const id of Kit.ids(world.crowd)) {
        const [old, fresh] = Kit.activities(world, id)
        assert.isFalse(ActivityKit.isLive(old!), id)
        assert.isTrue(ActivityKit.isLive(fresh!), id)
        const { state } = old!
        const gone = state._tag === "Ended" || state._tag === "Dismissed" ? state.at : Infinity
        assert.isAtLeast(gone, fresh!.startedAt, id)
        assert.isAtMost(gone - fresh!.startedAt, 60_000, id)
        assert.strictEqual(content(world, id)?.interruption, "suspended")
      }
      yield* Kit.until(later(last(long), 120))
      Kit.checkRight(world)
      Kit.checkSafe(world)
      // A renewal is a start, which Apple wants to be heard; beside it everything is heard once.
      for (const id of Kit.ids(world.crowd))
        assert.deepStrictEqual(
          Kit.titles(world, id).slice(2),
          Kit.news.map(({ title }) => title),
          id
        )
      assert.deepStrictEqual(yield* generations(world), ["1 ended", "2 ended", "1 ended", "2 ended"])
    }).pipe(Effect.scoped)
  )
})

describe("a match that is called off", () => {
  const says = (status: Status.Status, minutes: number, at = later(Kit.fire, -120)): Faulty.Fault => ({
    _tag: "Says",
    matchId: Kit.matchId,
    from: instant(at),
    until: instant(later(at, minutes * 60)),
    status
  })

  it.effect("and goes on within ten minutes has lost nobody", () =>
    Effect.gen(function* () {
      const slow = Kit.timelineWith({ ballMillis: 30_000 })
      const world = yield* Kit.everybodyFollows({
        crowd: strict(),
        timelines: [slow],
        ...faulty(says("abandoned", 8))
      })
      yield* Kit.until(later(Kit.fire, 5 * 60))
      for (const id of Kit.ids(world.crowd)) assert.strictEqual(Kit.live(world, id).length, 1, id)
      assert.deepStrictEqual(ends(world), [])
      assert.isNotEmpty(yield* Kit.followers(world))
      yield* Kit.until(later(last(slow), 120))
      Kit.checkRight(world)
      Kit.checkSafe(world)
      for (const id of Kit.ids(world.crowd)) {
        assert.strictEqual(Kit.activities(world, id).length, 1, id)
        assert.strictEqual(Kit.titles(world, id).at(-1), Kit.news.at(-1)!.title, id)
      }
    }).pipe(Effect.scoped)
  )

  it.effect("for good ends ten minutes later, and says so", () =>
    Effect.gen(function* () {
      const world = yield* Kit.everybodyFollows({
        crowd: strict(),
        ...faulty(says("abandoned", 24 * 60))
      })
      yield* Kit.until(later(Kit.fire, 7 * 60))
      for (const id of Kit.ids(world.crowd)) assert.strictEqual(Kit.live(world, id).length, 1, id)
      yield* Kit.until(later(Kit.fire, 10 * 60))
      for (const id of Kit.ids(world.crowd)) {
        assert.strictEqual(Kit.live(world, id).length, 0, id)
        assert.strictEqual(content(world, id)?.phase, "abandoned", id)
        assert.match(Kit.alerts(world, id).at(-1)!.body, /abandoned/i, id)
      }
      yield* Kit.until(later(Kit.fire, 30 * 60))
      assert.deepStrictEqual(yield* Kit.followers(world), [])
      assert.deepStrictEqual(yield* Context.get(world.store, ActiveMatches.ActiveMatches).all, [])
      Kit.checkSafe(world)
    }).pipe(Effect.scoped)
  )

  it.effect("by a word that it is cancelled ends at once", () =>
    Effect.gen(function* () {
      const world = yield* Kit.everybodyFollows({
        crowd: strict(),
        ...faulty(says("cancelled", 24 * 60))
      })
      yield* Kit.until(later(Kit.fire, -110))
      for (const id of Kit.ids(world.crowd)) {
        assert.strictEqual(Kit.live(world, id).length, 0, id)
        assert.strictEqual(content(world, id)?.phase, "abandoned", id)
      }
      yield* Kit.until(later(Kit.fire, 30 * 60))
      assert.deepStrictEqual(yield* Kit.followers(world), [])
      Kit.checkSafe(world)
    }).pipe(Effect.scoped)
  )

  it.effect("until another day after its first ball goes from screens, and its followers see it then", () =>
    Effect.gen(function* () {
      const world = yield* Kit.everybodyFollows({
        crowd: strict(),
        ...faulty(says("postponed", 6 * 60))
      })
      yield* Kit.until(later(Kit.fire, -110))
      for (const id of Kit.ids(world.crowd)) {
        assert.strictEqual(Kit.live(world, id).length, 0, id)
        assert.strictEqual(content(world, id)?.interruption, "postponed", id)
      }
      yield* Kit.until(later(Kit.fire, 30 * 60))
      assert.strictEqual((yield* Kit.followers(world)).length, 2)
      assert.deepStrictEqual(yield* Context.get(world.store, ActiveMatches.ActiveMatches).all, [])
      Kit.checkSafe(world)
    }).pipe(Effect.scoped)
  )

  it.effect("before its first ball is shown to nobody until it is played", () =>
    Effect.gen(function* () {
      const postponed = Kit.timelineWith({
        interruptions: [{ afterBall: -1, status: "postponed", lasts: Duration.hours(5) }]
      })
      const world = yield* Kit.everybodyFollows({ crowd: strict(), timelines: [postponed] })
      yield* Kit.until("4 hours")
      assert.deepStrictEqual(Kit.accepted(world, "start"), [])
      assert.strictEqual((yield* Kit.followers(world)).length, 2)
      yield* Kit.until(later(last(postponed), 120))
      Kit.checkRight(world)
      Kit.checkAlerts(world)
      Kit.checkSafe(world)
    }).pipe(Effect.scoped)
  )

  it.effect("for a late start is shown when it starts", () =>
    Effect.gen(function* () {
      const delayed = Kit.timelineWith({
        interruptions: [{ afterBall: -1, status: "delayed", lasts: Duration.hours(2) }]
      })
      const world = yield* Kit.everybodyFollows({ crowd: strict(), timelines: [delayed] })
      yield* Kit.until(later(last(delayed), 120))
      Kit.checkRight(world)
      Kit.checkAlerts(world)
      Kit.checkSafe(world)
    }).pipe(Effect.scoped)
  )
})

describe("a match that the feed loses", () => {
  const vanishes = (minutes: number | null, at = later(Kit.fire, -120)): Faulty.Fault => ({
    _tag: "Vanishes",
    matchId: Kit.matchId,
    from: instant(at),
    until: minutes === null ? null : instant(later(at, minutes * 60))
  })

  it.effect("and finds again an hour later has lost nobody", () =>
    Effect.gen(function* () {
      const slow = Kit.timelineWith({
        interruptions: [{ afterBall: 10, status: "suspended", lasts: Duration.minutes(80) }]
      })
      const world = yield* Kit.everybodyFollows({
        crowd: strict(),
        timelines: [slow],
        ...faulty(vanishes(60))
      })
      yield* Kit.until(later(last(slow), 120))
      Kit.checkRight(world)
      Kit.checkAlerts(world)
      Kit.checkSafe(world)
      for (const id of Kit.ids(world.crowd)) assert.strictEqual(Kit.activities(world, id).length, 1, id)
    }).pipe(Effect.scoped)
  )

  it.effect("for good is over after six hours without a word of it", () =>
    Effect.gen(function* () {
      const world = yield* Kit.everybodyFollows({ crowd: strict(), ...faulty(vanishes(null)) })
      yield* Kit.until("6 hours")
      for (const id of Kit.ids(world.crowd)) assert.strictEqual(Kit.live(world, id).length, 1, id)
      const alerts = Kit.ids(world.crowd).map((id) => Kit.titles(world, id).length)
      yield* Kit.until(Duration.minutes(6 * 60 + 10))
      for (const id of Kit.ids(world.crowd)) assert.strictEqual(Kit.live(world, id).length, 0, id)
      assert.deepStrictEqual(
        Kit.ids(world.crowd).map((id) => Kit.titles(world, id).length),
        alerts
      )
      yield* Kit.until(Duration.minutes(6 * 60 + 40))
      assert.deepStrictEqual(yield* Context.get(world.store, ActiveMatches.ActiveMatches).all, [])
      assert.deepStrictEqual(yield* Kit.followers(world), [])
      Kit.checkSafe(world)
    }).pipe(Effect.scoped)
  )
})
