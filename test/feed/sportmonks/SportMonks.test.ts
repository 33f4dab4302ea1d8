import { setTimeout as pause } from "node:timers/promises"
import { inspect } from "node:util"
import { assert, describe, it } from "@effect/vitest"
import { Instant } from "@sightscreen/decider"
import { Feed, type FeedError, type Script, SportMonksMarquee as Marquee } from "@sightscreen/feed"
import { Cause, Duration, Effect, Fiber, Layer, Tracer } from "effect"
import { TestClock } from "effect/testing"
import { tape } from "../archive.ts"
import { listening, noon, replay, token, world } from "./twin.ts"

const rain = replay(tape("rain"), 77)
const final = replay(tape("final"), 78)
const oneRun = replay(tape("one-run"), 79)
const after = (seconds: number) => Instant.plus(noon, Duration.seconds(seconds))
const fromNow = { from: Instant.fromMillis(0), until: null } as const
const go = (seconds: number) => TestClock.setTime(after(seconds))

/** What is asked for, or why it cannot be had. */
const told = <A>(effect: Effect.Effect<A, FeedError.FeedError>) =>
  Effect.catch(effect, (error) => Effect.succeed(error.reason))

const statusOf = (matchId: typeof rain.matchId) =>
  Effect.flatMap(Feed.Feed, (feed) =>
    told(Effect.map(feed.snapshot(matchId), (snapshot) => snapshot?.status ?? null))
  )

describe("one call", () => {
  it.effect("serves everybody, however many ask", () =>
    Effect.gen(function* () {
      const { calls, layer } = yield* world({ replays: [rain, final, oneRun] })
      yield* Effect.gen(function* () {
        const feed = yield* Feed.Feed
        yield* go(100)
        const all = [rain, final, oneRun].map(({ matchId }) => feed.snapshot(matchId))
        const seen = yield* Effect.all([...all, feed.live], { concurrency: "unbounded" })
        assert.lengthOf(calls, 1)
        assert.deepStrictEqual(
          seen.at(-1),
          [rain, final, oneRun].map(({ matchId }) => matchId)
        )
        yield* go(110)
        yield* Effect.all(all, { concurrency: "unbounded" })
        assert.lengthOf(calls, 2)
      }).pipe(Effect.provide(layer))
    }).pipe(Effect.scoped)
  )

  it.effect("is never told twice to the same match: who asks too soon waits for the next", () =>
    Effect.gen(function* () {
      const { calls, layer } = yield* world({ replays: [rain] })
      yield* Effect.gen(function* () {
        const feed = yield* Feed.Feed
        yield* go(100)
        const first = yield* feed.snapshot(rain.matchId)
        const waiting = yield* Effect.forkChild(feed.snapshot(rain.matchId))
        yield* TestClock.adjust("2 seconds")
        assert.isUndefined(waiting.pollUnsafe())
        assert.lengthOf(calls, 1)
        yield* TestClock.adjust("1 second")
        const second = yield* Fiber.join(waiting)
        assert.lengthOf(calls, 2)
        assert.isTrue(Instant.isBefore(first!.at, second!.at))
      }).pipe(Effect.provide(layer))
    }).pipe(Effect.scoped)
  )

  for (const [what, marquee, seconds] of [
    ["is made every 2.5 seconds while a match that everybody watches is on", "all", 3],
    ["is made every 5 seconds while there are others only", "some other league", 6]
  ] as const)
    it.effect(what, () =>
      Effect.gen(function* () {
        const { calls, layer } = yield* world({
          replays: [rain],
          feed: { marquee: Marquee.parse(marquee) }
        })
        yield* Effect.gen(function* () {
          const feed = yield* Feed.Feed
          yield* go(100)
          // An eager reader: as soon as one has come he wants the next.
          const reader = yield* Effect.forkChild(Effect.forever(feed.snapshot(rain.matchId)))
          for (let tenths = 0; tenths < 600; tenths++) {
            yield* TestClock.adjust("100 millis")
            const before = calls.length
            // The answer comes over a real connection, for which the test's clock waits.
            yield* Effect.promise(() => pause(calls.length === before ? 1 : 0))
          }
          yield* Fiber.interrupt(reader)
          const most = 60 / (seconds === 3 ? 2.25 : 4.5)
          const least = 60 / (seconds === 3 ? 3.5 : 6.5)
          assert.isTrue(calls.length <= most + 2 && calls.length >= least - 2, `${calls.length} calls`)
        }).pipe(Effect.provide(layer))
      }).pipe(Effect.scoped)
    )

  it.effect("brings balls for those leagues alone that everybody watches", () =>
    Effect.gen(function* () {
      const { layer } = yield* world({
        replays: [rain, final],
        feed: { marquee: Marquee.parse(` ${final.timeline.info.competition.toUpperCase()} , 4711`) }
      })
      yield* Effect.gen(function* () {
        const feed = yield* Feed.Feed
        yield* go(300)
        const card = (one: typeof rain) =>
          Effect.map(feed.snapshot(one.matchId), (snapshot) => snapshot!.innings[0]!.card)
        const scores = yield* card(rain)
        const balls = yield* card(final)
        assert.deepStrictEqual([scores._tag, balls._tag], ["Scores", "Balls"])
        assert.deepStrictEqual(
          [yield* feed.isMarquee(rain.matchId), yield* feed.isMarquee(final.matchId)],
          [false, true]
        )
      }).pipe(Effect.provide(layer))
    }).pipe(Effect.scoped)
  )
})

