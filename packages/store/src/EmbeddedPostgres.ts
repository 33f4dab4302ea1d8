import * as fs from "node:fs"
import { Context, Duration, Effect, Layer, type Scope } from "effect"
import { begin, holder, isHeld } from "./EmbeddedPostgres/Cluster.ts"
import { type EmbeddedPostgresFailed, failed } from "./EmbeddedPostgres/Failed.ts"
import { type Home, settle } from "./EmbeddedPostgres/Home.ts"
import { answers, hold, type Keeper, launch } from "./EmbeddedPostgres/Keeper.ts"
import { find } from "./EmbeddedPostgres/Programs.ts"
import * as RealTime from "./RealTime.ts"

export { EmbeddedPostgresFailed } from "./EmbeddedPostgres/Failed.ts"
export { isBegun } from "./EmbeddedPostgres/Home.ts"

/** A PostgreSQL server under a data folder, as its users need to know it. */
export interface Server {
  readonly dataDir: string
  /** The data folder that was asked for, where PostgreSQL could not use it and `dataDir` is another. */
  readonly movedFrom: string | null
  readonly socket: string
  /** Another process had started it. A server lives as long as any process uses it. */
  readonly shared: boolean
}

export interface Options {
  /** PostgreSQL's own settings, for a server that this process starts. */
  readonly settings?: Readonly<Record<string, string>>
}

/**
 * A real PostgreSQL server for a world that brings none: begun under a data folder when first asked for, ended with its
 * scope, and ended as well however this process dies.
 *
 * It listens on a socket that only its own user (and root) can open, never on a port. Processes that name the same folder
 * share one server, which ends with the last of them.
 */
export const start = (
  dataDir: string,
  options: Options = {}
): Effect.Effect<Server, EmbeddedPostgresFailed, Scope.Scope> =>
  Effect.gen(function* () {
    const home = yield* settle(dataDir)
    if (yield* joined(home)) return serverAt(home, true)
    const programs = yield* find(home.runAs)
    yield* begin(home, programs)
    const kept = yield* launch(home, programs, options.settings ?? {})
    return serverAt(home, (yield* untilReady(home, kept)) === "another's")
  }).pipe(RealTime.provide)

/** The server that the layers beneath a world have started, for whoever tells people where their data is. */
export class EmbeddedPostgres extends Context.Service<EmbeddedPostgres, Server>()(
  "@sightscreen/store/EmbeddedPostgres"
) {
  static readonly layer = (dataDir: string, options?: Options) =>
    Layer.effect(EmbeddedPostgres, start(dataDir, options))
}

/** What a client needs to connect. */
export const connection = (server: Server, database = "postgres") => ({
  path: server.socket,
  database,
  username: "postgres"
})

const serverAt = (home: Home, shared: boolean): Server => ({
  dataDir: home.folder,
  movedFrom: home.movedFrom,
  socket: home.socket,
  shared
})

const patience = Duration.minutes(1)

/** Joins those who use a server that runs already. One that is on its way up or down is waited for. */
const joined = (home: Home): Effect.Effect<boolean, EmbeddedPostgresFailed, Scope.Scope> =>
  Effect.gen(function* () {
    for (;;) {
      if (yield* answers(home)) {
        yield* hold(home)
        // It may have been about to end; from here on it will not.
        if (yield* answers(home)) return true
      }
      if (!isHeld(home)) return false
      yield* Effect.sleep(Duration.millis(50))
    }
  }).pipe(
    Effect.timeoutOrElse({
      duration: patience,
      orElse: () =>
        Effect.fail(
          failed(
            "start",
            `another server runs on ${home.cluster} and does not answer.`,
            `Its log is ${home.log}; end it, then start again.`
          )
        )
    })
  )

const untilReady = (
  home: Home,
  kept: Keeper
): Effect.Effect<"ours" | "another's", EmbeddedPostgresFailed, Scope.Scope> =>
  Effect.gen(function* () {
    while (!kept.ended) {
      if (kept.server !== null && kept.server === holder(home) && (yield* answers(home)))
        return "ours" as const
      yield* Effect.sleep(Duration.millis(20))
    }
    kept.shell.stdin?.end()
    // Two processes may start at the same time; one server wins the folder and serves both.
    if (yield* joined(home)) return "another's" as const
    return yield* failed("start", `the server ended at once: ${lastWords(home.log)}`)
  }).pipe(
    Effect.timeoutOrElse({
      duration: patience,
      orElse: () => Effect.fail(failed("start", `the server does not answer: ${lastWords(home.log)}`))
    })
  )

const lastWords = (log: string): string => {
  try {
    return fs.readFileSync(log, "utf8").trim().split("\n").slice(-3).join(" | ")
  } catch {
    return `there is no log at ${log}`
  }
}
