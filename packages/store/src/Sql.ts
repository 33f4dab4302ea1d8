import { PgClient } from "@effect/sql-pg"
import { Effect, Layer, type Redacted, Schema } from "effect"
import { Migrator, SqlClient, type SqlError } from "effect/sql"
import {
  connection,
  EmbeddedPostgres,
  type EmbeddedPostgresFailed,
  type Options
} from "./EmbeddedPostgres.ts"
import { migrations } from "./migrations/index.ts"
import * as RealTime from "./RealTime.ts"

/** The database, migrated. Its pool keeps real time, whatever clock the world around it runs on. */
export type Sql = PgClient.PgClient | SqlClient.SqlClient

export type SqlFailed = SqlError.SqlError | Migrator.MigrationError | OtherEdition

/** A server of one's own, by its address (`DATABASE_URL`). */
export const layerUrl = (url: Redacted.Redacted, maxConnections = 10): Layer.Layer<Sql, SqlFailed> =>
  layer({ url, maxConnections })

/** The same server as it is found, for somebody who only looks: nothing is migrated. */
export const layerUnmigrated = (config: PgClient.PgPoolConfig): Layer.Layer<Sql, SqlError.SqlError> =>
  PgClient.layer({ applicationName: "sightscreen look", maxConnections: 1, ...config }).pipe(
    Layer.provide(RealTime.layer)
  )

/** A server that comes with the program, its data under a folder. */
export const layerEmbedded = (
  dataDir: string,
  options?: Options
): Layer.Layer<Sql | EmbeddedPostgres, SqlFailed | EmbeddedPostgresFailed> =>
  Layer.unwrap(Effect.map(EmbeddedPostgres, (server) => layer(connection(server)))).pipe(
    Layer.provideMerge(EmbeddedPostgres.layer(dataDir, options))
  )

export const layer = (config: PgClient.PgPoolConfig): Layer.Layer<Sql, SqlFailed> =>
  Layer.effectDiscard(migrate()).pipe(
    Layer.provideMerge(PgClient.layer({ applicationName: "sightscreen", ...config })),
    Layer.provide(RealTime.layer)
  )

/** The tables are not those that this version writes and reads. */
export class OtherEdition extends Schema.TaggedError<OtherEdition>()("OtherEdition", {
  /** The last migration that the database has seen; null where it has seen none of ours. */
  found: Schema.NullOr(Schema.Int),
  known: Schema.Int
}) {
  override get message() {
    const { found, known } = this
    if (found === null) return "the database holds no tables of ours"
    return found > known
      ? `the database was migrated by a newer version (to ${found}, and this one knows ${known}): start that one, ` +
          "or restore a backup of before"
      : `the database is older than this version (${found} of ${known} migrations): start the server once`
  }
}

/** The same database for whoever only looks: nothing is migrated under the hands of a server that uses it. */
export const layerToRead = (config: PgClient.PgPoolConfig): Layer.Layer<Sql, SqlFailed | OtherEdition> =>
  Layer.effectDiscard(refuseOthers).pipe(
    Layer.provideMerge(PgClient.layer({ applicationName: "sightscreen", maxConnections: 2, ...config })),
    Layer.provide(RealTime.layer)
  )

/** The last migration that the database has seen; null where it has seen none of ours. */
const seen = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const [there] = yield* sql<{ readonly is: boolean }>`
    select to_regclass('sightscreen_migrations') is not null as is`
  if (there?.is !== true) return null
  const [row] = yield* sql<{ readonly last: number | null }>`
    select max(migration_id) as last from sightscreen_migrations`
  return row?.last ?? null
})

const numberOf = (name: string): number => Number.parseInt(name, 10)

/** The last migration that this version knows. */
export const latest = Math.max(...Object.keys(migrations).map(numberOf))

/** Fails where the tables are not this version's. */
export const refuseOthers = Effect.gen(function* () {
  const found = yield* seen
  if (found !== latest) return yield* new OtherEdition({ found, known: latest })
})

/**
 * Brings the tables to what a version writes and reads, this one's where none is named. Always forward: tables that a newer
 * version has migrated are left alone, and refused.
 *
 * Of processes that start at once one migrates and the others wait for it, in one transaction each: a migration that fails,
 * or whose process dies, has changed nothing.
 */
export const migrate = (to = latest) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    yield* Effect.gen(function* () {
      yield* sql`select pg_advisory_xact_lock(${sql.literal(String(migrating))})`
      const found = yield* seen
      if (found !== null && found > to) return yield* new OtherEdition({ found, known: to })
      yield* Migrator.make({})({
        loader: Migrator.fromRecord(
          Object.fromEntries(Object.entries(migrations).filter(([name]) => numberOf(name) <= to))
        ),
        table: "sightscreen_migrations"
      })
    }).pipe(sql.withTransaction)
  })

/** The name of the lock; nobody else is to take it. */
const migrating = 736_967_687_474
