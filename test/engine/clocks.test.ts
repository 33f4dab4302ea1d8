import { it } from "@effect/vitest"
import { Instant } from "@sightscreen/decider"
import type { Snapshot } from "@sightscreen/domain"
import { Feed } from "@sightscreen/feed"
import { Crowd, type World } from "@sightscreen/simulation"
import { Clock, Duration, Effect } from "effect"
import { assert, describe } from "vitest"
import * as Kit from "./kit.ts"

const crowd = (): Crowd.Crowd => Crowd.make(3, "kit", [17, 4], (_, nth) => (nth === 0 ? { os: [18, 2] } : {}))

/** The clock of a server that somebody sets: it says another time, and waits as long as any other. */
const set = (clock: Clock.Clock) => {
  let ahead = 0
  const millis = () => clock.currentTimeMillisUnsafe() + ahead
  const nanos = () => clock.currentTimeNanosUnsafe() + BigInt(ahead) * 1_000_000n
  const server: Clock.Clock = {
    ...clock,
    currentTimeMillisUnsafe: millis,
    currentTimeMillis: Effect.sync(millis),
    currentTimeNanosUnsafe: nanos,
    currentTimeNanos: Effect.sync(nanos),
    sleep: (duration) => clock.sleep(duration)
  }
  return { server, jump: (by: Duration.Duration) => Effect.sync(() => void (ahead = Duration.toMillis(by))) }
}

/** Read at the server's own time, of balls that nobody has timed. */
const untimed = (snapshot: Snapshot.Snapshot, at: Instant.Instant): Snapshot.Snapshot => ({
  ...snapshot,
  at,
  innings: snapshot.innings.map((one) => ({
    ...one,
    card:
      one.card._tag !== "Balls"
        ? one.card
        : {
            ...one.card,
            overs: one.card.overs.map((over) => ({
              ...over,
              deliveries: over.deliveries.map((ball) => ({ ...ball, at: null }))
            }))
          }
  }))
})

const worldOf = Effect.fnUntraced(function* () {
  const clock = yield* Clock.Clock
  const world: World.World = yield* Kit.atNoon({
    crowd: crowd(),
    disturb: (services) =>
      Kit.instead(services, Feed.Feed, (feed) => {
        const right = <A, E>(effect: Effect.Effect<A, E>) => Effect.provideService(effect, Clock.Clock, clock)
        return {
          live: right(feed.live),
          schedule: (window) => right(feed.schedule(window)),
          isMarquee: feed.isMarquee,
          snapshot: (matchId) =>
            Effect.flatMap(Clock.currentTimeMillis, (now) =>
              Effect.map(right(feed.snapshot(matchId)), (snapshot) =>
                snapshot === null ? null : untimed(snapshot, Instant.fromMillis(now))
              )
            )
        }
      })
  })
  const { jump, server } = set(clock)
  const start = Effect.provideService(world.start, Clock.Clock, server)
  yield* start
  for (const deviceId of Kit.ids(world.crowd)) {
    yield* world.launch(deviceId)
    yield* world.follow(deviceId, Kit.matchId)
  }
  return { world, jump, start }
})

/** Strictly, but for the same thing said again under the stamp that it had. */
const checkRising = (world: World.World): void => {
  const all = Map.groupBy(
    Kit.accepted(world).filter(({ event }) => event === "update" || event === "end"),
    ({ token }) => token
  )
  for (const [token, pushes] of all) {
    const said = new Map<number, string>()
    let last = 0
    for (const { event, stamp } of pushes) {
      assert.isAtLeast(stamp, last, token.slice(-6))
      last = stamp
      const before = said.get(stamp)
      if (before !== undefined) assert.strictEqual(event, before)
      said.set(stamp, event)
    }
  }
}

describe("a server's clock that is set", () => {
  for (const [what, by] of [
    ["ahead", Duration.minutes(10)],
    ["back", Duration.minutes(-10)]
  ] as const) {
    it.effect(`ten minutes ${what} for two minutes leaves stamps that rise, and every phone right`, () =>
      Effect.gen(function* () {
        const { jump, world } = yield* worldOf()
        yield* Kit.until("3 minutes")
        yield* jump(by)
        yield* Kit.until("5 minutes")
        yield* jump(Duration.zero)
        yield* Kit.toTheEnd
        checkRising(world)
        Kit.checkRight(world)
        Kit.checkSafe(world)
        const leads = Kit.accepted(world, "update").map(({ at, stamp }) => stamp - Instant.toSeconds(at))
        assert.isBelow(Math.min(...leads), 60)
        // A clock that was ahead has its say; one that is behind is overruled by the stamps so far.
        if (Duration.toMillis(by) > 0) assert.isAtLeast(Math.max(...leads), 590)
        else assert.isBelow(Math.max(...leads), 60)
        for (const id of Kit.ids(world.crowd)) {
          const buzzed = Kit.titles(world, id)
          assert.strictEqual(buzzed.at(-1), Kit.news.at(-1)!.title, id)
          assert.deepStrictEqual(buzzed, [...new Set(buzzed)], id)
        }
      }).pipe(Effect.scoped)
    )

    it.effect(`ten minutes ${what} while it was down goes on above the last stamp`, () =>
      Effect.gen(function* () {
        const { jump, start, world } = yield* worldOf()
        yield* Kit.until("4 minutes")
        yield* world.crash
        yield* jump(by)
        yield* start
        yield* Kit.until("8 minutes")
        yield* world.crash
        yield* jump(Duration.zero)
        yield* start
        yield* Kit.until(Duration.sum(Kit.over, Duration.minutes(4)))
        checkRising(world)
        Kit.checkRight(world)
        Kit.checkSafe(world)
      }).pipe(Effect.scoped)
    )
  }

  it.effect("a little back now and then tells everything all the same", () =>
    Effect.gen(function* () {
      const { jump, world } = yield* worldOf()
      for (let minute = 1; minute < 12; minute++) {
        yield* Kit.until(Duration.minutes(minute))
        yield* jump(Duration.seconds(minute % 2 === 0 ? 2 : -2))
      }
      yield* Kit.toTheEnd
      checkRising(world)
      Kit.checkRight(world)
      Kit.checkAlerts(world)
      Kit.checkSafe(world)
    }).pipe(Effect.scoped)
  )
})
