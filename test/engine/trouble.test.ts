import { it } from "@effect/vitest"
import { Instant } from "@sightscreen/decider"
import { Feed, FeedError } from "@sightscreen/feed"
import { Crowd } from "@sightscreen/simulation"
import {
  Activities,
  ActiveMatches,
  BroadcastChannels,
  Deliveries,
  Editions,
  Fault,
  Fixtures,
  Follows,
  PushTokens
} from "@sightscreen/store"
import { Clock, Context, Duration, Effect } from "effect"
import { assert, describe } from "vitest"
import * as Kit from "./kit.ts"

const later = (after: Duration.Duration, seconds: number) => Duration.sum(after, Duration.seconds(seconds))

/** Between two moments of the world. */
const during = (from: Duration.Duration, seconds: number) =>
  Effect.map(Clock.currentTimeMillis, (now) => {
    const since = now - Kit.noon - Duration.toMillis(from)
    return since >= 0 && since < seconds * 1000
  })

const unreachable = new FeedError.FeedError({
  reason: "unreachable",
  subject: "the feed",
  problem: "nothing came"
})

describe("a feed", () => {
  it.effect("that fails, knows nothing or talks nonsense for a while changes nothing on a screen", () =>
    Effect.gen(function* () {
      const from = later(Kit.fire, 4)
      const world = yield* Kit.everybodyFollows({
        count: 1,
        disturb: (services) =>
          Kit.instead(services, Feed.Feed, (feed) => ({
            ...feed,
            live: Effect.flatMap(during(from, 40), (bad) => (bad ? Effect.fail(unreachable) : feed.live)),
            snapshot: (matchId) =>
              Effect.gen(function* () {
                if (yield* during(from, 10)) return yield* unreachable
                if (yield* during(from, 20)) return null
                const snapshot = yield* feed.snapshot(matchId)
                if (snapshot === null || !(yield* during(from, 30))) return snapshot
                // A total that is not the sum of its balls.
                return {
                  ...snapshot,
                  innings: snapshot.innings.map((one) => ({
                    ...one,
                    card:
                      one.card._tag === "Balls"
                        ? { ...one.card, stated: { runs: 999, wickets: 0 } }
                        : one.card
                  }))
                }
              })
          }))
      })
      yield* Kit.until(from)
      const before = Kit.shows(Kit.live(world, "phone-1")[0])
      const pushes = Kit.accepted(world).length
      yield* Kit.until(later(from, 29))
      assert.strictEqual(Kit.shows(Kit.live(world, "phone-1")[0]), before)
      assert.strictEqual(Kit.accepted(world).length, pushes)
      yield* Kit.toTheEnd
      Kit.checkRight(world)
      Kit.checkSafe(world)
    }).pipe(Effect.scoped)
  )

  it.effect("that never answers one question is asked another", () =>
    Effect.gen(function* () {
      let asked = 0
      const world = yield* Kit.everybodyFollows({
        count: 1,
        disturb: (services) =>
          Kit.instead(services, Feed.Feed, (feed) => ({
            ...feed,
            snapshot: (matchId) =>
              Effect.suspend(() => (++asked % 10 === 0 ? Effect.never : feed.snapshot(matchId)))
          }))
      })
      yield* Kit.toTheEnd
      Kit.checkRight(world)
      Kit.checkAlerts(world)
      Kit.checkSafe(world)
    }).pipe(Effect.scoped)
  )

  it.effect("that goes on listing a match whose end was told does not begin it again", () =>
    Effect.gen(function* () {
      const world = yield* Kit.everybodyFollows({
        count: 1,
        disturb: (services) =>
          Kit.instead(services, Feed.Feed, (feed) => ({
            ...feed,
            live: Effect.succeed([Kit.matchId]),
            // Its schedule lags as well: there the match is on for ever.
            schedule: (window) =>
              Effect.map(feed.schedule(window), (all) =>
                all.map((one) => ({ ...one, status: "live" as const, outcome: null }))
              )
          }))
      })
      yield* Kit.until(later(Kit.over, 40 * 60))
      assert.deepStrictEqual(yield* Context.get(world.store, ActiveMatches.ActiveMatches).all, [])
      assert.strictEqual(
        (yield* Context.get(world.store, Fixtures.Fixtures).get(Kit.matchId))?.status,
        "finished"
      )
      Kit.checkRight(world)
      Kit.checkAlerts(world)
    }).pipe(Effect.scoped)
  )

  it.effect("may put a match that was called off on again", () =>
    Effect.gen(function* () {
      const world = yield* Kit.atNoon({ count: 1 })
      const fixtures = Context.get(world.store, Fixtures.Fixtures)
      yield* fixtures.upsert([
        {
          matchId: Kit.matchId,
          info: Kit.timeline.info,
          status: "cancelled",
          outcome: null,
          updatedAt: Instant.minus(Kit.noon, Duration.hours(1))
        }
      ])
      yield* world.start
      yield* world.launch("phone-1")
      yield* world.follow("phone-1", Kit.matchId)
      yield* Kit.toTheEnd
      Kit.checkRight(world)
    }).pipe(Effect.scoped)
  )
})

