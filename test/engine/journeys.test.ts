import { it } from "@effect/vitest"
import { Instant } from "@sightscreen/decider"
import type { Ids } from "@sightscreen/domain"
import { TokenKeeper } from "@sightscreen/engine"
import { World } from "@sightscreen/simulation"
import { Activities, ActiveMatches, PushTokens } from "@sightscreen/store"
import { Context, Duration, Effect } from "effect"
import { assert, describe } from "vitest"
import * as Kit from "./kit.ts"

const at = (after: Duration.Duration) => Instant.plus(Kit.noon, after)
const later = (after: Duration.Duration, seconds: number) => Duration.sum(after, Duration.seconds(seconds))

describe("a match from end to end", () => {
  it.effect("ends with the right state on every follower's phone, and buzzes once for each alert", () =>
    Effect.gen(function* () {
      const world = yield* Kit.everybodyFollows()
      yield* Kit.toTheEnd
      Kit.checkRight(world)
      Kit.checkAlerts(world)
      Kit.checkSafe(world)
      yield* Kit.checkLedger(world)
      assert.strictEqual(Kit.accepted(world, "start").length, 4)
      assert.deepStrictEqual(yield* Kit.statuses(world), ["ended", "ended", "ended", "ended"])
      assert.deepStrictEqual(yield* Kit.followers(world), [])
    }).pipe(Effect.scoped)
  )

  it.effect("leaves the list of matches once the final score has left lock screens", () =>
    Effect.gen(function* () {
      const world = yield* Kit.everybodyFollows({ count: 1 })
      const matches = Context.get(world.store, ActiveMatches.ActiveMatches)
      yield* Kit.until(later(Kit.over, 14 * 60))
      assert.strictEqual((yield* matches.all).length, 1)
      yield* Kit.until(later(Kit.over, 16 * 60))
      assert.strictEqual((yield* matches.all).length, 0)
    }).pipe(Effect.scoped)
  )

  it.effect("happens the same way again, push by push", () =>
    Effect.gen(function* () {
      const run = Effect.gen(function* () {
        const world = yield* Kit.everybodyFollows({ count: 3 })
        yield* Kit.toTheEnd
        return world.journal
      }).pipe(Effect.scoped)
      const first = yield* run
      assert.deepStrictEqual(yield* run, first)
    })
  )

  it.effect("is told in stamps that rise strictly, the same for every phone", () =>
    Effect.gen(function* () {
      const world = yield* Kit.everybodyFollows({ count: 2 })
      yield* Kit.toTheEnd
      const [one, other] = [...Kit.stampsByToken(world).values()]
      assert.deepStrictEqual(one, [...new Set(one)])
      assert.deepStrictEqual(one, other)
    }).pipe(Effect.scoped)
  )

  it.effect("costs a phone one start, however often it says its start token", () =>
    Effect.gen(function* () {
      const world = yield* Kit.everybodyFollows({ count: 1 })
      yield* Kit.toTheEnd
      const said = world.journal.filter(
        (one) => one._tag === "Said" && one.output._tag === "StartTokenReported"
      )
      assert.strictEqual(said.length, 3)
      assert.strictEqual(Kit.accepted(world, "start").length, 1)
    }).pipe(Effect.scoped)
  )
})

/** Some phones are on from the start; the others are for the story to use. */
const some = Effect.fnUntraced(function* (
  early: ReadonlyArray<number>,
  options: Partial<World.Options> & { readonly count?: number } = {}
) {
  const world = yield* Kit.atNoon(options)
  const phones = Kit.ids(world.crowd)
  yield* world.start
  for (const index of early) yield* join(world, phones[index]!)
  return { world, phones }
})

const join = Effect.fnUntraced(function* (world: World.World, deviceId: string) {
  yield* world.launch(deviceId)
  yield* world.follow(deviceId, Kit.matchId)
})

