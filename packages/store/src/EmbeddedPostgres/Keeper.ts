import { type ChildProcess, spawn } from "node:child_process"
import * as fs from "node:fs"
import { Socket } from "node:net"
import * as path from "node:path"
import { PgConnection } from "@effect/sql-pg"
import { Duration, Effect, type Scope } from "effect"
import { holder } from "./Cluster.ts"
import { type EmbeddedPostgresFailed, failed } from "./Failed.ts"
import { type Home, plainEnvironment, reason } from "./Home.ts"
import type { Programs } from "./Programs.ts"

/**
 * The shell that keeps the server for as long as anybody uses it.
 *
 * It waits on its standard input, whose other end is held by the process that started it alone, and then on a named pipe,
 * whose other end is held by all that have joined. However a process dies, its ends close. Its standard output tells the
 * number of the server, is then held by the server alone, and so closes when the server is gone. Signals from a terminal
 * are for the processes that use the server to act upon.
 */
const keeper = `trap '' INT TERM HUP
"$0" "$@" & server=$!
pipe=$IN_USE.$server; rm -f "$pipe"; mkfifo -m 600 "$pipe"; exec 3<>"$pipe"
echo $server; exec >/dev/null
cat >/dev/null
exec 4<"$pipe" 3>&-
cat <&4
kill -INT $server 2>/dev/null; wait $server
rm -f "$pipe"`

const inUse = (home: Home): string => path.join(home.sockets, "in-use")

/** Keeps the server of another process from ending before this scope. */
export const hold = (home: Home): Effect.Effect<void, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => {
      try {
        return fs.openSync(`${inUse(home)}.${holder(home)}`, fs.constants.O_WRONLY | fs.constants.O_NONBLOCK)
      } catch {
        // Nobody listens there: a server that somebody started by hand, or one that is ending.
        return null
      }
    }),
    (end) => Effect.sync(() => end === null || fs.closeSync(end))
  ).pipe(Effect.asVoid)

export interface Keeper {
  readonly shell: ChildProcess
  /** The number of the server, once it is told. */
  server: number | null
  ended: boolean
}

export const launch = (
  home: Home,
  programs: Programs,
  settings: Readonly<Record<string, string>>
): Effect.Effect<Keeper, EmbeddedPostgresFailed, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.try({
      try: () => {
        const flags = Object.entries({ ...defaults, ...settings }).flatMap(([name, value]) => [
          "-c",
          `${name}=${value}`
        ])
        const log = openLog(home.log)
        const shell = spawn(
          "/bin/sh",
          ["-c", keeper, programs.postgres, "-D", home.cluster, "-k", home.sockets, ...flags],
          {
            ...home.runAs,
            cwd: home.cluster,
            env: { ...plainEnvironment(), IN_USE: inUse(home) },
            detached: true,
            stdio: ["pipe", "pipe", log]
          }
        )
        fs.closeSync(log)
        return watch(shell)
      },
      catch: (why) => failed("start", reason(why))
    }),
    (kept) => letGo(home, kept)
  )

const watch = (shell: ChildProcess): Keeper => {
  const kept: Keeper = { shell, server: null, ended: false }
  const end = () => {
    kept.ended = true
  }
  // Without listeners an error here, such as a missing shell, would end this process.
  shell.on("error", end).on("exit", end)
  shell.stdin?.on("error", () => {})
  shell.stdout?.on("error", end).on("end", end)
  shell.stdout?.on("data", (said: Buffer) => {
    kept.server ??= Number.parseInt(said.toString(), 10)
  })
  // A server does not keep the process alive that uses it.
  shell.unref()
  if (shell.stdout instanceof Socket) shell.stdout.unref()
  return kept
}

/** Waits for the end of the server, unless others go on using it: one that is ending answers nobody. */
const letGo = (home: Home, { shell }: Keeper): Effect.Effect<void> =>
  Effect.gen(function* () {
    shell.stdin?.end()
    while (shell.exitCode === null && shell.signalCode === null && shell.pid !== undefined) {
      yield* Effect.sleep(Duration.millis(20))
      if (yield* answers(home)) return
    }
  }).pipe(Effect.timeoutOrElse({ duration: patience.stop, orElse: () => Effect.void }))

const defaults: Readonly<Record<string, string>> = {
  listen_addresses: "",
  unix_socket_permissions: "0700",
  max_connections: "100",
  timezone: "UTC",
  log_timezone: "UTC",
  // Details of an error quote the row, and rows hold the tokens of people's phones.
  log_error_verbosity: "terse",
  log_min_error_statement: "panic",
  // Our queries are short; compiling them takes longer than running them.
  jit: "off"
}

/** The log of earlier starts is kept while it is small. */
const openLog = (file: string): number => {
  const large = (fs.statSync(file, { throwIfNoEntry: false })?.size ?? 0) > 1_000_000
  return fs.openSync(file, large ? "w" : "a")
}

const patience = { answer: Duration.seconds(2), stop: Duration.seconds(10) }

/** Whether a server listens and lets people in. */
export const answers = (home: Home): Effect.Effect<boolean> =>
  Effect.suspend(() => {
    if (!fs.existsSync(home.socket)) return Effect.succeed(false)
    const address = {
      path: home.socket,
      database: "postgres",
      username: "postgres",
      connectTimeout: patience.answer
    }
    return PgConnection.make(address).pipe(
      Effect.flatMap((connection) => connection.query("select 1")),
      Effect.scoped,
      Effect.isSuccess
    )
  })
