import { it } from "@effect/vitest"
import type { Delivery } from "@sightscreen/apns"
import { Instant } from "@sightscreen/decider"
import { ActiveMatch } from "@sightscreen/domain"
import { MatchOrchestrator } from "@sightscreen/engine"
import { Cricsheet, Faulty, Feed } from "@sightscreen/feed"
import { Crowd, type World } from "@sightscreen/simulation"
import { Clock, Context, Duration, Effect, Result } from "effect"
import { assert, describe } from "vitest"
import * as Game from "../feed/game.ts"
import * as Kit from "./kit.ts"

const later = (after: Duration.Duration, seconds: number) => Duration.sum(after, Duration.seconds(seconds))

const instant = (after: Duration.Duration) => Instant.plus(Kit.noon, after)

const faulty = (...faults: ReadonlyArray<Faulty.Fault>): Pick<World.Options, "disturb"> => ({
  disturb: (services) => Kit.instead(services, Feed.Feed, (feed) => Faulty.make(feed, faults))
})

/** Phones of both kinds. */
const both = (): Crowd.Crowd => Crowd.make(2, "kit", [17, 4], (_, nth) => (nth === 0 ? { os: [18, 2] } : {}))

interface Drawn {
  readonly at: Instant.Instant
  readonly score: string
}

/** The scores that a screen has shown, in order. */
const scores = (world: World.World, deviceId: string): ReadonlyArray<Drawn> =>
  world.journal.flatMap((one) =>
    one._tag === "Said" && one.deviceId === deviceId && one.output._tag === "Shown"
      ? [{ at: one.at, score: (one.output.content as { expanded: { score: string } }).expanded.score }]
      : []
  )

describe("a wicket that the feed takes back with its next reading", () => {
  it.effect("is shown for a moment, and buzzes nobody", () =>
    Effect.gen(function* () {
      const from = instant(later(Kit.fire, -60))
      const world = yield* Kit.everybodyFollows({
        crowd: both(),
        ...faulty({ _tag: "Misreads", matchId: Kit.matchId, from, as: Faulty.falseWicket })
      })
      yield* Kit.until(later(Kit.fire, -45))
      for (const id of Kit.ids(world.crowd)) {
        assert.deepStrictEqual(Kit.titles(world, id).slice(1), [], id)
        assert.notInclude(Kit.shows(Kit.live(world, id)[0]), "/1", id)
      }
      // Screens of before iOS 18 are drawn at once: the wicket was on them, for as long as the feed said so.
      const wrong = scores(world, "phone-2").filter(({ score }) => score.endsWith("/1"))
      assert.strictEqual(wrong.length, 1)
      yield* Kit.toTheEnd
      Kit.checkAlerts(world)
      Kit.checkRight(world)
      Kit.checkSafe(world)
    }).pipe(Effect.scoped)
  )

  it.effect("is repainted at once where it has buzzed already, and is not told twice", () =>
    Effect.gen(function* () {
      const from = instant(later(Kit.fire, -60))
      const world = yield* Kit.everybodyFollows({
        crowd: both(),
        manner: { ...ActiveMatch.careful, confirmWithin: 0 },
        ...faulty({ _tag: "Misreads", matchId: Kit.matchId, from, as: Faulty.falseWicket })
      })
      yield* Kit.until(later(Kit.fire, -45))
      for (const id of Kit.ids(world.crowd)) {
        assert.strictEqual(Kit.titles(world, id).length, 2, id)
        assert.notInclude(Kit.shows(Kit.live(world, id)[0]), "/1", id)
      }
      const correction = Kit.accepted(world, "update").findLast(({ at }) => at > from)
      assert.strictEqual(correction?.priority, 10)
      assert.isFalse(correction?.alert)
      yield* Kit.toTheEnd
      Kit.checkRight(world)
      Kit.checkSafe(world)
    }).pipe(Effect.scoped)
  )
})

