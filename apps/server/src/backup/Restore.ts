import { Sql, Tables } from "@sightscreen/store"
import { Effect, Result } from "effect"
import { SqlClient } from "effect/sql"
import { oneLine } from "../doctor/oneLine.ts"
import { CannotRestore, type Foot } from "./Line.ts"
import * as Reading from "./Reading.ts"

/** Rows that go to the database in one statement. */
const atOnce = 500

const known: ReadonlySet<string> = new Set(Tables.names)

/**
 * Puts a backup in the place of what the tables hold, in one transaction: all of it is there afterwards, or nothing has
 * changed.
 *
 * The tables are made as they were when the backup was, filled, and then brought forward, as a start of the server would
 * have done: an older backup goes into a newer version.
 */
export const read = (
  file: string,
  options: { readonly replace: boolean }
): Effect.Effect<Foot["rows"], CannotRestore, SqlClient.SqlClient> =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const bad = (problem: string) => new CannotRestore({ file, problem })
    // Looked through first: nothing is locked, let alone dropped, for a file that is of no use.
    yield* look(file)

    const put = Effect.gen(function* () {
      yield* refuseUsed
      if (!options.replace) {
        for (const table of Tables.names) {
          if (!(yield* isThere(sql, table))) continue
          const [first] = yield* sql`select 1 from ${sql(table)} limit 1`
          if (first !== undefined)
            return yield* bad(`the database is not empty (${table}); --replace puts the backup in its place`)
        }
      }
      for (const table of [...Tables.names, Tables.ledger])
        yield* sql`drop table if exists ${sql(table)} cascade`

      for (const name of Tables.functions) yield* sql`drop function if exists ${sql(name)} cascade`

      const context = yield* Effect.context<SqlClient.SqlClient>()
      const run = <A, E>(effect: Effect.Effect<A, E, SqlClient.SqlClient>) =>
        Effect.runPromiseWith(context)(Effect.result(effect)).then((result) => {
          if (Result.isFailure(result)) throw result.failure
          return result.success
        })
      let waiting: Array<string> = []
      let into: string | null = null
      const flush = async () => {
        const [table, rows] = [into, waiting]
        waiting = []
        if (table === null || rows.length === 0) return
        await run(
          sql`insert into ${sql(table)} overriding system value
            select * from json_populate_recordset(null::${sql(table)}, ${`[${rows.join(",")}]`}::json)`
        )
      }
      const foot = yield* Effect.tryPromise({
        try: async () => {
          const foot = await Reading.read(file, {
            head: ({ migration }) => run(Sql.migrate(migration)),
            row: async (table, row) => {
              if (table !== into || waiting.length >= atOnce) await flush()
              into = table
              waiting.push(row)
            }
          })
          await flush()
          return foot
        },
        catch: (why) => (why instanceof CannotRestore ? why : bad(oneLine(why)))
      })
      yield* Sql.migrate()
      // What comes next is numbered on from what was restored.
      yield* sql`select setval(pg_get_serial_sequence('decisions', 'id'), (select coalesce(max(id), 1) from decisions))`
      return foot.rows
    }).pipe(sql.withTransaction)

    return yield* Effect.mapError(put, (error) =>
      error._tag === "CannotRestore" ? error : bad(oneLine(error))
    )
  })

/** What a file holds, if it is whole and of use to this version. */
export const look = (file: string): Effect.Effect<Foot["rows"], CannotRestore> =>
  Effect.tryPromise({
    try: async () => {
      const bad = (problem: string) => new CannotRestore({ file, problem })
      const { rows } = await Reading.read(file, {
        head: async ({ migration }) => {
          if (migration > Sql.latest)
            throw bad(`a newer version made it (migration ${migration}; this one knows ${Sql.latest})`)
        },
        row: async (table) => {
          if (!known.has(table)) throw bad(`it has a table that this version does not know: ${table}`)
        }
      })
      return rows
    },
    catch: (why) => (why instanceof CannotRestore ? why : new CannotRestore({ file, problem: oneLine(why) }))
  })

const isThere = (sql: SqlClient.SqlClient, table: string) =>
  Effect.map(
    sql<{ readonly is: boolean }>`select to_regclass(${table}) is not null as is`,
    ([row]) => row?.is === true
  )

/** A server that runs would write into what is put in its place. */
const refuseUsed = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const [others] = yield* sql<{ readonly count: number }>`
    select count(*)::int as count from pg_stat_activity
    where datname = current_database() and application_name = 'sightscreen' and pid <> pg_backend_pid()`
  if ((others?.count ?? 0) > 0)
    return yield* new CannotRestore({ file: "the database", problem: "a server uses it; stop it first" })
})