describe("somebody who comes late", () => {
  it.effect("is shown the score of the moment, and hears what comes after", () =>
    Effect.gen(function* () {
      const { phones, world } = yield* some([0], { count: 2 })
      yield* Kit.until(later(Kit.fire, 35))
      yield* join(world, phones[1]!)
      yield* Kit.until(later(Kit.fire, 39))
      const [early, late] = phones.map((id) => Kit.shows(Kit.live(world, id)[0]))
      assert.notStrictEqual(early, "")
      assert.strictEqual(late, early)
      yield* Kit.toTheEnd
      Kit.checkRight(world)
      Kit.checkSafe(world)
      assert.deepStrictEqual(
        Kit.titles(world, phones[1]!).slice(1),
        Kit.news.slice(1).map(({ title }) => title)
      )
    }).pipe(Effect.scoped)
  )

  it.effect("after the end is shown the final score if a start is still on its way", () =>
    Effect.gen(function* () {
      const { phones, world } = yield* some([0], {
        count: 2,
        tokenAfter: (deviceId) => Duration.seconds(deviceId.endsWith("2") ? 40 : 2)
      })
      yield* Kit.until(later(Kit.over, -20))
      yield* join(world, phones[1]!)
      yield* Kit.toTheEnd
      Kit.checkRight(world)
      Kit.checkSafe(world)
      yield* Kit.checkLedger(world)
    }).pipe(Effect.scoped)
  )

  it.effect("is started as soon as the app is there, if the match was followed before", () =>
    Effect.gen(function* () {
      const { phones, world } = yield* some([], { count: 1 })
      yield* world.follow(phones[0]!, Kit.matchId)
      yield* Kit.until(Kit.fifty)
      yield* world.launch(phones[0]!)
      yield* Kit.until(later(Kit.fifty, 2))
      assert.strictEqual(Kit.live(world, phones[0]!).length, 1)
    }).pipe(Effect.scoped)
  )

  it.effect("hears every alert that is decided after the token has come, however close", () =>
    Effect.gen(function* () {
      const title = Kit.news[3]!.title
      let heard = 0
      for (let millis = 24_000; millis <= 48_000; millis += 2000) {
        yield* Effect.gen(function* () {
          // Apple is slow to answer, so that much waits at once: the newest state must not overtake the alert in it.
          const { phones, world } = yield* some([0], {
            count: 2,
            apple: { homeward: 12_000 },
            tokenAfter: (deviceId) => Duration.millis(deviceId.endsWith("2") ? millis : 2000)
          })
          yield* Kit.until(later(Kit.wicket, -29))
          yield* join(world, phones[1]!)
          yield* Kit.until(later(Kit.wicket, 60))
          Kit.checkSafe(world)
          const told = world.journal.find(
            (one) =>
              one._tag === "Said" && one.output._tag === "UpdateTokenReported" && one.deviceId === phones[1]
          )
          const last = Kit.accepted(world).findLast(({ alert, event }) => alert && event === "update")
          const has = Kit.titles(world, phones[1]!).includes(title)
          if (has) heard += 1
          assert.strictEqual(has, told!.at + 200 <= last!.at, `${millis}`)
        }).pipe(Effect.scoped)
      }
      assert.isAbove(heard, 3)
      assert.isBelow(heard, 13)
    })
  )
})

