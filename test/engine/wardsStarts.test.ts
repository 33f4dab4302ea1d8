import { it } from "@effect/vitest"
import { Instant } from "@sightscreen/decider"
import { ActiveMatch, type Ids } from "@sightscreen/domain"
import { Envelope } from "@sightscreen/engine"
import { Timeline } from "@sightscreen/feed"
import { Step } from "@sightscreen/decider"
import { World } from "@sightscreen/simulation"
import { Follows, PushTokens } from "@sightscreen/store"
import { Duration, Effect, Result } from "effect"
import { assert, describe } from "vitest"
import * as Kit from "./kit.ts"
import * as Wards from "./wardsKit.ts"

const later = (from: Duration.Duration, seconds: number) => Duration.sum(from, Duration.seconds(seconds))

describe("a start", () => {
  const standing = (() => {
    const snapshot = Timeline.snapshot(Kit.timeline, 7, Kit.timeline.times[7]!)
    const [state] = Step.play(ActiveMatch.step, ActiveMatch.begin(Kit.matchId, true), [
      { _tag: "SnapshotRead", snapshot }
    ])
    return ActiveMatch.standing(state)!
  })()
  const address = { bundleId: World.bundleId, environment: "sandbox" } as const
  const sealed = (input: Parameters<typeof Envelope.start>[0]["input"]) => {
    const at = Instant.fromSeconds(standing.stamp)
    const alert = { title: "India v New Zealand", body: "Now live" }
    const { body, headers } = Result.getOrThrow(
      Envelope.start(
        { info: Kit.timeline.info, standing, content: standing.content, alert, input },
        at,
        address
      )
    )
    const { aps } = JSON.parse(new TextDecoder().decode(body)) as { readonly aps: Record<string, unknown> }
    return { aps, headers: Object.fromEntries(headers as Iterable<readonly [string, string]>) }
  }
  const routes = [
    [
      "a channel",
      { _tag: "Channel", channelId: "dHN0LXNyY2gtY2hubA==" },
      { "input-push-channel": "dHN0LXNyY2gtY2hubA==" }
    ],
    ["a token", { _tag: "Token" }, { "input-push-token": 1 }]
  ] as const
  for (const [what, input, key] of routes)
    it(`that is to listen to ${what} carries its alert, that one source, a stale date and a name for two that race`, () => {
      const { aps, headers } = sealed(input)
      const { attributes, "content-state": content, ...rest } = aps
      assert.deepStrictEqual(rest, {
        timestamp: standing.stamp,
        event: "start",
        "attributes-type": "LiveActivityAttributes",
        alert: { title: "India v New Zealand", body: "Now live" },
        "stale-date": standing.staleAt,
        "relevance-score": standing.relevance,
        ...key
      })
      assert.isObject(attributes)
      assert.deepStrictEqual(content, standing.content)
      const { ":method": _, ...sent } = headers
      assert.deepStrictEqual(Object.keys(sent).sort(), [
        "apns-collapse-id",
        "apns-expiration",
        "apns-priority",
        "apns-push-type",
        "apns-topic"
      ])
      assert.strictEqual(headers["apns-push-type"], "liveactivity")
      assert.strictEqual(headers["apns-priority"], "10")
      // One by channel is not sent twice, so it has longer to arrive.
      const usefulFor = input._tag === "Channel" ? 3600 : 600
      assert.strictEqual(headers["apns-expiration"], String(standing.stamp + usefulFor))
    })

  const phones = [{}, { os: [18, 0] }] as const
  for (const [when, follows] of [
    ["before its match goes live", "10 seconds"],
    ["after", "3 minutes"]
  ] as const)
    it.effect(
      `comes once to each phone of who follows ${when}, by token or by channel as the phone can`,
      () =>
        Effect.gen(function* () {
          const { world } = yield* Wards.at({ crowd: Wards.crowd(...phones), userOf: () => "one person" })
          for (const id of Kit.ids(world.crowd)) yield* world.launch(id)
          yield* Kit.until(follows)
          yield* world.follow("phone-1", Kit.matchId)
          yield* Kit.until("260 seconds")
          const [token, channel] = Kit.ids(world.crowd).map((id) => Kit.live(world, id))
          assert.deepStrictEqual(
            [token, channel].map((live) => live!.map(({ address: at }) => at._tag)),
            [["Token"], ["Channel"]]
          )
          assert.strictEqual(Kit.shows(token![0]), Kit.shows(channel![0]))
          for (const id of Kit.ids(world.crowd)) {
            assert.deepStrictEqual(yield* Wards.states(world, id), ["active"])
            assert.lengthOf(Wards.taken(world, id, "start"), 1)
          }
          yield* Kit.toTheEnd
          Kit.checkRight(world)
          Kit.checkSafe(world)
        }).pipe(Effect.scoped)
    )

  it.effect("counts as done only when its phone has reported it", () =>
    Effect.gen(function* () {
      const { world } = yield* Wards.joined({
        crowd: Wards.crowd({}),
        tokenAfter: () => Duration.seconds(50)
      })
      yield* Kit.until("85 seconds")
      assert.lengthOf(Wards.taken(world, "phone-1", "start"), 1)
      assert.deepStrictEqual(yield* Wards.states(world, "phone-1"), ["pending"])
      yield* Kit.until("125 seconds")
      assert.deepStrictEqual(yield* Wards.states(world, "phone-1"), ["active"])
    }).pipe(Effect.scoped)
  )
})

