import { spawn } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import { PgClient } from "@effect/sql-pg"
import { afterAll, assert, describe, it } from "@effect/vitest"
import { EmbeddedPostgres, RealTime, Sql } from "@sightscreen/store"
import { Clock, Context, Effect, Exit, Layer, Scope } from "effect"
import { SqlClient, type SqlError } from "effect/sql"

const runaway: Clock.Clock = Object.assign(Object.create(RealTime.clock), { sleep: () => Effect.yieldNow })

const isRoot = process.getuid?.() === 0

/** Where servers have listened. */
const listened = new Set<string>()

afterAll(() => {
  for (const socket of listened) fs.rmSync(path.dirname(socket), { recursive: true, force: true })
})

/** A folder of its own, gone with the test. */
const folder = Effect.acquireRelease(
  Effect.sync(() => {
    const made = fs.mkdtempSync(path.join(os.tmpdir(), "sightscreen-test-"))
    fs.chmodSync(made, 0o755)
    return made
  }),
  (made) => Effect.sync(() => fs.rmSync(made, { recursive: true, force: true, maxRetries: 20 }))
)

const ask = <A>(
  server: EmbeddedPostgres.Server,
  question: (sql: PgClient.PgClient) => Effect.Effect<A, SqlError.SqlError>
) =>
  Effect.flatMap(PgClient.PgClient, question).pipe(
    Effect.provide(PgClient.layer({ ...EmbeddedPostgres.connection(server), maxConnections: 1 }))
  )

const answers = (server: EmbeddedPostgres.Server) => Effect.isSuccess(ask(server, (sql) => sql`select 1`))

const remember = (server: EmbeddedPostgres.Server) =>
  ask(server, (sql) =>
    Effect.andThen(sql`create table memory (word text)`, sql`insert into memory values ('six')`)
  )

const recall = (server: EmbeddedPostgres.Server) => ask(server, (sql) => sql`select word from memory`)

/** The disk of a busy machine is slow, and these servers need not outlive a power cut. */
const settings = { fsync: "off" }

/** A start that the test itself ends. */
const started = (dataDir: string) =>
  Effect.gen(function* () {
    const scope = yield* Scope.fork(yield* Effect.scope)
    const server = yield* Scope.provide(EmbeddedPostgres.start(dataDir, { settings }), scope)
    listened.add(server.socket)
    return { server, end: Scope.close(scope, Exit.void) }
  })

/** Another process that uses the folder. */
const another = (dataDir: string) =>
  Effect.acquireRelease(
    Effect.callback<{ readonly pid: number; readonly server: EmbeddedPostgres.Server }>((resume) => {
      const own = fileURLToPath(new URL("../../node_modules/.bin/node", import.meta.url))
      const script = fileURLToPath(new URL("embedded/owner.ts", import.meta.url))
      const child = spawn(fs.existsSync(own) ? own : process.execPath, [script, dataDir], {
        stdio: ["pipe", "pipe", "inherit"]
      })
      let said = ""
      child.stdout.on("data", (more: Buffer) => {
        said += more.toString()
        if (!said.includes("\n")) return
        resume(Effect.succeed({ pid: child.pid!, server: JSON.parse(said) }))
      })
      child.once("exit", (code) => resume(Effect.die(new Error(`the other process ended with ${code}`))))
    }),
    ({ pid }) => Effect.sync(() => kill(pid))
  )

const kill = (pid: number) => {
  try {
    process.kill(pid, "SIGKILL")
  } catch {
    // It is gone already.
  }
}

const until = (what: string, check: Effect.Effect<boolean>) =>
  Effect.gen(function* () {
    while (!(yield* check)) yield* Effect.sleep("50 millis")
  }).pipe(
    Effect.timeoutOrElse({ duration: "10 seconds", orElse: () => Effect.die(new Error(`never: ${what}`)) })
  )

