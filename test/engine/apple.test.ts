import { it } from "@effect/vitest"
import type { ModelTransport } from "@sightscreen/apns"
import type { Ids } from "@sightscreen/domain"
import { Audience } from "@sightscreen/engine"
import { Crowd, type World } from "@sightscreen/simulation"
import { Activities, PushTokens } from "@sightscreen/store"
import { Context, DateTime, Duration, Effect } from "effect"
import * as HttpHeaders from "effect/http/Headers"
import { assert, describe } from "vitest"
import * as Kit from "./kit.ts"

const later = (after: Duration.Duration, seconds: number) => Duration.sum(after, Duration.seconds(seconds))

const down: ReadonlyArray<readonly [string, ModelTransport.Fault]> = [
  ["answers 503", { _tag: "Refuse", status: 503, reason: "ServiceUnavailable" }],
  ["is not reached", { _tag: "Unreachable" }],
  ["takes pushes and answers nothing", { _tag: "Mute" }]
]

/** Apple fails for so long around a moment. */
const outage = Effect.fnUntraced(function* (
  world: World.World,
  fault: ModelTransport.Fault,
  from: Duration.Duration,
  seconds: number
) {
  yield* Kit.until(from)
  yield* world.apple.inject(fault)
  yield* Kit.until(later(from, seconds))
  yield* world.apple.inject({ _tag: "Heal" })
})

const token = (world: World.World, deviceId: string): string => {
  const address = Kit.live(world, deviceId).at(-1)?.address
  return address?._tag === "Token" && address.told ? address.token : ""
}