describe("phones that swallow every start", () => {
  const second = "another-match" as Ids.MatchId
  for (const falls of [[], [100, 170, 300, 500, 720], [75, 90, 91, 92, 400, 401]])
    it.effect(
      `are asked three times in a day, of two matches together, and their people hear of each match once${falls.length === 0 ? "" : `, though the engine falls after ${falls.join(", ")} seconds`}`,
      () =>
        Effect.gen(function* () {
          const { world } = yield* Wards.at({
            crowd: Wards.crowd({ startToken: "swallowed" }, { startToken: "swallowed", os: [18, 1] }, {}),
            timelines: [Wards.begins("1 minute"), Wards.begins("20 minutes", { matchId: second })]
          })
          for (const id of Kit.ids(world.crowd)) {
            yield* Wards.join(world, id)
            yield* world.follow(id, second)
          }
          for (const seconds of falls) {
            yield* Kit.until(Duration.seconds(seconds))
            yield* world.crash
            yield* Kit.until(Duration.seconds(seconds + 2))
            yield* world.start
          }
          yield* Kit.until("45 minutes")
          for (const id of ["phone-1", "phone-2"]) {
            assert.include([2, 3], Wards.taken(world, id, "start").length, id)
            const told = Wards.fallbacks(world, id)
            assert.deepStrictEqual(
              told.map(({ matchId }) => matchId).sort(),
              [second, Kit.matchId].sort(),
              id
            )
          }
          assert.lengthOf(Wards.taken(world, "phone-3", "start"), 2)
          assert.deepStrictEqual(Wards.fallbacks(world, "phone-3"), [])
        }).pipe(Effect.scoped)
    )
})

