import { VirtualTime } from "@sightscreen/simulation"
import { Clock, Duration, Effect, Exit, Fiber, Queue, Random } from "effect"
import { assert, describe, it } from "vitest"

const begins = 1_000_000

const run = <A, E>(effect: Effect.Effect<A, E>, options: Partial<VirtualTime.Options> = {}) =>
  VirtualTime.run(effect, { seed: 1, begins, ...options })

const value = <A, E>({ exit }: VirtualTime.Done<A, E>): A => {
  if (Exit.isFailure(exit)) throw new Error("it failed")
  return exit.value
}

/** A few workers that take from one queue and sleep by chance; what was done when, and by whom. */
const workers = Effect.gen(function* () {
  const queue = yield* Queue.unbounded<number>()
  const done: Array<string> = []
  const fibers = yield* Effect.forEach(["a", "b", "c"], (name) =>
    Effect.gen(function* () {
      const job = yield* Queue.take(queue)
      yield* Effect.sleep(Duration.millis(Math.floor((yield* Random.next) * 3)))
      done.push(`${yield* Clock.currentTimeMillis} ${name} ${job}`)
    }).pipe(Effect.forever, Effect.forkChild)
  )
  for (let job = 0; job < 40; job++) {
    Queue.offerUnsafe(queue, job)
    if (job % 5 === 0) yield* Effect.sleep(1)
  }
  yield* Effect.sleep(1000)
  yield* Fiber.interruptAll(fibers)
  return done
})

describe("virtual time", () => {
  it("goes by at once, and by as much as is slept", () => {
    const done = run(
      Effect.gen(function* () {
        yield* Effect.sleep("3 hours")
        return yield* Clock.currentTimeMillis
      })
    )
    assert.strictEqual(value(done), begins + 3 * 3_600_000)
    assert.strictEqual(done.millis, 3 * 3_600_000)
  })

  it("wakes sleepers in the order of their instants, and of one instant in the order in which they lay down", () => {
    const woken: Array<number> = []
    const sleeper = (millis: number, name: number) =>
      Effect.andThen(
        Effect.sleep(millis),
        Effect.sync(() => void woken.push(name))
      )
    run(
      Effect.all([sleeper(30, 3), sleeper(10, 1), sleeper(20, 2), sleeper(10, 11), sleeper(0, 0)], {
        concurrency: "unbounded"
      })
    )
    assert.deepStrictEqual(woken, [0, 1, 11, 2, 3])
  })

  it("does not wait for who was called off", () => {
    const done = run(Effect.sleep("5 days").pipe(Effect.timeoutOption("1 second")))
    assert.strictEqual(done.millis, 1000)
  })

  it("goes the same way for the same seed, and other ways for others, shuffled or not", () => {
    for (const shuffle of [false, true]) {
      const told = (seed: number) => value(run(workers, { seed, shuffle })).join("; ")
      assert.strictEqual(told(7), told(7))
      assert.notStrictEqual(told(7), told(8))
    }
  })

  it("tries other orders when shuffled, of what is ready at one instant", () => {
    const order = (seed: number) => {
      const met: Array<number> = []
      run(
        Effect.forEach(
          [0, 1, 2, 3, 4],
          (nth) => Effect.sync(() => void met.push(nth)).pipe(Effect.delay(5)),
          {
            concurrency: "unbounded"
          }
        ).pipe(
          Effect.andThen(
            Effect.forEach([5, 6, 7], (nth) => Effect.forkChild(Effect.sync(() => void met.push(nth))))
          ),
          Effect.andThen(Effect.sleep(1))
        ),
        { seed, shuffle: true }
      )
      return met.join("")
    }
    assert.isAbove(new Set([1, 2, 3, 4, 5, 6, 7, 8].map(order)).size, 1)
  })

  it("finds that nothing will ever happen", () => {
    assert.throws(() => run(Effect.never), VirtualTime.Stuck, /nothing is ready and nobody sleeps/)
    assert.throws(
      () => run(Effect.promise(() => Promise.resolve(1))),
      VirtualTime.Stuck,
      /is there a promise/
    )
  })

  it("is given up when it runs past its bound, and tells who sleeps", () => {
    assert.throws(
      () => run(Effect.forever(Effect.sleep("1 hour")), { lasts: 86_400_000 }),
      VirtualTime.Stuck,
      /virtual time ran past its bound at .*: a sleeper until .* waits/
    )
  })

  it("is given up when tasks beget tasks and no time passes", () => {
    assert.throws(
      () => run(Effect.forever(Effect.yieldNow), { tasksAtOnce: 10_000 }),
      VirtualTime.Stuck,
      /no time passes/
    )
  })

  it("forgets thousands of sleepers that were called off", () => {
    const done = run(
      Effect.gen(function* () {
        for (let nth = 0; nth < 5000; nth++)
          yield* Effect.sleep("1 day").pipe(Effect.timeoutOption(Duration.millis(1)))
        return yield* Clock.currentTimeMillis
      })
    )
    assert.strictEqual(value(done), begins + 5000)
  })

  it("ends with what the effect ends with", () => {
    assert.isTrue(Exit.isFailure(run(Effect.fail("no")).exit))
  })
})
