import { it } from "@effect/vitest"
import { ActiveMatch } from "@sightscreen/domain"
import { MatchOrchestrator } from "@sightscreen/engine"
import { Crowd, World } from "@sightscreen/simulation"
import { ActiveMatches, Deliveries, Editions } from "@sightscreen/store"
import { Context, Duration, Effect } from "effect"
import { assert, describe } from "vitest"
import * as Kit from "./kit.ts"

const later = (after: Duration.Duration, seconds: number) => Duration.sum(after, Duration.seconds(seconds))

/** Falls, and is started again after a while. */
const fall = Effect.fnUntraced(function* (world: World.World, at: Duration.Duration, seconds: number) {
  yield* Kit.until(at)
  yield* world.crash
  yield* Kit.until(later(at, seconds))
  yield* world.start
})

describe("an engine that falls and is started again", () => {
  for (let seconds = 58; seconds < 640; seconds += 53) {
    it.effect(
      `after ${seconds} seconds loses no alert, repeats none, and brings every phone to the end`,
      () =>
        Effect.gen(function* () {
          const world = yield* Kit.everybodyFollows({ count: 3 })
          yield* fall(world, Duration.seconds(seconds), 4)
          yield* Kit.toTheEnd
          Kit.checkRight(world)
          Kit.checkSafe(world)
          Kit.checkAlerts(world)
        }).pipe(Effect.scoped)
    )
  }

  it.effect("every few seconds still gets there", () =>
    Effect.gen(function* () {
      const world = yield* Kit.everybodyFollows({ count: 2, apple: { homeward: 400 } })
      for (let seconds = 50; seconds < 640; seconds += 7)
        yield* fall(world, Duration.millis(seconds * 1000 + seconds * 37), 1)
      yield* Kit.toTheEnd
      Kit.checkRight(world)
      Kit.checkSafe(world)
      Kit.checkAlerts(world)
    }).pipe(Effect.scoped)
  )

  it.effect("goes on from the stamp that it had saved", () =>
    Effect.gen(function* () {
      const world = yield* Kit.everybodyFollows({ count: 1 })
      yield* fall(world, Kit.fifty, 10)
      yield* Kit.toTheEnd
      const [stamps] = [...Kit.stampsByToken(world).values()]
      // What is sent once more after the fall has the stamp that it had.
      assert.deepStrictEqual(
        stamps,
        stamps!.toSorted((a, b) => a - b)
      )
      assert.isAtMost(stamps!.length - new Set(stamps).size, 1)
    }).pipe(Effect.scoped)
  )

  it.effect("between saving an alert and sending it sends it afterwards, once", () =>
    Effect.gen(function* () {
      let stuck = false
      const world = yield* Kit.everybodyFollows({
        count: 3,
        // The engine hangs at the very moment at which the wicket has been saved.
        disturb: (services) =>
          Kit.instead(services, ActiveMatches.ActiveMatches, (matches) => ({
            ...matches,
            save: (save) =>
              Effect.flatMap(matches.save(save), (version) => {
                const isWicket = save.editions.some(({ body }) => body.includes(Kit.news[3]!.title))
                if (!isWicket || stuck) return Effect.succeed(version)
                stuck = true
                return Effect.never
              })
          }))
      })
      yield* Kit.until(later(Kit.wicket, 9))
      assert.isTrue(stuck)
      assert.notInclude(Kit.titles(world, "phone-1"), Kit.news[3]!.title)
      yield* world.crash
      yield* world.start
      yield* Kit.toTheEnd
      Kit.checkAlerts(world)
      Kit.checkRight(world)
      Kit.checkSafe(world)
    }).pipe(Effect.scoped)
  )

  it.effect("between sending an alert and hearing Apple's answer buzzes nobody twice", () =>
    Effect.gen(function* () {
      const world = yield* Kit.everybodyFollows({ count: 3, apple: { homeward: 800 } })
      const title = Kit.news[3]!.title
      // It falls the moment the first phone has buzzed.
      for (let millis = 0; !Kit.titles(world, "phone-1").includes(title); millis += 100)
        yield* Kit.until(Duration.sum(Kit.wicket, Duration.millis(millis)))
      yield* world.crash
      yield* world.start
      yield* Kit.toTheEnd
      Kit.checkAlerts(world)
      Kit.checkSafe(world)
      Kit.checkRight(world)
    }).pipe(Effect.scoped)
  )

  it.effect(
    "is still telling everybody the newest state when there is news, and the news is heard first",
    () =>
      Effect.gen(function* () {
        const languages = ["en", "hi", "en", "hi"]
        // The answer for one language is awaited while the news comes, and the other has not had its turn.
        const world = yield* Kit.everybodyFollows({
          crowd: Crowd.make(4, "kit", [17, 4], (_, nth) => ({ language: languages[nth]! })),
          apple: { homeward: "8 seconds" }
        })
        yield* fall(world, later(Kit.wicket, -1), 1)
        yield* Kit.toTheEnd
        const heard = Kit.ids(world.crowd).map((id) => Kit.alerts(world, id).length)
        assert.deepStrictEqual(
          heard,
          heard.map(() => Kit.news.length + 1)
        )
      }).pipe(Effect.scoped)
  )

  it.effect("in the middle of an outage of Apple's still sends what Apple never took", () =>
    Effect.gen(function* () {
      const world = yield* Kit.everybodyFollows({ count: 2 })
      yield* Kit.until(later(Kit.wicket, -1))
      yield* world.apple.inject({ _tag: "Refuse", status: 503, reason: "ServiceUnavailable" })
      // Both tries and their refusals lie behind it when it falls.
      yield* fall(world, later(Kit.wicket, 12), 3)
      yield* Kit.until(later(Kit.wicket, 18))
      yield* world.apple.inject({ _tag: "Heal" })
      yield* Kit.toTheEnd
      Kit.checkAlerts(world)
      Kit.checkRight(world)
      Kit.checkSafe(world)
    }).pipe(Effect.scoped)
  )

  it.effect("shows what it had saved and not sent, even if nothing more happens", () =>
    Effect.gen(function* () {
      let stuck = false
      const world = yield* Kit.everybodyFollows({
        count: 2,
        manner: ActiveMatch.plain,
        disturb: (services) =>
          Kit.instead(services, ActiveMatches.ActiveMatches, (matches) => ({
            ...matches,
            save: (save) =>
              Effect.flatMap(matches.save(save), (version) =>
                Effect.suspend(() => (stuck ? Effect.never : Effect.succeed(version)))
              )
          }))
      })
      yield* Kit.until(later(Kit.fire, 18))
      stuck = true
      yield* Kit.until(later(Kit.fire, 23))
      const before = Kit.shows(Kit.live(world, "phone-1")[0])
      yield* world.crash
      stuck = false
      const running = yield* world.start
      yield* Kit.until(later(Kit.fire, 24))
      const state = yield* Context.get(running.services, MatchOrchestrator.MatchOrchestrator).stateOf(
        Kit.matchId
      )
      const after = Kit.shows(Kit.live(world, "phone-1")[0])
      assert.notStrictEqual(after, before)
      assert.strictEqual(after, Kit.looks(state!.content!))
    }).pipe(Effect.scoped)
  )

  it.effect("tells what fell meanwhile: an alert only if it is under a minute old", () =>
    Effect.gen(function* () {
      const young = yield* Kit.everybodyFollows({ count: 1 })
      yield* fall(young, later(Kit.fire, -5), 45)
      yield* Kit.until(later(Kit.fire, 50))
      assert.include(Kit.titles(young, "phone-1"), Kit.news[0]!.title)
    }).pipe(Effect.scoped)
  )

  it.effect("tells an old wicket without a noise", () =>
    Effect.gen(function* () {
      const old = yield* Kit.everybodyFollows({ count: 1 })
      yield* fall(old, later(Kit.fire, 5), 350)
      yield* Kit.toTheEnd
      assert.notInclude(Kit.titles(old, "phone-1"), Kit.news[1]!.title)
      Kit.checkSafe(old)
      Kit.checkRight(old)
    }).pipe(Effect.scoped)
  )

  it.effect("tells the result however late, with its noise", () =>
    Effect.gen(function* () {
      const world = yield* Kit.everybodyFollows({ count: 2 })
      yield* fall(world, later(Kit.over, -15), 600)
      yield* Kit.until(later(Kit.over, 700))
      Kit.checkRight(world)
      Kit.checkSafe(world)
      assert.strictEqual(Kit.titles(world, "phone-1").at(-1), Kit.news.at(-1)!.title)
    }).pipe(Effect.scoped)
  )

  it.effect("after the end does not tell it again", () =>
    Effect.gen(function* () {
      const world = yield* Kit.everybodyFollows({ count: 2 })
      yield* fall(world, later(Kit.over, 60), 30)
      yield* Kit.until(later(Kit.over, 20 * 60))
      Kit.checkRight(world)
      Kit.checkAlerts(world)
      assert.strictEqual((yield* Context.get(world.store, ActiveMatches.ActiveMatches).all).length, 0)
      assert.deepStrictEqual(yield* Context.get(world.store, Editions.Editions).pending(Kit.matchId), [])
    }).pipe(Effect.scoped)
  )

  it.effect("does not buzz for an alert that has waited longer than it is of use", () =>
    Effect.gen(function* () {
      let stuck = false
      const world = yield* Kit.everybodyFollows({
        count: 2,
        disturb: (services) =>
          Kit.instead(services, ActiveMatches.ActiveMatches, (matches) => ({
            ...matches,
            save: (save) =>
              Effect.flatMap(matches.save(save), (version) => {
                if (!stuck && save.editions.some(({ body }) => body.includes(Kit.news[1]!.title))) {
                  stuck = true
                  return Effect.never
                }
                return Effect.succeed(version)
              })
          }))
      })
      yield* Kit.until(later(Kit.fifty, 5))
      yield* world.crash
      yield* Kit.until(later(Kit.fifty, 11 * 60))
      yield* world.start
      yield* Kit.until(later(Kit.fifty, 12 * 60))
      assert.notInclude(Kit.titles(world, "phone-1"), Kit.news[1]!.title)
      Kit.checkRight(world)
      Kit.checkSafe(world)
    }).pipe(Effect.scoped)
  )
})

