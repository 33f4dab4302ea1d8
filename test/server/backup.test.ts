import { createHash } from "node:crypto"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { gunzipSync, gzipSync } from "node:zlib"
import type { PgClient } from "@effect/sql-pg"
import { afterAll, assert, describe, it, layer } from "@effect/vitest"
import {
  Activities,
  ActiveMatches,
  Decisions,
  Deliveries,
  Devices,
  Fixtures,
  Follows,
  PushTokens,
  RealTime,
  Sql,
  Store,
  Tables
} from "@sightscreen/store"
import { Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import * as Backup from "../../apps/server/src/backup/Backup.ts"
import * as Restore from "../../apps/server/src/backup/Restore.ts"
import * as Values from "../store/suite/values.ts"
import { database, empty } from "../support/postgres.ts"

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "sightscreen-backup-"))
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }))
const file = (name: string) => path.join(folder, name)

/** Something of every kind, with what is hard to write down: quotes, other scripts, nulls, nested JSON, large numbers. */
const fill = Effect.gen(function* () {
  const { minute, match } = Values
  const fixtures = yield* Fixtures.Fixtures
  yield* fixtures.upsert([Values.fixture("bk-m1"), Values.fixture("bk-m2")])
  const matches = yield* ActiveMatches.ActiveMatches
  yield* matches.insert({ matchId: match("bk-m1"), state: null, at: minute(0) })
  yield* matches.save({
    matchId: match("bk-m1"),
    version: 0,
    state: { big: 9_007_199_254_740_991, 'a"b': [1, null, "विकेट\n\\"] },
    at: minute(1),
    editions: [{ editionId: "bk-m1/1", stamp: 1 as never, cohort: "token/1", body: '{"b":1,  "a":2}' }]
  })
  yield* (yield* Follows.Follows).follow(Values.user("bk-u1"), match("bk-m1"), minute(0))
  yield* (yield* Devices.Devices).register(Values.phone("bk-d1", "bk-u1"))
  yield* (yield* PushTokens.PushTokens).register(Values.token("ab".repeat(32), "start", "bk-d1", 0))
  const activities = yield* Activities.Activities
  yield* activities.insert(
    Array.from({ length: 1203 }, (_, n) =>
      Values.live(`bk-a${n}`, "bk-m1", `bk-d${n}`, { generation: n + 1 })
    )
  )
  yield* (yield* Deliveries.Deliveries).record([Values.delivery(1, "bk-m1"), Values.delivery(2, "bk-m1")])
  const decisions = yield* Decisions.Decisions
  yield* decisions.record([Values.decision("bk-m1", "noticed", { body: { why: "it's so" } })])
})

/** All that a database holds. */
const everything = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const found: Record<string, ReadonlyArray<unknown>> = {}
  for (const table of Tables.names)
    found[table] = yield* sql`select row_to_json(t)::text as row from ${sql(table)} as t order by 1`
  return found
})

/** As `restore` finds a database: nobody else uses it. */
const alone = (config: PgClient.PgPoolConfig) => Effect.provide(Layer.fresh(Sql.layerUnmigrated(config)))
const counts = (all: Readonly<Record<string, ReadonlyArray<unknown>>>) =>
  Object.fromEntries(Object.entries(all).map(([table, rows]) => [table, rows.length]))

