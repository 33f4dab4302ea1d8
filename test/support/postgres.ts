import { PgClient } from "@effect/sql-pg"
import { EmbeddedPostgres, RealTime, Sql } from "@sightscreen/store"
import { Effect, Layer } from "effect"
import { inject } from "vitest"

export interface Postgres {
  readonly server: EmbeddedPostgres.Server | null
  /** Why there is no server. */
  readonly problem: string | null
}

declare module "vitest" {
  interface ProvidedContext {
    readonly postgres: Postgres
  }
}

/**
 * A database for one file of tests, migrated, and dropped at the end of its scope.
 *
 * It keeps real time, so it can be built and asked in tests under the test clock.
 */
export const database = (name: string): Layer.Layer<Sql.Sql> =>
  Layer.unwrap(
    Effect.gen(function* () {
      const { problem, server } = inject("postgres")
      if (server === null) return yield* Effect.die(new Error(problem ?? "there is no PostgreSQL server"))
      const fresh = `t_${name}_${process.pid}`
      yield* Effect.acquireRelease(
        administer(server, (sql) =>
          Effect.andThen(
            sql`drop database if exists ${sql(fresh)} with (force)`,
            sql`create database ${sql(fresh)}`
          )
        ),
        () => administer(server, (sql) => sql`drop database if exists ${sql(fresh)} with (force)`)
      )
      return Sql.layer(EmbeddedPostgres.connection(server, fresh))
    })
  ).pipe(Layer.orDie, Layer.provide(RealTime.layer))

/** A database that nobody has opened, for as long as the scope lasts. */
export const empty = Effect.fnUntraced(function* (name: string) {
  const { problem, server } = inject("postgres")
  if (server === null) return yield* Effect.die(new Error(problem ?? "there is no PostgreSQL server"))
  const fresh = `t_${name}_${process.pid}`
  yield* Effect.acquireRelease(
    administer(server, (sql) => sql`create database ${sql(fresh)}`),
    () => administer(server, (sql) => sql`drop database if exists ${sql(fresh)} with (force)`)
  )
  return EmbeddedPostgres.connection(server, fresh)
}, RealTime.provide)

const administer = <A, E>(
  server: EmbeddedPostgres.Server,
  work: (sql: PgClient.PgClient) => Effect.Effect<A, E>
) =>
  Effect.flatMap(PgClient.PgClient, work).pipe(
    Effect.provide(PgClient.layer({ ...EmbeddedPostgres.connection(server), maxConnections: 1 })),
    Effect.orDie
  )
