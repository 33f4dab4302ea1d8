import { it } from "@effect/vitest"
import { Instant } from "@sightscreen/decider"
import { type Ids, Preferences as Likes } from "@sightscreen/domain"
import { MatchOrchestrator, TeamScout } from "@sightscreen/engine"
import { Crowd, type World } from "@sightscreen/simulation"
import { Activities, Follows, Preferences } from "@sightscreen/store"
import { Context, Duration, Effect } from "effect"
import { assert, describe } from "vitest"
import * as Kit from "./kit.ts"

const owner = (deviceId: string) => `owner of ${deviceId}` as Ids.UserId

const say = (world: World.World, deviceId: string, changes: Partial<Likes.Preferences>) =>
  Context.get(world.store, Preferences.Preferences).set(
    owner(deviceId),
    { ...Likes.usual, ...changes },
    Kit.noon
  )

/** Kit.noon is 15:06:40 in Greenwich. */
const clock = (after: Duration.Duration): string => {
  const minutes = 15 * 60 + 6 + Math.ceil(40 / 60 + Duration.toMinutes(after))
  return `${Math.floor(minutes / 60)}:${`${minutes % 60}`.padStart(2, "0")}`
}

describe("what people like to be told", () => {
  it.effect("buzzes on their phones and nothing else does, while every screen shows the same", () =>
    Effect.gen(function* () {
      // The first two could listen to a channel.
      const crowd = Crowd.make(4, "kit", [17, 4], (_, nth) => (nth < 2 ? { os: [18, 2] } : {}))
      const [few, all, none, night] = Kit.ids(crowd) as [string, string, string, string]
      const quiet = {
        from: clock(Duration.sum(Kit.innings, Duration.minutes(-1))),
        until: "23:00",
        timeZone: "UTC"
      }
      const world = yield* Kit.atNoon({ crowd })
      yield* say(world, few, { alerts: ["results"] })
      yield* say(world, none, { alerts: [] })
      yield* say(world, night, { quiet })
      yield* world.start
      for (const deviceId of Kit.ids(crowd)) {
        yield* world.launch(deviceId)
        yield* world.follow(deviceId, Kit.matchId)
      }
      yield* Kit.toTheEnd
      const news = Kit.news.map(({ title }) => title)
      // The start of an activity has an alert of its own (Apple wants one), without a sound.
      const heard = (deviceId: string) => Kit.titles(world, deviceId).filter((title) => news.includes(title))
      const results = Kit.news.filter(({ after }) => after === Kit.innings || after === Kit.result)
      assert.deepStrictEqual(
        heard(few),
        results.map(({ title }) => title)
      )
      assert.deepStrictEqual(heard(all), news)
      assert.deepStrictEqual(heard(none), [])
      const awake = Kit.news.filter(
        ({ after }) => !Likes.isQuiet({ ...Likes.usual, quiet }, Instant.plus(Kit.noon, after))
      )
      assert.isAbove(awake.length, 0)
      assert.isBelow(awake.length, news.length)
      assert.deepStrictEqual(
        heard(night),
        awake.map(({ title }) => title)
      )
      Kit.checkRight(world)
      Kit.checkSafe(world)
    }).pipe(Effect.scoped)
  )
})

describe("a team that is followed", () => {
  it.effect("has its matches followed once, and what was left is left", () =>
    Effect.gen(function* () {
      const crowd = Kit.phones(2)
      const [fan, other] = Kit.ids(crowd) as [string, string]
      const world = yield* Kit.atNoon({ crowd })
      const { services } = yield* world.start
      const scout = Context.get(services, TeamScout.TeamScout)
      const follows = Context.get(world.store, Follows.Follows)
      const mine = (deviceId: string) =>
        Effect.map(follows.ofUser(owner(deviceId)), (all) => all.map(({ matchId }) => matchId))
      yield* say(world, fan, { teams: [` ${Kit.timeline.info.home.name.toUpperCase()} `] })
      yield* say(world, other, { teams: ["Nobody"] })
      yield* Kit.until(Duration.seconds(70))
      yield* scout.round
      assert.deepStrictEqual(yield* mine(fan), [Kit.matchId])
      assert.deepStrictEqual(yield* mine(other), [])
      yield* follows.unfollow(owner(fan), Kit.matchId, Instant.plus(Kit.noon, Duration.minutes(2)))
      yield* scout.round
      yield* scout.of(owner(fan), [Kit.timeline.info.home.name])
      assert.deepStrictEqual(yield* mine(fan), [])
      yield* scout.of(owner(other), [Kit.timeline.info.away.name])
      assert.deepStrictEqual(yield* mine(other), [Kit.matchId])
    }).pipe(Effect.scoped)
  )
})

describe("a phone that shows as many matches as it can", () => {
  for (const yields of ["oldest", "newest"] as const)
    it.effect(`has its ${yields} give way, as its owner likes`, () =>
      Effect.gen(function* () {
        const crowd = Kit.phones(1)
        const [phone] = Kit.ids(crowd) as [string]
        const names = Array.from({ length: 6 }, (_, n) => `match-${n}` as Ids.MatchId)
        const world = yield* Kit.atNoon({
          crowd,
          timelines: names.map((matchId) => ({
            ...Kit.timeline,
            info: { ...Kit.timeline.info, matchId }
          }))
        })
        yield* say(world, phone, { yields })
        const { services } = yield* world.start
        yield* world.launch(phone)
        yield* Kit.until(Duration.seconds(90))
        for (const [n, matchId] of names.entries()) {
          yield* world.follow(phone, matchId)
          yield* Kit.until(Duration.seconds(90 + (n + 1) * 20))
        }
        const rows = yield* Context.get(world.store, Activities.Activities).ofDevice(phone as Ids.DeviceId)
        const active = rows.filter(({ status }) => status === "active").map(({ matchId }) => matchId)
        assert.deepStrictEqual(active, yields === "oldest" ? names.slice(1) : names.slice(0, 5))
        // What gave way does not push its way back in.
        const orchestrator = Context.get(services, MatchOrchestrator.MatchOrchestrator)
        assert.isNotEmpty(yield* orchestrator.running)
        yield* Kit.until(Duration.seconds(280))
        const later = yield* Context.get(world.store, Activities.Activities).ofDevice(phone as Ids.DeviceId)
        assert.deepStrictEqual(
          later.filter(({ status }) => status === "active").map(({ matchId }) => matchId),
          active
        )
      }).pipe(Effect.scoped)
    )
})