describe("before a match", () => {
  /** Start tokens that were registered at first were registered long ago. */
  const aged =
    (days: number): NonNullable<World.Options["disturb"]> =>
    (services) =>
      Kit.instead(services, PushTokens.PushTokens, (tokens) => ({
        ...tokens,
        ofDevices: (kind, ids) =>
          Effect.map(tokens.ofDevices(kind, ids), (all) =>
            all.map((one) =>
              one.registeredAt < Wards.after("5 minutes")
                ? { ...one, registeredAt: Instant.minus(one.registeredAt, Duration.days(days)) }
                : one
            )
          )
      }))

  it.effect("phones with an old start token are woken once, ten minutes ahead, and others are not", () =>
    Effect.gen(function* () {
      const { world } = yield* Wards.joined({
        crowd: Wards.crowd({}, {}),
        timelines: [Wards.begins("40 minutes")],
        disturb: aged(8)
      })
      yield* Kit.until("20 minutes")
      // It has been used since, so its token is fresh.
      yield* world.launch("phone-2")
      yield* Kit.until("42 minutes")
      const [wake, ...more] = Wards.taken(world, "phone-1", "background")
      assert.lengthOf(more, 0)
      assert.strictEqual(wake!.priority, 5)
      const ahead = Duration.toMinutes(Instant.since(Wards.after("40 minutes"), wake!.at))
      assert.isTrue(ahead <= 10 && ahead > 9.4, `${ahead}`)
      assert.lengthOf(Wards.taken(world, "phone-2", "background"), 0)
      yield* Wards.tokens(world).ofDevices("start", [Wards.device("phone-1")])
      for (const id of Kit.ids(world.crowd)) assert.lengthOf(Kit.live(world, id), 1)
    }).pipe(Effect.scoped)
  )

  it.effect("a phone that could not be woken, for Apple was away, is woken once it is back", () =>
    Effect.gen(function* () {
      const { world } = yield* Wards.joined({
        crowd: Wards.crowd({}),
        timelines: [Wards.begins("30 minutes")],
        disturb: aged(8)
      })
      yield* Kit.until("19 minutes")
      yield* world.apple.inject({ _tag: "Refuse", status: 503, reason: "ServiceUnavailable" })
      yield* Kit.until("23 minutes")
      assert.deepStrictEqual(Wards.taken(world, "phone-1", "background"), [])
      yield* world.apple.inject({ _tag: "Heal" })
      yield* Kit.until("26 minutes")
      assert.lengthOf(Wards.taken(world, "phone-1", "background"), 1)
    }).pipe(Effect.scoped)
  )

  it.effect("waking heals a phone whose start token has changed and was never said", () =>
    Effect.gen(function* () {
      const { world } = yield* Wards.joined({
        crowd: Wards.crowd({ startToken: "silently changed" }),
        timelines: [Wards.begins("40 minutes")],
        disturb: aged(8)
      })
      yield* Kit.until("42 minutes")
      assert.lengthOf(Kit.live(world, "phone-1"), 1)
      assert.deepStrictEqual(
        Wards.taken(world, "phone-1", "start").map(({ token }) => token),
        [Wards.startToken(world, "phone-1")]
      )
    }).pipe(Effect.scoped)
  )

  it.effect("a phone that has never said a start token is woken too, and has it in time", () =>
    Effect.gen(function* () {
      let lost = true
      const { world } = yield* Wards.joined({
        crowd: Wards.crowd({}),
        timelines: [Wards.begins("40 minutes")],
        disturb: (services) =>
          Kit.instead(services, PushTokens.PushTokens, (tokens) => ({
            ...tokens,
            ofDevices: (kind, ids) =>
              Effect.map(tokens.ofDevices(kind, ids), (all) => (lost && kind === "start" ? [] : all))
          }))
      })
      yield* Kit.until("31 minutes")
      assert.lengthOf(Wards.taken(world, "phone-1", "background"), 1)
      lost = false
      yield* Kit.until("42 minutes")
      assert.lengthOf(Wards.taken(world, "phone-1", "background"), 1)
      assert.lengthOf(Kit.live(world, "phone-1"), 1)
    }).pipe(Effect.scoped)
  )
})

