import { assert, type Vitest } from "@effect/vitest"
import { Follows, Page, type Store } from "@sightscreen/store"
import { Effect, Stream } from "effect"
import { match, minute, user } from "./values.ts"

export const facts = (it: Vitest.MethodsNonLive<Store.Store>) => {
  it.effect("is the same once or often, and keeps its first moment until it ends", () =>
    Effect.gen(function* () {
      const follows = yield* Follows.Follows
      const [ana, matchId] = [user("fo-ana"), match("fo-once")]
      for (const n of [1, 2, 3]) yield* follows.follow(ana, matchId, minute(n))
      const follow = { userId: ana, matchId, createdAt: minute(1), endedAt: null, teamId: null }
      assert.deepStrictEqual(yield* follows.ofUser(ana), [follow])
      assert.isTrue(yield* follows.unfollow(ana, matchId, minute(4)))
      assert.isFalse(yield* follows.unfollow(ana, matchId, minute(5)))
      assert.deepStrictEqual(yield* follows.ofUser(ana), [])
      yield* follows.follow(ana, matchId, minute(6))
      assert.deepStrictEqual(yield* follows.ofUser(ana), [{ ...follow, createdAt: minute(6) }])
    })
  )

  it.effect("is the same when twenty ask at once", () =>
    Effect.gen(function* () {
      const follows = yield* Follows.Follows
      const [bea, matchId] = [user("fo-bea"), match("fo-crowd")]
      yield* Effect.forEach(
        Array.from({ length: 20 }, (_, n) => minute(n)),
        (at) => follows.follow(bea, matchId, at),
        { concurrency: "unbounded" }
      )
      assert.lengthOf(yield* follows.ofUser(bea), 1)
      const ended = yield* Effect.forEach(
        Array.from({ length: 20 }, (_, n) => minute(20 + n)),
        (at) => follows.unfollow(bea, matchId, at),
        { concurrency: "unbounded" }
      )
      assert.lengthOf(ended.filter(Boolean), 1)
    })
  )

  it.effect("pages through all followers, each once", () =>
    Effect.gen(function* () {
      const follows = yield* Follows.Follows
      const matchId = match("fo-pages")
      const users = Array.from({ length: 105 }, (_, n) => user(`fo-page-${n}`))
      yield* Effect.forEach(users, (each) => follows.follow(each, matchId, minute(0)), { concurrency: 10 })
      yield* follows.unfollow(user("fo-page-7"), matchId, minute(1))
      yield* follows.follow(user("fo-page-8"), match("fo-other"), minute(1))
      const expected = users.filter((each) => each !== "fo-page-7").sort()
      for (const limit of [1, 10, 26, 104, 1000]) {
        const found = yield* Stream.runCollect(
          Page.stream(
            (page) => follows.followers(matchId, page),
            ({ userId }) => userId,
            limit
          )
        )
        assert.deepStrictEqual(
          found.map(({ userId }) => userId),
          expected,
          `${limit} at a time`
        )
      }
    })
  )

  it.effect("ends with its match", () =>
    Effect.gen(function* () {
      const follows = yield* Follows.Follows
      const matchId = match("fo-end")
      for (const name of ["fo-end-1", "fo-end-2", "fo-end-3"])
        yield* follows.follow(user(name), matchId, minute(0))
      yield* follows.unfollow(user("fo-end-2"), matchId, minute(1))
      assert.strictEqual(yield* follows.endAll(matchId, minute(2)), 2)
      assert.deepStrictEqual(yield* follows.followers(matchId, { limit: 10, after: null }), [])
      assert.deepStrictEqual(yield* follows.ofUser(user("fo-end-1")), [])
    })
  )

  it.effect("changes its team for another, and keeps it where none is named", () =>
    Effect.gen(function* () {
      const follows = yield* Follows.Follows
      const [ana, matchId] = [user("fo-team"), match("fo-team")]
      const team = Effect.map(follows.ofUser(ana), ([follow]) => follow?.teamId)
      assert.isFalse(yield* follows.setTeam(ana, matchId, "early"))
      yield* follows.follow(ana, matchId, minute(1))
      assert.isNull(yield* team)
      yield* follows.follow(ana, matchId, minute(2), "home")
      yield* follows.follow(ana, matchId, minute(3))
      assert.strictEqual(yield* team, "home")
      yield* follows.follow(ana, matchId, minute(4), "away")
      assert.strictEqual(yield* team, "away")
      assert.isTrue(yield* follows.setTeam(ana, matchId, null))
      assert.isNull(yield* team)
      assert.isTrue(yield* follows.setTeam(ana, matchId, "home"))
      yield* follows.unfollow(ana, matchId, minute(5))
      assert.isFalse(yield* follows.setTeam(ana, matchId, "away"))
      yield* follows.follow(ana, matchId, minute(6))
      assert.deepStrictEqual(yield* follows.ofUser(ana), [
        { userId: ana, matchId, createdAt: minute(6), endedAt: null, teamId: "home" }
      ])
    })
  )

  it.effect("is asked for by person and match", () =>
    Effect.gen(function* () {
      const follows = yield* Follows.Follows
      const [bea, matchId] = [user("fo-has"), match("fo-has")]
      assert.isFalse(yield* follows.has(bea, matchId))
      yield* follows.follow(bea, matchId, minute(0))
      assert.isTrue(yield* follows.has(bea, matchId))
      assert.isFalse(yield* follows.has(bea, match("fo-has-not")))
      yield* follows.unfollow(bea, matchId, minute(1))
      assert.isFalse(yield* follows.has(bea, matchId))
    })
  )

  it.effect("is forgotten when it ended long ago, and begins anew", () =>
    Effect.gen(function* () {
      const follows = yield* Follows.Follows
      const matchId = match("fo-old")
      const [gone, recent, open] = [user("fo-old-1"), user("fo-old-2"), user("fo-old-3")]
      for (const each of [gone, recent, open]) yield* follows.follow(each, matchId, minute(-950), "home")
      yield* follows.unfollow(gone, matchId, minute(-901))
      yield* follows.unfollow(recent, matchId, minute(-900))
      assert.strictEqual(yield* follows.forget(minute(-900)), 1)
      assert.isTrue(yield* follows.has(open, matchId))
      for (const each of [gone, recent]) yield* follows.follow(each, matchId, minute(-800))
      const of = (each: typeof gone) =>
        Effect.map(follows.ofUser(each), ([follow]) => [follow?.createdAt, follow?.teamId])
      assert.deepStrictEqual(yield* of(gone), [minute(-800), null])
      assert.deepStrictEqual(yield* of(recent), [minute(-800), "home"])
    })
  )
}
