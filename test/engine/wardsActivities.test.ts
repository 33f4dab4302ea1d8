import { it } from "@effect/vitest"
import { Instant } from "@sightscreen/decider"
import { Cohort } from "@sightscreen/domain"
import { ActivityKit, type Handset } from "@sightscreen/handset"
import type { World } from "@sightscreen/simulation"
import { Activities, Devices } from "@sightscreen/store"
import { Context, Duration, Effect } from "effect"
import { assert, describe } from "vitest"
import * as Kit from "./kit.ts"
import * as Wards from "./wardsKit.ts"

const later = (from: Duration.Duration, seconds: number) => Duration.sum(from, Duration.seconds(seconds))

const present = Effect.clockWith((clock) => Effect.map(clock.currentTimeMillis, Instant.fromMillis))

const swipe = (world: World.World, deviceId: string) =>
  Wards.touch(world, deviceId, (at) => ({
    _tag: "Dismissed",
    activityId: Kit.live(world, deviceId)[0]!.id,
    at
  }))

describe("an activity", () => {
  it.effect(
    "whose update token rotates goes on under the new one, and an old report does not bring the old one back",
    () =>
      Effect.gen(function* () {
        const { keeper, world } = yield* Wards.joined({ crowd: Wards.crowd({}) })
        yield* Kit.until(Kit.fire)
        const [activity] = Kit.live(world, "phone-1")
        const before = Wards.updateToken(world, "phone-1")
        yield* Wards.touch(world, "phone-1", (now) => ({
          _tag: "UpdateTokenRotated",
          activityId: activity!.id,
          at: now
        }))
        yield* Kit.until(later(Kit.fire, 2))
        const renewed = Wards.updateToken(world, "phone-1")
        assert.notStrictEqual(renewed, before)
        assert.strictEqual((yield* Wards.row(world, before))?.retiredFor, "rotated")
        const rotatedAt = yield* present
        // The first report once more: it was lying about in some queue.
        assert.strictEqual(
          yield* keeper.updateToken(Wards.report("phone-1", activity!.id), Wards.where(before)),
          "taken"
        )
        const [row] = yield* Wards.rows(world, "phone-1")
        assert.strictEqual(row?.updateToken, renewed)
        yield* Kit.toTheEnd
        assert.deepStrictEqual(
          Kit.accepted(world).filter((one) => one.token === before && one.at > rotatedAt),
          []
        )
        assert.lengthOf(Kit.activities(world, "phone-1"), 1)
        Kit.checkRight(world)
        Kit.checkSafe(world)
      }).pipe(Effect.scoped)
  )

  it.effect("that another has taken the place of stays away, whatever is still heard of it", () =>
    Effect.gen(function* () {
      // The first token comes after a second start; the app does not look after what is older.
      const { keeper, world } = yield* Wards.joined({
        crowd: Wards.crowd({ endsOlder: false }),
        tokenAfter: (_, nth) => Duration.seconds(nth === 1 ? 110 : 2)
      })
      yield* Kit.until("200 seconds")
      const [first, second] = Kit.activities(world, "phone-1")
      assert.lengthOf(Kit.live(world, "phone-1"), 1)
      const staying = Kit.live(world, "phone-1")[0]!
      const gone = staying.id === first!.id ? second! : first!
      const token = gone.address._tag === "Token" ? gone.address.token : ""
      assert.strictEqual((yield* Wards.row(world, token))?.retiredFor, "superseded")
      // Its token once more, and that the system has taken it away.
      assert.strictEqual(
        yield* keeper.updateToken(Wards.report("phone-1", gone.id), Wards.where(token)),
        "taken"
      )
      assert.strictEqual(yield* keeper.dismissed(Wards.report("phone-1", gone.id), "system"), "taken")
      assert.strictEqual(yield* keeper.dismissed(Wards.report("phone-1", gone.id), "person"), "taken")
      yield* Kit.toTheEnd
      assert.lengthOf(Wards.taken(world, "phone-1", "start"), 2)
      assert.lengthOf(Kit.activities(world, "phone-1"), 2)
      assert.strictEqual(
        Kit.shows(Kit.activities(world, "phone-1").find(({ id }) => id === staying.id)),
        Kit.right
      )
      Kit.checkSafe(world)
    }).pipe(Effect.scoped)
  )

  it.effect(
    "whose token comes after its owner has left is told to end, where its app is not woken before",
    () =>
      Effect.gen(function* () {
        const { world } = yield* Wards.joined({
          crowd: Wards.crowd({ wakesAnHour: 0 }),
          tokenAfter: () => Duration.seconds(40)
        })
        yield* Kit.until("80 seconds")
        yield* world.unfollow("phone-1", Kit.matchId)
        yield* Kit.until("90 seconds")
        // Nobody knows where it is.
        assert.lengthOf(Kit.live(world, "phone-1"), 1)
        yield* Kit.until("115 seconds")
        assert.lengthOf(Kit.live(world, "phone-1"), 0)
        assert.deepStrictEqual(
          Wards.taken(world, "phone-1")
            .map(({ event }) => event)
            .filter((event) => event !== "alert"),
          ["start", "background", "end"]
        )
        assert.deepStrictEqual(yield* Wards.states(world, "phone-1"), ["ended"])
      }).pipe(Effect.scoped)
  )

  it.effect("that has ended is not taken for the one that came after it, though phones say no names", () =>
    Effect.gen(function* () {
      const { keeper, world } = yield* Wards.joined({
        crowd: Wards.crowd({}),
        tokenAfter: (_, nth) => Duration.seconds(nth === 1 ? 2 : 60)
      })
      yield* Kit.until(Kit.fire)
      const token = Wards.updateToken(world, "phone-1")
      yield* world.unfollow("phone-1", Kit.matchId)
      yield* Kit.until(later(Kit.fire, 5))
      yield* world.follow("phone-1", Kit.matchId)
      yield* Kit.until(later(Kit.fire, 10))
      assert.deepStrictEqual(yield* Wards.states(world, "phone-1"), ["ended", "pending"])
      assert.strictEqual(yield* keeper.updateToken(Wards.report("phone-1"), Wards.where(token)), "taken")
      assert.deepStrictEqual(yield* Wards.states(world, "phone-1"), ["ended", "pending"])
      assert.deepStrictEqual(
        Kit.accepted(world)
          .filter((one) => one.token === token)
          .slice(-2)
          .map(({ event }) => event),
        ["end", "end"]
      )
      yield* Kit.toTheEnd
      Kit.checkRight(world)
      Kit.checkSafe(world)
    }).pipe(Effect.scoped)
  )

  it.effect("that the system takes away is begun again, and its owner follows still", () =>
    Effect.gen(function* () {
      const { keeper, world } = yield* Wards.joined({ crowd: Wards.crowd({}) })
      yield* Kit.until(Kit.fire)
      const [activity] = Kit.live(world, "phone-1")
      Kit.forget(world, "phone-1", activity!.id)
      yield* keeper.dismissed(Wards.report("phone-1", activity!.id), "system")
      assert.deepStrictEqual(yield* Kit.followers(world), ["owner of phone-1"])
      yield* Kit.until(later(Kit.fire, 40))
      assert.lengthOf(Kit.live(world, "phone-1"), 1)
      yield* Kit.toTheEnd
      Kit.checkRight(world)
      Kit.checkSafe(world)
    }).pipe(Effect.scoped)
  )

  it.effect("swiped away leaves every phone of its owner, though all breaks off half-way", () =>
    Effect.gen(function* () {
      let fails = 0
      const { world } = yield* Wards.joined({
        crowd: Wards.crowd({}, {}, {}),
        userOf: () => "one person",
        disturb: (services) =>
          Kit.instead(services, Activities.Activities, (activities) => ({
            ...activities,
            ofUser: (userId, matchId) =>
              Effect.suspend(() => (fails-- > 0 ? Wards.broken : activities.ofUser(userId, matchId)))
          }))
      })
      yield* Kit.until(Kit.fire)
      fails = 2
      yield* swipe(world, "phone-2")
      yield* Kit.until(later(Kit.fire, 10))
      assert.deepStrictEqual(
        Kit.ids(world.crowd).map((id) => Kit.live(world, id).length),
        [0, 0, 0]
      )
      yield* Kit.toTheEnd
      assert.lengthOf(Kit.accepted(world, "start"), 3)
      assert.deepStrictEqual(yield* Kit.followers(world), [])
    }).pipe(Effect.scoped)
  )

  for (const os of [
    [17, 4],
    [18, 0]
  ] as const)
    it.effect(
      `on iOS ${os.join(".")} ends with frequent updates when they are switched, and goes on at the other pace`,
      () =>
        Effect.gen(function* () {
          const { world } = yield* Wards.joined({ crowd: Wards.crowd({ os }, {}) })
          yield* Kit.until(Kit.fire)
          yield* Wards.touch(world, "phone-1", (now) => ({
            _tag: "FrequentPushesSwitched",
            on: false,
            at: now
          }))
          yield* Wards.touch(world, "phone-1", (now) => ({ _tag: "Launched", at: now }))
          yield* Kit.until(later(Kit.fire, 45))
          assert.lengthOf(Kit.live(world, "phone-1"), 1)
          const [row] = (yield* Wards.rows(world, "phone-1")).filter(({ status }) => status === "active")
          const level = Cohort.of("token", { schemaVersion: 1, language: "en", frequentUpdates: false }).level
          assert.strictEqual(Cohort.named(row!.cohort!)?.level, level)
          assert.lengthOf(Wards.taken(world, "phone-1", "start"), 2)
          // Opened again it is left alone.
          yield* Wards.touch(world, "phone-1", (now) => ({ _tag: "Launched", at: now }))
          yield* Kit.toTheEnd
          assert.lengthOf(Wards.taken(world, "phone-1", "start"), 2)
          Kit.checkRight(world)
          Kit.checkSafe(world)
        }).pipe(Effect.scoped)
    )
})

