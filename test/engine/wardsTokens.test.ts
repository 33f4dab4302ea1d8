import { it } from "@effect/vitest"
import { Instant } from "@sightscreen/decider"
import { World } from "@sightscreen/simulation"
import { Context, Duration, Effect } from "effect"
import { Devices } from "@sightscreen/store"
import { assert, describe } from "vitest"
import * as Kit from "./kit.ts"
import * as Wards from "./wardsKit.ts"

const later = (from: Duration.Duration, seconds: number) => Duration.sum(from, Duration.seconds(seconds))

const refuse = (
  reason: string,
  more: { readonly tokens?: ReadonlySet<string>; readonly times?: number } = {}
) => ({ _tag: "Refuse", status: reason === "Unregistered" ? 410 : 400, reason, ...more }) as const

describe("a start token", () => {
  it.effect("that its phone says again is the same one, heard of later", () =>
    Effect.gen(function* () {
      const { world } = yield* Wards.at({ crowd: Wards.crowd({}) })
      yield* world.launch("phone-1")
      yield* Kit.until("10 seconds")
      const token = Wards.startToken(world, "phone-1")
      const first = yield* Wards.row(world, token)
      yield* Kit.until("20 minutes")
      yield* world.launch("phone-1")
      yield* Kit.until("21 minutes")
      const second = yield* Wards.row(world, token)
      assert.isAtLeast(
        Duration.toMillis(Instant.since(second!.registeredAt, first!.registeredAt)),
        19 * 60_000
      )
      assert.lengthOf(yield* Wards.tokens(world).byToken(token), 1)
      assert.strictEqual(second!.retiredAt, null)
    }).pipe(Effect.scoped)
  )

  it.effect("that takes the place of another leaves that one retired, and says why", () =>
    Effect.gen(function* () {
      const { world } = yield* Wards.at({ crowd: Wards.crowd({}) })
      yield* world.launch("phone-1")
      yield* Kit.until("10 seconds")
      const before = Wards.startToken(world, "phone-1")
      yield* Wards.touch(world, "phone-1", (at) => ({ _tag: "StartTokenChanged", reported: true, at }))
      yield* Kit.until("20 seconds")
      assert.strictEqual((yield* Wards.row(world, before))?.retiredFor, "replaced")
      const living = yield* Wards.tokens(world).ofDevices("start", [Wards.device("phone-1")])
      assert.deepStrictEqual(
        living.map(({ token }) => token),
        [Wards.startToken(world, "phone-1")]
      )
    }).pipe(Effect.scoped)
  )

  it.effect("is no update token, and neither is one that was replaced", () =>
    Effect.gen(function* () {
      const { keeper, world } = yield* Wards.joined({ crowd: Wards.crowd({}) })
      yield* Kit.until(Kit.fire)
      const before = Wards.startToken(world, "phone-1")
      yield* Wards.touch(world, "phone-1", (at) => ({ _tag: "StartTokenChanged", reported: true, at }))
      yield* Kit.until(later(Kit.fire, 5))
      const [row] = yield* Wards.rows(world, "phone-1")
      for (const token of [before, Wards.startToken(world, "phone-1").toUpperCase()])
        assert.strictEqual(
          yield* keeper.updateToken(Wards.report("phone-1"), Wards.where(token)),
          "not an update token"
        )
      const [still] = yield* Wards.rows(world, "phone-1")
      assert.deepStrictEqual(still?.updateToken, row!.updateToken)
      yield* Kit.toTheEnd
      Kit.checkRight(world)
    }).pipe(Effect.scoped)
  )
})

describe("a token for calls", () => {
  it.effect("is kept beside the others, one for each phone, and goes with the person", () =>
    Effect.gen(function* () {
      const { keeper, world } = yield* Wards.at({})
      const [first, second] = ["0a".repeat(32), "0b".repeat(32)] as const
      yield* keeper.device(Wards.facts("p", { voipToken: Wards.where(first) }))
      yield* keeper.device(
        Wards.facts("p", { voipToken: Wards.where(second.toUpperCase()), deviceToken: Wards.where(first) })
      )
      const all = yield* Wards.tokens(world).byToken(first)
      assert.deepStrictEqual(
        all.map(({ kind, retiredFor }) => [kind, retiredFor]),
        [
          ["alert", null],
          ["voip", "replaced"]
        ]
      )
      assert.strictEqual((yield* Wards.row(world, second))?.kind, "voip")
      yield* keeper.signedOut(Wards.ownerOf("p"), Wards.device("p"))
      assert.strictEqual((yield* Wards.row(world, second))?.retiredFor, "signed out")
    }).pipe(Effect.scoped)
  )
})

