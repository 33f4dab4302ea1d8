import { EmbeddedPostgres } from "@sightscreen/store"
import { Effect, Exit, Scope } from "effect"
import type { TestProject } from "vitest/node"
import type { Postgres } from "./postgres.ts"

/** One PostgreSQL server for the whole run. Where it cannot be had, only the tests that ask for a database fail. */
export default async (project: TestProject) => {
  const scope = Scope.makeUnsafe()
  // What a test wrote may be lost with the machine.
  const settings = { fsync: "off", synchronous_commit: "off", full_page_writes: "off" }
  const postgres = await EmbeddedPostgres.start("node_modules/.cache/pg-test", { settings }).pipe(
    Scope.provide(scope),
    Effect.match({
      onSuccess: (server): Postgres => ({ server, problem: null }),
      onFailure: ({ message }): Postgres => ({ server: null, problem: message })
    }),
    Effect.runPromise
  )
  project.provide("postgres", postgres)
  return () => Effect.runPromise(Scope.close(scope, Exit.void))
}