describe("while Apple", () => {
  for (const [what, fault] of down) {
    it.effect(`${what} for a minute, no alert is lost and none is repeated`, () =>
      Effect.gen(function* () {
        const world = yield* Kit.everybodyFollows({ count: 3 })
        yield* outage(world, fault, later(Kit.fire, -10), 60)
        yield* Kit.toTheEnd
        Kit.checkAlerts(world)
        Kit.checkRight(world)
        Kit.checkSafe(world)
      }).pipe(Effect.scoped)
    )

    it.effect(`${what} for ten minutes at the end, every activity ends all the same`, () =>
      Effect.gen(function* () {
        const world = yield* Kit.everybodyFollows({ count: 3 })
        yield* outage(world, fault, later(Kit.over, -5), 600)
        yield* Kit.until(later(Kit.over, 640))
        Kit.checkRight(world)
        Kit.checkSafe(world)
      }).pipe(Effect.scoped)
    )
  }

  for (const [what, falls] of [
    ["", false],
    [", also where the server falls meanwhile", true]
  ] as const)
    it.effect(`refuses the end of one phone for ten minutes, it ends all the same${what}`, () =>
      Effect.gen(function* () {
        const world = yield* Kit.everybodyFollows({ count: 3, channels: false })
        yield* Kit.until(later(Kit.over, -5))
        const fault = { _tag: "Refuse", status: 503, reason: "ServiceUnavailable" } as const
        yield* world.apple.inject({ ...fault, tokens: new Set([token(world, "phone-1")]) })
        yield* Kit.until(later(Kit.over, 300))
        assert.deepStrictEqual(
          Kit.ids(world.crowd).filter((id) => !Kit.isRight(world, id)),
          ["phone-1"]
        )
        if (falls) {
          yield* world.crash
          yield* world.start
        }
        yield* Kit.until(later(Kit.over, 600))
        yield* world.apple.inject({ _tag: "Heal" })
        yield* Kit.until(later(Kit.over, 720))
        Kit.checkRight(world)
        Kit.checkSafe(world)
        yield* Kit.until(later(Kit.over, 3600))
        const open = yield* Context.get(world.store, Activities.Activities).ofMatch(
          Kit.matchId,
          ["pending", "active", "token_invalid", "failed"],
          { after: null, limit: 10 }
        )
        assert.deepStrictEqual(open, [])
      }).pipe(Effect.scoped)
    )

  it.effect("refuses the last state before a pause, phones are shown it soon after all the same", () =>
    Effect.gen(function* () {
      const world = yield* Kit.everybodyFollows({ count: 2 })
      yield* Kit.until(later(Kit.fire, 9))
      const before = Kit.shows(Kit.live(world, "phone-1")[0])
      const fault = { _tag: "Refuse", status: 500, reason: "InternalServerError" } as const
      yield* outage(world, fault, later(Kit.fire, 9), 4)
      assert.strictEqual(Kit.shows(Kit.live(world, "phone-1")[0]), before)
      // Nothing more falls before the next ball, ten seconds after the one that was refused.
      yield* Kit.until(later(Kit.fire, 19))
      for (const id of Kit.ids(world.crowd)) assert.notStrictEqual(Kit.shows(Kit.live(world, id)[0]), before)
      Kit.checkSafe(world)
    }).pipe(Effect.scoped)
  )

  it.effect(
    "answers 503 for ten minutes, it is asked now and then, and everybody is told once it is back",
    () =>
      Effect.gen(function* () {
        const world = yield* Kit.everybodyFollows({ count: 12, channels: false })
        yield* Kit.until(later(Kit.fire, 5))
        yield* world.apple.inject({ _tag: "Refuse", status: 503, reason: "ServiceUnavailable" })
        const { requests } = yield* world.apple.counts
        yield* Kit.until(later(Kit.fire, 605))
        // Without the breaker each bulletin would go out to each phone, and each alert seven times.
        const asked = (yield* world.apple.counts).requests - requests
        assert.isAtMost(asked, 90)
        assert.isAtLeast(asked, 20)
        yield* world.apple.inject({ _tag: "Heal" })
        yield* Kit.until(Duration.sum(later(Kit.fire, 605), Duration.minutes(3)))
        for (const deviceId of Kit.ids(world.crowd)) assert.isTrue(Kit.isRight(world, deviceId), deviceId)
        Kit.checkSafe(world)
      }).pipe(Effect.scoped)
  )

  it.effect("refuses one phone for a minute the others wait for nothing", () =>
    Effect.gen(function* () {
      const world = yield* Kit.everybodyFollows({ count: 3 })
      yield* Kit.until(later(Kit.fire, 15))
      const tokens = new Set([token(world, "phone-1")])
      yield* outage(
        world,
        { _tag: "Refuse", status: 429, reason: "TooManyRequests", tokens },
        later(Kit.fire, 20),
        40
      )
      const behind = Kit.shows(Kit.live(world, "phone-1")[0])
      const others = Kit.shows(Kit.live(world, "phone-2")[0])
      assert.notStrictEqual(behind, others)
      yield* Kit.until(later(Kit.fire, 79))
      assert.strictEqual(Kit.shows(Kit.live(world, "phone-1")[0]), Kit.shows(Kit.live(world, "phone-2")[0]))
      yield* Kit.toTheEnd
      Kit.checkRight(world)
      Kit.checkAlerts(world)
      Kit.checkSafe(world)
    }).pipe(Effect.scoped)
  )

  it.effect(
    "fails one phone in its first slice, an alert reaches the next slice without waiting for it",
    () =>
      Effect.gen(function* () {
        const world = yield* Kit.everybodyFollows({ count: Audience.Audience.slice + 10 })
        const failing = Kit.ids(world.crowd)[0]!
        yield* Kit.until(later(Kit.fire, -5))
        const fault = { _tag: "Refuse", status: 500, reason: "InternalServerError" } as const
        yield* world.apple.inject({ ...fault, tokens: new Set([token(world, failing)]) })
        yield* Kit.until(later(Kit.fire, 3))
        const told = Kit.ids(world.crowd).filter((id) => Kit.titles(world, id).includes(Kit.news[0]!.title))
        assert.lengthOf(told, Audience.Audience.slice + 9)
        assert.notInclude(told, failing)
      }).pipe(Effect.scoped)
  )

  it.effect("is slow, routine state is replaced by newer state and alerts are not", () =>
    Effect.gen(function* () {
      const slow = yield* Kit.everybodyFollows({ count: 1, apple: { homeward: "25 seconds" } })
      yield* Kit.until(later(Kit.over, 240))
      Kit.checkAlerts(slow)
      Kit.checkRight(slow)
      Kit.checkSafe(slow)
      const updates = Kit.accepted(slow, "update")
      // Fifty-four balls fall in ten minutes; a push takes twenty-five seconds.
      assert.isBelow(updates.length, 30)
      yield* Kit.checkLedger(slow)
    }).pipe(Effect.scoped)
  )

  it.effect("cannot be reached as a match begins, no start is spent on it", () =>
    Effect.gen(function* () {
      const world = yield* Kit.atNoon({ count: 2 })
      yield* world.apple.inject({ _tag: "Unreachable" })
      yield* world.start
      for (const id of Kit.ids(world.crowd)) {
        yield* world.launch(id)
        yield* world.follow(id, Kit.matchId)
      }
      yield* Kit.until(Duration.seconds(400))
      assert.deepStrictEqual(yield* Kit.statuses(world), ["pending", "pending"])
      yield* world.apple.inject({ _tag: "Heal" })
      yield* Kit.until(Duration.seconds(440))
      assert.deepStrictEqual(yield* Kit.statuses(world), ["active", "active"])
      yield* Kit.toTheEnd
      Kit.checkRight(world)
      Kit.checkSafe(world)
    }).pipe(Effect.scoped)
  )

  it.effect("is away, somebody who leaves is rid of the match once it is back", () =>
    Effect.gen(function* () {
      const world = yield* Kit.everybodyFollows({ count: 2 })
      yield* Kit.until(later(Kit.fire, 10))
      yield* world.unfollow("phone-1", Kit.matchId)
      yield* outage(world, { _tag: "Unreachable" }, later(Kit.fire, 10), 180)
      yield* Kit.until(later(Kit.fire, 225))
      assert.deepStrictEqual(
        Kit.ids(world.crowd).map((id) => Kit.live(world, id).length),
        [0, 1]
      )
      Kit.checkSafe(world)
    }).pipe(Effect.scoped)
  )
})

