import { it } from "@effect/vitest"
import { Instant } from "@sightscreen/decider"
import { type Status, Words } from "@sightscreen/domain"
import { Housekeeper } from "@sightscreen/engine"
import { Feed } from "@sightscreen/feed"
import type { World } from "@sightscreen/simulation"
import { Activities, Devices, Follows, PushTokens } from "@sightscreen/store"
import { Context, Duration, Effect } from "effect"
import { assert, describe } from "vitest"
import * as Kit from "./kit.ts"
import * as Wards from "./wardsKit.ts"

/** Begins forty minutes after noon. */
const timelines = [Wards.begins("40 minutes")]

const minutesBefore = (notice: { readonly at: Instant.Instant }): number =>
  Duration.toMinutes(Instant.since(Wards.after("40 minutes"), notice.at))

describe("half an hour before a match", () => {
  it.effect("everybody who follows is told once, on all their phones, each in its language", () =>
    Effect.gen(function* () {
      const { world } = yield* Wards.joined({
        timelines,
        crowd: Wards.crowd({}, { language: "hi-IN", os: [16, 4] }, { language: "fr" }),
        userOf: (deviceId) => (deviceId === "phone-3" ? "ben" : "ann")
      })
      yield* Kit.until("9 minutes")
      assert.deepStrictEqual(Kit.accepted(world), [])
      yield* Kit.until("39 minutes")
      const said = Kit.ids(world.crowd).map((id) => Wards.notices(world, id))
      assert.deepStrictEqual(
        said.map((all) => all.length),
        [1, 1, 1]
      )
      const minutes = minutesBefore(said[0]![0]!)
      assert.isTrue(minutes <= 30 && minutes > 29, `${minutes}`)
      assert.deepStrictEqual(
        said.map(([one]) => one!.body),
        (["en", "hi", "en"] as const).map((language) => Words.of(language).startsIn(30))
      )
      assert.deepStrictEqual(
        said.map(([one]) => one!.matchId),
        [Kit.matchId, Kit.matchId, Kit.matchId]
      )
    }).pipe(Effect.scoped)
  )

  it.effect("who follows later is told when they do, with the minutes that are left", () =>
    Effect.gen(function* () {
      const { world } = yield* Wards.at({ timelines, crowd: Wards.crowd({}, {}) })
      yield* Wards.join(world, "phone-1")
      yield* Kit.until("25 minutes")
      yield* Wards.join(world, "phone-2")
      yield* Kit.until("39 minutes")
      assert.deepStrictEqual(
        Kit.ids(world.crowd).map((id) => Wards.bodies(world, id)),
        [[Words.of("en").startsIn(30)], [Words.of("en").startsIn(15)]]
      )
    }).pipe(Effect.scoped)
  )

  it.effect("nobody is told of a match that has begun", () =>
    Effect.gen(function* () {
      const { world } = yield* Wards.at({ timelines })
      yield* world.launch("phone-1")
      yield* Kit.until("41 minutes")
      yield* world.follow("phone-1", Kit.matchId)
      yield* Kit.until("45 minutes")
      assert.deepStrictEqual(Wards.notices(world, "phone-1"), [])
      assert.lengthOf(Kit.live(world, "phone-1"), 1)
    }).pipe(Effect.scoped)
  )

  for (const status of ["postponed", "delayed", "cancelled"] satisfies ReadonlyArray<Status.Status>)
    it.effect(`nobody is told of a match that is ${status}`, () =>
      Effect.gen(function* () {
        const { world } = yield* Wards.joined({
          timelines,
          disturb: (services) =>
            Kit.instead(services, Feed.Feed, (feed) => ({
              ...feed,
              live: Effect.succeed([]),
              schedule: (window) =>
                Effect.map(feed.schedule(window), (all) => all.map((one) => ({ ...one, status })))
            }))
        })
        yield* Kit.until("45 minutes")
        assert.deepStrictEqual(Kit.accepted(world), [])
      }).pipe(Effect.scoped)
    )

  it.effect("an engine that falls and is started again tells nobody twice, and nobody is forgotten", () =>
    Effect.gen(function* () {
      const { world } = yield* Wards.at({ timelines, crowd: Wards.crowd({}, {}) })
      yield* Wards.join(world, "phone-1")
      for (const minutes of [12, 20, 33]) {
        yield* Kit.until(Duration.minutes(minutes))
        yield* world.crash
        yield* world.start
        if (minutes === 12) yield* Wards.join(world, "phone-2")
      }
      yield* Kit.until("39 minutes")
      assert.deepStrictEqual(
        Kit.ids(world.crowd).map((id) => Wards.notices(world, id).length),
        [1, 1]
      )
    }).pipe(Effect.scoped)
  )

  it.effect("whoever could not be told, for Apple was away, is told once it is back", () =>
    Effect.gen(function* () {
      const { world } = yield* Wards.joined({ timelines, crowd: Wards.crowd({}, {}) })
      yield* Kit.until("9 minutes")
      yield* world.apple.inject({ _tag: "Unreachable" })
      yield* Kit.until("18 minutes")
      assert.deepStrictEqual(Kit.accepted(world), [])
      yield* world.apple.inject({ _tag: "Heal" })
      yield* Kit.until("39 minutes")
      assert.deepStrictEqual(
        Kit.ids(world.crowd).map((id) => Wards.notices(world, id).length),
        [1, 1]
      )
    }).pipe(Effect.scoped)
  )

  it.effect("phones are woken in time although people cannot be told", () =>
    Effect.gen(function* () {
      const { world } = yield* Wards.at({ timelines, crowd: Wards.crowd({ startToken: "never" }, {}) })
      yield* Wards.join(world, "phone-1")
      yield* Kit.until(Duration.seconds(29 * 60 + 40))
      yield* Wards.join(world, "phone-2")
      // The alert to the one is tried for two minutes; the other is not to wait for that.
      const { device } = world.crowd.phone("phone-2")!.tokens
      yield* world.apple.inject({
        _tag: "Refuse",
        status: 503,
        reason: "ServiceUnavailable",
        tokens: new Set([device!])
      })
      yield* Kit.until(Duration.seconds(30 * 60 + 31))
      assert.lengthOf(Wards.taken(world, "phone-1", "background"), 1)
    }).pipe(Effect.scoped)
  )
})

