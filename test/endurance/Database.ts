import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import * as fs from "node:fs"
import { createServer } from "node:net"
import * as path from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { PgClient } from "@effect/sql-pg"
import { EmbeddedPostgres, RealTime } from "@sightscreen/store"
import { Effect, Redacted } from "effect"
import { find } from "../../packages/store/src/EmbeddedPostgres/Programs.ts"

/** A PostgreSQL beside the server, as in life: it goes on when the server is killed, and can be restarted under it. */
export interface Database {
  readonly url: string
  readonly ask: <A>(question: (sql: PgClient.PgClient) => Effect.Effect<A, unknown>) => Promise<A>
  /** `fast` cuts everybody off and writes down what there is; `crash` is what a power cut does. */
  readonly restart: (how: "fast" | "crash") => Promise<void>
  readonly stop: () => Promise<void>
}

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const probe = createServer()
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address() as { readonly port: number }
      probe.close(() => resolve(port))
    })
  })

export const begin = async (folder: string): Promise<Database> => {
  // Made by the program's own means, and then run with a port.
  await Effect.runPromise(Effect.scoped(EmbeddedPostgres.start(folder)))
  const cluster = path.join(folder, "cluster")
  const { gid, uid } = fs.statSync(cluster)
  const runAs = process.getuid?.() === 0 ? { uid, gid } : undefined
  const { postgres } = await Effect.runPromise(find(runAs))
  const port = await freePort()
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`
  let child: ChildProcess | null = null

  const ask: Database["ask"] = (question) =>
    Effect.flatMap(PgClient.PgClient, question).pipe(
      Effect.provide(
        PgClient.layer({ url: Redacted.make(url), maxConnections: 1, applicationName: "endurance" })
      ),
      Effect.scoped,
      RealTime.provide,
      Effect.orDie,
      Effect.runPromise
    )

  const run = async () => {
    const log = fs.openSync(path.join(folder, "endurance.log"), "a")
    const flags = [
      "-D",
      cluster,
      "-k",
      "",
      "-p",
      `${port}`,
      "-c",
      "listen_addresses=127.0.0.1",
      "-c",
      "max_connections=60"
    ]
    child = spawn(postgres, flags, { ...runAs, cwd: cluster, stdio: ["ignore", log, log] })
    fs.closeSync(log)
    for (let tries = 0; ; tries += 1) {
      try {
        await ask((sql) => sql`select 1`)
        return
      } catch (why) {
        if (tries > 300) throw why
        await sleep(100)
      }
    }
  }

  const end = async (signal: NodeJS.Signals) => {
    const ending = child
    if (ending === null || ending.exitCode !== null) return
    const gone = once(ending, "exit")
    ending.kill(signal)
    await gone
    child = null
  }

  await run()
  return {
    url,
    ask,
    restart: async (how) => {
      await end(how === "fast" ? "SIGINT" : "SIGQUIT")
      await run()
    },
    stop: () => end("SIGINT")
  }
}
