import { Deferred, Effect, Exit, Option, type Scope } from "effect"
import type { Fault } from "./Fault.ts"

/**
 * Calls that come while others are on their way go together: one statement for many, and one commit.
 *
 * A call that comes alone goes at once and alone: nobody waits for company. While `lanes` statements are on their way the next
 * calls gather, and the first lane that is free takes all of them, `most` at a time: the busier the database is, the less it is
 * asked for each. What a call reads is as it is when it calls, or later.
 */
const lanes = 2
const most = 200

interface Waiting<In, Out, E> {
  readonly asked: In
  readonly answer: Deferred.Deferred<Out, E>
}

/** Whether it may be one of those asked that is at fault, and not the database. */
const isOnes = (error: Fault): boolean => error._tag === "UnreadableRow" || !error.retryable

/**
 * `many` answers each in the order in which they are given. Where it fails because of one of them, each is asked alone, and
 * the others do not suffer from it: it must have done nothing where it fails.
 */
export const make = <In, Out, E extends Fault>(
  many: (asked: ReadonlyArray<In>) => Effect.Effect<ReadonlyArray<Out>, E>
): Effect.Effect<(asked: In) => Effect.Effect<Out, E>, never, Scope.Scope> =>
  Effect.gen(function* () {
    const scope = yield* Effect.scope
    const context = yield* Effect.context<never>()
    let waiting: Array<Waiting<In, Out, E>> = []
    let underWay = 0

    const settle = (some: ReadonlyArray<Waiting<In, Out, E>>): Effect.Effect<void> =>
      Effect.flatMap(Effect.exit(Effect.suspend(() => many(some.map(({ asked }) => asked)))), (exit) => {
        if (Exit.isSuccess(exit)) {
          some.forEach(({ answer }, nth) => Deferred.doneUnsafe(answer, Exit.succeed(exit.value[nth]!)))
          return Effect.void
        }
        const error = Exit.findErrorOption(exit)
        if (some.length > 1 && Option.isSome(error) && isOnes(error.value))
          return Effect.forEach(some, (one) => settle([one]), { discard: true })
        for (const { answer } of some) Deferred.doneUnsafe(answer, Exit.failCause(exit.cause))
        return Effect.void
      }).pipe(
        Effect.onInterrupt(() =>
          Effect.sync(() => {
            for (const { answer } of some) Deferred.doneUnsafe(answer, Exit.interrupt())
          })
        )
      )

    /** Looked at and left in one breath: whoever calls after that finds that the lane is free. */
    const take = (): ReadonlyArray<Waiting<In, Out, E>> => {
      const some = waiting.slice(0, most)
      waiting = waiting.slice(most)
      if (some.length === 0) underWay -= 1
      return some
    }

    const lane: Effect.Effect<void> = Effect.gen(function* () {
      for (;;) {
        // Who is answered at once asks the next thing at once: they are to go together again.
        yield* Effect.yieldNow
        const some = take()
        if (some.length === 0) return
        yield* settle(some)
      }
    }).pipe(
      // It serves many, and belongs to none of them: not to the trace, and not to the lines of the log, of who came first.
      Effect.updateContext(() => context)
    )

    const begin = Effect.suspend(() => {
      if (underWay >= lanes) return Effect.void
      underWay += 1
      return Effect.forkIn(lane, scope)
    })

    return (asked) =>
      Effect.suspend(() => {
        const one: Waiting<In, Out, E> = { asked, answer: Deferred.makeUnsafe() }
        waiting.push(one)
        return Effect.andThen(begin, Deferred.await(one.answer)).pipe(
          Effect.onInterrupt(() =>
            Effect.sync(() => {
              // Nobody waits for it any more. One that is on its way goes on with the others.
              waiting = waiting.filter((other) => other !== one)
            })
          )
        )
      })
  })

/** The rows of each key, in the order in which they are read; a key that several ask for is asked for once. */
export const byKey = <Key extends string, Row, E extends Fault>(
  many: (keys: ReadonlyArray<Key>) => Effect.Effect<ReadonlyArray<Row>, E>,
  keyOf: (row: Row) => string
) =>
  make((keys: ReadonlyArray<Key>) =>
    Effect.map(many([...new Set(keys)]), (rows): ReadonlyArray<ReadonlyArray<Row>> => {
      const found = Map.groupBy(rows, keyOf)
      return keys.map((key) => found.get(key) ?? [])
    })
  )
