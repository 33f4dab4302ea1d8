import { PgClient } from "@effect/sql-pg"
import { assert, describe, it, layer } from "@effect/vitest"
import {
  Activities,
  ActiveMatches,
  Deliveries,
  Devices,
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
import { Migrator, SqlClient } from "effect/sql"
import { inject } from "vitest"
import tables from "../../packages/store/src/migrations/0001_tables.ts"
import { database } from "../support/postgres.ts"
import {
  activity,
  delivery,
  device,
  fixture,
  live,
  match,
  minute,
  phone,
  push,
  token,
  user
} from "./suite/values.ts"

const runaway: Clock.Clock = Object.assign(Object.create(RealTime.clock), { sleep: () => Effect.yieldNow })

layer(Store.layer.pipe(Layer.provideMerge(database("sql"))))("a database", (it) => {
  it.effect("is migrated once, whoever opens it", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const { config } = yield* PgClient.PgClient
      yield* Effect.scoped(
        Layer.build(Layer.mergeAll(Layer.fresh(Sql.layer(config)), Layer.fresh(Sql.layer(config))))
      )
      assert.deepStrictEqual(yield* sql`select name from sightscreen_migrations order by migration_id`, [
        { name: "tables" },
        { name: "life" },
        { name: "api" },
        { name: "shared" },
        { name: "operations" },
        { name: "webhooks" },
        { name: "sealed" },
        { name: "rates" }
      ])
    })
  )

  it.effect("has from the index alone where a ball is pushed to, all of a match or a cohort of it", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const activities = yield* Activities.Activities
      yield* activities.insert(
        Array.from({ length: 4000 }, (_, n) =>
          live(`sql-live-${n}`, `sql-live-${n % 40}`, `sql-live-${n}`, {
            status: "active",
            updateToken: `${n}`,
            cohort: `token/${n % 3}`
          })
        )
      )
      yield* sql`vacuum analyze activities`
      const plan = (only: string) =>
        Effect.map(
          sql`explain select activity_id, device_id, update_token, cohort from activities
            where match_id = 'sql-live' and status = 'active' and update_token is not null ${sql.literal(only)}
              and activity_id > '' order by activity_id`,
          (lines) => lines.flatMap((line) => Object.values(line)).join("\n")
        )
      const [all, cohort] = [yield* plan(""), yield* plan("and cohort = 'token/1'")]
      for (const each of [all, cohort]) {
        assert.match(each, /^Index Only Scan/)
        assert.notInclude(each, "Sort")
      }
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

layer(database("upgrade"))("a database of the first release", (it) => {
  it.effect("keeps its rows, which get what the new columns mean for them", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      yield* sql`drop schema public cascade`
      yield* sql`create schema public`
      yield* Migrator.make({})({
        loader: Migrator.fromRecord({ "0001_tables": tables }),
        table: "sightscreen_migrations"
      })
      yield* sql`insert into devices values ('up-d', 'up-u', '18.5', '3.1.0', 2, true, 1)`
      yield* sql`insert into follows values ('up-u', 'up-m', 1, null)`
      yield* sql`insert into push_tokens values ('up-t', 'start', 'production', 'app', 'up-d', 'up-u', 1, null, null, null)`
      const begun = `('up-a', 'up-m', 'up-d', 'up-u', 1, 3, 'active', 'up-x', '{"_tag":"Active","since":7}', 9)`
      const owned = `('up-b', 'up-m', 'up-gone', 'up-u', 1, 3, 'active', 'up-y', '{}', 9)`
      yield* sql`insert into activities values ${sql.literal(begun)}, ${sql.literal(owned)}`
      yield* sql`insert into deliveries values (${push(1)}::uuid, 'up-m', null, 'up-x', 'update', 1, 5, false, 1, 'Accepted', null)`
      const { config } = yield* PgClient.PgClient
      yield* Effect.gen(function* () {
        const [devices, follows, tokens, activities, ledger] = [
          yield* Devices.Devices,
          yield* Follows.Follows,
          yield* PushTokens.PushTokens,
          yield* Activities.Activities,
          yield* Deliveries.Deliveries
        ]
        assert.strictEqual((yield* devices.get(device("up-d")))?.language, "en")
        assert.isNull((yield* follows.ofUser(user("up-u")))[0]!.teamId)
        assert.deepInclude((yield* tokens.byToken("up-t"))[0], { suspicions: 0, suspectedAt: null })
        assert.deepStrictEqual(yield* activities.liveTokens(match("up-m")), [
          {
            activityId: activity("up-a"),
            deviceId: device("up-d"),
            updateToken: "up-x",
            cohort: "token/1/en/frequent"
          },
          {
            activityId: activity("up-b"),
            deviceId: device("up-gone"),
            updateToken: "up-y",
            cohort: "token/1/en/normal"
          }
        ])
        assert.deepStrictEqual(
          yield* Effect.forEach(["up-a", "up-b"], (id) =>
            Effect.map(activities.get(activity(id)), (row) => Number(row?.activeSince))
          ),
          [7, 9]
        )
        assert.deepInclude(yield* ledger.byPush(push(1)), { deviceId: null, cause: null, cohort: null })
        assert.strictEqual(
          yield* devices.register(phone("up-d", "up-other", { language: "hi" })),
          user("up-u")
        )
      }).pipe(Effect.provide(Store.layer.pipe(Layer.provide(Layer.fresh(Sql.layer(config))))))
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
