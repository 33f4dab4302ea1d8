import { Console, Effect } from "effect"
import type { Mistake } from "./Mistake.ts"
import type { Said } from "./Outcome.ts"

/** Prints what a command says, and leaves its exit code to the process. A mistake is one line, and nothing was sent. */
export const print = <R>(effect: Effect.Effect<Said, Mistake, R>): Effect.Effect<void, never, R> =>
  effect.pipe(
    Effect.catch(({ message }) => Effect.succeed<Said>({ code: 2, out: "", err: message })),
    Effect.flatMap(({ code, err, out }) =>
      Effect.gen(function* () {
        if (out !== "") yield* Console.log(out)
        if (err !== "") yield* Console.error(err)
        process.exitCode = code
      })
    )
  )
