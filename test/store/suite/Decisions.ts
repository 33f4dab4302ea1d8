import { assert, type Vitest } from "@effect/vitest"
import { Decisions, Page, type Store } from "@sightscreen/store"
import { Effect, Stream } from "effect"
import { activity, decision, device, match, minute, stamp } from "./values.ts"

export const facts = (it: Vitest.MethodsNonLive<Store.Store>) => {
  const kinds = (all: ReadonlyArray<Decisions.Decision>) => all.map(({ kind }) => kind)

  it.effect("is given back as it was recorded", () =>
    Effect.gen(function* () {
      const decisions = yield* Decisions.Decisions
      const entry = decision("dc-whole", "quiet", {
        deviceId: device("dc-d1"),
        activityId: activity("dc-a1"),
        at: minute(3),
        stamp: stamp(2),
        body: { zebra: ["“🏏”", null], a: 1.5 }
      })
      yield* decisions.record([entry])
      const [found] = yield* decisions.ofMatch(match("dc-whole"), {}, { limit: 9, after: null })
      const { id: _, ...rest } = found!
      assert.deepStrictEqual(rest, entry)
      assert.strictEqual(JSON.stringify(rest.body), JSON.stringify(entry.body))
    })
  )

  it.effect("comes in the order in which it was recorded, a page at a time", () =>
    Effect.gen(function* () {
      const decisions = yield* Decisions.Decisions
      const all = Array.from({ length: 57 }, (_, n) =>
        decision("dc-pages", `k${n}`, { at: minute(-n), stamp: n % 2 === 0 ? stamp(n % 3) : null })
      )
      yield* decisions.record(all.slice(0, 30))
      yield* decisions.record([])
      yield* decisions.record([decision("dc-other", "other"), ...all.slice(30), decision(null, "none")])
      for (const limit of [1, 7, 57, 100])
        for (const which of [{}, { stamp: stamp(1) }]) {
          const found = yield* Stream.runCollect(
            Page.stream((page) => decisions.ofMatch(match("dc-pages"), which, page), Decisions.key, limit)
          )
          const expected = all.filter((each) => which.stamp === undefined || each.stamp === which.stamp)
          assert.deepStrictEqual(
            kinds(found),
            expected.map(({ kind }) => kind),
            `${limit} at a time`
          )
        }
    })
  )

  it.effect("is about a device, in one match or in all", () =>
    Effect.gen(function* () {
      const decisions = yield* Decisions.Decisions
      const on = device("dc-d2")
      yield* decisions.record([
        decision("dc-m1", "one", { deviceId: on }),
        decision("dc-m2", "two", { deviceId: on }),
        decision(null, "three", { deviceId: on }),
        decision("dc-m1", "four", { deviceId: device("dc-d3") })
      ])
      const all = { limit: 9, after: null }
      const found = yield* decisions.ofDevice(on, null, all)
      assert.deepStrictEqual(kinds(found), ["one", "two", "three"])
      assert.deepStrictEqual(kinds(yield* decisions.ofDevice(on, match("dc-m1"), all)), ["one"])
      const rest = yield* decisions.ofDevice(on, null, { limit: 1, after: Decisions.key(found[0]!) })
      assert.deepStrictEqual(kinds(rest), ["two"])
    })
  )

  it.effect("may be about a match and no device, which is what its followers have in common", () =>
    Effect.gen(function* () {
      const decisions = yield* Decisions.Decisions
      yield* decisions.record([
        decision("dc-shared", "one"),
        decision("dc-shared", "two", { deviceId: device("dc-d4") }),
        decision("dc-elsewhere", "three"),
        decision("dc-shared", "four", { stamp: stamp(4) })
      ])
      const found = yield* decisions.shared(match("dc-shared"), { limit: 9, after: null })
      assert.deepStrictEqual(kinds(found), ["one", "four"])
      const rest = yield* decisions.shared(match("dc-shared"), {
        limit: 1,
        after: Decisions.key(found[0]!)
      })
      assert.deepStrictEqual(kinds(rest), ["four"])
    })
  )

  it.effect("is counted by match, the latest first", () =>
    Effect.gen(function* () {
      const decisions = yield* Decisions.Decisions
      const on = (name: string) => ({ deviceId: device(name) })
      yield* decisions.record([
        decision("dc-c1", "bulletin", { at: minute(80_001), stamp: stamp(1) }),
        decision("dc-c1", "bulletin", { at: minute(80_004), stamp: stamp(2) }),
        decision("dc-c1", "activity", { at: minute(80_002), ...on("dc-d5") }),
        decision("dc-c1", "activity", { at: minute(80_003), ...on("dc-d5") }),
        decision("dc-c1", "ladder", { at: minute(80_002), ...on("dc-d6") }),
        decision("dc-c2", "held", { at: minute(80_005) }),
        decision(null, "none", on("dc-d7"))
      ])
      const counts = (yield* decisions.matches).filter(({ matchId }) => matchId.startsWith("dc-c"))
      assert.deepStrictEqual(counts, [
        {
          matchId: match("dc-c2"),
          bulletins: 0,
          devices: 0,
          firstAt: minute(80_005),
          lastAt: minute(80_005)
        },
        { matchId: match("dc-c1"), bulletins: 2, devices: 2, firstAt: minute(80_001), lastAt: minute(80_004) }
      ])
    })
  )

  it.effect("is forgotten when it was made long ago", () =>
    Effect.gen(function* () {
      const decisions = yield* Decisions.Decisions
      const made = (n: number) => decision("dc-old", `${n}`, { at: minute(n) })
      yield* decisions.record([made(-901), made(-900), made(-902), made(-899)])
      assert.strictEqual(yield* decisions.forget(minute(-900)), 2)
      const left = yield* decisions.ofMatch(match("dc-old"), {}, { limit: 9, after: null })
      assert.deepStrictEqual(kinds(left), ["-900", "-899"])
    })
  )
}