describe("a match", () => {
  const end = (rain.timeline.times.at(-1)! - noon) / 1000

  it.effect("that has left the list is read by itself, for its end", () =>
    Effect.gen(function* () {
      const { calls, layer } = yield* world({ replays: [rain] })
      yield* Effect.gen(function* () {
        const feed = yield* Feed.Feed
        yield* go(end - 5)
        assert.strictEqual((yield* feed.snapshot(rain.matchId))!.status, "live")
        yield* go(end + 600)
        const last = (yield* feed.snapshot(rain.matchId))!
        assert.strictEqual(last.status, "finished")
        assert.isNotNull(last.outcome)
        assert.deepStrictEqual(calls, ["/livescores", "/livescores", "/fixtures/77"])
      }).pipe(Effect.provide(layer))
    }).pipe(Effect.scoped)
  )

  it.effect("that the provider lists nowhere although it goes on is absent", () =>
    Effect.gen(function* () {
      const { layer, twin } = yield* world({ replays: [rain] })
      yield* Effect.gen(function* () {
        const feed = yield* Feed.Feed
        yield* go(100)
        assert.strictEqual((yield* feed.snapshot(rain.matchId))!.status, "live")
        yield* go(end + 600)
        twin.misbehave([{ ...fromNow, _tag: "Words", fixtureId: 77, status: "2nd Innings" }])
        assert.isNull(yield* feed.snapshot(rain.matchId))
      }).pipe(Effect.provide(layer))
    }).pipe(Effect.scoped)
  )

  it.effect("that the provider does not know is absent", () =>
    Effect.gen(function* () {
      const { calls, layer } = yield* world({ replays: [] })
      yield* Effect.gen(function* () {
        const feed = yield* Feed.Feed
        assert.isNull(yield* feed.snapshot(rain.matchId))
        assert.isNull(yield* feed.snapshot("no number" as typeof rain.matchId))
        assert.deepStrictEqual(calls, ["/livescores", "/fixtures/77"])
      }).pipe(Effect.provide(layer))
    }).pipe(Effect.scoped)
  )

  it.effect("goes by a name of its own where its feed is one of several", () =>
    Effect.gen(function* () {
      const { layer } = yield* world({ replays: [rain], feed: { prefix: "replay-" } })
      yield* Effect.gen(function* () {
        const feed = yield* Feed.Feed
        yield* go(100)
        const matchId = "replay-77" as typeof rain.matchId
        assert.deepStrictEqual(yield* feed.live, [matchId])
        assert.strictEqual((yield* feed.snapshot(matchId))!.info.matchId, matchId)
        assert.isNull(yield* feed.snapshot(rain.matchId))
      }).pipe(Effect.provide(layer))
    }).pipe(Effect.scoped)
  )

  it.effect("is in the schedule with its start, and in its days alone", () =>
    Effect.gen(function* () {
      const { layer } = yield* world({ replays: [rain, final] })
      yield* Effect.gen(function* () {
        const feed = yield* Feed.Feed
        const day = Duration.days(1)
        const listed = yield* feed.schedule({ from: Instant.minus(noon, day), to: Instant.plus(noon, day) })
        assert.deepStrictEqual(
          listed.map(({ info, status }) => [info.matchId, info.startsAt, info.home.name, status]),
          [rain, final].map(({ timeline: { info } }) => [
            info.matchId,
            info.startsAt,
            info.home.name,
            "scheduled"
          ])
        )
        const later = { from: Instant.plus(noon, Duration.days(3)), to: Instant.plus(noon, Duration.days(9)) }
        assert.deepStrictEqual(yield* feed.schedule(later), [])
      }).pipe(Effect.provide(layer))
    }).pipe(Effect.scoped)
  )

  it.effect("that does not fit is left out and told of once, and the others are served", () =>
    Effect.gen(function* () {
      const log = listening()
      const { layer } = yield* world({
        replays: [rain, final],
        script: [{ ...fromNow, _tag: "Spoils", fixtureId: 77 }]
      })
      yield* Effect.gen(function* () {
        for (const at of [100, 110, 120]) {
          yield* go(at)
          const both = Effect.all([statusOf(rain.matchId), statusOf(final.matchId)])
          assert.deepStrictEqual(yield* both, ["unreadable", "live"])
        }
      }).pipe(Effect.provide(Layer.merge(layer, log.layer)))
      assert.lengthOf(
        log.lines.filter((line) => line.includes("match 77 is left out")),
        1
      )
    }).pipe(Effect.scoped)
  )
})

