import { Allowances, Governor } from "@sightscreen/feed"
import { SharedStates } from "@sightscreen/store"
import { Effect, Layer, Result, Schema } from "effect"

/** The allowances of the feed's calls, in the database: all processes that share a key share what is left of it. */
const codec = Schema.toCodecJson(Governor.Governor)
const decode = Schema.decodeUnknownResult(codec)
const encode = Schema.encodeSync(codec)

/** `owner` names the key without telling it: two feeds with keys of their own do not count together. */
export const layer = (owner: string): Layer.Layer<Allowances.Allowances, never, SharedStates.SharedStates> =>
  Layer.effect(
    Allowances.Allowances,
    Effect.map(SharedStates.SharedStates, (states) =>
      Allowances.Allowances.of({
        modify: (endpoint, change) =>
          states
            .modify(`allowance/${owner}/${endpoint}`, (state) => {
              const held = state === null ? null : Result.getOrNull(decode(state))
              const [answer, next] = change(held)
              return [answer, encode(next)]
            })
            .pipe(
              Effect.mapError(
                (fault) => new Allowances.AllowanceUnknown({ endpoint, problem: fault.message })
              )
            )
      })
    )
  )