describe("a token that turns up with somebody else", () => {
  const kinds = ["device token", "start token"] as const
  for (const kind of kinds)
    it.effect(`as a ${kind} has moved there, and its former owner's activity is over`, () =>
      Effect.gen(function* () {
        const { keeper, world } = yield* Wards.joined({ crowd: Wards.crowd({}, {}) })
        yield* Kit.until(Kit.fire)
        const { device, start } = world.crowd.phone("phone-1")!.tokens
        const update = Wards.updateToken(world, "phone-1")
        const owner = Wards.user("somebody else")
        yield* keeper.device(
          Wards.facts("new name", {
            userId: owner,
            deviceToken: kind === "device token" ? Wards.where(device!) : null
          })
        )
        if (kind === "start token")
          yield* keeper.startToken(owner, Wards.device("new name"), Wards.where(start!))
        assert.lengthOf(Kit.live(world, "phone-1"), 0)
        const moved = yield* Wards.row(world, kind === "device token" ? device! : start!)
        assert.deepInclude(moved, {
          deviceId: Wards.device("new name"),
          userId: owner,
          retiredAt: null
        })
        const left = yield* Wards.row(world, kind === "device token" ? start! : device!)
        assert.strictEqual(left?.retiredFor, "disowned")
        assert.strictEqual(
          yield* Context.get(world.store, Devices.Devices).get(Wards.device("phone-1")),
          null
        )
        yield* Kit.toTheEnd
        const told = Kit.accepted(world).filter(({ token }) => token === update)
        assert.strictEqual(
          told.findIndex(({ event }) => event === "end"),
          told.length - 1
        )
        assert.lengthOf(Wards.taken(world, "phone-1", "start"), 1)
        assert.isTrue(Kit.isRight(world, "phone-2"))
        Kit.checkSafe(world)
      }).pipe(Effect.scoped)
    )

  it.effect("takes what waits for the former owner out of the queue", () =>
    Effect.gen(function* () {
      let owner = "first"
      const { world } = yield* Wards.joined({
        crowd: Wards.crowd({}),
        apple: { homeward: "12 seconds" },
        userOf: () => owner
      })
      yield* Kit.until(later(Kit.fifty, -1))
      const update = Wards.updateToken(world, "phone-1")
      owner = "second"
      yield* world.launch("phone-1")
      yield* Kit.toTheEnd
      const told = Kit.accepted(world).filter(({ token }) => token === update)
      const events = told.map(({ event }) => event)
      const since = events.slice(events.indexOf("end"))
      // The app, opened, says the token once more, and is told once more.
      assert.deepStrictEqual([...new Set(since)], ["end"])
      assert.lengthOf(Kit.live(world, "phone-1"), 0)
      Kit.checkSafe(world)
    }).pipe(Effect.scoped)
  )

  it.effect("is not forgotten half-way: what broke off is finished when the phone says it again", () =>
    Effect.gen(function* () {
      let down = false
      const { keeper, world } = yield* Wards.joined({
        crowd: Wards.crowd({}),
        disturb: (services) =>
          Kit.instead(services, Devices.Devices, (devices) => ({
            ...devices,
            register: (one) => Effect.tap(devices.register(one), () => (down ? Wards.broken : Effect.void))
          }))
      })
      yield* Kit.until(Kit.fire)
      const second = Wards.facts("phone-1", { userId: Wards.user("second") })
      down = true
      assert.strictEqual((yield* Effect.result(keeper.device(second)))._tag, "Failure")
      down = false
      yield* keeper.device(second)
      assert.lengthOf(Kit.live(world, "phone-1"), 0)
    }).pipe(Effect.scoped)
  )
})

