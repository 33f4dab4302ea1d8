import { assert, type Vitest } from "@effect/vitest"
import { BroadcastChannels, Page, type Store } from "@sightscreen/store"
import { Effect, Stream } from "effect"
import { channel, match, minute } from "./values.ts"

export const facts = (it: Vitest.MethodsNonLive<Store.Store>) => {
  const { placeOf } = BroadcastChannels
  const saving = (
    draft: BroadcastChannels.Draft,
    version: number,
    more: Partial<BroadcastChannels.Save> = {}
  ): BroadcastChannels.Save => ({
    ...placeOf(draft),
    version,
    channelId: null,
    state: { version },
    at: minute(version + 1),
    ...more
  })

  it.effect("begins once for each cohort, host and app of a match", () =>
    Effect.gen(function* () {
      const channels = yield* BroadcastChannels.BroadcastChannels
      const one = channel("bc-m1", "channel/2")
      const others = [
        channel("bc-m1", "channel/1"),
        channel("bc-m1", "channel/2", { environment: "sandbox" }),
        channel("bc-m1", "channel/2", { bundleId: "app.other", channelId: "bc-given" })
      ]
      assert.deepStrictEqual(yield* channels.insert([one, { ...one, state: "again" }]), [placeOf(one)])
      const inOrder = [others[0]!, others[2]!, others[1]!]
      assert.deepStrictEqual(yield* channels.insert([...others, one]), inOrder.map(placeOf))
      const rows = [others[0]!, others[2]!, one, others[1]!].map((draft) => ({ ...draft, version: 0 }))
      assert.deepStrictEqual(yield* channels.ofMatch(match("bc-m1")), rows)
      assert.deepStrictEqual(yield* channels.byChannel("bc-given"), rows[1]!)
      assert.isNull(yield* channels.byChannel("bc-unknown"))
    })
  )

  it.effect("takes its name from Apple, and saves for those whose version fits", () =>
    Effect.gen(function* () {
      const channels = yield* BroadcastChannels.BroadcastChannels
      const [a, b] = [channel("bc-m2", "a"), channel("bc-m2", "b")]
      yield* channels.insert([a, b])
      const refused = yield* channels.save([
        saving(b, 1),
        saving(channel("bc-m2", "c"), 0),
        saving(a, 0, { channelId: "bc-a", state: null }),
        saving(a, 0, { channelId: "bc-never" })
      ])
      assert.deepStrictEqual(refused, [a, b, channel("bc-m2", "c")].map(placeOf))
      assert.deepStrictEqual(yield* channels.byChannel("bc-a"), {
        ...a,
        channelId: "bc-a",
        version: 1,
        state: null,
        updatedAt: minute(1)
      })
      assert.isNull(yield* channels.byChannel("bc-never"))
      yield* channels.save([saving(a, 1)])
      assert.isNull(yield* channels.byChannel("bc-a"))
    })
  )

  it.effect("lets exactly one of twenty savers have each version", () =>
    Effect.gen(function* () {
      const channels = yield* BroadcastChannels.BroadcastChannels
      const one = channel("bc-m3", "race")
      const begun = yield* Effect.forEach(
        Array.from({ length: 20 }, (_, n) => n),
        (state) => channels.insert([{ ...one, state }]),
        { concurrency: "unbounded" }
      )
      assert.lengthOf(begun.flat(), 1)
      for (const version of [0, 1, 2]) {
        const tries = yield* Effect.forEach(
          Array.from({ length: 20 }, (_, saver) => saver),
          (saver) => channels.save([saving(one, version, { state: saver, channelId: `bc-race-${saver}` })]),
          { concurrency: "unbounded" }
        )
        const winners = tries.flatMap((refused, saver) => (refused.length === 0 ? [saver] : []))
        assert.lengthOf(winners, 1)
        assert.strictEqual((yield* channels.byChannel(`bc-race-${winners[0]}`))?.version, version + 1)
      }
    })
  )

  it.effect("keeps its name to itself", () =>
    Effect.gen(function* () {
      const channels = yield* BroadcastChannels.BroadcastChannels
      const [a, b] = [channel("bc-m4", "a", { channelId: "bc-mine" }), channel("bc-m4", "b")]
      yield* channels.insert([a, b])
      const fault = yield* Effect.flip(channels.save([saving(b, 0, { channelId: "bc-mine" })]))
      assert.deepInclude(fault, { _tag: "StoreError", table: "broadcast_channels", operation: "save" })
      const again = yield* Effect.flip(
        channels.insert([channel("bc-m4", "c"), channel("bc-m4", "d", { channelId: "bc-mine" })])
      )
      assert.deepInclude(again, { _tag: "StoreError", operation: "insert" })
      assert.deepStrictEqual(yield* channels.ofMatch(match("bc-m4")), [
        { ...a, version: 0 },
        { ...b, version: 0 }
      ])
    })
  )

  it.effect("is among all of them, a page at a time, until it is removed", () =>
    Effect.gen(function* () {
      const channels = yield* BroadcastChannels.BroadcastChannels
      const drafts = ["bc-p1", "bc-p10", "bc-p2"].flatMap((of) =>
        ['a"', "a", "a/b", "b"].flatMap((cohort) => [
          channel(of, cohort, { environment: "sandbox" }),
          channel(of, cohort)
        ])
      )
      yield* channels.insert(drafts)
      const all = (limit: number) =>
        Stream.runCollect(Page.stream((page) => channels.all(page), BroadcastChannels.key, limit)).pipe(
          Effect.map((found) => found.filter(({ matchId }) => matchId.startsWith("bc-p")))
        )
      const whole = yield* all(1000)
      assert.deepStrictEqual(
        whole.map(({ cohort, environment, matchId }) => [matchId, cohort, environment].join(" ")),
        ["bc-p1", "bc-p10", "bc-p2"].flatMap((of) =>
          ["a", 'a"', "a/b", "b"].flatMap((cohort) => [
            `${of} ${cohort} production`,
            `${of} ${cohort} sandbox`
          ])
        )
      )
      for (const limit of [1, 5, 24]) assert.deepStrictEqual(yield* all(limit), whole, `${limit} at a time`)
      yield* channels.remove(placeOf(drafts[0]!))
      yield* channels.remove(placeOf(drafts[0]!))
      assert.lengthOf(yield* all(1000), whole.length - 1)
      assert.deepStrictEqual(yield* channels.insert([drafts[0]!]), [placeOf(drafts[0]!)])
    })
  )
}
