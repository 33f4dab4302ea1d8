import { assert, type Vitest } from "@effect/vitest"
import { ActiveMatches, Decisions, Editions, type Store } from "@sightscreen/store"
import { Effect, Result } from "effect"
import { decision, match, minute, stamp } from "./values.ts"

const draft = (editionId: string, at = 0, body = "{}"): Editions.Draft => ({
  editionId,
  stamp: stamp(at),
  cohort: "token/frequent/2",
  body
})

export const facts = (it: Vitest.MethodsNonLive<Store.Store>) => {
  it.effect("begins at version 0, once", () =>
    Effect.gen(function* () {
      const matches = yield* ActiveMatches.ActiveMatches
      const matchId = match("am-begin")
      assert.isNull(yield* matches.load(matchId))
      assert.isTrue(yield* matches.insert({ matchId, state: { owner: 1 }, at: minute(1) }))
      assert.isFalse(yield* matches.insert({ matchId, state: { owner: 2 }, at: minute(2) }))
      assert.deepStrictEqual(yield* matches.load(matchId), {
        matchId,
        version: 0,
        state: { owner: 1 },
        updatedAt: minute(1)
      })
    })
  )

  it.effect("gives back a state letter by letter", () =>
    Effect.gen(function* () {
      const matches = yield* ActiveMatches.ActiveMatches
      const matchId = match("am-letters")
      const state = {
        zebra: 1,
        a: [null, 1.5, -0.1, { "": "“🏏”", b: 1, aa: 2 }],
        long: "x".repeat(20_000),
        k: true
      }
      yield* matches.insert({ matchId, state: null, at: minute(0) })
      yield* matches.save({ matchId, version: 0, state, at: minute(1), editions: [] })
      assert.strictEqual(JSON.stringify((yield* matches.load(matchId))?.state), JSON.stringify(state))
    })
  )

  it.effect("saves a version that follows the one found", () =>
    Effect.gen(function* () {
      const matches = yield* ActiveMatches.ActiveMatches
      const matchId = match("am-next")
      yield* matches.insert({ matchId, state: 0, at: minute(0) })
      assert.strictEqual(
        yield* matches.save({ matchId, version: 0, state: 1, at: minute(1), editions: [] }),
        1
      )
      assert.strictEqual(
        yield* matches.save({ matchId, version: 1, state: 2, at: minute(2), editions: [] }),
        2
      )
      assert.deepStrictEqual(yield* matches.load(matchId), {
        matchId,
        version: 2,
        state: 2,
        updatedAt: minute(2)
      })
    })
  )

  it.effect("refuses a save that somebody else has forestalled, and its editions with it", () =>
    Effect.gen(function* () {
      const matches = yield* ActiveMatches.ActiveMatches
      const editions = yield* Editions.Editions
      const matchId = match("am-stale")
      yield* matches.insert({ matchId, state: 0, at: minute(0) })
      yield* matches.save({ matchId, version: 0, state: 1, at: minute(1), editions: [draft("am-stale/1")] })
      const late = yield* Effect.flip(
        matches.save({ matchId, version: 0, state: 9, at: minute(2), editions: [draft("am-stale/9")] })
      )
      assert.deepStrictEqual(late, new ActiveMatches.StaleVersion({ matchId, expected: 0, found: 1 }))
      assert.strictEqual((yield* matches.load(matchId))?.state, 1)
      assert.deepStrictEqual(
        (yield* editions.pending(matchId)).map(({ editionId }) => editionId),
        ["am-stale/1"]
      )
    })
  )

  it.effect("refuses a save for a match that is gone", () =>
    Effect.gen(function* () {
      const matches = yield* ActiveMatches.ActiveMatches
      const editions = yield* Editions.Editions
      const matchId = match("am-gone")
      const late = yield* Effect.flip(
        matches.save({ matchId, version: 3, state: 9, at: minute(2), editions: [draft("am-gone/9")] })
      )
      assert.deepStrictEqual(late, new ActiveMatches.StaleVersion({ matchId, expected: 3, found: null }))
      assert.isNull(yield* editions.get("am-gone/9"))
    })
  )

  it.effect("lets exactly one of twenty savers have each version", () =>
    Effect.gen(function* () {
      const matches = yield* ActiveMatches.ActiveMatches
      const editions = yield* Editions.Editions
      const matchId = match("am-race")
      yield* matches.insert({ matchId, state: null, at: minute(0) })
      for (const version of [0, 1, 2, 3, 4]) {
        const tries = yield* Effect.forEach(
          Array.from({ length: 20 }, (_, saver) => saver),
          (saver) =>
            Effect.result(
              matches.save({
                matchId,
                version,
                state: saver,
                at: minute(version),
                editions: [draft(`am-race/${version}/${saver}`, version)]
              })
            ),
          { concurrency: "unbounded" }
        )
        const winners = tries.flatMap((each, saver) => (Result.isSuccess(each) ? [saver] : []))
        assert.lengthOf(winners, 1)
        for (const each of tries.filter(Result.isFailure))
          assert.strictEqual(each.failure._tag, "StaleVersion")
        assert.strictEqual((yield* matches.load(matchId))?.state, winners[0]!)
        const last = (yield* editions.pending(matchId)).at(-1)
        assert.strictEqual(last?.editionId, `am-race/${version}/${winners[0]}`)
      }
      assert.lengthOf(yield* editions.pending(matchId), 5)
      assert.strictEqual((yield* matches.load(matchId))?.version, 5)
    })
  )

  it.effect("lists matches in the order of their ids, without those removed", () =>
    Effect.gen(function* () {
      const matches = yield* ActiveMatches.ActiveMatches
      const listed = Effect.map(matches.all, (all) =>
        all.map(({ matchId }) => matchId).filter((name) => name.startsWith("am-list"))
      )
      for (const name of ["am-list-b", "am-list-B", "am-list-10", "am-list-9"]) {
        yield* matches.insert({ matchId: match(name), state: null, at: minute(0) })
      }
      assert.deepStrictEqual(yield* listed, ["am-list-10", "am-list-9", "am-list-B", "am-list-b"])
      yield* matches.remove(match("am-list-9"))
      assert.deepStrictEqual(yield* listed, ["am-list-10", "am-list-B", "am-list-b"])
    })
  )

  it.effect("keeps editions as first written, byte by byte, also when their match is gone", () =>
    Effect.gen(function* () {
      const matches = yield* ActiveMatches.ActiveMatches
      const editions = yield* Editions.Editions
      const matchId = match("ed-bytes")
      const body = `{ "z": 1.0, "a" : "Müller’s 50" }\n`
      yield* matches.insert({ matchId, state: 0, at: minute(0) })
      yield* matches.save({
        matchId,
        version: 0,
        state: 1,
        at: minute(1),
        editions: [draft("ed-bytes/1", 1, body)]
      })
      yield* matches.save({
        matchId,
        version: 1,
        state: 2,
        at: minute(2),
        editions: [draft("ed-bytes/1", 2, "{}")]
      })
      yield* matches.remove(matchId)
      assert.deepStrictEqual(yield* editions.pending(matchId), [
        {
          editionId: "ed-bytes/1",
          matchId,
          stamp: stamp(1),
          cohort: "token/frequent/2",
          body,
          createdAt: minute(1),
          doneAt: null,
          progress: 0
        }
      ])
    })
  )

  it.effect("hands out editions oldest first until they are done", () =>
    Effect.gen(function* () {
      const matches = yield* ActiveMatches.ActiveMatches
      const editions = yield* Editions.Editions
      const matchId = match("ed-queue")
      yield* matches.insert({ matchId, state: 0, at: minute(0) })
      yield* matches.save({
        matchId,
        version: 0,
        state: 1,
        at: minute(5),
        editions: [draft("ed-queue/c", 7), draft("ed-queue/b", 6), draft("ed-queue/a", 7)]
      })
      yield* matches.save({
        matchId,
        version: 1,
        state: 2,
        at: minute(6),
        editions: [draft("ed-queue/d", 5)]
      })
      const waiting = (of?: typeof matchId) =>
        Effect.map(editions.pending(of), (all) =>
          all.map(({ editionId }) => editionId).filter((name) => name.startsWith("ed-queue"))
        )
      assert.deepStrictEqual(yield* waiting(matchId), [
        "ed-queue/b",
        "ed-queue/a",
        "ed-queue/c",
        "ed-queue/d"
      ])
      yield* editions.advance("ed-queue/b", 3)
      yield* editions.advance("ed-queue/b", 2)
      assert.strictEqual((yield* editions.get("ed-queue/b"))?.progress, 3)
      yield* editions.finish("ed-queue/b", minute(8))
      yield* editions.finish("ed-queue/b", minute(9))
      assert.strictEqual((yield* editions.get("ed-queue/b"))?.doneAt, minute(8))
      assert.deepStrictEqual(yield* waiting(), ["ed-queue/a", "ed-queue/c", "ed-queue/d"])
      yield* editions.finish("ed-queue/unknown", minute(8))
    })
  )

  it.effect("forgets editions that are long done, and no others", () =>
    Effect.gen(function* () {
      const matches = yield* ActiveMatches.ActiveMatches
      const editions = yield* Editions.Editions
      const matchId = match("ed-old")
      yield* matches.insert({ matchId, state: 0, at: minute(-900) })
      const drafts = ["ed-old/1", "ed-old/2", "ed-old/3"].map((name) => draft(name))
      yield* matches.save({ matchId, version: 0, state: 1, at: minute(-900), editions: drafts })
      yield* editions.finish("ed-old/1", minute(-800))
      yield* editions.finish("ed-old/2", minute(-700))
      assert.strictEqual(yield* editions.forget(minute(-700)), 1)
      assert.isNull(yield* editions.get("ed-old/1"))
      assert.isNotNull(yield* editions.get("ed-old/2"))
      assert.isNotNull(yield* editions.get("ed-old/3"))
    })
  )

  it.effect("keeps why a step is as it is with the step, and nothing of a step that is refused", () =>
    Effect.gen(function* () {
      const matches = yield* ActiveMatches.ActiveMatches
      const decisions = yield* Decisions.Decisions
      const matchId = match("am-why")
      yield* matches.insert({ matchId, state: 0, at: minute(0) })
      const save = (version: number, ...kinds: ReadonlyArray<string>) =>
        matches.save({
          matchId,
          version,
          state: version,
          at: minute(1),
          editions: [],
          decisions: kinds.map((kind) => decision("am-why", kind, { stamp: stamp(version) }))
        })
      yield* save(0, "b", "a")
      yield* Effect.flip(save(0, "c"))
      yield* save(1, "d")
      const all = yield* decisions.ofMatch(matchId, {}, { limit: 9, after: null })
      assert.deepStrictEqual(
        all.map(({ kind, stamp }) => [kind, stamp]),
        [
          ["b", stamp(0)],
          ["a", stamp(0)],
          ["d", stamp(1)]
        ]
      )
    })
  )

  it.effect("has editions that wait until they are done", () =>
    Effect.gen(function* () {
      const matches = yield* ActiveMatches.ActiveMatches
      const editions = yield* Editions.Editions
      const matchId = match("am-waiting")
      const before = yield* editions.waiting
      yield* matches.insert({ matchId, state: 0, at: minute(-50_001) })
      const old = minute(-50_000)
      const drafts = [draft("am-waiting/1"), draft("am-waiting/2")]
      yield* matches.save({ matchId, version: 0, state: 1, at: old, editions: drafts })
      assert.deepStrictEqual(yield* editions.waiting, { count: before.count + 2, since: old })
      for (const { editionId } of drafts) yield* editions.finish(editionId, minute(1))
      assert.deepStrictEqual(yield* editions.waiting, before)
    })
  )
}