describe("a token that Apple calls bad", () => {
  it.effect(
    "once is suspected, is good again with the next push, and is never retired for two words hours apart",
    () =>
      Effect.gen(function* () {
        const { world } = yield* Wards.joined({ crowd: Wards.crowd({}, {}) })
        yield* Kit.until(Kit.fire)
        const token = Wards.updateToken(world, "phone-1")
        for (const from of [0, 100, 200]) {
          yield* Kit.until(later(Kit.fire, from))
          // The push, and the same to the other host.
          yield* world.apple.inject(refuse("BadDeviceToken", { tokens: new Set([token]), times: 2 }))
          yield* Kit.until(later(Kit.fire, from + 15))
          const row = yield* Wards.row(world, token)
          assert.strictEqual(row?.retiredAt, null)
          yield* Kit.until(later(Kit.fire, from + 40))
          assert.strictEqual((yield* Wards.row(world, token))?.suspectedAt, null)
        }
        yield* world.apple.inject({ _tag: "Heal" })
        yield* Kit.toTheEnd
        assert.lengthOf(Wards.taken(world, "phone-1", "start"), 1)
        Kit.checkRight(world)
        Kit.checkSafe(world)
      }).pipe(Effect.scoped)
  )

  for (const reason of ["BadDeviceToken", "DeviceTokenNotForTopic"])
    it.effect(
      `(${reason}) twice with a minute between is retired for that, and its activity begun anew`,
      () =>
        Effect.gen(function* () {
          const { world } = yield* Wards.joined({ crowd: Wards.crowd({}, {}) })
          yield* Kit.until(Kit.fire)
          const token = Wards.updateToken(world, "phone-1")
          yield* world.apple.inject(refuse(reason, { tokens: new Set([token]) }))
          const [activity] = Kit.live(world, "phone-1")
          Kit.forget(world, "phone-1", activity!.id)
          yield* Kit.until(later(Kit.fire, 40))
          const suspect = yield* Wards.row(world, token)
          assert.deepInclude(suspect, { retiredAt: null, suspicions: 1 })
          yield* Kit.until(later(Kit.fire, 130))
          assert.strictEqual((yield* Wards.row(world, token))?.retiredFor, reason)
          yield* Kit.toTheEnd
          assert.lengthOf(Wards.taken(world, "phone-1", "start"), 2)
          Kit.checkRight(world)
          Kit.checkSafe(world)
        }).pipe(Effect.scoped)
    )

  it.effect("here and good on the other host was filed wrong: it moves there and lives", () =>
    Effect.gen(function* () {
      const { keeper, world } = yield* Wards.at({ channels: false })
      const token = "0c".repeat(80)
      yield* world.apple.register({
        token,
        bundleId: World.bundleId,
        environment: "production",
        kind: "start"
      })
      yield* keeper.device(Wards.facts("p"))
      yield* keeper.startToken(Wards.ownerOf("p"), Wards.device("p"), Wards.where(token))
      yield* world.follow("p", Kit.matchId)
      yield* Kit.until(Kit.fire)
      const all = yield* Wards.tokens(world).byToken(token)
      assert.deepStrictEqual(
        all.map(({ environment, retiredAt, suspectedAt }) => [environment, retiredAt, suspectedAt]),
        [["production", null, null]]
      )
      // It was asked about once; what does not belong here is not pushed to from here.
      assert.lengthOf(
        Kit.accepted(world).filter((one) => one.token === token),
        1
      )
    }).pipe(Effect.scoped)
  )

  it.effect(
    "here, where the phone has another on the other host, is retired and not asked about for ever",
    () =>
      Effect.gen(function* () {
        const { keeper, world } = yield* Wards.at({ channels: false })
        const token = "0c".repeat(80)
        yield* world.apple.register({
          token,
          bundleId: World.bundleId,
          environment: "production",
          kind: "start"
        })
        yield* keeper.device(Wards.facts("p"))
        const report = (environment: "production" | "sandbox") =>
          keeper.startToken(Wards.ownerOf("p"), Wards.device("p"), { ...Wards.where(token), environment })
        yield* report("production")
        yield* report("sandbox")
        yield* world.follow("p", Kit.matchId)
        yield* Kit.until(Kit.fire)
        const all = yield* Wards.tokens(world).byToken(token)
        assert.deepStrictEqual(
          all.map(({ environment, retiredFor }) => [environment, retiredFor]),
          [
            ["production", null],
            ["sandbox", "works in production"]
          ]
        )
      }).pipe(Effect.scoped)
  )
})

describe("the breaker", () => {
  const everybody = Array.from({ length: 30 }, () => ({}))
  for (const reason of ["BadDeviceToken", "DeviceTokenNotForTopic", "Unregistered"])
    it.effect(
      `lets nobody be retired when Apple says ${reason} of everybody, calls once, and all goes on afterwards`,
      () =>
        Wards.listening((errors) =>
          Effect.gen(function* () {
            const { world } = yield* Wards.joined({ crowd: Wards.crowd(...everybody) })
            yield* Kit.until(Kit.fire)
            const before = Kit.ids(world.crowd).map((id) => Wards.updateToken(world, id))
            yield* world.apple.inject(refuse(reason))
            yield* Kit.until(later(Kit.fire, 150))
            for (const token of before) assert.strictEqual((yield* Wards.row(world, token))?.retiredAt, null)
            assert.lengthOf(
              errors.filter((one) => one.includes("none is retired")),
              1
            )
            yield* world.apple.inject({ _tag: "Heal" })
            yield* Kit.toTheEnd
            assert.deepStrictEqual(
              Kit.ids(world.crowd).map((id) => Wards.taken(world, id, "start").length),
              everybody.map(() => 1)
            )
            Kit.checkRight(world)
            Kit.checkSafe(world)
          })
        ).pipe(Effect.scoped)
    )
})
