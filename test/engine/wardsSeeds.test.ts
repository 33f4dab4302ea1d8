import { it } from "@effect/vitest"
import type { TokenKeeper } from "@sightscreen/engine"
import type { Feed } from "@sightscreen/feed"
import type { World } from "@sightscreen/simulation"
import { Activities, Devices, Follows, PushTokens, Recoveries, type Store } from "@sightscreen/store"
import { type Context, Duration, Effect } from "effect"
import { assert, describe } from "vitest"
import * as Kit from "./kit.ts"
import * as Wards from "./wardsKit.ts"

/** Numbers below one that follow from a seed (mulberry32). */
const dice = (seed: number) => {
  let state = seed
  return (): number => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

/** Something that a phone has reported before is reported once more. */
const replay = Effect.fnUntraced(function* (
  world: World.World,
  keeper: TokenKeeper.TokenKeeper["Service"],
  roll: () => number
) {
  const said = world.journal.flatMap((one) => (one._tag === "Said" ? [one] : []))
  const one = said[Math.floor(roll() * said.length)]
  if (one === undefined) return
  const { deviceId, output } = one
  const again = Effect.gen(function* () {
    switch (output._tag) {
      case "UpdateTokenReported":
        return yield* keeper.updateToken(Wards.report(deviceId, output.activityId), Wards.where(output.token))
      case "ChannelJoined":
        return yield* keeper.joined(Wards.report(deviceId, output.activityId), output.channelId)
      case "StartTokenReported":
        return yield* keeper.startToken(
          Wards.ownerOf(deviceId),
          Wards.device(deviceId),
          Wards.where(output.token)
        )
      case "ActivityDismissed":
        return yield* keeper.dismissed(Wards.report(deviceId, output.activityId), output.by)
      default:
        return "taken"
    }
  })
  yield* again
})

/** Apple gives an activity another token. */
const rotate = Effect.fnUntraced(function* (world: World.World, roll: () => number) {
  const ids = Kit.ids(world.crowd)
  const deviceId = ids[Math.floor(roll() * ids.length)]!
  const activity = Kit.live(world, deviceId).at(-1)
  if (activity !== undefined)
    yield* Wards.touch(world, deviceId, (at) => ({ _tag: "UpdateTokenRotated", activityId: activity.id, at }))
})

describe("whatever is delayed, doubled or lost on the way", () => {
  for (let seed = 1; seed <= 12; seed++)
    it.effect(
      `a phone has one activity of a match at a time, and the right one in the end (seed ${seed})`,
      () =>
        Effect.gen(function* () {
          const roll = dice(seed)
          const longest = seed % 4 === 0 ? 150 : 85
          const made = yield* Wards.joined({
            crowd: Wards.crowd({}, { os: [18, 0] }, {}, { os: [18, 2] }),
            tokenAfter: () => Duration.seconds(Math.floor(roll() * longest)),
            reportAfter: Duration.millis(Math.floor(roll() * 4000)),
            apple: { homeward: Duration.millis(Math.floor(roll() * 1500)) }
          })
          const { world } = made
          let { keeper } = made
          const lasts = Duration.toSeconds(Kit.over)
          for (let second = 20; second < lasts - 30; second += 4 + roll() * 8) {
            yield* Kit.until(Duration.seconds(second))
            const what = roll()
            if (what < 0.05) {
              yield* world.crash
              yield* Kit.until(Duration.seconds(second + roll() * 3))
              keeper = Wards.keeperOf(yield* world.start)
            } else if (what < 0.12) yield* world.apple.inject({ _tag: "Mute", chance: 0.5, times: 4 })
            else if (what < 0.16) yield* world.apple.inject({ _tag: "Unreachable", chance: 0.5, times: 4 })
            else if (what < 0.26) yield* rotate(world, roll)
            else if (what < 0.6) yield* Effect.forkScoped(replay(world, keeper, roll))
          }
          yield* world.apple.inject({ _tag: "Heal" })
          yield* Kit.until(Duration.sum(Kit.over, Duration.minutes(8)))
          Kit.checkSafe(world)
          Kit.checkRight(world)
          for (const id of Kit.ids(world.crowd)) {
            assert.lengthOf(Kit.live(world, id), 0, id)
            assert.isAtMost(Wards.taken(world, id, "start").length, 3, id)
          }
        }).pipe(Effect.scoped)
    )
})

describe("an engine that falls at any of its writes", () => {
  type Services = Context.Context<Store.Store | Feed.Feed>
  type Write = <A, E>(write: Effect.Effect<A, E>) => Effect.Effect<A, E>

  /** What is written down of tokens, activities, ladders, follows and devices goes through `write`. */
  const watched = (services: Services, write: Write): Services => {
    const of =
      <S extends object>(names: ReadonlyArray<keyof S>) =>
      (service: S): S => {
        const changed: Partial<S> = {}
        for (const name of names) {
          const method = service[name] as (...args: ReadonlyArray<unknown>) => Effect.Effect<unknown, unknown>
          Object.assign(changed, {
            [name]: (...args: ReadonlyArray<unknown>) => write(Reflect.apply(method, service, args))
          })
        }
        return { ...service, ...changed }
      }
    const changes: ReadonlyArray<(services: Services) => Services> = [
      (all) => Kit.instead(all, Activities.Activities, of(["insert", "save"])),
      (all) => Kit.instead(all, PushTokens.PushTokens, of(["register", "retire", "note"])),
      (all) => Kit.instead(all, Recoveries.Recoveries, of(["save"])),
      (all) => Kit.instead(all, Follows.Follows, of(["follow", "unfollow"])),
      (all) => Kit.instead(all, Devices.Devices, of(["register"]))
    ]
    return changes.reduce((all, change) => change(all), services)
  }

  const falls = Array.from({ length: 36 }, (_, nth) => nth).flatMap((nth) => [
    { nth, done: true },
    ...(nth % 3 === 0 ? [{ nth, done: false }] : [])
  ])
  for (const { done, nth } of falls)
    it.effect(
      `the ${nth + 1}. one, ${done ? "after" : "before"} it, does what was asked of it all the same`,
      () =>
        Effect.gen(function* () {
          let count = 0
          let fall: Effect.Effect<void> = Effect.void
          const write: Write = (it) =>
            Effect.suspend(() => {
              if (count++ !== nth) return it
              const stop = Effect.andThen(Effect.forkDetach(fall), Effect.never)
              return done ? Effect.andThen(it, stop) : stop
            })
          const { world } = yield* Wards.at({
            crowd: Wards.crowd({}, { os: [18, 0] }),
            userOf: () => "ann",
            disturb: (services) => watched(services, write)
          })
          fall = Effect.gen(function* () {
            yield* world.crash
            yield* Effect.sleep("1 second")
            yield* world.start
          }).pipe(Effect.scoped, Effect.orDie) as Effect.Effect<void>
          const showing = () => Kit.ids(world.crowd).map((id) => Kit.live(world, id).length)
          for (const id of Kit.ids(world.crowd)) yield* Wards.join(world, id)
          // A start that was counted and never sent is asked for once more after a minute and a half.
          yield* Kit.until("185 seconds")
          assert.deepStrictEqual(showing(), [1, 1])
          yield* world.unfollow("phone-2", Kit.matchId)
          yield* Kit.until("200 seconds")
          assert.deepStrictEqual(showing(), [0, 0])
          yield* world.follow("phone-1", Kit.matchId)
          yield* Kit.until("330 seconds")
          assert.deepStrictEqual(showing(), [1, 1])
          yield* Wards.touch(world, "phone-1", (at) => ({
            _tag: "Dismissed",
            activityId: Kit.live(world, "phone-1")[0]!.id,
            at
          }))
          yield* Kit.until("350 seconds")
          assert.deepStrictEqual(showing(), [0, 0])
          assert.deepStrictEqual(yield* Kit.followers(world), [])
          yield* Kit.until("400 seconds")
          assert.deepStrictEqual(showing(), [0, 0])
          assert.isAbove(count, nth)
          Kit.checkSafe(world)
        }).pipe(Effect.scoped)
    )
})
