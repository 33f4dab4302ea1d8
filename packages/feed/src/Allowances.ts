import { Context, Effect, Layer, Schema } from "effect"
import type { Governor } from "./Governor.ts"

/** What is left of the calls could not be read or noted. */
export class AllowanceUnknown extends Schema.TaggedError<AllowanceUnknown>()("AllowanceUnknown", {
  endpoint: Schema.String,
  problem: Schema.String
}) {
  override get message(): string {
    return `the allowance of ${this.endpoint}: ${this.problem}`
  }
}

/** The state of every endpoint's governor, which all processes with one key share. */
export class Allowances extends Context.Service<
  Allowances,
  {
    /** Changes one, as nobody else does at the same time. `change` may be run more than once. */
    readonly modify: <A>(
      endpoint: string,
      change: (held: Governor | null) => readonly [A, Governor]
    ) => Effect.Effect<A, AllowanceUnknown>
  }
>()("@sightscreen/feed/Allowances") {
  /** For one process that has its key to itself. */
  static readonly layerMemory = Layer.sync(Allowances, () => {
    const held = new Map<string, Governor>()
    return Allowances.of({
      modify: (endpoint, change) =>
        Effect.sync(() => {
          const [answer, next] = change(held.get(endpoint) ?? null)
          held.set(endpoint, next)
          return answer
        })
    })
  })
}
