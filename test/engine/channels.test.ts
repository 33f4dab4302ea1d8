import { it } from "@effect/vitest"
import { Delivery } from "@sightscreen/apns"
import { Instant } from "@sightscreen/decider"
import { ActiveMatch } from "@sightscreen/domain"
import { MatchOrchestrator } from "@sightscreen/engine"
import { Crowd, type World } from "@sightscreen/simulation"
import { BroadcastChannels } from "@sightscreen/store"
import { Clock, Context, Duration, Effect } from "effect"
import { assert, describe } from "vitest"
import * as Kit from "./kit.ts"

const later = (after: Duration.Duration, seconds: number) => Duration.sum(after, Duration.seconds(seconds))

/** The first phones hear channels, the others are too old for it. */
const mixed = (young: number, old: number): Crowd.Crowd =>
  Crowd.make(young + old, "kit", [17, 4], (_, nth) => (nth < young ? { os: [18, 2] } : {}))

const young = (count: number): Crowd.Crowd => mixed(count, 0)

const published = (world: World.World, event?: string) =>
  Kit.accepted(world, event).filter(({ route }) => route === "channel")

/** Where a phone listens, by its latest activity. */
const channelOf = (world: World.World, deviceId: string): string | null => {
  const address = Kit.activities(world, deviceId).at(-1)?.address
  return address?._tag === "Channel" ? address.channelId : null
}

const now = Effect.map(Clock.currentTimeMillis, Instant.fromMillis)

const ledger = (world: World.World) =>
  Context.get(world.store, BroadcastChannels.BroadcastChannels).ofMatch(Kit.matchId)

