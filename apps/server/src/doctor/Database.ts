import { Sql } from "@sightscreen/store"
import { type Duration, Effect, Option, Redacted } from "effect"
import { SqlClient } from "effect/sql"
import { oneLine } from "./oneLine.ts"
import * as RealTime from "../RealTime.ts"
import { catalogue } from "../settings/Catalogue.ts"
import * as Environment from "../settings/Environment.ts"
import * as Finding from "./Finding.ts"
import type { Say } from "./Papers.ts"

/** One's own PostgreSQL, if there is one. Nothing in it is changed. */
export const examine = (timeout: Duration.Duration, say: Say): Effect.Effect<void> =>
  Effect.gen(function* () {
    const { given } = yield* Environment.look(catalogue)
    const text = given.get("DATABASE_URL")
    if (text === undefined) return
    const url = Redacted.make(text.trim())
    const where = placeOf(text)
    if (where === null) {
      return yield* say(
        Finding.wrong(
          "database",
          "DATABASE_URL is not an address of PostgreSQL",
          "it looks like postgres://user:password@host:5432/name"
        )
      )
    }
    const look = Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const [server] = yield* sql<{ readonly version: string }>`
        select current_setting('server_version') as version
      `
      const [tables] = yield* sql<{ readonly migrated: boolean }>`
        select to_regclass('sightscreen_migrations') is not null as migrated
      `
      return { version: server?.version ?? "unknown", migrated: tables?.migrated ?? false }
    }).pipe(
      Effect.provide(Sql.layerUnmigrated({ url })),
      Effect.timeoutOption(timeout),
      RealTime.provide,
      Effect.result
    )
    const found = yield* look
    if (found._tag === "Failure") {
      const why = oneLine(found.failure, Redacted.value(url))
      return yield* say(
        Finding.wrong(
          "database",
          `${where}: it cannot be used (${why})`,
          "check DATABASE_URL, and that it runs"
        )
      )
    }
    if (Option.isNone(found.success)) {
      return yield* say(
        Finding.wrong("database", `${where}: nothing came back in time`, "check DATABASE_URL, and firewalls")
      )
    }
    const { migrated, version } = found.success.value
    const state = `${where}, PostgreSQL ${version}; ${migrated ? "its tables are there" : "its tables are made at the first start"}`
    yield* say(
      Number.parseInt(version, 10) < 15
        ? Finding.wrong("database", state, "PostgreSQL 15 or newer is needed")
        : Finding.well("database", state)
    )
  })

/** Where it is, without who and by which password. */
const placeOf = (text: string): string | null => {
  const url = URL.parse(text.trim())
  return url === null || !/^postgres(?:ql)?:$/.test(url.protocol)
    ? null
    : `${url.host || "localhost"}${url.pathname}`
}