describe("when the provider", () => {
  const cases: ReadonlyArray<readonly [string, Partial<Script.Fault> & { readonly _tag: string }, string]> = [
    ["says 400", { _tag: "Answers", status: 400 }, "refused"],
    ["wants another key", { _tag: "Answers", status: 401 }, "refused"],
    ["has it in another plan", { _tag: "Answers", status: 403 }, "refused"],
    ["sends elsewhere", { _tag: "Answers", status: 302 }, "refused"],
    ["wants fewer calls", { _tag: "Answers", status: 429 }, "exhausted"],
    ["fails", { _tag: "Answers", status: 500, body: "html" }, "unreachable"],
    ["is away", { _tag: "Answers", status: 503, body: "empty" }, "unreachable"],
    ["shows a page", { _tag: "Garbles", as: "html" }, "unreadable"],
    ["breaks off", { _tag: "Garbles", as: "half" }, "unreadable"],
    ["says nothing", { _tag: "Garbles", as: "nothing" }, "unreadable"],
    ["says something else", { _tag: "Garbles", as: "no data" }, "unreadable"]
  ]
  for (const [what, fault, reason] of cases)
    it.effect(`${what}, that is ${reason}`, () =>
      Effect.gen(function* () {
        const { layer, twin } = yield* world({
          replays: [rain],
          script: [{ ...fromNow, ...fault } as Script.Fault]
        })
        yield* Effect.gen(function* () {
          yield* go(100)
          const asking = yield* Effect.forkChild(statusOf(rain.matchId))
          yield* untilDone(asking)
          assert.strictEqual(yield* Fiber.join(asking), reason)
          twin.misbehave([])
          yield* go(4000)
          assert.strictEqual(yield* statusOf(rain.matchId), "finished")
        }).pipe(Effect.provide(layer))
      }).pipe(Effect.scoped)
    )

  it.effect("does not answer, it is let go after eight seconds", () =>
    Effect.gen(function* () {
      const { calls, layer } = yield* world({ replays: [rain], script: [{ ...fromNow, _tag: "Hangs" }] })
      yield* Effect.gen(function* () {
        yield* go(100)
        const asking = yield* Effect.forkChild(statusOf(rain.matchId))
        yield* Effect.yieldNow
        yield* TestClock.adjust("7900 millis")
        assert.isUndefined(asking.pollUnsafe())
        yield* TestClock.adjust("200 millis")
        assert.strictEqual(yield* Fiber.join(asking), "unreachable")
        assert.lengthOf(calls, 1)
      }).pipe(Effect.provide(layer))
    }).pipe(Effect.scoped)
  )

  it.effect("fails five times in a row, it is left alone for half a minute, and then asked once", () =>
    Effect.gen(function* () {
      const { calls, layer, twin } = yield* world({
        replays: [rain],
        script: [{ ...fromNow, _tag: "Answers", status: 500 }]
      })
      yield* Effect.gen(function* () {
        const ask = Effect.gen(function* () {
          const asking = yield* Effect.forkChild(statusOf(rain.matchId))
          yield* untilDone(asking)
          return yield* Fiber.join(asking)
        })
        for (let at = 100; at < 150; at += 10) {
          yield* go(at)
          assert.strictEqual(yield* ask, "unreachable")
        }
        const asked = calls.length
        assert.strictEqual(asked, 10, "each is tried twice")
        yield* go(155)
        assert.strictEqual(yield* ask, "unreachable")
        assert.lengthOf(calls, asked)
        twin.misbehave([])
        yield* go(190)
        assert.strictEqual(yield* ask, "live")
        assert.lengthOf(calls, asked + 1)
      }).pipe(Effect.provide(layer))
    }).pipe(Effect.scoped)
  )

  it.effect("wants fewer calls, it is not asked before it wants to be", () =>
    Effect.gen(function* () {
      const { calls, layer, twin } = yield* world({
        replays: [rain],
        script: [{ ...fromNow, _tag: "Answers", status: 429, retryAfterSeconds: 300 }]
      })
      yield* Effect.gen(function* () {
        yield* go(100)
        assert.strictEqual(yield* statusOf(rain.matchId), "exhausted")
        twin.misbehave([])
        yield* go(390)
        assert.strictEqual(yield* statusOf(rain.matchId), "exhausted")
        assert.lengthOf(calls, 1)
        yield* go(401)
        assert.strictEqual(yield* statusOf(rain.matchId), "live")
      }).pipe(Effect.provide(layer))
    }).pipe(Effect.scoped)
  )

  it.effect("is slow, and wraps and spells as it likes, the same is told", () =>
    Effect.gen(function* () {
      const odd: ReadonlyArray<Script.Fault> = [
        { ...fromNow, _tag: "Wraps" },
        { ...fromNow, _tag: "Writes", as: "texts" }
      ]
      const snapshotOf = (script: ReadonlyArray<Script.Fault>) =>
        Effect.gen(function* () {
          const { layer } = yield* world({ replays: [rain], script })
          yield* go(500)
          return yield* Effect.flatMap(Feed.Feed, (feed) => feed.snapshot(rain.matchId)).pipe(
            Effect.provide(layer)
          )
        })
      assert.deepStrictEqual(yield* snapshotOf(odd), yield* snapshotOf([]))
    }).pipe(Effect.scoped)
  )
})