describe("a broadcast channel", () => {
  it.effect("brings phones of iOS 18 to the state of older phones, by the same decisions", () =>
    Effect.gen(function* () {
      const world = yield* Kit.everybodyFollows({ crowd: mixed(2, 2) })
      yield* Kit.toTheEnd
      Kit.checkRight(world)
      Kit.checkAlerts(world)
      Kit.checkSafe(world)
      yield* Kit.checkLedger(world)
      for (const id of ["phone-1", "phone-2"]) assert.isNotNull(channelOf(world, id), id)
      for (const id of ["phone-3", "phone-4"]) assert.isNull(channelOf(world, id), id)
      // Nothing but starts goes to the tokens of who listens to the channel.
      const mine = new Set(["phone-1", "phone-2"])
      for (const one of Kit.accepted(world))
        if (one.deviceId !== null && mine.has(one.deviceId)) assert.include(["start", "alert"], one.event)
      const byToken = [...Kit.stampsByToken(world)].filter(([token]) => token !== channelOf(world, "phone-1"))
      const said = new Set(published(world).map(({ stamp }) => stamp))
      for (const [, stamps] of byToken) for (const stamp of stamps) assert.isTrue(said.has(stamp), `${stamp}`)
    }).pipe(Effect.scoped)
  )

  it.effect("is published to once for each bulletin, however many listen", () =>
    Effect.gen(function* () {
      const counts: Array<number> = []
      for (const count of [1, 7]) {
        const world = yield* Kit.everybodyFollows({ crowd: young(count) })
        yield* Kit.toTheEnd
        Kit.checkRight(world)
        const stamps = published(world).map(({ stamp }) => stamp)
        counts.push(new Set(stamps).size)
        // Beside the repeated end, whoever joins has the newest state said again, all joiners together.
        assert.isAtMost(stamps.length - new Set(stamps).size, 3)
      }
      assert.strictEqual(counts[0], counts[1])
    }).pipe(Effect.scoped)
  )

  it.effect("is there before the first ball, and gone after the end was told for the last time", () =>
    Effect.gen(function* () {
      const world = yield* Kit.everybodyFollows({ crowd: young(1) })
      yield* Kit.until("55 seconds")
      // Two languages, each with and without frequent updates.
      assert.strictEqual((yield* world.apple.channels).length, 4)
      yield* Kit.until(later(Kit.over, 30))
      const [end] = published(world, "end")
      assert.isDefined(end)
      yield* Kit.until(later(Kit.over, 61 * 60))
      const repeats = published(world, "end").filter(({ token }) => token === channelOf(world, "phone-1"))
      const minutes = repeats.map(({ at }) => Math.round((at - end!.at) / 60_000))
      assert.deepStrictEqual(minutes, [0, 1, 5, 15, 60])
      for (const { stamp } of repeats) assert.strictEqual(stamp, end!.stamp)
      yield* Kit.until(later(Kit.over, 63 * 60))
      const left = (yield* world.apple.channels).map(({ id }) => id)
      assert.notInclude(left, channelOf(world, "phone-1"))
      // Those that nobody listened to have had no end, and go once a sweep has found the match over.
      yield* Kit.until(later(Kit.over, 90 * 60))
      assert.deepStrictEqual(yield* world.apple.channels, [])
      assert.deepStrictEqual(yield* ledger(world), [])
      Kit.checkSafe(world)
    }).pipe(Effect.scoped)
  )

  for (const [seconds, away] of [
    [30, "half a minute"],
    [4 * 60, "four minutes"],
    [40 * 60, "forty minutes"]
  ] as const) {
    it.effect(`tells the end again to a phone that was offline for ${away}`, () =>
      Effect.gen(function* () {
        const world = yield* Kit.everybodyFollows({ crowd: young(2) })
        yield* Kit.until(later(Kit.result, -15))
        yield* world.touch("phone-1", { _tag: "WentOffline", at: yield* now })
        yield* Kit.until(later(Kit.result, seconds))
        assert.isFalse(Kit.isRight(world, "phone-1"))
        yield* world.touch("phone-1", { _tag: "CameOnline", at: yield* now })
        yield* Kit.until(later(Kit.result, 61 * 60))
        Kit.checkRight(world)
        Kit.checkSafe(world)
      }).pipe(Effect.scoped)
    )
  }

  it.effect("brings who joins late what was published while the start was under way", () =>
    Effect.gen(function* () {
      const world = yield* Kit.everybodyFollows({
        crowd: young(2),
        manner: ActiveMatch.plain,
        apple: { delivery: { rules: Delivery.rules({ burstMillis: 0, latencyMillis: 3000 }) } }
      })
      yield* world.unfollow("phone-2", Kit.matchId)
      yield* Kit.until(later(Kit.innings, -2))
      assert.deepStrictEqual(Kit.live(world, "phone-2"), [])
      yield* world.follow("phone-2", Kit.matchId)
      // Nothing falls in the break.
      yield* Kit.until(later(Kit.innings, 30))
      assert.isNotNull(channelOf(world, "phone-2"))
      assert.strictEqual(Kit.shows(Kit.live(world, "phone-2")[0]), Kit.shows(Kit.live(world, "phone-1")[0]))
      assert.notInclude(Kit.titles(world, "phone-2"), Kit.news[2]!.title)
      yield* Kit.toTheEnd
      Kit.checkRight(world)
      Kit.checkSafe(world)
    }).pipe(Effect.scoped)
  )

  it.effect("that somebody leaves is left by their phone alone", () =>
    Effect.gen(function* () {
      const world = yield* Kit.everybodyFollows({ crowd: young(2) })
      yield* Kit.until(later(Kit.fire, 20))
      yield* world.unfollow("phone-2", Kit.matchId)
      yield* Kit.until(later(Kit.fire, 25))
      assert.deepStrictEqual(Kit.live(world, "phone-2"), [])
      assert.strictEqual(Kit.live(world, "phone-1").length, 1)
      yield* Kit.toTheEnd
      assert.isTrue(Kit.isRight(world, "phone-1"))
      assert.strictEqual(Kit.activities(world, "phone-2").length, 1)
      assert.strictEqual(Kit.titles(world, "phone-2").at(-1), Kit.news[0]!.title)
      Kit.checkSafe(world)
    }).pipe(Effect.scoped)
  )

  it.effect("speaks the language of who listens, and older phones hear the same words", () =>
    Effect.gen(function* () {
      const crowd = Crowd.make(4, "kit", [18, 2], (_, nth) => ({
        language: nth % 2 === 0 ? "en" : "hi-IN",
        ...(nth < 2 ? {} : { os: [17, 4] as const })
      }))
      const world = yield* Kit.everybodyFollows({ crowd })
      yield* Kit.toTheEnd
      const [english, hindi, englishByToken, hindiByToken] = Kit.ids(world.crowd).map((id) => ({
        titles: Kit.titles(world, id),
        last: Kit.shows(Kit.activities(world, id).at(-1))
      }))
      assert.deepStrictEqual(
        english!.titles.slice(1),
        Kit.news.map(({ title }) => title)
      )
      assert.deepStrictEqual(english, englishByToken)
      assert.deepStrictEqual(hindi, hindiByToken)
      assert.strictEqual(hindi!.titles.length, english!.titles.length)
      for (const title of hindi!.titles) assert.match(title, /\p{Script=Devanagari}/u)
      assert.match(hindi!.last, /\p{Script=Devanagari}/u)
      assert.notStrictEqual(channelOf(world, "phone-1"), channelOf(world, "phone-2"))
      Kit.checkSafe(world)
    }).pipe(Effect.scoped)
  )
})

