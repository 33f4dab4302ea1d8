import { Context, Effect, Layer, Result, Schema } from "effect"
import { type Fault, StoreError } from "./Fault.ts"
import * as Table from "./Table.ts"

/**
 * Small states that all processes share, each under a name: what is left of an allowance, what is being replayed.
 *
 * What a state holds is its owner's affair. It is changed by a function of what it was, as if nobody else did so at the
 * same time.
 */
const Row = Schema.Struct({ name: Schema.String, version: Schema.Int, state: Schema.Json })

export class SharedStates extends Context.Service<
  SharedStates,
  {
    readonly read: (name: string) => Effect.Effect<Schema.Json | null, Fault>
    /**
     * Changes a state, null before the first time. The function answers, and gives the next state; it may be run more than
     * once, and what it answered last is told.
     */
    readonly modify: <A>(
      name: string,
      change: (state: Schema.Json | null) => readonly [A, Schema.Json]
    ) => Effect.Effect<A, Fault>
  }
>()("@sightscreen/store/SharedStates") {
  /** So often somebody else came first: then something is wrong with more than luck. */
  static readonly attempts = 100

  static readonly layer = Layer.effect(
    SharedStates,
    Effect.gen(function* () {
      const { all, readOne, sql, write } = yield* Table.open({
        name: "shared_states",
        row: Row,
        fields: { name: "text", version: "int4", state: "json" },
        key: ({ name }) => String(name)
      })
      const find = (name: string) =>
        readOne("read", sql`select ${all} from shared_states where name = ${name}`)
      const attempt = Effect.fnUntraced(function* <A>(
        name: string,
        change: (state: Schema.Json | null) => readonly [A, Schema.Json]
      ) {
        const row = yield* find(name)
        const [answer, next] = change(row?.state ?? null)
        const state = JSON.stringify(next)
        const written = yield* write(
          "modify",
          row === null
            ? sql`insert into shared_states (name, version, state) values (${name}, 0, ${state}::json)
                on conflict do nothing returning 1`
            : sql`update shared_states set version = version + 1, state = ${state}::json
                where name = ${name} and version = ${row.version} returning 1`
        )
        return written.length === 1 ? Result.succeed(answer) : Result.fail("overtaken")
      })
      return SharedStates.of({
        read: (name) => Effect.map(find(name), (row) => row?.state ?? null),
        modify: Effect.fnUntraced(function* (name, change) {
          for (let tries = 0; tries < SharedStates.attempts; tries++) {
            const done = yield* attempt(name, change)
            if (Result.isSuccess(done)) return done.success
          }
          return yield* new StoreError({
            table: "shared_states",
            operation: "modify",
            retryable: true,
            cause: new Error("others change it all the time")
          })
        })
      })
    })
  )

  static readonly layerMemory = Layer.sync(SharedStates, () => {
    const states = new Map<string, Schema.Json>()
    return SharedStates.of({
      read: (name) => Effect.sync(() => states.get(name) ?? null),
      modify: (name, change) =>
        Effect.sync(() => {
          const [answer, next] = change(states.get(name) ?? null)
          states.set(name, next)
          return answer
        })
    })
  })
}