describe("an activity of a long day", () => {
  const live = (phone: Handset.Handset) => phone.activities.filter(ActivityKit.isLive)

  it.effect(
    "is renewed before its eight hours, on either route, with no gap and nothing doubled for a minute",
    () =>
      Effect.gen(function* () {
        const { world } = yield* Wards.joined({
          crowd: Wards.crowd({}, { os: [18, 0] }),
          timelines: [Wards.begins("1 minute", { ballMillis: 11 * 60_000 })]
        })
        yield* Kit.until("7 hours")
        for (const id of Kit.ids(world.crowd)) assert.lengthOf(Wards.taken(world, id, "start"), 1)
        const gaps = new Map<string, number>()
        for (let minutes = 7 * 60; minutes < 8 * 60 + 15; minutes += 0.25) {
          yield* Kit.until(Duration.minutes(minutes))
          for (const phone of world.crowd.phones)
            if (live(phone).length === 0) gaps.set(phone.deviceId, (gaps.get(phone.deviceId) ?? 0) + 15)
        }
        assert.deepStrictEqual([...gaps], [])
        for (const id of Kit.ids(world.crowd)) {
          const starts = Wards.taken(world, id, "start")
          assert.lengthOf(starts, 2)
          const hours = Duration.toHours(Instant.since(starts[1]!.at, starts[0]!.at))
          assert.isTrue(hours >= 7.75 && hours < 7.8, `${hours}`)
          assert.lengthOf(Kit.live(world, id), 1)
          const all = yield* Wards.rows(world, id)
          assert.deepStrictEqual(
            all.map(({ generation, status }) => [generation, status]),
            [
              [1, "ended"],
              [2, "active"]
            ]
          )
        }
        Kit.checkSafe(world)
      }).pipe(Effect.scoped)
  )
})

