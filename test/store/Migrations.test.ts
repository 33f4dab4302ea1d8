import { spawn } from "node:child_process"
import * as fs from "node:fs"
import { fileURLToPath } from "node:url"
import { PgClient } from "@effect/sql-pg"
import { assert, describe, it } from "@effect/vitest"
import { RealTime, Sql } from "@sightscreen/store"
import { Context, Effect, Fiber, Layer } from "effect"
import { empty } from "../support/postgres.ts"

const root = fileURLToPath(new URL("../..", import.meta.url))
const own = `${root}node_modules/.bin/node`

const open = (config: PgClient.PgPoolConfig) =>
  Effect.map(Layer.build(Layer.fresh(PgClient.layer({ ...config, maxConnections: 3 }))), (built) =>
    Context.get(built, PgClient.PgClient)
  )

const inProcess = (config: PgClient.PgPoolConfig) =>
  Effect.promise(
    () =>
      new Promise<string>((resolve, reject) => {
        const child = spawn(fs.existsSync(own) ? own : process.execPath, [
          `${root}test/store/embedded/migrator.ts`,
          JSON.stringify(config)
        ])
        let said = ""
        child.stderr.on("data", (text: Buffer) => (said += text.toString()))
        child.on("error", reject)
        child.on("exit", (code) => resolve(code === 0 ? "" : `${code}: ${said}`))
      })
  )

describe("migrations", () => {
  it.live("run once, though three processes start at once", () =>
    Effect.gen(function* () {
      const config = yield* empty("migrate_race")
      const ends = yield* Effect.forEach([1, 2, 3], () => inProcess(config), { concurrency: "unbounded" })
      assert.deepStrictEqual(ends, ["", "", ""])
      const sql = yield* open(config)
      const rows = yield* sql<{ readonly id: number }>`
        select migration_id as id from sightscreen_migrations order by migration_id`
      assert.deepStrictEqual(
        rows.map(({ id }) => id),
        Array.from({ length: Sql.latest }, (_, n) => n + 1)
      )
    }).pipe(Effect.scoped)
  )

  it.live("wait for whoever migrates, and change nothing where that one dies", () =>
    Effect.gen(function* () {
      const config = yield* empty("migrate_wait")
      const sql = yield* open(config)
      // Somebody else is at it, has made a table, and does not get further.
      const held = yield* sql.reserve
      yield* held.executeRaw("begin", [])
      yield* held.executeRaw("select pg_advisory_xact_lock(736967687474)", [])
      yield* held.executeRaw("create table devices (half integer)", [])
      const other = yield* Effect.forkChild(Effect.scoped(Layer.build(Layer.fresh(Sql.layer(config)))))
      const waits = sql<{ readonly n: number }>`
        select count(*)::int as n from pg_locks where locktype = 'advisory' and not granted`
      while ((yield* waits)[0]?.n === 0) yield* Effect.sleep("10 millis")
      assert.strictEqual(other.pollUnsafe(), undefined)
      yield* held.executeRaw("rollback", [])
      yield* Fiber.join(other)
      assert.strictEqual((yield* sql`select 1 from sightscreen_migrations`).length, Sql.latest)
    }).pipe(Effect.scoped)
  )

  it.live("never go back: what a newer version has migrated is refused, and left as it is", () =>
    Effect.gen(function* () {
      const config = yield* empty("migrate_newer")
      const build = Effect.scoped(Layer.build(Layer.fresh(Sql.layer(config))))
      yield* build
      const sql = yield* open(config)
      yield* sql`insert into sightscreen_migrations (migration_id, name) values (${Sql.latest + 1}, 'later')`
      const refused = yield* Effect.flip(build)
      assert.match(
        refused.message,
        /^the database was migrated by a newer version \(to \d+, and this one knows \d+\): start that one, /
      )
    }).pipe(Effect.scoped)
  )

  it.live("go as far as they are told", () =>
    Effect.gen(function* () {
      const config = yield* empty("migrate_to")
      const sql = yield* open(config)
      const to = (id: number) => Effect.provide(Sql.migrate(id), PgClient.layer(config).pipe(Layer.fresh))
      yield* to(1)
      assert.strictEqual((yield* sql`select 1 from sightscreen_migrations`).length, 1)
      yield* to(Sql.latest)
      assert.strictEqual((yield* sql`select 1 from sightscreen_migrations`).length, Sql.latest)
      assert.strictEqual((yield* Effect.flip(to(1)))._tag, "OtherEdition")
    }).pipe(Effect.scoped, RealTime.provide)
  )
})