describe("a dead token", () => {
  /** The activity is gone from the phone without the app's knowledge: its next push finds a dead token. */
  const lose = Effect.fnUntraced(function* (world: World.World, deviceId: string) {
    const [activity] = Kit.live(world, deviceId)
    yield* world.apple.retire(token(world, deviceId))
    Kit.forget(world, deviceId, activity!.id)
  })

  it.effect("of an activity has it started anew, and the phone goes on", () =>
    Effect.gen(function* () {
      const world = yield* Kit.everybodyFollows({ count: 2 })
      yield* Kit.until(Kit.fire)
      yield* lose(world, "phone-1")
      yield* Kit.until(later(Kit.fire, 45))
      assert.strictEqual(Kit.live(world, "phone-1").length, 1)
      yield* Kit.toTheEnd
      Kit.checkRight(world)
      Kit.checkSafe(world)
      yield* Kit.checkLedger(world)
      assert.strictEqual(Kit.accepted(world, "start").length, 3)
    }).pipe(Effect.scoped)
  )

  it.effect("again and again is an activity given up after three starts", () =>
    Effect.gen(function* () {
      const world = yield* Kit.everybodyFollows({ count: 1 })
      for (let seconds = 80; seconds < 600; seconds += 5) {
        yield* Kit.until(Duration.seconds(seconds))
        if (token(world, "phone-1") !== "") yield* lose(world, "phone-1")
      }
      yield* Kit.until(Duration.seconds(610))
      assert.strictEqual(Kit.accepted(world, "start").length, 3)
      assert.deepStrictEqual(yield* Kit.statuses(world), ["failed"])
    }).pipe(Effect.scoped)
  )

  it.effect("for starts waits for another, and a new one starts what waits", () =>
    Effect.gen(function* () {
      const world = yield* Kit.atNoon({ count: 2, channels: false })
      yield* world.start
      for (const id of Kit.ids(world.crowd)) {
        yield* world.launch(id)
        yield* world.follow(id, Kit.matchId)
      }
      yield* Kit.until(Duration.seconds(30))
      const start = world.crowd.phone("phone-1")!.tokens.start!
      yield* world.apple.retire(start)
      yield* Kit.until(Duration.seconds(200))
      assert.deepStrictEqual(
        Kit.accepted(world, "start").map(({ deviceId }) => deviceId),
        ["phone-2"]
      )
      const tokens = Context.get(world.store, PushTokens.PushTokens)
      const [row] = yield* tokens.byToken(start)
      assert.strictEqual(row?.retiredFor, "Unregistered")
      // Nothing is tried meanwhile.
      const { requests } = yield* world.apple.counts
      assert.strictEqual(requests, Kit.accepted(world).length + 1)
      // The app is opened: it has the same token, which Apple knows again.
      yield* world.launch("phone-1")
      yield* Kit.until(Duration.seconds(205))
      assert.strictEqual(Kit.live(world, "phone-1").length, 1)
      yield* Kit.toTheEnd
      Kit.checkRight(world)
      Kit.checkSafe(world)
    }).pipe(Effect.scoped)
  )

  it.effect("that its phone has registered since Apple's word lives on", () =>
    Effect.gen(function* () {
      const world = yield* Kit.atNoon({ count: 1 })
      yield* world.start
      yield* Kit.until(Duration.seconds(5))
      yield* world.launch("phone-1")
      const start = world.crowd.phone("phone-1")!.tokens.start!
      const fault = {
        _tag: "Refuse",
        status: 410,
        reason: "Unregistered",
        timestamp: Kit.noon,
        tokens: new Set([start])
      } as const
      yield* world.apple.inject(fault)
      yield* Kit.until(Duration.seconds(62))
      yield* world.follow("phone-1", Kit.matchId)
      yield* Kit.until(Duration.seconds(80))
      const tokens = Context.get(world.store, PushTokens.PushTokens)
      const living = yield* tokens.ofDevices("start", ["phone-1" as Ids.DeviceId])
      assert.deepStrictEqual(
        living.map((one) => one.token),
        [start]
      )
      assert.deepStrictEqual(yield* Kit.statuses(world), ["pending"])
      yield* world.apple.inject({ _tag: "Heal" })
      yield* Kit.toTheEnd
      Kit.checkRight(world)
    }).pipe(Effect.scoped)
  )
})