describe("a phone", () => {
  it.effect("that signs out shows nothing, is sent nothing, and its tokens say why", () =>
    Effect.gen(function* () {
      const { world } = yield* Wards.joined({
        crowd: Wards.crowd({ userId: "ann" }, { userId: "ann", os: [18, 0] }, { userId: "ben" })
      })
      yield* Kit.until(Kit.fire)
      const token = Wards.updateToken(world, "phone-1")
      const { device, start } = world.crowd.phone("phone-1")!.tokens
      for (const id of ["phone-1", "phone-2"])
        yield* Wards.touch(world, id, (now) => ({ _tag: "SignedOut", at: now }))
      yield* Kit.until(later(Kit.fire, 10))
      for (const id of ["phone-1", "phone-2"]) assert.lengthOf(Kit.live(world, id), 0)
      assert.strictEqual((yield* Wards.row(world, token))?.retiredFor, "activity ended: disowned")
      for (const one of [device!, start!])
        assert.strictEqual((yield* Wards.row(world, one))?.retiredFor, "signed out")
      assert.strictEqual(yield* Context.get(world.store, Devices.Devices).get(Wards.device("phone-1")), null)
      const leftAt = yield* present
      yield* Kit.toTheEnd
      for (const id of ["phone-1", "phone-2"])
        assert.deepStrictEqual(
          Wards.taken(world, id).filter((one) => one.at >= leftAt),
          []
        )
      assert.isTrue(Kit.isRight(world, "phone-3"))
    }).pipe(Effect.scoped)
  )

  it.effect("that signs in again goes on with what its person follows", () =>
    Effect.gen(function* () {
      const { world } = yield* Wards.joined({ crowd: Wards.crowd({ userId: "ann" }) })
      yield* Kit.until(Kit.fire)
      yield* Wards.touch(world, "phone-1", (now) => ({ _tag: "SignedOut", at: now }))
      yield* Kit.until(Kit.fifty)
      yield* Wards.touch(world, "phone-1", (now) => ({ _tag: "SignedIn", userId: "ann", at: now }))
      yield* Kit.until(later(Kit.fifty, 45))
      assert.lengthOf(Kit.live(world, "phone-1"), 1)
      yield* Kit.toTheEnd
      assert.isTrue(Kit.isRight(world, "phone-1"))
      Kit.checkSafe(world)
    }).pipe(Effect.scoped)
  )

  const moves: ReadonlyArray<readonly [string, (now: Instant.Instant) => Handset.Input]> = [
    ["is put on anew", (now) => ({ _tag: "Reinstalled", deviceId: "another", at: now })],
    [
      "is restored to another phone",
      (now) => ({ _tag: "RestoredTo", deviceId: "another", os: [18, 0], at: now })
    ]
  ]
  for (const [what, input] of moves)
    it.effect(`whose app ${what} goes on under its new name, and its old tokens die of Apple's word`, () =>
      Effect.gen(function* () {
        const { world } = yield* Wards.joined({
          crowd: Wards.crowd({}),
          userOf: () => "ann",
          noticeAfter: "20 seconds"
        })
        yield* Kit.until(Kit.fire)
        const token = Wards.updateToken(world, "phone-1")
        const start = Wards.startToken(world, "phone-1")
        yield* Wards.touch(world, "phone-1", input)
        yield* world.launch("another")
        yield* Kit.until(later(Kit.fire, 5))
        assert.lengthOf(Kit.live(world, "another"), 1)
        yield* Kit.toTheEnd
        assert.strictEqual((yield* Wards.row(world, token))?.retiredFor, "Unregistered")
        assert.strictEqual((yield* Wards.row(world, start))?.retiredFor, "Unregistered")
        assert.isTrue(Kit.isRight(world, "another"))
        Kit.checkSafe(world)
      }).pipe(Effect.scoped)
    )
})

