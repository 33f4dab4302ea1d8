import { assert, type Vitest } from "@effect/vitest"
import { Requests, type Store } from "@sightscreen/store"
import { Effect } from "effect"
import { minute } from "./values.ts"

const answer: Requests.Answer = { status: 201, contentType: "application/json", body: '{"a":"“ü”"}' }

const request = (name: string, claim: string, n = 0) => ({ name, fingerprint: "f", claim, at: minute(n) })

export const facts = (it: Vitest.MethodsNonLive<Store.Store>) => {
  it.effect("is carried out by whoever claims it first, and answered the same afterwards", () =>
    Effect.gen(function* () {
      const requests = yield* Requests.Requests
      assert.isNull(yield* requests.claim(request("rq-1", "a"), minute(-1)))
      const busy = yield* requests.claim(request("rq-1", "b"), minute(-1))
      assert.deepStrictEqual(busy, { ...request("rq-1", "a"), answer: null })
      assert.isFalse(yield* requests.answer("rq-1", "b", answer))
      assert.isTrue(yield* requests.answer("rq-1", "a", answer))
      assert.isFalse(yield* requests.answer("rq-1", "a", { ...answer, status: 500 }))
      const done = yield* requests.claim(request("rq-1", "c", 5), minute(10))
      assert.deepStrictEqual(done, { ...request("rq-1", "a"), answer })
    })
  )

  it.effect("goes to exactly one of fifty who claim it at once", () =>
    Effect.gen(function* () {
      const requests = yield* Requests.Requests
      const found = yield* Effect.forEach(
        Array.from({ length: 50 }, (_, n) => `claim ${n}`),
        (claim) => requests.claim(request("rq-race", claim), minute(-1)),
        { concurrency: "unbounded" }
      )
      assert.lengthOf(
        found.filter((one) => one === null),
        1
      )
    })
  )

  it.effect("is taken over from who fell, by the same request alone", () =>
    Effect.gen(function* () {
      const requests = yield* Requests.Requests
      yield* requests.claim(request("rq-fell", "a"), minute(-1))
      const other = { ...request("rq-fell", "b", 2), fingerprint: "g" }
      assert.strictEqual((yield* requests.claim(other, minute(1)))?.fingerprint, "f")
      assert.isNull(yield* requests.claim(request("rq-fell", "c", 2), minute(1)))
      assert.isFalse(yield* requests.answer("rq-fell", "a", answer))
      assert.isTrue(yield* requests.answer("rq-fell", "c", answer))
    })
  )

  it.effect("can be claimed again when it is given back, and stays when it was answered", () =>
    Effect.gen(function* () {
      const requests = yield* Requests.Requests
      yield* requests.claim(request("rq-back", "a"), minute(-1))
      yield* requests.release("rq-back", "b")
      assert.isNotNull(yield* requests.claim(request("rq-back", "c"), minute(-1)))
      yield* requests.release("rq-back", "a")
      assert.isNull(yield* requests.claim(request("rq-back", "d"), minute(-1)))
      yield* requests.answer("rq-back", "d", answer)
      yield* requests.release("rq-back", "d")
      assert.deepStrictEqual((yield* requests.claim(request("rq-back", "e"), minute(-1)))?.answer, answer)
    })
  )

  it.effect("is forgotten when it was claimed long ago", () =>
    Effect.gen(function* () {
      const requests = yield* Requests.Requests
      yield* requests.claim(request("rq-old", "a", -901), minute(-9000))
      yield* requests.claim(request("rq-new", "a", -900), minute(-9000))
      assert.strictEqual(yield* requests.forget(minute(-900)), 1)
      assert.isNull(yield* requests.claim(request("rq-old", "b"), minute(-9000)))
      assert.isNotNull(yield* requests.claim(request("rq-new", "b"), minute(-9000)))
    })
  )
}