describe("a phone that cannot be started", () => {
  it.effect(
    "for a dead start token has its person told once, and what waits is started with the next token",
    () =>
      Effect.gen(function* () {
        const { world } = yield* Wards.at({ crowd: Wards.crowd({}) })
        yield* world.launch("phone-1")
        yield* Kit.until("10 seconds")
        yield* world.apple.retire(Wards.startToken(world, "phone-1"))
        yield* world.follow("phone-1", Kit.matchId)
        yield* Kit.until("100 seconds")
        assert.deepStrictEqual(
          Wards.fallbacks(world, "phone-1").map(({ matchId }) => matchId),
          [Kit.matchId]
        )
        assert.lengthOf(Wards.taken(world, "phone-1", "start"), 0)
        yield* Kit.until("200 seconds")
        yield* Wards.touch(world, "phone-1", (at) => ({ _tag: "StartTokenChanged", reported: true, at }))
        yield* Kit.until("201 seconds")
        assert.lengthOf(Kit.live(world, "phone-1"), 1)
        yield* Kit.toTheEnd
        assert.lengthOf(Wards.fallbacks(world, "phone-1"), 1)
        Kit.checkRight(world)
      }).pipe(Effect.scoped)
  )

  for (const [what, falls] of [
    ["for Apple was away", false],
    ["for all broke off, and Apple was away", true]
  ] as const)
    it.effect(`and whose person could not be told of the match, ${what}, has them told once, later`, () =>
      Effect.gen(function* () {
        const { world } = yield* Wards.at({
          crowd: Wards.crowd({}),
          timelines: [Wards.begins("1 minute", { ballMillis: 40_000 })]
        })
        yield* world.launch("phone-1")
        yield* Kit.until("10 seconds")
        const { device } = world.crowd.phone("phone-1")!.tokens
        yield* world.apple.retire(Wards.startToken(world, "phone-1"))
        yield* world.apple.inject({
          _tag: "Refuse",
          status: 503,
          reason: "ServiceUnavailable",
          tokens: new Set([device!])
        })
        yield* world.follow("phone-1", Kit.matchId)
        yield* Kit.until("100 seconds")
        if (falls) {
          yield* world.crash
          yield* world.start
        }
        yield* Kit.until("10 minutes")
        assert.deepStrictEqual(Wards.fallbacks(world, "phone-1"), [])
        yield* world.apple.inject({ _tag: "Heal" })
        yield* Kit.until("25 minutes")
        assert.lengthOf(Wards.fallbacks(world, "phone-1"), 1)
      }).pipe(Effect.scoped)
    )

  it.effect("is started by its next token even if all breaks off when that is reported", () =>
    Effect.gen(function* () {
      let down = false
      const { world } = yield* Wards.at({
        crowd: Wards.crowd({}),
        disturb: (services) =>
          Kit.instead(services, Follows.Follows, (follows) => ({
            ...follows,
            // Asked when the token is written down, and not before.
            ofUser: (userId) => Effect.suspend(() => (down ? Wards.broken : follows.ofUser(userId)))
          }))
      })
      yield* world.launch("phone-1")
      yield* Kit.until("10 seconds")
      yield* world.apple.retire(Wards.startToken(world, "phone-1"))
      yield* world.follow("phone-1", Kit.matchId)
      yield* Kit.until("200 seconds")
      assert.deepStrictEqual(yield* Wards.states(world, "phone-1"), ["failed"])
      down = true
      yield* Wards.touch(world, "phone-1", (at) => ({ _tag: "StartTokenChanged", reported: true, at }))
      yield* Kit.until("205 seconds")
      down = false
      yield* Kit.until("240 seconds")
      assert.lengthOf(Kit.live(world, "phone-1"), 1)
      yield* Kit.toTheEnd
      Kit.checkRight(world)
      Kit.checkSafe(world)
    }).pipe(Effect.scoped)
  )

  it.effect("for it was force-quit is asked three times at most, and its person told once", () =>
    Effect.gen(function* () {
      const { world } = yield* Wards.joined({
        crowd: Wards.crowd({ afterForceQuit: "nothing" }),
        timelines: [Wards.begins("1 minute", { ballMillis: 40_000 })]
      })
      yield* Kit.until("30 seconds")
      yield* Wards.touch(world, "phone-1", (at) => ({ _tag: "ForceQuit", at }))
      yield* Kit.until("25 minutes")
      assert.isAtMost(Wards.taken(world, "phone-1", "start").length, 3)
      assert.lengthOf(Wards.fallbacks(world, "phone-1"), 1)
      assert.lengthOf(Kit.live(world, "phone-1"), 0)
    }).pipe(Effect.scoped)
  )

  it.effect("for it was force-quit is offered another start once its app is opened and shows nothing", () =>
    Effect.gen(function* () {
      const { world } = yield* Wards.joined({
        crowd: Wards.crowd({ afterForceQuit: "nothing", os: [18, 0] }),
        timelines: [Wards.begins("1 minute", { ballMillis: 40_000 })]
      })
      yield* Kit.until("30 seconds")
      yield* Wards.touch(world, "phone-1", (at) => ({ _tag: "ForceQuit", at }))
      yield* Kit.until("8 minutes")
      assert.lengthOf(Kit.live(world, "phone-1"), 0)
      const before = Wards.taken(world, "phone-1", "start").length
      yield* Wards.touch(world, "phone-1", (at) => ({ _tag: "Launched", at }))
      yield* Kit.until("9 minutes")
      assert.lengthOf(Kit.live(world, "phone-1"), 0)
      yield* Kit.until("11 minutes")
      assert.lengthOf(Kit.live(world, "phone-1"), 1)
      assert.lengthOf(Wards.taken(world, "phone-1", "start"), before + 1)
    }).pipe(Effect.scoped)
  )

  it.effect("for it was force-quit, and shows more than one, is left with one when its app is opened", () =>
    Effect.gen(function* () {
      const { world } = yield* Wards.joined({ crowd: Wards.crowd({ os: [18, 0] }) })
      yield* Kit.until("30 seconds")
      yield* Wards.touch(world, "phone-1", (at) => ({ _tag: "ForceQuit", at }))
      yield* Kit.until(later(Kit.fire, 20))
      // The app cannot say that there is one; the channel reaches whatever was started.
      const shown = Kit.live(world, "phone-1").map(Kit.shows)
      assert.lengthOf([...new Set(shown)], 1)
      yield* Wards.touch(world, "phone-1", (at) => ({ _tag: "Launched", at }))
      yield* Kit.until(later(Kit.fire, 25))
      assert.lengthOf(Kit.live(world, "phone-1"), 1)
      yield* Kit.toTheEnd
      Kit.checkRight(world)
      assert.isAtMost(Wards.taken(world, "phone-1", "start").length, 3)
    }).pipe(Effect.scoped)
  )

  it.effect(
    "for iOS never gives it a start token is woken, waits ninety seconds, and then its person is told, once",
    () =>
      Effect.gen(function* () {
        const { world } = yield* Wards.joined({ crowd: Wards.crowd({ startToken: "never" }) })
        yield* Kit.until("120 seconds")
        assert.lengthOf(Wards.taken(world, "phone-1", "background"), 1)
        assert.lengthOf(Wards.fallbacks(world, "phone-1"), 0)
        yield* Kit.toTheEnd
        const [notice, ...more] = Wards.fallbacks(world, "phone-1")
        assert.lengthOf(more, 0)
        const waited = Duration.toSeconds(Instant.since(notice!.at, Wards.after("1 minute")))
        assert.isTrue(waited >= 90 && waited <= 130, `${waited}`)
        assert.lengthOf(Wards.taken(world, "phone-1", "start"), 0)
      }).pipe(Effect.scoped)
  )

  for (const os of [
    [16, 4],
    [17, 1]
  ] as const)
    it.effect(`for it has iOS ${os.join(".")} has a follow and nothing else`, () =>
      Effect.gen(function* () {
        const { world } = yield* Wards.joined({ crowd: Wards.crowd({ os }) })
        yield* Kit.until(later(Kit.over, -60))
        assert.deepStrictEqual(yield* Wards.rows(world, "phone-1"), [])
        assert.deepStrictEqual(yield* Kit.followers(world), ["owner of phone-1"])
        // That it is about to begin is all that this phone can be told.
        assert.deepStrictEqual(
          Kit.accepted(world).map(({ event }) => event),
          ["alert"]
        )
      }).pipe(Effect.scoped)
    )
})

