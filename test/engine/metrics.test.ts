import { it } from "@effect/vitest"
import { Reason } from "@sightscreen/apns"
import type { PushOutcome } from "@sightscreen/domain"
import {
  AppleStatus,
  Departure,
  MatchOrchestrator,
  Metrics,
  Observatory,
  Readiness
} from "@sightscreen/engine"
import { Duration, Effect, Fiber, Metric } from "effect"
import { PrometheusMetrics } from "effect/observability"
import { assert, describe } from "vitest"
import * as Kit from "./kit.ts"

/** Everybody has the app and follows the match; with what the server is made of. */
const followed = Effect.fnUntraced(function* (count: number) {
  const world = yield* Kit.atNoon({ count })
  const { services } = yield* world.start
  for (const deviceId of Kit.ids(world.crowd)) {
    yield* world.launch(deviceId)
    yield* world.follow(deviceId, Kit.matchId)
  }
  return services
})

/** What a test counts is not what others counted before. */
const apart = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.provideService(Effect.scoped(effect), Metric.MetricRegistry, new Map())

const text = PrometheusMetrics.format({ prefix: "sightscreen" })

const valueOf = (text: string, series: string): number => {
  const line = text.split("\n").find((line) => line.startsWith(`${series} `))
  assert.isDefined(line, `${series} is not in\n${text}`)
  return Number(line!.slice(series.length + 1))
}

describe("metrics", () => {
  it.effect("of a match tell how it was read, what was said of it, and what Apple answered", () =>
    apart(
      Effect.gen(function* () {
        const services = yield* followed(4)
        yield* Kit.until(Duration.sum(Kit.over, Duration.minutes(2)))
        const round = Effect.flatMap(Observatory.Observatory, (it) => it.round)
        yield* Effect.provideContext(round, services)
        const said = yield* text
        assert.isAbove(valueOf(said, 'sightscreen_feed_read_seconds_count{outcome="read"}'), 50)
        assert.strictEqual(valueOf(said, 'sightscreen_bulletins_total{alert="yes"}'), Kit.news.length)
        assert.strictEqual(
          valueOf(said, 'sightscreen_match_events_total{event="match_end",fate="headline"}'),
          1
        )
        assert.strictEqual(valueOf(said, 'sightscreen_match_turns_total{turn="ended"}'), 1)
        assert.strictEqual(
          valueOf(said, 'sightscreen_pushes_total{kind="start",verdict="Accepted",reason="none"}'),
          4
        )
        const alerts = 'sightscreen_fan_out_phones_sum{kind="alert"}'
        assert.strictEqual(
          valueOf(said, alerts),
          4 * valueOf(said, 'sightscreen_fan_out_phones_count{kind="alert"}')
        )
        for (const gauge of [
          "live_matches",
          'queue_depth{queue="editions"}',
          'priority10_left{level="normal"}',
          "retry_credit",
          "apple_breaker_open",
          "token_retirement_held",
          "pending_activities",
          "pending_activities_oldest_seconds",
          "unsent_editions",
          "unsent_editions_oldest_seconds"
        ])
          assert.isAtLeast(valueOf(said, `sightscreen_${gauge}`), 0)
        // Nobody's name, and no match's.
        assert.notMatch(said, /world-final|kit-|[0-9a-f]{32}/)
      })
    )
  )

  it.effect("have few series, whatever Apple says", () =>
    apart(
      Effect.gen(function* () {
        for (let n = 0; n < 2000; n += 1) {
          const outcomes: ReadonlyArray<PushOutcome.Outcome> = [
            { _tag: "OurFault", reason: `Strange${n}` },
            { _tag: "Unanswered", unprocessed: n % 2 === 0, reason: `the connection to ${n} was lost` },
            { _tag: "TokenDead", since: null, reason: "Unregistered" }
          ]
          yield* Metrics.answered("update", outcomes)
          yield* Metrics.retired(`works in world ${n}`)
        }
        const said = yield* text
        const series = said.split("\n").filter((line) => line !== "" && !line.startsWith("#"))
        assert.strictEqual(series.length, 5)
        assert.strictEqual(
          valueOf(said, 'sightscreen_pushes_total{kind="update",verdict="OurFault",reason="other"}'),
          2000
        )
        assert.strictEqual(valueOf(said, 'sightscreen_token_retirements_total{reason="other"}'), 2000)
        assert.isBelow(Object.keys(Reason.table).length, 60)
      })
    )
  )
})

describe("a process that is to leave", () => {
  it.effect("reads no match any more, sends what was said, and leaves the match for the next", () =>
    Effect.gen(function* () {
      const services = yield* followed(2)
      yield* Kit.until(Duration.sum(Kit.fire, Duration.seconds(10)))
      yield* Effect.gen(function* () {
        const departure = yield* Departure.Departure
        const orchestrator = yield* MatchOrchestrator.MatchOrchestrator
        assert.lengthOf(yield* orchestrator.running, 1)
        const idle = yield* Effect.forkChild(orchestrator.idle)
        yield* departure.announce
        yield* Fiber.join(idle)
        assert.lengthOf(yield* orchestrator.running, 0)
        const { missing } = yield* (yield* Readiness.Readiness).report
        assert.deepStrictEqual(missing, ["the server is about to stop"])
      }).pipe(Effect.provideContext(services))
    }).pipe(Effect.scoped)
  )
})

describe("readiness", () => {
  it.effect("tells that Apple is down, and serves all the same", () =>
    Effect.gen(function* () {
      const services = yield* followed(2)
      yield* Effect.gen(function* () {
        const apple = yield* AppleStatus.AppleStatus
        const readiness = yield* Readiness.Readiness
        assert.deepStrictEqual(yield* readiness.report, { missing: [], troubles: [] })
        const lost: PushOutcome.Outcome = { _tag: "AppleDown", reason: "InternalServerError" }
        for (let n = 0; n < 100; n += 1)
          yield* apple.judged(
            Array.from({ length: 20 }, () => lost),
            []
          )
        const { missing, troubles } = yield* readiness.report
        assert.deepStrictEqual(missing, [])
        assert.match(troubles.join(), /^Apple is down; the next look is at \d{4}-/)
      }).pipe(Effect.provideContext(services))
    }).pipe(Effect.scoped)
  )
})
