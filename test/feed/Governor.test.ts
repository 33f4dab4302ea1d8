import { assert, describe, it } from "@effect/vitest"
import { Instant } from "@sightscreen/decider"
import { Allowances, FeedError, Feeds, type Feed, Governor } from "@sightscreen/feed"
import { SharedAllowances } from "@sightscreen/engine"
import { SharedStates } from "@sightscreen/store"
import type { Ids } from "@sightscreen/domain"
import { Duration, Effect, Layer } from "effect"

const begin = 1_780_000_000_000
const at = (seconds: number) => Instant.fromMillis(begin + seconds * 1000)
const hour = Duration.toSeconds(Governor.hour)

/** So many callers who each want a call so often, for so long: when calls were sent. */
const callers = (count: number, everySeconds: number, seconds: number, limit = 2000) => {
  let governor = Governor.begin(limit)
  const sent: Array<number> = []
  const next = Array.from({ length: count }, (_, n) => n * 0.1)
  for (;;) {
    const [now, who] = next.reduce<readonly [number, number]>(
      (least, due, n) => (due < least[0] ? [due, n] : least),
      [Infinity, -1]
    )
    if (now >= seconds) return sent
    const [after, wait] = Governor.take(governor, at(now))
    governor = after
    if (wait === null) {
      sent.push(now)
      next[who] = now + everySeconds
    } else next[who] = Math.max(now + 0.001, (wait - begin) / 1000)
  }
}

describe("an allowance", () => {
  for (const [what, count, every, expected] of [
    ["lets one sweep of every five seconds through", 1, 5, 720],
    ["lets one of every 2.5 seconds through", 1, 2.5, 1440]
  ] as const)
    it(what, () => assert.lengthOf(callers(count, every, hour), expected))

  for (const [count, every] of [
    [2, 2.5],
    [4, 2.5],
    [1, 0.5],
    [3, 1]
  ] as const)
    it(`is never overdrawn by ${count} that want one every ${every} seconds, and lasts to the end of the hour`, () => {
      const sent = callers(count, every, hour)
      assert.isAtMost(sent.length, 1900)
      assert.isAtLeast(sent.length, 1850)
      const longest = Math.max(...sent.map((one, n) => one - (sent[n - 1] ?? 0)), hour - sent.at(-1)!)
      assert.isAtMost(longest, 10)
    })

  it("begins anew with the first call after the hour", () => {
    const sent = callers(1, 0.5, hour * 2)
    assert.isAtLeast(sent.filter((one) => one >= hour).length, 1850)
    assert.isAtMost(sent.filter((one) => one >= hour).length, 1900)
  })

  const taken = (count: number) => {
    let governor = Governor.begin(2000)
    for (let n = 0; n < count; n++) [governor] = Governor.take(governor, at(n))
    return governor
  }
  const told = (more: Partial<Governor.Told>): Governor.Told => ({
    limit: null,
    remaining: null,
    refused: null,
    ...more
  })

  it("counts what others have used with the same key", () => {
    const heard = Governor.hear(taken(10), told({ limit: 2000, remaining: 100 }), at(10))
    assert.deepStrictEqual([heard.used, Governor.dueAt(heard, at(11))], [1900, at(hour)])
  })

  it("takes the provider's own number of calls", () => {
    const heard = Governor.hear(taken(10), told({ limit: 3000, remaining: 2990 }), at(10))
    assert.deepStrictEqual([heard.limit, heard.used], [3000, 10])
  })

  it("is not larger for an answer that was long on its way", () => {
    assert.strictEqual(Governor.hear(taken(50), told({ remaining: 1955 }), at(51)).used, 50)
  })

  it("begins anew when the provider's hour does", () => {
    const heard = Governor.hear(taken(900), told({ remaining: 1999 }), at(1000))
    assert.deepStrictEqual([heard.used, heard.began], [1, at(1000)])
  })

  it("is not touched before the provider wants it to be, and is whole then", () => {
    const heard = Governor.hear(taken(10), told({ refused: { until: at(300) } }), at(10))
    const [, wait] = Governor.take(heard, at(299))
    assert.strictEqual(wait, at(300))
    const [after, none] = Governor.take(heard, at(300))
    assert.deepStrictEqual([none, after.used], [null, 1])
  })

  it("rests to the end of the hour where a refusal says no time, and a minute at least", () => {
    const early = Governor.hear(taken(10), told({ refused: { until: null } }), at(10))
    const late = Governor.hear(taken(10), told({ refused: { until: null } }), at(hour - 5))
    assert.deepStrictEqual([early.blockedUntil, late.blockedUntil], [at(hour), at(hour + 55)])
  })

  it("does not wait for an hour that a clock has put in the future", () => {
    const ahead = Governor.hear(taken(10), told({ refused: { until: at(10 * hour) } }), at(10))
    const [, wait] = Governor.take(ahead, at(-20 * hour))
    assert.isNull(wait)
  })
})