describe("a server under a data folder", () => {
  it.live("keeps its data from one start to the next", () =>
    Effect.gen(function* () {
      const dataDir = path.join(yield* folder, "not", "there", "yet")
      const first = yield* started(dataDir)
      assert.deepInclude(first.server, { dataDir, movedFrom: null, shared: false })
      yield* remember(first.server)
      yield* first.end
      assert.isFalse(yield* answers(first.server))
      const second = yield* started(dataDir)
      assert.deepStrictEqual(yield* recall(second.server), [{ word: "six" }])

      // What a killed machine leaves names a process, and after a restart that may be any process.
      yield* second.end
      const stranger = yield* Effect.acquireRelease(
        Effect.sync(() => {
          const { gid, uid } = fs.statSync(path.join(dataDir, "cluster"))
          return spawn("sleep", ["60"], { stdio: "ignore", ...(isRoot ? { uid, gid } : {}) })
        }),
        (process) => Effect.sync(() => process.kill("SIGKILL"))
      )
      fs.writeFileSync(
        path.join(dataDir, "cluster", "postmaster.pid"),
        `${stranger.pid}\n${dataDir}/cluster\n`
      )
      // The wait for it is in real time, also in a world whose clock runs away.
      const third = yield* Effect.provideService(started(dataDir), Clock.Clock, runaway)
      assert.deepStrictEqual(yield* recall(third.server), [{ word: "six" }])
      const world = yield* Layer.build(Sql.layerEmbedded(dataDir))
      const known = Context.get(world, EmbeddedPostgres.EmbeddedPostgres)
      assert.deepStrictEqual(known, { ...third.server, shared: true })
      assert.deepStrictEqual(yield* Context.get(world, SqlClient.SqlClient)`select * from fixtures`, [])
    })
  )

  it.live("is one server for all who use it, and ends with the last of them, however that one ends", () =>
    Effect.gen(function* () {
      const dataDir = yield* folder
      const starts = yield* Effect.all([started(dataDir), started(dataDir)], { concurrency: "unbounded" })
      const [first, joined] = starts.toSorted((a, b) => Number(a.server.shared) - Number(b.server.shared))
      assert.deepStrictEqual([first?.server.shared, joined?.server.shared], [false, true])
      const late = yield* started(dataDir)
      assert.isTrue(late.server.shared)
      for (const { end } of [first!, joined!]) {
        yield* end
        assert.isTrue(yield* answers(late.server))
      }
      yield* late.end
      yield* until(
        "the server ends with the last",
        Effect.map(answers(late.server), (yes) => !yes)
      )

      const owner = yield* another(dataDir)
      assert.isFalse(owner.server.shared)
      const guest = yield* started(dataDir)
      assert.isTrue(guest.server.shared)
      kill(owner.pid)
      yield* Effect.sleep("300 millis")
      assert.isTrue(yield* answers(guest.server))
      yield* guest.end
      const ended = Effect.sync(() => !fs.existsSync(path.join(dataDir, "cluster", "postmaster.pid")))
      yield* until("the server ends with its last guest", ended)
      const next = yield* another(dataDir)
      assert.isFalse(next.server.shared)
      kill(next.pid)
      yield* until("the server ends with its process", ended)
    })
  )

  it.live.skipIf(!isRoot)("moves out of a folder that only root can enter, and is found there again", () =>
    Effect.gen(function* () {
      const parent = yield* folder
      fs.chmodSync(parent, 0o700)
      const wanted = path.join(parent, "data")
      const first = yield* started(wanted)
      yield* Effect.addFinalizer(() =>
        Effect.sync(() => fs.rmSync(first.server.dataDir, { recursive: true }))
      )
      assert.strictEqual(first.server.movedFrom, wanted)
      assert.strictEqual(path.dirname(first.server.dataDir), os.tmpdir())
      assert.isFalse(fs.existsSync(wanted))
      yield* remember(first.server)
      yield* first.end
      const second = yield* started(wanted)
      assert.strictEqual(second.server.dataDir, first.server.dataDir)
      assert.deepStrictEqual(yield* recall(second.server), [{ word: "six" }])
      yield* second.end
    })
  )

  it.live("says what to do where no folder can be had", () =>
    Effect.gen(function* () {
      const inTheWay = path.join(yield* folder, "file")
      fs.writeFileSync(inTheWay, "")
      const temporary = process.env["TMPDIR"]
      process.env["TMPDIR"] = inTheWay
      yield* Effect.addFinalizer(() =>
        Effect.sync(() => {
          if (temporary === undefined) delete process.env["TMPDIR"]
          else process.env["TMPDIR"] = temporary
        })
      )
      const failed = yield* Effect.flip(Effect.scoped(EmbeddedPostgres.start(inTheWay)))
      assert.instanceOf(failed, EmbeddedPostgres.EmbeddedPostgresFailed)
      assert.strictEqual(failed.step, "find a folder")
      assert.include(failed.message, inTheWay)
      assert.include(failed.message, "DATABASE_URL")
    })
  )
})
