import { Effect } from "effect"
import { SqlClient } from "effect/sql"

/** What the API keeps: operators and their orders, what people like, and requests that are carried out once. */
export default Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient

  yield* sql`
    create table orders (
      number bigint generated always as identity primary key,
      match_id text collate "C" not null,
      body json not null,
      given_by text not null,
      at bigint not null
    )`
  yield* sql`create index orders_by_match on orders (match_id, number)`
  yield* sql`create index orders_by_time on orders using brin (at)`

  yield* sql`
    create table api_keys (
      key_id text collate "C" primary key,
      name text not null,
      role text not null,
      hash text not null,
      created_at bigint not null,
      revoked_at bigint
    )`

  yield* sql`
    create table requests (
      name text collate "C" primary key,
      fingerprint text not null,
      claim text not null,
      at bigint not null,
      answer json
    )`
  yield* sql`create index requests_by_time on requests (at)`

  yield* sql`
    create table preferences (
      user_id text collate "C" primary key,
      body json not null,
      updated_at bigint not null
    )`
  yield* sql`
    create table followed_teams (
      team text collate "C" not null,
      user_id text collate "C" not null,
      primary key (team, user_id)
    )`
  yield* sql`create index followed_teams_by_user on followed_teams (user_id)`
})