describe("a channel in trouble", () => {
  it.effect("throttled by Apple is rested, gets the newest state afterwards, and loses no alert", () =>
    Effect.gen(function* () {
      const world = yield* Kit.everybodyFollows({ crowd: mixed(2, 1) })
      yield* Kit.until(later(Kit.wicket, -3))
      yield* world.apple.inject({
        _tag: "Refuse",
        status: 429,
        reason: "TooManyRequests",
        errands: ["publish"]
      })
      yield* Kit.until(later(Kit.wicket, 9))
      // A phone with a token waits for no channel.
      assert.include(Kit.titles(world, "phone-3"), Kit.news[3]!.title)
      assert.notInclude(Kit.titles(world, "phone-1"), Kit.news[3]!.title)
      yield* Kit.until(later(Kit.wicket, 15))
      yield* world.apple.inject({ _tag: "Heal" })
      yield* Kit.toTheEnd
      Kit.checkAlerts(world)
      Kit.checkRight(world)
      Kit.checkSafe(world)
    }).pipe(Effect.scoped)
  )

  for (const tells of [false, true]) {
    const says = tells ? ", who says when," : ""
    it.effect(
      `that Apple${says} lets be published to now and then only still ends right, with every alert`,
      () =>
        Effect.gen(function* () {
          const world = yield* Kit.everybodyFollows({
            crowd: young(2),
            apple: { rules: { channels: { limit: 10_000, rate: { burst: 2, perSecond: 1 / 12, tells } } } }
          })
          yield* Kit.until(later(Kit.over, 6 * 60))
          Kit.checkRight(world)
          Kit.checkAlerts(world)
          Kit.checkSafe(world)
        }).pipe(Effect.scoped)
    )
  }

  it.effect("that Apple asks to be left alone is not published to before, and no alert is lost", () =>
    Effect.gen(function* () {
      const world = yield* Kit.everybodyFollows({ crowd: young(2) })
      yield* Kit.until(later(Kit.fire, -1))
      const { published } = yield* world.apple.counts
      yield* world.apple.inject({
        _tag: "Refuse",
        status: 503,
        reason: "ServiceUnavailable",
        retryAfter: "25",
        errands: ["publish"],
        times: 1
      })
      yield* Kit.until(later(Kit.fire, 23))
      assert.strictEqual((yield* world.apple.counts).published, published)
      yield* Kit.toTheEnd
      Kit.checkAlerts(world)
      Kit.checkRight(world)
      Kit.checkSafe(world)
    }).pipe(Effect.scoped)
  )

  it.effect("lost by Apple has its followers started again, each once, and they miss nothing more", () =>
    Effect.gen(function* () {
      const world = yield* Kit.everybodyFollows({ crowd: young(3) })
      yield* Kit.until(later(Kit.fire, 4))
      const before = channelOf(world, "phone-1")!
      yield* world.apple.inject({ _tag: "LoseChannel", channelId: before })
      yield* Kit.until(later(Kit.fire, 60))
      for (const id of Kit.ids(world.crowd)) {
        assert.strictEqual(Kit.activities(world, id).length, 2, id)
        assert.strictEqual(Kit.live(world, id).length, 1, id)
      }
      yield* Kit.toTheEnd
      Kit.checkRight(world)
      Kit.checkSafe(world)
      assert.strictEqual(Kit.accepted(world, "start").length, 6)
      for (const id of Kit.ids(world.crowd))
        assert.includeMembers(
          [...Kit.titles(world, id)],
          Kit.news.slice(1).map(({ title }) => title)
        )
    }).pipe(Effect.scoped)
  )

  it.effect("lost by Apple while an app could not run has the phone started again once it runs", () =>
    Effect.gen(function* () {
      const crowd = Crowd.make(1, "kit", [18, 4], () => ({
        afterForceQuit: "nothing",
        notificationsOn: false
      }))
      const world = yield* Kit.everybodyFollows({ crowd })
      const touch = (does: "ForceQuit" | "Launched") =>
        Effect.flatMap(
          Effect.clockWith((clock) => clock.currentTimeMillis),
          (at) => world.touch("phone-1", { _tag: does, at: Instant.fromMillis(at) })
        )
      yield* Kit.until(later(Kit.fire, 4))
      yield* touch("ForceQuit")
      yield* world.apple.inject({ _tag: "LoseChannel", channelId: channelOf(world, "phone-1")! })
      yield* Kit.until(later(Kit.fire, 240))
      assert.strictEqual(Kit.activities(world, "phone-1").length, 1)
      // It comes with the activity that nobody reaches any more.
      yield* touch("Launched")
      yield* Kit.until(later(Kit.fire, 290))
      assert.strictEqual(Kit.activities(world, "phone-1").length, 2)
      assert.strictEqual(Kit.live(world, "phone-1").length, 1)
      yield* Kit.toTheEnd
      Kit.checkRight(world)
      Kit.checkSafe(world)
    }).pipe(Effect.scoped)
  )

  it.effect("lost by Apple and missed only when the match is over leaves nothing on any screen", () =>
    Effect.gen(function* () {
      const world = yield* Kit.everybodyFollows({ crowd: young(3) })
      yield* Kit.until(later(Kit.fire, 4))
      yield* world.crash
      yield* world.apple.inject({ _tag: "LoseChannel", channelId: channelOf(world, "phone-1")! })
      yield* Kit.until(later(Kit.over, 60))
      yield* world.start
      yield* Kit.until(later(Kit.over, 300))
      for (const id of Kit.ids(world.crowd)) {
        assert.lengthOf(Kit.activities(world, id), 1)
        assert.lengthOf(Kit.live(world, id), 0)
      }
    }).pipe(Effect.scoped)
  )

  it.effect("of an app that may have none is not missed: everybody goes on by token", () =>
    Effect.gen(function* () {
      const world = yield* Kit.everybodyFollows({
        crowd: young(2),
        apple: { rules: { channels: { limit: 10_000, rate: null, enabled: [] } } }
      })
      yield* Kit.toTheEnd
      Kit.checkRight(world)
      Kit.checkAlerts(world)
      Kit.checkSafe(world)
      assert.deepStrictEqual(published(world), [])
    }).pipe(Effect.scoped)
  )

  it.effect("whose app is forbidden channels in mid-match hands its followers over to their tokens", () =>
    Effect.gen(function* () {
      const world = yield* Kit.everybodyFollows({ crowd: young(2) })
      yield* Kit.until(later(Kit.fire, 4))
      yield* world.apple.inject([
        { _tag: "Refuse", status: 403, reason: "FeatureNotEnabled", errands: ["publish", "management"] }
      ])
      yield* Kit.toTheEnd
      Kit.checkRight(world)
      Kit.checkSafe(world)
      for (const id of Kit.ids(world.crowd)) {
        assert.isNull(channelOf(world, id))
        assert.includeMembers(
          [...Kit.titles(world, id)],
          Kit.news.slice(1).map(({ title }) => title)
        )
      }
    }).pipe(Effect.scoped)
  )

  it.effect("for which there is no room is done without", () =>
    Effect.gen(function* () {
      const world = yield* Kit.everybodyFollows({
        crowd: young(2),
        apple: { rules: { channels: { limit: 0, rate: null } } }
      })
      yield* Kit.toTheEnd
      Kit.checkRight(world)
      Kit.checkAlerts(world)
      Kit.checkSafe(world)
    }).pipe(Effect.scoped)
  )

  it.effect("made and not written down by an engine that fell is found by the sweep and deleted", () =>
    Effect.gen(function* () {
      let stuck = false
      const world = yield* Kit.atNoon({
        crowd: young(1),
        disturb: (services) =>
          Kit.instead(services, BroadcastChannels.BroadcastChannels, (rows) => ({
            ...rows,
            save: (saves) =>
              Effect.suspend(() => {
                if (stuck || !saves.some(({ channelId }) => channelId !== null)) return rows.save(saves)
                stuck = true
                return Effect.never
              })
          }))
      })
      yield* world.start
      yield* world.launch("phone-1")
      yield* world.follow("phone-1", Kit.matchId)
      yield* Kit.until("45 seconds")
      assert.isTrue(stuck)
      const made = (yield* world.apple.channels).map(({ id }) => id)
      assert.isAtLeast(made.length, 1)
      yield* world.crash
      yield* world.start
      yield* Kit.toTheEnd
      Kit.checkRight(world)
      Kit.checkAlerts(world)
      Kit.checkSafe(world)
      // Two sweeps and a few minutes.
      yield* Kit.until("25 minutes")
      const ours = (yield* ledger(world)).map(({ channelId }) => channelId)
      assert.sameMembers(
        (yield* world.apple.channels).map(({ id }) => id),
        ours
      )
    }).pipe(Effect.scoped)
  )

  it.effect("that vanished while nothing was published is noticed by the sweep", () =>
    Effect.gen(function* () {
      const timeline = Kit.timelineWith({
        interruptions: [{ afterBall: 10, status: "suspended", lasts: Duration.hours(2) }]
      })
      const world = yield* Kit.everybodyFollows({ crowd: young(1), timelines: [timeline] })
      yield* Kit.until("5 minutes")
      const channelId = channelOf(world, "phone-1")!
      yield* world.apple.inject({ _tag: "LoseChannel", channelId })
      // The sweeps after ten and after twenty minutes have both missed it.
      yield* Kit.until("21 minutes")
      assert.strictEqual(Kit.live(world, "phone-1").length, 1)
      assert.notStrictEqual(channelOf(world, "phone-1"), channelId)
      yield* Kit.until("150 minutes")
      Kit.checkRight(world)
      Kit.checkSafe(world)
    }).pipe(Effect.scoped)
  )

  it.effect("unanswered is told again under the same name and stamp", () =>
    Effect.gen(function* () {
      const world = yield* Kit.everybodyFollows({ crowd: young(2) })
      yield* Kit.until(later(Kit.wicket, -1))
      yield* world.apple.inject({ _tag: "Mute", errands: ["publish"] })
      yield* Kit.until(later(Kit.wicket, 20))
      yield* world.apple.inject({ _tag: "Heal" })
      yield* Kit.toTheEnd
      Kit.checkAlerts(world)
      Kit.checkRight(world)
      Kit.checkSafe(world)
      const byStamp = Map.groupBy(
        published(world).filter(({ alert }) => alert),
        ({ stamp }) => stamp
      )
      assert.isTrue([...byStamp.values()].some((all) => all.length > 1))
      for (const all of byStamp.values()) assert.strictEqual(new Set(all.map(({ pushId }) => pushId)).size, 1)
    }).pipe(Effect.scoped)
  )
})

