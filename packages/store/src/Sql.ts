import { PgClient } from "@effect/sql-pg"
import { Effect, Layer, type Redacted } from "effect"
import { Migrator, type SqlClient, type SqlError } from "effect/sql"
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

const migrate = Migrator.make({})({
  loader: Migrator.fromRecord(migrations),
  table: "sightscreen_migrations"
})