describe("allowances", () => {
  const count = (layer: Layer.Layer<Allowances.Allowances>) =>
    Effect.flatMap(Allowances.Allowances, ({ modify }) =>
      modify("livescores", (held) => {
        const [next] = Governor.take(held ?? Governor.begin(2000), at(0))
        return [next.used, next]
      })
    ).pipe(Effect.provide(layer))

  it.effect("are one for all processes with a key, and another for another key", () =>
    Effect.gen(function* () {
      const states = yield* Effect.provide(SharedStates.SharedStates, SharedStates.SharedStates.layerMemory)
      const process = (owner: string) =>
        SharedAllowances.layer(owner).pipe(Layer.provide(Layer.succeed(SharedStates.SharedStates, states)))
      const seen = [
        yield* count(process("key")),
        yield* count(process("key")),
        yield* count(process("other")),
        yield* count(process("key"))
      ]
      assert.deepStrictEqual(seen, [1, 2, 1, 3])
    })
  )

  it.effect("that nobody can read begin anew", () =>
    Effect.gen(function* () {
      const states = yield* Effect.provide(SharedStates.SharedStates, SharedStates.SharedStates.layerMemory)
      yield* states.modify("allowance/key/livescores", () => [null, { used: "many" }])
      const layer = SharedAllowances.layer("key").pipe(
        Layer.provide(Layer.succeed(SharedStates.SharedStates, states))
      )
      assert.strictEqual(yield* count(layer), 1)
    })
  )
})

describe("two feeds as one", () => {
  const id = (text: string) => text as Ids.MatchId
  const feed = (live: ReadonlyArray<string> | null): Feed.Feed["Service"] => {
    const answer =
      live === null
        ? Effect.fail(new FeedError.FeedError({ reason: "unreachable", subject: "it", problem: "is away" }))
        : Effect.succeed(live.map(id))
    return {
      snapshot: (matchId) =>
        Effect.fail(FeedError.unreadable(matchId, `asked of ${live?.join() ?? "nobody"}`)),
      schedule: () => Effect.map(answer, () => []),
      live: answer,
      isMarquee: () => Effect.succeed(live !== null)
    }
  }
  const joined = (main: ReadonlyArray<string> | null, other: ReadonlyArray<string> | null) =>
    Feeds.both(feed(main), { prefix: "replay-", feed: feed(other) })

  it.effect("are asked for their own matches", () =>
    Effect.gen(function* () {
      const both = joined(["1"], ["replay-2"])
      assert.deepStrictEqual(yield* both.live, ["1", "replay-2"].map(id))
      assert.include((yield* Effect.flip(both.snapshot(id("replay-2")))).message, "asked of replay-2")
      assert.include((yield* Effect.flip(both.snapshot(id("1")))).message, "asked of 1")
    })
  )

  it.effect("do not suffer from each other's troubles", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* joined(null, ["replay-2"]).live, [id("replay-2")])
      assert.deepStrictEqual(yield* joined(["1"], null).live, [id("1")])
      assert.strictEqual((yield* Effect.flip(joined(null, null).live)).reason, "unreachable")
    })
  )
})
