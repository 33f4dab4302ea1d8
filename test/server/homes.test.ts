import * as fs from "node:fs"
import * as path from "node:path"
import { PgClient } from "@effect/sql-pg"
import { afterAll, assert, it } from "@effect/vitest"
import { EmbeddedPostgres } from "@sightscreen/store"
import { Effect } from "effect"
import { inject } from "vitest"
import { cleanUp, home, start } from "./demo.ts"
import { shortMatch } from "./short.ts"

afterAll(cleanUp)

const isRoot = process.getuid?.() === 0
const { problem, server } = inject("postgres")
const name = `t_demo_${process.pid}`

const administer = (how: (sql: PgClient.PgClient) => Effect.Effect<unknown, unknown>) =>
  Effect.flatMap(PgClient.PgClient, how).pipe(
    Effect.provide(PgClient.layer({ ...EmbeddedPostgres.connection(server!), maxConnections: 1 })),
    Effect.orDie,
    Effect.runPromise
  )
afterAll(() =>
  server === null ? undefined : administer((sql) => sql`drop database if exists ${sql(name)} with (force)`)
)

it(
  "plays in two folders at once, one of them with a database of one's own",
  { timeout: 120_000 },
  async (test) => {
    if (server === null) return test.skip(problem ?? "there is no PostgreSQL server")
    await administer((sql) => sql`create database ${sql(name)}`)
    const url = `postgres://postgres@localhost/${name}?host=${path.dirname(server.socket)}`
    // PostgreSQL, which does not run as root, cannot enter what only root can.
    const closed = home(isRoot ? 0o700 : 0o755)
    const data = `${closed}/data`
    fs.mkdirSync(data)
    const args = ["--match", shortMatch(data), "--phones", "5", "--speed", "60"]
    const [one, other] = [start(data, args), start(home(), args, { DATABASE_URL: url })]
    await other.says(/WICKET!/)
    const late = start(home(), ["--phones", "5"], { DATABASE_URL: url })
    assert.strictEqual(await late.ended, 1)
    assert.match(late.err(), /^another server plays from this database already; .*\n$/)
    assert.match(other.out(), /and in the database of DATABASE_URL\.$/m)
    await one.says(/WICKET!/)
    for (const demo of [one, other]) {
      demo.signal("SIGTERM")
      assert.strictEqual(await demo.ended, 0, demo.out() + demo.err())
    }
    const moved = /^PostgreSQL cannot use (.*); its data is in (.*)$/m.exec(one.out())
    if (isRoot) {
      assert.strictEqual(moved?.[1], `${data}/postgres`)
      fs.rmSync(moved![2]!, { recursive: true })
    } else assert.isNull(moved)
  }
)