describe("engines with channels", () => {
  for (const at of [80, 200, 350, 470, 620]) {
    it.effect(`one that falls after ${at} seconds goes on with the channel that it had`, () =>
      Effect.gen(function* () {
        const world = yield* Kit.everybodyFollows({ crowd: mixed(2, 1) })
        yield* Kit.until(Duration.seconds(at))
        const before = channelOf(world, "phone-1")
        yield* world.crash
        yield* Kit.until(Duration.seconds(at + 4))
        yield* world.start
        yield* Kit.until(later(Kit.over, 70))
        Kit.checkRight(world)
        Kit.checkAlerts(world)
        Kit.checkSafe(world)
        assert.isNotNull(before)
        assert.strictEqual(channelOf(world, "phone-1"), before)
        assert.strictEqual(Kit.accepted(world, "start").length, 3)
      }).pipe(Effect.scoped)
    )
  }

  it.effect("one that falls every few seconds still gets there", () =>
    Effect.gen(function* () {
      const world = yield* Kit.everybodyFollows({ crowd: mixed(2, 1), apple: { homeward: 400 } })
      for (let seconds = 20; seconds < 740; seconds += 9) {
        yield* Kit.until(Duration.millis(seconds * 1000 + seconds * 37))
        yield* world.crash
        yield* world.start
      }
      yield* Kit.until(later(Kit.over, 120))
      Kit.checkRight(world)
      Kit.checkAlerts(world)
      Kit.checkSafe(world)
      yield* Kit.until("35 minutes")
      const ours = (yield* ledger(world)).map(({ channelId }) => channelId)
      assert.sameMembers(
        (yield* world.apple.channels).map(({ id }) => id),
        ours
      )
    }).pipe(Effect.scoped)
  )

  it.effect("one that falls with an alert unsaid says it, and then the newest state at once", () =>
    Effect.gen(function* () {
      const world = yield* Kit.everybodyFollows({ crowd: young(2) })
      yield* Kit.until(later(Kit.fire, -1))
      yield* world.apple.inject({
        _tag: "Refuse",
        status: 503,
        reason: "ServiceUnavailable",
        errands: ["publish"]
      })
      yield* Kit.until(later(Kit.fire, 25))
      yield* world.crash
      yield* world.apple.inject({ _tag: "Heal" })
      const { services } = yield* world.start
      yield* Kit.until(later(Kit.fire, 26))
      const state = yield* Context.get(services, MatchOrchestrator.MatchOrchestrator).stateOf(Kit.matchId)
      for (const id of Kit.ids(world.crowd)) {
        assert.strictEqual(Kit.titles(world, id).at(-1), Kit.news[0]!.title)
        assert.strictEqual(Kit.shows(Kit.live(world, id)[0]), Kit.looks(state!.content!))
      }
      yield* Kit.toTheEnd
      Kit.checkAlerts(world)
      Kit.checkRight(world)
      Kit.checkSafe(world)
    }).pipe(Effect.scoped)
  )

  it.effect("two on one store make no channel twice and buzz nobody twice", () =>
    Effect.gen(function* () {
      const world = yield* Kit.atNoon({ crowd: mixed(2, 1) })
      yield* world.start
      yield* world.start
      for (const id of Kit.ids(world.crowd)) {
        yield* world.launch(id)
        yield* world.follow(id, Kit.matchId)
      }
      yield* Kit.toTheEnd
      Kit.checkRight(world)
      Kit.checkAlerts(world)
      Kit.checkSafe(world)
      yield* Kit.until("25 minutes")
      const ours = (yield* ledger(world)).map(({ channelId }) => channelId)
      assert.sameMembers(
        (yield* world.apple.channels).map(({ id }) => id),
        ours
      )
    }).pipe(Effect.scoped)
  )
})
