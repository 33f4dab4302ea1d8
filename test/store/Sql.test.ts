import { PgClient } from "@effect/sql-pg"
import { assert, describe, it, layer } from "@effect/vitest"
import {
  ActiveMatches,
  Deliveries,
  EmbeddedPostgres,
  type Fault,
  Fixtures,
  Follows,
  PushTokens,
  RealTime,
  Sql,
  Store
} from "@sightscreen/store"
import { Clock, Effect, Layer, Redacted } from "effect"
import { SqlClient } from "effect/sql"
import { inject } from "vitest"
import { database } from "../support/postgres.ts"
import { delivery, device, fixture, match, minute, token, user } from "./suite/values.ts"

const runaway: Clock.Clock = Object.assign(Object.create(RealTime.clock), { sleep: () => Effect.yieldNow })

layer(Store.layer.pipe(Layer.provideMerge(database("sql"))))("a database", (it) => {
  it.effect("is migrated once, whoever opens it", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const { config } = yield* PgClient.PgClient
      yield* Effect.scoped(
        Layer.build(Layer.mergeAll(Layer.fresh(Sql.layer(config)), Layer.fresh(Sql.layer(config))))
      )
      assert.deepStrictEqual(yield* sql`select name from sightscreen_migrations`, [{ name: "tables" }])
    })
  )

  it.effect("never tells the time", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const defaults = yield* sql`
        select table_name, column_name from information_schema.columns
        where table_schema = 'public' and column_default is not null and table_name <> 'sightscreen_migrations'`
      assert.deepStrictEqual(defaults, [])
    })
  )

  it.effect("names the table and the row that it cannot read, and no value of it", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const fixtures = yield* Fixtures.Fixtures
      yield* fixtures.upsert([fixture("bad")])
      yield* sql`update fixtures set info = jsonb_set(info, '{format,kind}', '"secret"') where match_id = 'bad'`
      const one = yield* Effect.flip(fixtures.get(match("bad")))
      assert.deepInclude(one, {
        _tag: "UnreadableRow",
        table: "fixtures",
        key: "bad",
        fields: ["info.format.kind"]
      })
      assert.notInclude(one.message, "secret")
      yield* sql`update fixtures set info = '[]', status = 'secret' where match_id = 'bad'`
      const many = yield* Effect.flip(fixtures.startingBetween(minute(-1), minute(1)))
      assert.strictEqual(many._tag, "UnreadableRow")
      yield* sql`delete from fixtures`
    })
  )

  it.effect("names an unreadable token by its end", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const tokens = yield* PushTokens.PushTokens
      const whole = "0123456789abcdef"
      yield* tokens.register(token(whole, "alert", "sql-1", 1))
      yield* sql`update push_tokens set environment = 'moon', registered_at = -1 where token = ${whole}`
      const unreadable = yield* Effect.flip(tokens.byToken(whole))
      assert.deepInclude(unreadable, { key: "alert/…abcdef", fields: ["environment"] })
      assert.notInclude(JSON.stringify(unreadable), whole)
    })
  )

  it.effect("says what went wrong without quoting anybody's token", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const tokens = yield* PushTokens.PushTokens
      const ledger = yield* Deliveries.Deliveries
      const whole = "fedcba9876543210"
      const quiet = (fault: Fault.Fault, table: string, ...says: ReadonlyArray<string>) => {
        assert.deepInclude(fault, { _tag: "StoreError", table })
        const shown = [fault.message, String(fault), JSON.stringify(fault), String(fault.cause)].join()
        assert.notInclude(shown, whole)
        for (const each of says) assert.include(shown, each)
      }
      quiet(
        yield* Effect.flip(ledger.record([{ ...delivery(1, "sql"), pushId: whole as never }])),
        "deliveries",
        "deliveries.record",
        "22P02"
      )
      yield* sql`alter table push_tokens add constraint none check (token <> ${sql.literal(`'${whole}'`)})`
      quiet(
        yield* Effect.flip(tokens.register(token(whole, "alert", "sql-2", 1))),
        "push_tokens",
        "push_tokens.register",
        "ConstraintError",
        "none"
      )
      assert.deepStrictEqual(yield* tokens.ofDevices("alert", [device("sql-2")]), [])
    })
  )

  it.effect("leaves neither state nor edition where one of them cannot be written", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const matches = yield* ActiveMatches.ActiveMatches
      const matchId = match("sql-atomic")
      yield* matches.insert({ matchId, state: 0, at: minute(0) })
      yield* sql`alter table editions add constraint no_moon check (cohort <> 'moon')`
      const edition = (editionId: string, cohort: string) => ({
        editionId,
        stamp: 1 as never,
        cohort,
        body: "{}"
      })
      const editions = [edition("sql-atomic/1", "earth"), edition("sql-atomic/2", "moon")]
      const failed = yield* Effect.flip(
        matches.save({ matchId, version: 0, state: 1, at: minute(1), editions })
      )
      assert.strictEqual(failed._tag, "StoreError")
      assert.deepInclude(yield* matches.load(matchId), { version: 0, state: 0 })
      assert.deepStrictEqual(yield* sql`select * from editions where match_id = ${matchId}`, [])
    })
  )
})

describe("a database's clock", () => {
  it.effect("is real in a world whose clock runs away", () =>
    Effect.gen(function* () {
      const follows = yield* Follows.Follows
      yield* Effect.forEach(
        Array.from({ length: 200 }, (_, n) => user(`clock-${n}`)),
        (each) => follows.follow(each, match("clock"), minute(0)),
        { concurrency: 50 }
      )
      assert.lengthOf(yield* follows.followers(match("clock"), { limit: 1000, after: null }), 200)
    }).pipe(
      Effect.provide(Store.layer.pipe(Layer.provide(database("clock")))),
      Effect.provideService(Clock.Clock, runaway)
    )
  )

  it.effect("would else give up connecting at once", () =>
    Effect.gen(function* () {
      const { server } = inject("postgres")
      assert.isNotNull(server)
      const ask = Effect.flatMap(PgClient.PgClient, (sql) => sql`select 1`)
      const hasty = ask.pipe(
        Effect.provide(PgClient.layer(EmbeddedPostgres.connection(server))),
        Effect.provideService(Clock.Clock, runaway)
      )
      assert.strictEqual((yield* Effect.flip(hasty)).reason._tag, "ConnectionError")
    })
  )

  it.live("says that a server of one's own is not there, without its password", () =>
    Effect.gen(function* () {
      const url = Redacted.make("postgres://me:open-sesame@127.0.0.1:1/none")
      const failed = yield* Effect.flip(Effect.scoped(Layer.build(Sql.layerUrl(url))))
      assert.strictEqual(failed._tag, "SqlError")
      assert.notInclude(`${failed.message} ${JSON.stringify(failed)} ${String(failed.cause)}`, "open-sesame")
    })
  )
})