describe("a follow", () => {
  it.effect("that begins again on the heels of its end has one activity, on each phone", () =>
    Effect.gen(function* () {
      const { world } = yield* Wards.joined({ crowd: Wards.crowd({}, { os: [18, 0] }), userOf: () => "ann" })
      yield* Kit.until(Kit.fire)
      for (let nth = 0; nth < 3; nth++) {
        yield* world.unfollow("phone-1", Kit.matchId)
        yield* Kit.until(later(Kit.fire, 10 * nth + 5))
        for (const id of Kit.ids(world.crowd)) assert.lengthOf(Kit.live(world, id), 0, id)
        yield* world.follow("phone-2", Kit.matchId)
        yield* Kit.until(later(Kit.fire, 10 * nth + 10))
        for (const id of Kit.ids(world.crowd)) assert.lengthOf(Kit.live(world, id), 1, id)
      }
      yield* Kit.toTheEnd
      Kit.checkRight(world)
      Kit.checkSafe(world)
    }).pipe(Effect.scoped)
  )

  it.effect("that ends while a round is asking is not asked for", () =>
    Effect.gen(function* () {
      let world: World.World | null = null
      const made = yield* Wards.at({
        crowd: Wards.crowd({}),
        reportAfter: "1 millis",
        disturb: (services) =>
          Kit.instead(services, Activities.Activities, (activities) => ({
            ...activities,
            // The round has read its followers, and takes its time.
            newest: (matchId, ids) =>
              Effect.gen(function* () {
                const found = yield* activities.newest(matchId, ids)
                if (world !== null) {
                  yield* world.unfollow("phone-1", Kit.matchId)
                  yield* Effect.sleep("5 seconds")
                }
                return found
              })
          }))
      })
      world = made.world
      yield* Wards.join(world, "phone-1")
      yield* Kit.toTheEnd
      assert.lengthOf(Wards.taken(world, "phone-1", "start"), 0)
      const all = yield* Wards.rows(world, "phone-1")
      assert.isTrue(all.every(({ status }) => status === "ended"))
    }).pipe(Effect.scoped)
  )
})
