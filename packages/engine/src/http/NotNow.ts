import { Problems } from "@sightscreen/api"
import type { Fault } from "@sightscreen/store"
import { Effect } from "effect"

/** What a caller is told when the store fails: part of it may be done, and the same again does the rest. What failed is for the log. */
export const orNotNow = <A, E, R>(
  effect: Effect.Effect<A, E | Fault.Fault, R>
): Effect.Effect<A, Exclude<E, Fault.Fault> | Problems.NotNow, R> =>
  Effect.catchIf(
    effect,
    (error): error is Extract<E | Fault.Fault, Fault.Fault> =>
      typeof error === "object" &&
      error !== null &&
      "_tag" in error &&
      (error._tag === "StoreError" || error._tag === "UnreadableRow"),
    (error) =>
      Effect.andThen(
        Effect.logError("a request could not be carried out", error),
        Effect.fail(new Problems.NotNow({ detail: "the database does not answer" }))
      )
  ) as Effect.Effect<A, Exclude<E, Fault.Fault> | Problems.NotNow, R>