describe("Apple asks to be left alone", () => {
  /** When each push to a token was taken, in seconds after noon. */
  const takenAt = (world: World.World, address: string): ReadonlyArray<number> =>
    Kit.accepted(world)
      .filter((one) => one.token === address)
      .map(({ at }) => (at - Kit.noon) / 1000)

  const forms = [
    ["in seconds", () => "45"],
    ["until a date", () => dateAfter(later(Kit.fire, 45))]
  ] as const
  const dateAfter = (after: Duration.Duration) =>
    HttpHeaders.formatHttpDate(DateTime.makeUnsafe(Kit.noon + Duration.toMillis(after)))

  for (const [how, retryAfter] of forms) {
    it.effect(`${how} for one phone, it is sent nothing before, and its alert after`, () =>
      Effect.gen(function* () {
        const world = yield* Kit.everybodyFollows({ count: 3, channels: false })
        yield* Kit.until(later(Kit.fire, -1))
        const [address, other] = [token(world, "phone-1"), token(world, "phone-2")]
        yield* world.apple.inject({
          _tag: "Refuse",
          status: 503,
          reason: "ServiceUnavailable",
          retryAfter: retryAfter(),
          tokens: new Set([address]),
          times: 1
        })
        yield* Kit.toTheEnd
        const fire = Duration.toSeconds(Kit.fire)
        const first = takenAt(world, address).find((at) => at > fire - 1)
        assert.isAtLeast(first ?? 0, fire + 45 - 1)
        // The others were told as it happened.
        assert.isNotEmpty(takenAt(world, other).filter((at) => at > fire - 1 && at < fire + 5))
        Kit.checkAlerts(world)
        Kit.checkRight(world)
        Kit.checkSafe(world)
      }).pipe(Effect.scoped)
    )
  }

  it.effect("for one phone's routine state, the newest is told once the time has come", () =>
    Effect.gen(function* () {
      const world = yield* Kit.everybodyFollows({ count: 2, channels: false })
      yield* Kit.until(later(Kit.fire, 15))
      const address = token(world, "phone-1")
      const from = Duration.toSeconds(Kit.fire) + 15
      yield* world.apple.inject({
        _tag: "Refuse",
        status: 429,
        reason: "TooManyRequests",
        retryAfter: "40",
        tokens: new Set([address]),
        times: 1
      })
      yield* Kit.toTheEnd
      const [first] = takenAt(world, address).filter((at) => at > from)
      assert.isAtLeast(first ?? 0, from + 40)
      assert.isAtMost(first ?? Infinity, from + 90)
      Kit.checkRight(world)
      Kit.checkSafe(world)
    }).pipe(Effect.scoped)
  )

  it.effect("for all, it is not even looked for before, and everybody is told afterwards", () =>
    Effect.gen(function* () {
      const world = yield* Kit.everybodyFollows({ count: 30, channels: false })
      yield* Kit.until(later(Kit.fire, 5))
      yield* world.apple.inject({
        _tag: "Refuse",
        status: 503,
        reason: "ServiceUnavailable",
        retryAfter: "120"
      })
      yield* Kit.until(later(Kit.fire, 20))
      const { requests } = yield* world.apple.counts
      yield* Kit.until(later(Kit.fire, 124))
      assert.strictEqual((yield* world.apple.counts).requests, requests)
      yield* world.apple.inject({ _tag: "Heal" })
      yield* Kit.until(Duration.sum(later(Kit.fire, 124), Duration.minutes(3)))
      const shown = Kit.ids(world.crowd).map((deviceId) => Kit.shows(Kit.live(world, deviceId)[0]))
      assert.strictEqual(new Set(shown).size, 1)
      yield* Kit.toTheEnd
      Kit.checkRight(world)
      Kit.checkSafe(world)
    }).pipe(Effect.scoped)
  )
})

describe("two minutes without Apple, again and again,", () => {
  const two: ReadonlyArray<readonly [string, readonly [number, number]]> = [
    ["tokens", [17, 4]],
    ["a channel", [18, 4]]
  ]
  // The second outage finds what the first has left of the credit for retries, which few phones earn slowly.
  for (const [what, os] of two)
    for (const [how, fault] of down)
      it.effect(`lose no alert of two phones on ${what} where it ${how}`, () =>
        Effect.gen(function* () {
          const world = yield* Kit.everybodyFollows({ crowd: Crowd.make(2, "few", os) })
          for (const moment of [Kit.fire, Kit.fifty, Kit.wicket])
            yield* outage(world, fault, later(moment, -3), 120)
          // The last outage ends behind the match, and Apple is asked again only now and then.
          yield* Kit.until(later(Kit.over, 300))
          Kit.checkAlerts(world)
          Kit.checkRight(world)
          Kit.checkSafe(world)
        }).pipe(Effect.scoped)
      )
})
