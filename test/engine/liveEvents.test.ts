import { assert, describe, it } from "@effect/vitest"
import { MatchEventBus, MatchOrchestrator } from "@sightscreen/engine"
import { Instant } from "@sightscreen/decider"
import type { ActiveMatch, Bulletin, Ids } from "@sightscreen/domain"
import { Effect, Fiber, Layer, PubSub, Stream } from "effect"
import * as TestClock from "effect/testing/TestClock"
import { vi } from "vitest"
import { after, innings, over, second, snapshot } from "../domain/support/cricket.ts"
import * as LiveEvents from "../../packages/engine/src/LiveEvents.ts"
import { watch } from "../domain/support/story.ts"

const one = innings([over("A", "X", "1 2 3", "B")])
const { bulletins } = watch(snapshot([after(1, one)], { at: second(0) }), snapshot([one], { at: second(10) }))
const sample = bulletins.at(-1)!
const matchId = sample.matchId

const bulletin = (stamp: number, ends: Bulletin.Bulletin["ends"] = null): Bulletin.Bulletin => ({
  ...sample,
  stamp: Instant.toSeconds(Instant.fromMillis(stamp * 1000)),
  ends
})

/** Nothing stands yet: what is heard is what is said from now on. */
const orchestrator = Layer.mock(MatchOrchestrator.MatchOrchestrator, {
  place: (matchId: Ids.MatchId) => Effect.succeed({ matchId, state: null, lane: null })
})

const made = LiveEvents.LiveEvents.layer.pipe(
  Layer.provide(orchestrator),
  Layer.provideMerge(MatchEventBus.MatchEventBus.layer)
)

const settled = Effect.forEach(Array.from({ length: 20 }), () => Effect.yieldNow, { discard: true })

const say = Effect.fnUntraced(function* (...some: ReadonlyArray<Bulletin.Bulletin>) {
  const bus = yield* MatchEventBus.MatchEventBus
  const outputs = some.map((bulletin): ActiveMatch.Output => ({ _tag: "BulletinIssued", bulletin }))
  yield* PubSub.publish(bus, { state: {} as ActiveMatch.ActiveMatch, outputs })
  yield* settled
})

const listen = Effect.fnUntraced(function* (last: string | null = null) {
  const events = yield* LiveEvents.LiveEvents
  return (yield* events.of(matchId, last)) ?? assert.fail("there is no room")
})

const stampsOf = (told: Iterable<LiveEvents.Told>) => Array.from(told, ({ data }) => Number(data.stamp))

describe("a line that listens to a match", () => {
  it.effect("that is slower than the match misses states, and never the newest", () =>
    Effect.gen(function* () {
      const line = yield* listen()
      // It takes the first, and then nothing until the match is over.
      const seen: Array<LiveEvents.Told> = []
      let hold = Effect.sleep("1 hour")
      const reader = yield* line.pipe(
        Stream.filter(({ event }) => event !== "ping"),
        Stream.runForEach((told) => Effect.suspend(() => (seen.push(told) === 1 ? hold : Effect.void))),
        Effect.forkChild({ startImmediately: true })
      )
      yield* settled
      yield* say(bulletin(1))
      yield* settled
      assert.lengthOf(seen, 1)
      yield* say(...Array.from({ length: 100 }, (_, n) => bulletin(2 + n)), bulletin(200, "over"))
      hold = Effect.void
      yield* TestClock.adjust("1 hour")
      yield* Fiber.join(reader)
      const stamps = stampsOf(seen)
      assert.strictEqual(stamps[0], 1)
      assert.strictEqual(stamps.at(-1), 200)
      assert.isAtMost(stamps.length, 1 + LiveEvents.LiveEvents.waiting)
      assert.deepStrictEqual(
        stamps,
        stamps.toSorted((a, b) => a - b)
      )
      assert.strictEqual(seen.at(-1)?.event, "over")
    }).pipe(Effect.provide(made))
  )

  it.effect("that comes back is told what came since, as far as it is kept", () =>
    Effect.gen(function* () {
      yield* say(...Array.from({ length: 10 }, (_, n) => bulletin(1 + n)), bulletin(11, "over"))
      const since = yield* Stream.runCollect(yield* listen("4"))
      assert.deepStrictEqual(stampsOf(since), [5, 6, 7, 8, 9, 10, 11])
    }).pipe(Effect.provide(made))
  )

  it.effect("hears that it stands while nothing happens", () =>
    Effect.gen(function* () {
      vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] })
      const told = yield* Effect.gen(function* () {
        const reader = yield* (yield* listen()).pipe(
          Stream.take(1),
          Stream.runCollect,
          Effect.forkChild({ startImmediately: true })
        )
        yield* settled
        vi.advanceTimersByTime(16_000)
        return yield* Fiber.join(reader)
      }).pipe(Effect.provide(made), Effect.ensuring(Effect.sync(() => vi.useRealTimers())))
      assert.strictEqual(told[0]?.event, "ping")
      assert.isUndefined(told[0]?.id)
    })
  )
})
