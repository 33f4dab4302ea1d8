import { fork, type ChildProcess } from "node:child_process"
import { Cause, Effect, Queue, Schema, type Scope } from "effect"
import type { Terms, Trial } from "./Trial.ts"

/**
 * Seeds are tried in processes of their own, one for each core: a run keeps its core busy from its beginning to its end.
 */
export interface Asked {
  readonly terms: Terms
}

/** A process that tried seeds has fallen, and which seed it was at is not known. */
export class WorkerFell extends Schema.TaggedError<WorkerFell>()("WorkerFell", {
  said: Schema.String
}) {
  override get message(): string {
    return `A process that tried seeds has fallen. ${this.said}`.trim()
  }
}

export interface Options {
  readonly jobs: number
  /** Further arguments to Node, and variables of the environment. */
  readonly execArgv?: ReadonlyArray<string>
  readonly env?: Readonly<Record<string, string>>
}

/** Handed out so many at a time: messages take time too, and an order of many could not be called off. */
export const handful = 4

/**
 * Tries seeds and tells of each in the order in which they are done, until `more` says that it is enough. Processes end with
 * the scope.
 */
export const trials = (
  seeds: { readonly from: number; readonly count: number },
  terms: Terms,
  { env = {}, execArgv = [], jobs }: Options
): Effect.Effect<Queue.Dequeue<Trial, WorkerFell | Cause.Done>, never, Scope.Scope> =>
  Effect.gen(function* () {
    const done = yield* Queue.unbounded<Trial, WorkerFell | Cause.Done>()
    const end = seeds.from + seeds.count
    let next = seeds.from
    let left = seeds.count
    const children: Array<ChildProcess> = []
    yield* Effect.addFinalizer(() =>
      Effect.sync(() => {
        for (const child of children) child.kill("SIGKILL")
      })
    )
    const hand = (child: ChildProcess): void => {
      const some: Array<number> = []
      while (some.length < handful && next < end) some.push(next++)
      if (some.length > 0 && child.connected) child.send(some)
    }
    for (let job = 0; job < Math.max(1, Math.min(jobs, Math.ceil(seeds.count / handful))); job++) {
      const child = fork(new URL("worker.ts", import.meta.url), {
        execArgv: [...process.execArgv, ...execArgv],
        env: { ...process.env, ...env },
        stdio: ["ignore", "ignore", "pipe", "ipc"]
      })
      children.push(child)
      let said = ""
      let waitsFor = 0
      child.stderr?.on("data", (text: Buffer) => {
        said = `${said}${text.toString("utf8")}`.slice(-2000)
      })
      child.on("message", (message: Trial | "ready") => {
        if (message === "ready") hand(child)
        else {
          Queue.offerUnsafe(done, message)
          waitsFor = (waitsFor + 1) % handful
          if (waitsFor === 0) hand(child)
          if (--left === 0) Queue.endUnsafe(done)
        }
      })
      child.on("exit", () => {
        if (left > 0) Queue.failCauseUnsafe(done, Cause.fail(new WorkerFell({ said })))
      })
      child.send({ terms } satisfies Asked)
    }
    return done
  })