describe("a wicket", () => {
  it.effect("is on screens before it buzzes, and buzzes with the reading that confirms it", () =>
    Effect.gen(function* () {
      const world = yield* Kit.everybodyFollows({ crowd: both() })
      yield* Kit.toTheEnd
      const shown = scores(world, "phone-2").find(({ score }) => score.endsWith("/1"))!
      const buzzed = Kit.alerts(world, "phone-2").find(({ title }) => title === Kit.news[3]!.title)!
      assert.isAtMost(shown.at - instant(Kit.wicket), 2500)
      assert.strictEqual(buzzed.at - shown.at, 2500)
    }).pipe(Effect.scoped)
  )

  it.effect("buzzes within five seconds although the feed hangs and confirms nothing", () =>
    Effect.gen(function* () {
      let seen: Instant.Instant | null = null
      const world = yield* Kit.everybodyFollows({
        crowd: both(),
        disturb: (services) =>
          Kit.instead(services, Feed.Feed, (feed) => ({
            ...feed,
            snapshot: (matchId) =>
              Effect.gen(function* () {
                const at = Instant.fromMillis(yield* Clock.currentTimeMillis)
                if (seen !== null && at - seen < 30_000) return yield* Effect.never
                const snapshot = yield* feed.snapshot(matchId)
                if (seen === null && at >= instant(Kit.wicket)) seen = at
                return snapshot
              })
          }))
      })
      yield* Kit.until(later(Kit.wicket, 20))
      for (const id of Kit.ids(world.crowd)) {
        const buzzed = Kit.alerts(world, id).find(({ title }) => title === Kit.news[3]!.title)
        assert.isDefined(buzzed, id)
        assert.isAtMost(buzzed!.at - seen!, 5000, id)
      }
      yield* Kit.toTheEnd
      Kit.checkAlerts(world)
      Kit.checkRight(world)
      Kit.checkSafe(world)
    }).pipe(Effect.scoped)
  )
})

describe("quiet changes", () => {
  /** A ball every three seconds: more than anybody wants on a lock screen. */
  const quick = Kit.timelineWith({ ballMillis: 3000, breakMillis: 5 * 60_000 })
  const lastBefore = quick.places.findLastIndex(({ innings }) => innings === 0)
  const pause = Instant.since(quick.times[lastBefore]!, Kit.noon)

  it.effect("keep their distance, and after the last of them every phone shows the newest state", () =>
    Effect.gen(function* () {
      const world = yield* Kit.atNoon({ crowd: both(), timelines: [quick] })
      const { services } = yield* world.start
      for (const id of Kit.ids(world.crowd)) {
        yield* world.launch(id)
        yield* world.follow(id, Kit.matchId)
      }
      yield* Kit.until(later(pause, 40))
      const state = yield* Context.get(services, MatchOrchestrator.MatchOrchestrator).stateOf(Kit.matchId)
      for (const id of Kit.ids(world.crowd))
        assert.strictEqual(Kit.shows(Kit.live(world, id)[0]), Kit.looks(state!.content!), id)
      const [, all] = [...Map.groupBy(Kit.accepted(world, "update"), ({ token }) => token)][0]!
      // The newest state is said again to whoever joins a channel.
      const pushes = all.filter(({ stamp }, nth) => all[nth - 1]?.stamp !== stamp)
      assert.isAtLeast(pushes.length, 5)
      for (const [nth, push] of pushes.entries()) {
        const before = pushes[nth - 1]
        if (before === undefined || push.priority === 10) continue
        const gap = push.stamp - before.stamp
        // What is about to buzz is shown at once, and so is that play has stopped.
        const buzzes = pushes.some(({ alert, at }) => alert && at > push.at && at - push.at <= 5000)
        assert.isTrue(gap >= 15 || buzzes || push.at >= instant(pause), `${gap} seconds`)
      }
      yield* Kit.until(Duration.minutes(20))
      Kit.checkRight(world)
      Kit.checkSafe(world)
    }).pipe(Effect.scoped)
  )
})

/** An innings in which every third ball is a wicket, and the one before it a single where it is asked for. */
const collapse = (team: string, eleven: ReadonlyArray<string>, bowlers: readonly [string, string]) => {
  let [striker, other] = [eleven[0]!, eleven[1]!]
  let next = 2
  const overs: Array<Game.Json> = []
  for (let number = 0; next <= 11; number++) {
    const balls: Array<Game.Json> = []
    for (let nth = 0; nth < 6 && next <= 11; nth++) {
      const who = { batter: striker, non_striker: other, bowler: bowlers[number % 2]! }
      if (nth % 3 === 2) {
        balls.push(Game.wicket("bowled", striker, who))
        striker = eleven[next] ?? ""
        next += 1
      } else if (nth % 3 === 0) {
        balls.push(Game.ball(1, who))
        ;[striker, other] = [other, striker]
      } else balls.push(Game.ball(0, who))
    }
    overs.push(Game.over(number, ...balls))
    ;[striker, other] = [other, striker]
  }
  return Game.innings(team, overs)
}