/** Every write and read of some tables fails for a while. */
const failing = <S extends object>(service: S, from: Duration.Duration, seconds: number): S => {
  const fault = new Fault.StoreError({
    table: "some",
    operation: "any",
    retryable: true,
    cause: new Error("the database does not answer")
  })
  const broken = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
    Effect.flatMap(
      during(from, seconds),
      (bad): Effect.Effect<A, E | Fault.StoreError, R> => (bad ? Effect.fail(fault) : effect)
    )
  return Object.fromEntries(
    Object.entries(service).map(([name, it]) => [
      name,
      typeof it === "function"
        ? (...args: ReadonlyArray<unknown>) =>
            broken(Reflect.apply(it, service, args) as Effect.Effect<unknown>)
        : Effect.isEffect(it)
          ? broken(it)
          : it
    ])
  ) as S
}

describe("a store", () => {
  for (const [what, from, seconds] of [
    ["around an alert", later(Kit.fire, -8), 30],
    ["as the match begins", Duration.seconds(50), 30],
    ["at the end", later(Kit.over, -4), 30]
  ] as const) {
    it.effect(`that fails ${what} loses nothing once it is back`, () =>
      Effect.gen(function* () {
        const world = yield* Kit.everybodyFollows({
          crowd: Crowd.make(2, "kit", [17, 4], (_, nth) => (nth === 0 ? { os: [18, 2] } : {})),
          disturb: (services) => {
            let some = services
            some = Kit.instead(some, BroadcastChannels.BroadcastChannels, (it) => failing(it, from, seconds))
            some = Kit.instead(some, ActiveMatches.ActiveMatches, (it) => failing(it, from, seconds))
            some = Kit.instead(some, Activities.Activities, (it) => failing(it, from, seconds))
            some = Kit.instead(some, Editions.Editions, (it) => failing(it, from, seconds))
            some = Kit.instead(some, Follows.Follows, (it) => failing(it, from, seconds))
            some = Kit.instead(some, PushTokens.PushTokens, (it) => failing(it, from, seconds))
            return Kit.instead(some, Fixtures.Fixtures, (it) => failing(it, from, seconds))
          }
        })
        yield* Kit.toTheEnd
        Kit.checkRight(world)
        Kit.checkAlerts(world)
        Kit.checkSafe(world)
        assert.deepStrictEqual(yield* Kit.statuses(world), ["ended", "ended"])
      }).pipe(Effect.scoped)
    )
  }

  it.effect("that cannot be written to by the ledger alone holds nothing up", () =>
    Effect.gen(function* () {
      const world = yield* Kit.everybodyFollows({
        count: 1,
        disturb: (services) =>
          Kit.instead(services, Deliveries.Deliveries, (it) => failing(it, Duration.zero, 100_000))
      })
      yield* Kit.toTheEnd
      Kit.checkRight(world)
      Kit.checkAlerts(world)
    }).pipe(Effect.scoped)
  )
})
