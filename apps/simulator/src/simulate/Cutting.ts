import { fork } from "node:child_process"
import { Effect } from "effect"
import type { Terms, Trial } from "./Trial.ts"

/** A seed that failed, to be cut down by a process of its own, so that whoever asks can be stopped meanwhile. */
export interface Order {
  readonly trial: Trial
  readonly terms: Terms
  /** Scenarios tried on the way at most, and milliseconds. */
  readonly most: number
  readonly longestMillis: number
}

/** The smallest scenario that was found to break the same check, as it stands in a file; null where the process fell. */
export const cut = (order: Order): Effect.Effect<string | null> =>
  Effect.callback<string | null>((resume) => {
    const child = fork(new URL("cutter.ts", import.meta.url), {
      execArgv: process.execArgv,
      stdio: ["ignore", "ignore", "ignore", "ipc"]
    })
    child.once("message", (text: string) => resume(Effect.succeed(text)))
    child.once("exit", () => resume(Effect.succeed(null)))
    child.send(order)
    return Effect.sync(() => child.kill("SIGKILL"))
  })
