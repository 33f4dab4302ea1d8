import { assert, type Vitest } from "@effect/vitest"
import { Notices, type Store } from "@sightscreen/store"
import { Effect } from "effect"
import { match, minute } from "./values.ts"

export const facts = (it: Vitest.MethodsNonLive<Store.Store>) => {
  it.effect("is claimed once, for each kind and match by itself", () =>
    Effect.gen(function* () {
      const notices = yield* Notices.Notices
      const claim = (kind: string, of: string, ...subjects: ReadonlyArray<string>) =>
        notices.claim(kind, match(of), subjects, minute(0))
      assert.deepStrictEqual(yield* claim("start", "no-m1", "b", "a", "b"), ["b", "a"])
      assert.deepStrictEqual(yield* claim("start", "no-m1", "c", "a"), ["c"])
      assert.deepStrictEqual(yield* claim("result", "no-m1", "a"), ["a"])
      assert.deepStrictEqual(yield* claim("start", "no-m2", "a"), ["a"])
      assert.deepStrictEqual(yield* claim("start", "no-m1"), [])
    })
  )

  it.effect("goes to exactly one of twenty who claim it at once, whatever their order", () =>
    Effect.gen(function* () {
      const notices = yield* Notices.Notices
      const subjects = Array.from({ length: 100 }, (_, n) => `no-${n}`)
      const got = yield* Effect.forEach(
        Array.from({ length: 20 }, (_, n) => (n % 2 === 0 ? subjects : subjects.toReversed())),
        (asked) => notices.claim("start", match("no-race"), asked, minute(0)),
        { concurrency: "unbounded" }
      )
      assert.deepStrictEqual(got.flat().toSorted(), subjects.toSorted())
    })
  )

  it.effect("can be claimed again when it is given back", () =>
    Effect.gen(function* () {
      const notices = yield* Notices.Notices
      const matchId = match("no-back")
      const claim = notices.claim("start", matchId, ["a", "b"], minute(0))
      yield* claim
      yield* notices.release("start", matchId, ["b", "c"])
      yield* notices.release("result", matchId, ["a"])
      assert.deepStrictEqual(yield* claim, ["b"])
    })
  )

  it.effect("that was claimed a while ago is taken by one at a time, the oldest first", () =>
    Effect.gen(function* () {
      const notices = yield* Notices.Notices
      const [first, second] = [match("no-t1"), match("no-t2")]
      yield* notices.claim("owed", second, ["b"], minute(2))
      yield* notices.claim("owed", first, ["a", "c"], minute(1))
      yield* notices.claim("owed", first, ["new"], minute(5))
      yield* notices.claim("other", first, ["a"], minute(1))
      const take = (limit: number) =>
        Effect.map(notices.take("owed", minute(5), minute(9), limit), (all) =>
          all.map(({ matchId, subject }) => `${matchId} ${subject}`).toSorted()
        )
      assert.deepStrictEqual(yield* take(2), ["no-t1 a", "no-t1 c"])
      assert.deepStrictEqual(yield* take(9), ["no-t2 b"])
      assert.deepStrictEqual(yield* take(9), [])
      yield* notices.release("owed", first, ["a", "c", "new"])
      yield* notices.release("owed", second, ["b"])
    })
  )

  it.effect("is forgotten when it was claimed long ago", () =>
    Effect.gen(function* () {
      const notices = yield* Notices.Notices
      const matchId = match("no-old")
      yield* notices.claim("start", matchId, ["a"], minute(-901))
      yield* notices.claim("start", matchId, ["a", "b"], minute(-900))
      assert.strictEqual(yield* notices.forget(minute(-900)), 1)
      assert.deepStrictEqual(yield* notices.claim("start", matchId, ["a", "b"], minute(0)), ["a"])
    })
  )
}