describe("the housekeeper", () => {
  const days = (count: number) => Instant.minus(Kit.noon, Duration.days(count))
  const hours = (count: number) => Instant.minus(Kit.noon, Duration.hours(count))

  const housed = Effect.gen(function* () {
    const { world } = yield* Wards.at({ timelines: [] })
    const running = yield* world.start
    const { round } = Context.get(running.services, Housekeeper.Housekeeper)
    return { world, round }
  })
  const of = <I, S>(world: World.World, table: Context.Service<I, S>): S =>
    Context.get(world.store as Context.Context<I>, table)

  it.effect("forgets a phone after ninety days without a word, and nothing goes to its tokens", () =>
    Effect.gen(function* () {
      const { round, world } = yield* housed
      const devices = of(world, Devices.Devices)
      const tokens = of(world, PushTokens.PushTokens)
      for (const [name, seen] of [
        ["silent", 91],
        ["heard", 89]
      ] as const) {
        const { deviceToken: _, voipToken: __, ...facts } = Wards.facts(name)
        yield* devices.register({ ...facts, lastSeenAt: days(seen) })
        yield* tokens.register({
          ...Wards.where(name === "silent" ? "0a" : "0b"),
          kind: "start",
          deviceId: Wards.device(name),
          userId: Wards.ownerOf(name),
          registeredAt: days(seen),
          activityId: null
        })
      }
      yield* round
      assert.strictEqual(yield* devices.get(Wards.device("silent")), null)
      assert.isNotNull(yield* devices.get(Wards.device("heard")))
      assert.strictEqual((yield* Wards.row(world, "0a"))?.retiredFor, "not seen for 90 days")
      assert.strictEqual((yield* Wards.row(world, "0b"))?.retiredAt, null)
    }).pipe(Effect.scoped)
  )

  it.effect("forgets follows two days after their end, and never one that has none", () =>
    Effect.gen(function* () {
      const { round, world } = yield* housed
      const follows = of(world, Follows.Follows)
      for (const [name, ended] of [
        ["long ago", 49],
        ["lately", 47],
        ["never", null]
      ] as const) {
        yield* follows.follow(Wards.user(name), Kit.matchId, days(30))
        if (ended !== null) yield* follows.unfollow(Wards.user(name), Kit.matchId, hours(ended))
      }
      yield* round
      assert.deepStrictEqual(yield* Kit.followers(world), ["never"])
      // One was left, which ended lately.
      assert.strictEqual(yield* follows.forget(days(-1)), 1)
    }).pipe(Effect.scoped)
  )

  it.effect(
    "forgets activities a week after they are over, their tokens after a day, and keeps what lives",
    () =>
      Effect.gen(function* () {
        const { round, world } = yield* housed
        const activities = of(world, Activities.Activities)
        const tokens = of(world, PushTokens.PushTokens)
        const kept = [
          ["ended", 169, false],
          ["ended", 23, true],
          ["failed", 169, false],
          ["active", 169, true],
          ["pending", 169, true]
        ] as const
        for (const [nth, [status, age]] of kept.entries()) {
          const activityId = `a/${nth}` as Activities.Activity["activityId"]
          yield* activities.insert([
            {
              activityId,
              matchId: Kit.matchId,
              deviceId: Wards.device(`d/${nth}`),
              userId: Wards.user("u"),
              generation: 1,
              status,
              updateToken: null,
              cohort: null,
              instance: null,
              channelId: null,
              activeSince: null,
              state: null,
              updatedAt: hours(age)
            }
          ])
          yield* tokens.register({
            ...Wards.where(`0${nth}`),
            kind: "update",
            deviceId: Wards.device(`d/${nth}`),
            userId: Wards.user("u"),
            registeredAt: hours(nth === 1 ? 23 : 25),
            activityId
          })
        }
        yield* round
        for (const [nth, [, , stays]] of kept.entries()) {
          const row = yield* activities.get(`a/${nth}` as Activities.Activity["activityId"])
          assert.strictEqual(row !== null, stays, kept[nth]!.join(" "))
          assert.lengthOf(yield* tokens.byToken(`0${nth}`), nth === 1 ? 1 : 0)
        }
      }).pipe(Effect.scoped)
  )
})