describe("two engines on one store", () => {
  it.effect(
    "tell the match once: who is overtaken stops without a push, and does not come back while it is told",
    () =>
      Effect.gen(function* () {
        let loads = 0
        const world = yield* Kit.everybodyFollows({
          count: 3,
          disturb: (services) =>
            Kit.instead(services, ActiveMatches.ActiveMatches, (matches) => ({
              ...matches,
              load: (matchId) =>
                Effect.andThen(
                  Effect.sync(() => void loads++),
                  matches.load(matchId)
                )
            }))
        })
        yield* Kit.until(later(Kit.fire, 4))
        const second = yield* world.start
        yield* Kit.toTheEnd
        Kit.checkRight(world)
        Kit.checkAlerts(world)
        Kit.checkSafe(world)
        // Each takes the match up once or twice; phones' reports are the rest.
        assert.isBelow(loads, 12)
        const here = Context.get(second.services, MatchOrchestrator.MatchOrchestrator)
        assert.isAtMost((yield* here.running).length, 1)
        // Nobody was sent anything twice beside the state that a runner begins with.
        const stamps = [...Kit.stampsByToken(world).values()][0]!
        assert.isAtMost(stamps.length - new Set(stamps).size, 3)
      }).pipe(Effect.scoped)
  )

  it.effect("leave the match to each other: when one falls the other has it within two minutes", () =>
    Effect.gen(function* () {
      const world = yield* Kit.atNoon({ count: 2 })
      const engines = [yield* world.start, yield* world.start]
      for (const id of Kit.ids(world.crowd)) {
        yield* world.launch(id)
        yield* world.follow(id, Kit.matchId)
      }
      yield* Kit.until(later(Kit.fire, 4))
      const telling = yield* Effect.filter(engines, ({ services }) =>
        Effect.map(
          Context.get(services, MatchOrchestrator.MatchOrchestrator).running,
          (matches) => matches.length === 1
        )
      )
      assert.strictEqual(telling.length, 1)
      yield* telling[0]!.crash
      yield* Kit.until(later(Kit.over, 180))
      Kit.checkRight(world)
      Kit.checkSafe(world)
    }).pipe(Effect.scoped)
  )
})

describe("the ledger", () => {
  it.effect("knows every push that Apple took, over a fall as well", () =>
    Effect.gen(function* () {
      const world = yield* Kit.everybodyFollows({ count: 3 })
      yield* fall(world, later(Kit.fifty, 3), 4)
      yield* Kit.toTheEnd
      const ledger = Context.get(world.store, Deliveries.Deliveries)
      const ids = [...new Set(Kit.accepted(world).map(({ pushId }) => pushId))]
      const known = yield* ledger.knows(ids as never)
      assert.strictEqual(known.size, ids.length)
      yield* Kit.checkLedger(world)
    }).pipe(Effect.scoped)
  )
})