describe("a phone that was started by channel and says nothing", () => {
  it.effect(
    "is not started again, but woken: one whose start token had changed says the new one, and is",
    () =>
      Effect.gen(function* () {
        // It says nothing of the change, and the start goes to the token that it had.
        const { world } = yield* Wards.joined({
          crowd: Wards.crowd({ os: [18, 0], startToken: "silently changed" })
        })
        yield* Kit.until("85 seconds")
        assert.lengthOf(Wards.taken(world, "phone-1", "start"), 1)
        assert.lengthOf(Kit.live(world, "phone-1"), 0)
        yield* Kit.until("190 seconds")
        assert.lengthOf(Kit.live(world, "phone-1"), 1)
        assert.lengthOf(Wards.taken(world, "phone-1", "start"), 2)
        yield* Kit.toTheEnd
        Kit.checkRight(world)
        Kit.checkSafe(world)
      }).pipe(Effect.scoped)
  )

  it.effect("shows one activity to the end, though its app was force-quit and never says so", () =>
    Effect.gen(function* () {
      const { world } = yield* Wards.at({ crowd: Wards.crowd({ os: [18, 0] }) })
      yield* Wards.join(world, "phone-1")
      yield* Kit.until("5 seconds")
      yield* Wards.touch(world, "phone-1", (at) => ({ _tag: "ForceQuit", at }))
      yield* Kit.toTheEnd
      assert.lengthOf(Kit.activities(world, "phone-1"), 1)
      assert.lengthOf(Wards.taken(world, "phone-1", "start"), 1)
      Kit.checkSafe(world)
    }).pipe(Effect.scoped)
  )
})