const names = (side: string) => Array.from({ length: 11 }, (_, nth) => `${side} ${nth + 1}`)

/** Twenty wickets in twenty minutes. */
const collapses = (() => {
  const [india, lanka] = [names("Ind"), names("Lan")]
  const match = Game.game(
    [
      collapse("India", india, [lanka[9]!, lanka[10]!]),
      collapse("Sri Lanka", lanka, [india[9]!, india[10]!])
    ],
    { players: { India: india, "Sri Lanka": lanka }, outcome: { result: "tie" } }
  )
  return Result.getOrThrow(Cricsheet.read("collapses", match))
})()

describe("the budget of priority 10", () => {
  const timeline = Kit.timelineWith({ ballMillis: 15_000 }, collapses)
  const end = Instant.since(timeline.times.at(-1)!, Kit.noon)

  for (const [what, frequentPushes] of [
    ["a phone without frequent updates", false],
    ["a phone with frequent updates", true]
  ] as const) {
    it.effect(`lets ${what} hear of every wicket of two collapses, none of them too many for it`, () =>
      Effect.gen(function* () {
        const crowd = Crowd.make(2, "kit", [17, 4], (_, nth) => ({
          frequentPushes,
          ...(nth === 0 ? { os: [18, 2] as const } : {})
        }))
        const world = yield* Kit.everybodyFollows({ crowd, timelines: [timeline] })
        yield* Kit.until(later(end, 120))
        Kit.checkSafe(world)
        for (const phone of world.crowd.phones) {
          assert.strictEqual(phone.counters.throttled, 0)
          assert.strictEqual(phone.counters.alertsThrottled, 0)
          const wickets = Kit.titles(world, phone.deviceId).filter((title) => title.startsWith("Wicket!"))
          // The last of them is told with the result.
          assert.strictEqual(wickets.length, 19, wickets.join())
          const last = Kit.activities(world, phone.deviceId).at(-1)!
          assert.strictEqual((last.content as { phase?: string }).phase, "completed")
        }
        const pushes = Kit.accepted(world).filter(({ event }) => event === "update" || event === "end")
        const alerts = pushes.filter(({ alert }) => alert)
        const quiet = alerts.filter(({ priority }) => priority === 5)
        if (frequentPushes) assert.deepStrictEqual(quiet, [])
        else assert.isAbove(quiet.length, 0)
        for (const [, all] of Map.groupBy(pushes, ({ token }) => token)) {
          // The end of a channel is told several times.
          const urgent = new Set(all.flatMap(({ priority, stamp }) => (priority === 10 ? [stamp] : [])))
          assert.isAtMost(urgent.size, frequentPushes ? 120 : 13)
        }
      }).pipe(Effect.scoped)
    )
  }
})

describe("a push that is sent again", () => {
  it.effect("after a fall is the same to the last byte, and comes before anything newer", () =>
    Effect.gen(function* () {
      const bytes = new Map<string, Set<string>>()
      const times = new Map<string, number>()
      const onOutput = (output: Delivery.Output) => {
        if (output._tag !== "Delivered" && output._tag !== "Reached") return
        const [name, push] =
          output._tag === "Delivered"
            ? [`${output.push.token} ${output.push.apnsId}`, output.push]
            : [`${output.publish.channelId} ${output.publish.requestId}`, output.publish]
        const { aps } = push.payload as { readonly aps: { readonly alert?: unknown } }
        if (aps.alert === undefined) return
        const { authorization: _, ...headers } = push.headers
        const key = name.toLowerCase()
        bytes.set(key, (bytes.get(key) ?? new Set()).add(JSON.stringify([headers, push.payload])))
        times.set(key, (times.get(key) ?? 0) + 1)
      }
      const world = yield* Kit.everybodyFollows({
        crowd: both(),
        apple: { homeward: 800, delivery: { onOutput } }
      })
      for (const { after, title } of Kit.news) {
        // It falls while Apple's answers are on their way home.
        for (let millis = 0; !Kit.titles(world, "phone-2").includes(title); millis += 100)
          yield* Kit.until(Duration.sum(after, Duration.millis(millis)))
        yield* world.crash
        yield* world.start
      }
      yield* Kit.until(later(Kit.over, 180))
      for (const [name, all] of bytes) assert.strictEqual(all.size, 1, name)
      assert.isAtLeast([...times.values()].filter((count) => count > 1).length, 8)
      Kit.checkAlerts(world)
      Kit.checkRight(world)
      Kit.checkSafe(world)
    }).pipe(Effect.scoped)
  )
})