describe("somebody who leaves", () => {
  const shared = { count: 3, userOf: (id: string) => (id.endsWith("3") ? "other" : "owner of two") }

  it.effect("has the match taken off all phones at once, and nobody else has", () =>
    Effect.gen(function* () {
      const { phones, world } = yield* some([0, 1, 2], shared)
      yield* Kit.until(Kit.fifty)
      yield* world.unfollow(phones[0]!, Kit.matchId)
      yield* Kit.until(later(Kit.fifty, 1))
      assert.deepStrictEqual(
        phones.map((id) => Kit.activities(world, id).map(({ state }) => state._tag)),
        [["Dismissed"], ["Dismissed"], ["Active"]]
      )
      yield* Kit.toTheEnd
      Kit.checkSafe(world)
      assert.isTrue(Kit.isRight(world, phones[2]!))
      assert.strictEqual(Kit.accepted(world, "start").length, 3)
    }).pipe(Effect.scoped)
  )

  it.effect("by a swipe leaves on every other phone too, and is not begun again", () =>
    Effect.gen(function* () {
      const { phones, world } = yield* some([0, 1, 2], shared)
      yield* Kit.until(Kit.fifty)
      const [activity] = Kit.live(world, phones[0]!)
      yield* world.touch(phones[0]!, { _tag: "Dismissed", activityId: activity!.id, at: at(Kit.fifty) })
      yield* Kit.until(later(Kit.fifty, 60))
      assert.deepStrictEqual(
        phones.map((id) => Kit.live(world, id).length),
        [0, 0, 1]
      )
      assert.deepStrictEqual(yield* Kit.followers(world), ["other"])
      assert.strictEqual(Kit.accepted(world, "start").length, 3)
    }).pipe(Effect.scoped)
  )

  it.effect("and comes back has a new activity on every phone", () =>
    Effect.gen(function* () {
      const { phones, world } = yield* some([0, 1], { ...shared, count: 2 })
      yield* Kit.until(Kit.fifty)
      yield* world.unfollow(phones[0]!, Kit.matchId)
      yield* Kit.until(later(Kit.fifty, 5))
      yield* world.follow(phones[0]!, Kit.matchId)
      yield* Kit.toTheEnd
      Kit.checkRight(world)
      Kit.checkSafe(world)
      assert.deepStrictEqual(
        phones.map((id) => Kit.activities(world, id).length),
        [2, 2]
      )
      yield* Kit.checkLedger(world)
    }).pipe(Effect.scoped)
  )

  it.effect("again and again is told each time by a push of its own", () =>
    Effect.gen(function* () {
      const { phones, world } = yield* some([0], { count: 1 })
      yield* Kit.until(Kit.fire)
      for (let times = 0; times < 3; times++) {
        yield* world.unfollow(phones[0]!, Kit.matchId)
        yield* world.follow(phones[0]!, Kit.matchId)
        yield* Kit.until(later(Kit.fire, 10 * (times + 1)))
      }
      yield* Kit.toTheEnd
      Kit.checkRight(world)
      Kit.checkSafe(world)
      yield* Kit.checkLedger(world)
      assert.strictEqual(new Set(Kit.accepted(world, "start").map(({ pushId }) => pushId)).size, 4)
    }).pipe(Effect.scoped)
  )
})