layer(Store.layer.pipe(Layer.provideMerge(database("backup"))))("a backup", (it) => {
  it.effect("knows every table and function that migrations make", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const rows = yield* sql<{ readonly name: string }>`
        select tablename as name from pg_tables where schemaname = 'public' and tablename <> ${Tables.ledger}`
      assert.deepStrictEqual(rows.map(({ name }) => name).toSorted(), [...Tables.names].toSorted())
      const functions = yield* sql<{ readonly name: string }>`
        select proname as name from pg_proc where pronamespace = 'public'::regnamespace order by 1`
      assert.deepStrictEqual(
        functions.map(({ name }) => name),
        [...Tables.functions].toSorted()
      )
    })
  )

  it.effect("goes through a file into another database, row for row, and the server goes on from there", () =>
    Effect.gen(function* () {
      yield* fill
      const before = yield* everything
      assert.deepStrictEqual(yield* Backup.write(file("whole")), counts(before))
      assert.strictEqual(fs.statSync(file("whole")).mode & 0o777, 0o600)
      assert.isAtLeast(before["activities"]!.length, 1203)
      const written = gunzipSync(fs.readFileSync(file("whole"))).toString()
      assert.include(written, "विकेट")

      const config = yield* empty("restore")
      yield* Effect.gen(function* () {
        assert.deepStrictEqual(yield* Restore.read(file("whole"), { replace: false }), counts(before))
        assert.deepStrictEqual(yield* everything, before)
        // What has a number of its own is numbered on.
        const decisions = yield* Effect.provide(Decisions.Decisions, Decisions.Decisions.layer)
        yield* decisions.record([Values.decision("bk-m1", "after")])
        const refused = yield* Effect.flip(Restore.read(file("whole"), { replace: false }))
        assert.match(
          refused.message,
          /the database is not empty \(fixtures\); --replace puts the backup in its place$/
        )
        yield* Restore.read(file("whole"), { replace: true })
        assert.deepStrictEqual(yield* everything, before)
      }).pipe(alone(config))
    }).pipe(Effect.scoped)
  )

  it.effect("is of one moment, whatever a server writes meanwhile", () =>
    Effect.gen(function* () {
      const activities = yield* Activities.Activities
      const writing = Effect.gen(function* () {
        for (let n = 0; ; n += 1) {
          yield* activities.insert([Values.live(`bk-w${n}`, "bk-m9", `bk-w${n}`)])
          const sql = yield* SqlClient.SqlClient
          yield* sql`delete from activities where activity_id = ${`bk-w${n}`}`
        }
      })
      const rows = yield* Effect.raceFirst(Backup.write(file("moment")), writing)
      assert.isAtMost(rows["activities"]!, 1204)
      yield* Restore.look(file("moment"))
    })
  )

  it.effect("never takes the place of another file", () =>
    Effect.gen(function* () {
      fs.writeFileSync(file("there"), "mine")
      const { message } = yield* Effect.flip(Backup.write(file("there")))
      assert.match(message, /it is there already$/)
      const nowhere = yield* Effect.flip(Backup.write(file("no/such/folder")))
      assert.match(nowhere.message, /ENOENT/)
      assert.strictEqual(fs.readFileSync(file("there"), "utf8"), "mine")
      assert.deepStrictEqual(
        fs.readdirSync(folder).filter((name) => name.endsWith(".part")),
        []
      )
    })
  )

  const lines = () =>
    gunzipSync(fs.readFileSync(file("whole")))
      .toString()
      .trimEnd()
      .split("\n")
  const zipped = (some: ReadonlyArray<string>) => gzipSync(`${some.join("\n")}\n`)
  const damaged: ReadonlyArray<readonly [what: string, make: () => Buffer | null, problem: RegExp]> = [
    ["is not there", () => null, /there is no such file$/],
    ["is something else", () => Buffer.from("PGDMP something"), /damaged, or no backup of ours$/],
    ["is another archive", () => zipped(["hello"]), /it is no backup of ours$/],
    ["is empty", () => gzipSync(""), /it is no backup of ours$/],
    ["was cut off", () => fs.readFileSync(file("whole")).subarray(0, 3000), /it breaks off$/],
    ["lacks its end", () => zipped(lines().slice(0, -1)), /it breaks off$/],
    ["lacks a row", () => zipped(lines().toSpliced(5, 1)), /its digest is another$/],
    [
      "was changed",
      () => zipped(lines().map((line, n) => (n === 3 ? line.replace("bk-m", "xx-m") : line))),
      /its digest is another$/
    ],
    ["goes on after its end", () => zipped([...lines(), '{"row":{}}']), /something follows its end$/],
    [
      "is of a newer version",
      () =>
        zipped(
          lines().map((line, n) => (n === 0 ? line.replace(/"migration":\d+/, '"migration":999') : line))
        ),
      /a newer version made it \(migration 999; this one knows \d+\)$/
    ],
    [
      "has another format",
      () => zipped(lines().map((line, n) => (n === 0 ? line.replace(/"format":1/, '"format":2') : line))),
      /its format is 2, and this version reads 1$/
    ]
  ]
  for (const [what, make, problem] of damaged) {
    it.effect(`that ${what} is refused, and changes nothing`, () =>
      Effect.gen(function* () {
        const before = yield* everything
        const name = file(`damaged ${what}`)
        const bytes = make()
        if (bytes !== null) fs.writeFileSync(name, bytes)
        const { message } = yield* Effect.flip(Restore.read(name, { replace: true }))
        assert.match(message, problem)
        assert.deepStrictEqual(yield* everything, before)
      })
    )
  }
})

describe("a restore", () => {
  it.effect("is refused while a server uses the database", () =>
    Effect.gen(function* () {
      const config = yield* empty("used")
      yield* Layer.build(Layer.fresh(Sql.layer(config)))
      const refused = Restore.read(file("whole"), { replace: true }).pipe(alone(config))
      assert.strictEqual(
        (yield* Effect.flip(refused)).message,
        "the database: a server uses it; stop it first"
      )
    }).pipe(Effect.scoped, RealTime.provide)
  )

  it.effect("brings forward what an older version wrote", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      yield* Sql.migrate(1)
      yield* sql`insert into devices values ('old', 'somebody', '18.4', '1', 1, true, 1)`
      const [row] = yield* sql<{ readonly row: string }>`select row_to_json(t)::text as row from devices t`
      assert.notInclude(row!.row, "language")
      const head = { backup: "sightscreen", format: 1, migration: 1, madeAt: "2026-01-01T00:00:00.000Z" }
      const text = [JSON.stringify({ head }), JSON.stringify({ table: "devices" }), `{"row":${row!.row}}`]
        .map((line) => `${line}\n`)
        .join("")
      const foot = { rows: { devices: 1 }, sha256: createHash("sha256").update(text).digest("hex") }
      fs.writeFileSync(file("older"), gzipSync(`${text}${JSON.stringify({ foot })}\n`))
      yield* Restore.read(file("older"), { replace: true })
      assert.deepStrictEqual(yield* sql`select device_id, language from devices`, [
        { device_id: "old", language: "en" }
      ])
      assert.strictEqual((yield* sql`select 1 from sightscreen_migrations`).length, Sql.latest)
    }).pipe((effect) => Effect.flatMap(empty("older"), (config) => alone(config)(effect)), Effect.scoped)
  )
})
