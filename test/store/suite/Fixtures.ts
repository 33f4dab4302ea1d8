import { assert, type Vitest } from "@effect/vitest"
import { Status } from "@sightscreen/domain"
import { Fixtures, type Store } from "@sightscreen/store"
import { Effect } from "effect"
import { fixture, match, minute } from "./values.ts"

const names = (fixtures: ReadonlyArray<Fixtures.Fixture>) => fixtures.map(({ matchId }) => matchId)

export const facts = (it: Vitest.MethodsNonLive<Store.Store>) => {
  it.effect("gives back what it was given", () =>
    Effect.gen(function* () {
      const fixtures = yield* Fixtures.Fixtures
      const won = fixture("fx-whole", {
        status: "finished",
        outcome: {
          _tag: "Won",
          winner: "home",
          by: { innings: null, runs: 12, wickets: null },
          method: "DLS"
        }
      })
      yield* fixtures.upsert([won])
      assert.deepStrictEqual(yield* fixtures.get(won.matchId), won)
      assert.isNull(yield* fixtures.get(match("fx-unknown")))
    })
  )

  it.effect("takes the newest of several readings, in whatever order they come", () =>
    Effect.gen(function* () {
      const fixtures = yield* Fixtures.Fixtures
      const at = (updated: number, status: Status.Status) => fixture("fx-order", { updated, status })
      yield* fixtures.upsert([at(3, "live"), at(2, "delayed")])
      yield* fixtures.upsert([at(1, "scheduled")])
      assert.strictEqual((yield* fixtures.get(match("fx-order")))?.status, "live")
      yield* fixtures.upsert([at(3, "drinks")])
      assert.strictEqual((yield* fixtures.get(match("fx-order")))?.status, "drinks")
    })
  )

  it.effect("takes a start that has moved", () =>
    Effect.gen(function* () {
      const fixtures = yield* Fixtures.Fixtures
      yield* fixtures.upsert([fixture("fx-moved", { starts: 60_000 })])
      yield* fixtures.upsert([fixture("fx-moved", { starts: 60_900, updated: 1 })])
      assert.deepStrictEqual(names(yield* fixtures.startingBetween(minute(60_000), minute(60_001))), [])
      assert.deepStrictEqual(names(yield* fixtures.startingBetween(minute(60_900), minute(60_901))), [
        "fx-moved"
      ])
    })
  )

  it.effect("lists starts from one moment to before another, earliest first", () =>
    Effect.gen(function* () {
      const fixtures = yield* Fixtures.Fixtures
      const starts = [
        ["b", 70_010],
        ["c", 70_020],
        ["a", 70_010],
        ["d", 70_030]
      ] as const
      yield* fixtures.upsert(starts.map(([name, at]) => fixture(`fx-start-${name}`, { starts: at })))
      assert.deepStrictEqual(names(yield* fixtures.startingBetween(minute(70_010), minute(70_030))), [
        "fx-start-a",
        "fx-start-b",
        "fx-start-c"
      ])
    })
  )

  it.effect("counts a match as live from its first ball to its result, breaks included", () =>
    Effect.gen(function* () {
      const fixtures = yield* Fixtures.Fixtures
      const all = Status.Status.literals
      yield* fixtures.upsert(all.map((status, n) => fixture(`fx-live-${status}`, { status, starts: n })))
      const found = names(yield* fixtures.live).filter((name) => name.startsWith("fx-live-"))
      assert.deepStrictEqual(
        found.map((name) => name.slice("fx-live-".length)),
        ["live", "innings break", "drinks", "lunch", "tea", "dinner", "stumps", "suspended"]
      )
    })
  )

  it.effect("finds many at once, and forgets one that is removed", () =>
    Effect.gen(function* () {
      const fixtures = yield* Fixtures.Fixtures
      yield* fixtures.upsert([fixture("fx-many-1", { starts: 2 }), fixture("fx-many-2", { starts: 1 })])
      const asked = [match("fx-many-1"), match("fx-many-2"), match("fx-many-3")]
      assert.deepStrictEqual(names(yield* fixtures.getMany(asked)), ["fx-many-2", "fx-many-1"])
      yield* fixtures.remove(match("fx-many-2"))
      assert.deepStrictEqual(names(yield* fixtures.getMany(asked)), ["fx-many-1"])
      assert.deepStrictEqual(yield* fixtures.getMany([]), [])
      yield* fixtures.upsert([])
    })
  )

  it.effect("is listed in pages by its start, by competition, status and time", () =>
    Effect.gen(function* () {
      const fixtures = yield* Fixtures.Fixtures
      const cup = { competition: "fx-page cup" }
      const at = (n: number) =>
        fixture(`fx-page-${n}`, { starts: n % 3, status: n < 4 ? "live" : "finished" })
      const all = [5, 4, 3, 2, 1, 0].map((n) => ({ ...at(n), info: { ...at(n).info, ...cup } }))
      yield* fixtures.upsert([...all, fixture("fx-page-other", { starts: 1 })])
      const inOrder = [0, 3, 1, 4, 2, 5].map((n) => `fx-page-${n}`)
      const pages: Array<ReadonlyArray<string>> = []
      for (let after: string | null = null; ;) {
        const page: ReadonlyArray<Fixtures.Fixture> = yield* fixtures.page(cup, { after, limit: 4 })
        if (page.length === 0) break
        pages.push(names(page))
        after = Fixtures.key(page.at(-1)!)
      }
      assert.deepStrictEqual(pages, [inOrder.slice(0, 4), inOrder.slice(4)])
      const page = { after: null, limit: 10 }
      const some = (asked: Fixtures.Asked) => Effect.map(fixtures.page({ ...cup, ...asked }, page), names)
      assert.deepStrictEqual(yield* some({ statuses: new Set(["finished"]) }), ["fx-page-4", "fx-page-5"])
      assert.deepStrictEqual(yield* some({ from: at(1).info.startsAt, to: at(2).info.startsAt }), [
        "fx-page-1",
        "fx-page-4"
      ])
      // A place that nobody gave is the beginning.
      assert.lengthOf(yield* fixtures.page(cup, { after: "nonsense", limit: 10 }), 6)
    })
  )
}