describe("a phone", () => {
  it.effect("that changes hands shows nothing of its former owner's, and what the new one follows", () =>
    Effect.gen(function* () {
      let owner = "first"
      const { phones, world } = yield* some([0], { count: 1, userOf: () => owner })
      yield* Kit.until(Kit.fifty)
      owner = "second"
      yield* world.launch(phones[0]!)
      yield* Kit.until(later(Kit.fifty, 5))
      assert.strictEqual(Kit.live(world, phones[0]!).length, 0)
      yield* world.follow(phones[0]!, Kit.matchId)
      yield* Kit.toTheEnd
      Kit.checkRight(world)
      Kit.checkSafe(world)
      const rows = yield* Context.get(world.store, Activities.Activities).ofDevice(phones[0] as Ids.DeviceId)
      assert.deepStrictEqual(
        rows.map(({ generation, userId }) => [generation, userId as string]),
        [
          [1, "first"],
          [2, "second"]
        ]
      )
    }).pipe(Effect.scoped)
  )

  it.effect("whose first activity was late to say its token ends up with one activity, not two", () =>
    Effect.gen(function* () {
      // The first token comes after the server has lost its patience and started another.
      const { phones, world } = yield* some([0], {
        count: 1,
        tokenAfter: (_, nth) => Duration.seconds(nth === 1 ? 150 : 2)
      })
      yield* Kit.until(Duration.seconds(230))
      assert.strictEqual(Kit.accepted(world, "start").length, 2)
      assert.strictEqual(Kit.live(world, phones[0]!).length, 1)
      yield* Kit.toTheEnd
      assert.strictEqual(Kit.live(world, phones[0]!).length, 0)
      assert.isTrue(Kit.activities(world, phones[0]!).some((one) => Kit.shows(one) === Kit.right))
    }).pipe(Effect.scoped)
  )

  it.effect("that never says its token is asked three times, and given up", () =>
    Effect.gen(function* () {
      const { world } = yield* some([0], { count: 1, tokenAfter: () => null })
      yield* Kit.until(later(Kit.over, -5))
      const asked = Kit.accepted(world, "start").map(({ at }) => at)
      assert.isAtMost(asked.length, 3)
      assert.isAtLeast(asked[1]! - asked[0]!, 90_000)
      assert.isAtLeast(asked[2]! - asked[1]!, 300_000)
    }).pipe(Effect.scoped)
  )

  it.effect("that nobody asked for an activity is told to end it", () =>
    Effect.gen(function* () {
      const { phones, world } = yield* some([0], { count: 2 })
      yield* Kit.until(Kit.fire)
      yield* world.launch(phones[1]!)
      yield* Kit.until(Kit.fifty)
      const running = yield* world.start
      const token = "ab".repeat(40)
      yield* world.apple.register({ token, bundleId: World.bundleId, environment: "sandbox", kind: "update" })
      const reception = yield* Context.get(running.services, TokenKeeper.TokenKeeper).updateToken(
        {
          userId: `owner of ${phones[1]}` as Ids.UserId,
          deviceId: phones[1] as Ids.DeviceId,
          matchId: Kit.matchId,
          instance: null
        },
        { token, environment: "sandbox", bundleId: World.bundleId }
      )
      assert.strictEqual(reception, "no such match")
      assert.deepStrictEqual(
        Kit.accepted(world)
          .filter((one) => one.token === token)
          .map(({ event }) => event),
        ["end"]
      )
    }).pipe(Effect.scoped)
  )

  it.effect("with a test build's start token as well is started once, by the token for this server", () =>
    Effect.gen(function* () {
      const { phones, world } = yield* some([], { count: 1, channels: false })
      yield* world.launch(phones[0]!)
      yield* Kit.until(Duration.seconds(10))
      yield* Context.get(world.store, PushTokens.PushTokens).register({
        token: "cd".repeat(40),
        kind: "start",
        environment: "production",
        bundleId: World.bundleId,
        deviceId: phones[0] as Ids.DeviceId,
        userId: `owner of ${phones[0]}` as Ids.UserId,
        registeredAt: Kit.noon,
        activityId: null
      })
      yield* world.follow(phones[0]!, Kit.matchId)
      yield* Kit.toTheEnd
      Kit.checkRight(world)
      assert.strictEqual((yield* world.apple.counts).accepted, (yield* world.apple.counts).requests)
      assert.strictEqual(Kit.accepted(world, "start").length, 1)
    }).pipe(Effect.scoped)
  )

  it.effect("may have begun the activity by itself", () =>
    Effect.gen(function* () {
      // Too old for remote starts: the app begins the activity and says its token.
      const { phones, world } = yield* some([], { count: 1 })
      const running = yield* world.start
      const keeper = Context.get(running.services, TokenKeeper.TokenKeeper)
      const [device, user] = [phones[0] as Ids.DeviceId, `owner of ${phones[0]}` as Ids.UserId]
      yield* keeper.device({
        deviceId: device,
        userId: user,
        osVersion: "16.4",
        appVersion: "1.0",
        schemaVersion: 1,
        frequentUpdates: true,
        language: "en",
        deviceToken: null,
        voipToken: null
      })
      yield* world.follow(phones[0]!, Kit.matchId)
      yield* Kit.until(Kit.fire)
      const report = (token: string) =>
        keeper.updateToken(
          { userId: user, deviceId: device, matchId: Kit.matchId, instance: null },
          { token, environment: "sandbox", bundleId: World.bundleId }
        )
      const tokens = ["ab".repeat(40), "cd".repeat(40)] as const
      for (const token of tokens)
        yield* world.apple.register({
          token,
          bundleId: World.bundleId,
          environment: "sandbox",
          kind: "update"
        })
      assert.strictEqual(yield* report(tokens[0]), "taken")
      yield* Kit.until(later(Kit.fire, 10))
      yield* world.unfollow(phones[0]!, Kit.matchId)
      yield* Kit.until(later(Kit.fire, 15))
      yield* world.follow(phones[0]!, Kit.matchId)
      yield* Kit.until(later(Kit.fire, 20))
      // The old one, late: it is over. The new one: the next generation.
      assert.strictEqual(yield* report(tokens[0]), "taken")
      assert.strictEqual(yield* report(tokens[1]), "taken")
      yield* Kit.toTheEnd
      const told = (token: string) =>
        Kit.accepted(world)
          .filter((one) => one.token === token)
          .map(({ event }) => event)
      assert.deepStrictEqual(told(tokens[0]).slice(-2), ["end", "end"])
      assert.strictEqual(told(tokens[1])[0], "update")
      assert.strictEqual(told(tokens[1]).at(-1), "end")
    }).pipe(Effect.scoped)
  )
})
