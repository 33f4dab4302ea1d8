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

export type SqlFailed = SqlError.SqlError | Migrator.MigrationError

/** A server of one's own, by its address (`DATABASE_URL`). */
export const layerUrl = (url: Redacted.Redacted, maxConnections = 10): Layer.Layer<Sql, SqlFailed> =>
  layer({ url, maxConnections })

/** The same server as it is found, for somebody who only looks: nothing is migrated. */
export const layerUnmigrated = (url: Redacted.Redacted): Layer.Layer<Sql, SqlFailed> =>
  PgClient.layer({ applicationName: "sightscreen", url, maxConnections: 1 }).pipe(
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
  Layer.effectDiscard(migrate).pipe(
    Layer.provideMerge(PgClient.layer({ applicationName: "sightscreen", ...config })),
    Layer.provide(RealTime.layer)
  )

/** The tables are not those that this version writes and reads. */
export class OtherEdition extends Schema.TaggedError<OtherEdition>()("OtherEdition", {
  /** The last migration that the database has seen; null where it has seen none of ours. */
  found: Schema.NullOr(Schema.Int),
  known: Schema.Int
}) {}

/** The same database for whoever only looks: nothing is migrated under the hands of a server that uses it. */
export const layerToRead = (config: PgClient.PgPoolConfig): Layer.Layer<Sql, SqlFailed | OtherEdition> =>
  Layer.effectDiscard(refuseOthers).pipe(
    Layer.provideMerge(PgClient.layer({ applicationName: "sightscreen", maxConnections: 2, ...config })),
    Layer.provide(RealTime.layer)
  )

const refuseOthers = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const known = Math.max(...Object.keys(migrations).map((name) => Number.parseInt(name, 10)))
  const [there] = yield* sql<{ readonly is: boolean }>`
    select to_regclass('sightscreen_migrations') is not null as is`
  const [row] = there?.is
    ? yield* sql<{
        readonly last: number | null
      }>`select max(migration_id) as last from sightscreen_migrations`
    : []
  const found = row?.last ?? null
  if (found !== known) return yield* new OtherEdition({ found, known })
})

const migrate = Migrator.make({})({
  loader: Migrator.fromRecord(migrations),
  table: "sightscreen_migrations"
})