/** Waits for what takes real time, and lets the test's clock go on for what waits for that. */
const untilDone = Effect.fnUntraced(function* <A, E>(fiber: Fiber.Fiber<A, E>) {
  while (fiber.pollUnsafe() === undefined) {
    yield* Effect.promise(() => pause(5))
    yield* TestClock.adjust("100 millis")
  }
})

describe("the key", () => {
  const spellings = [token, encodeURIComponent(token), encodeURI(token), "4711"]
  const clean = (text: string) => {
    for (const spelling of spellings) assert.notInclude(text, spelling)
  }

  it.effect("is in no log, no span and no error, however it goes wrong", () =>
    Effect.gen(function* () {
      const log = listening()
      const spans: Array<string> = []
      const tracer = Tracer.make({
        span: (options) => {
          const span = new Tracer.NativeSpan(options)
          spans.push(span.name)
          const attribute = span.attribute.bind(span)
          span.attribute = (key, value) => {
            spans.push(`${key}=${String(value)}`)
            attribute(key, value)
          }
          return span
        }
      })
      const echo = { _tag: "Answers", ...fromNow } as const
      const scripts: ReadonlyArray<ReadonlyArray<Script.Fault>> = [
        [],
        ...[400, 401, 403, 404, 429, 500].map((status) => [{ ...echo, status }]),
        [{ ...fromNow, _tag: "Garbles", as: "html" }],
        [{ ...fromNow, _tag: "Spoils", fixtureId: 77 }],
        [{ ...fromNow, _tag: "Words", fixtureId: 77, status: `api_token=${token}` }]
      ]
      const errors: Array<unknown> = []
      const noted = <A, E>(effect: Effect.Effect<A, E, Feed.Feed>, layer: Layer.Layer<Feed.Feed>) =>
        Effect.gen(function* () {
          const asking = yield* Effect.forkChild(Effect.sandbox(effect).pipe(Effect.flip, Effect.option))
          yield* untilDone(asking)
          const failed = yield* Fiber.join(asking)
          if (failed._tag === "Some") {
            errors.push(failed.value, ...failed.value.reasons)
            yield* Effect.logError("a call failed", failed.value)
          }
        }).pipe(Effect.provide(layer), Effect.withSpan("asking"))
      for (const script of scripts) {
        const { layer } = yield* world({ replays: [rain], script })
        yield* go(100)
        yield* noted(
          Effect.flatMap(Feed.Feed, (feed) => feed.snapshot(rain.matchId)),
          layer
        ).pipe(Effect.provide(log.layer), Effect.withTracer(tracer))
        yield* noted(
          Effect.flatMap(Feed.Feed, (feed) => feed.schedule({ from: noon, to: after(100_000) })),
          layer
        ).pipe(Effect.provide(log.layer), Effect.withTracer(tracer))
      }
      for (const baseUrl of ["http://127.0.0.1:1/api", "http://no host", "not an address", "http://[::bad"]) {
        const { layer } = yield* world({ replays: [], feed: { baseUrl } })
        yield* noted(
          Effect.flatMap(Feed.Feed, (feed) => feed.live),
          layer
        ).pipe(Effect.provide(log.layer), Effect.withTracer(tracer))
      }
      assert.isAbove(errors.length, 20)
      assert.isAbove(log.lines.length, 10)
      assert.include(spans, "asking")
      for (const line of [...log.lines, ...spans]) clean(line)
      for (const error of errors) {
        clean(String(error))
        clean(JSON.stringify(error))
        clean(inspect(error, { depth: 12, showHidden: true }))
        if (Cause.isCause(error)) clean(Cause.pretty(error))
      }
    }).pipe(Effect.scoped)
  )
})
