import { Effect } from "effect"
import { SqlClient } from "effect/sql"

/**
 * Times are milliseconds since 1970 and come with the row: the database is never asked what time it is.
 * Keys are compared byte by byte, so that pages have the same order in every database.
 * What its owner alone understands is `json`, not `jsonb`, and comes back letter by letter as it was written.
 */
export default Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient

  yield* sql`
    create table fixtures (
      match_id text collate "C" primary key,
      info jsonb not null,
      status text not null,
      outcome jsonb,
      starts_at bigint not null,
      updated_at bigint not null
    )`
  yield* sql`create index fixtures_by_start on fixtures (starts_at, match_id)`
  yield* sql`create index fixtures_by_status on fixtures (status)`

  yield* sql`
    create table active_matches (
      match_id text collate "C" primary key,
      version integer not null,
      state json not null,
      updated_at bigint not null
    )`

  yield* sql`
    create table editions (
      edition_id text collate "C" primary key,
      match_id text collate "C" not null,
      stamp bigint not null,
      cohort text not null,
      body text not null,
      created_at bigint not null,
      done_at bigint,
      progress integer not null
    )`
  yield* sql`create index editions_pending on editions (match_id, created_at, stamp, edition_id) where done_at is null`
  yield* sql`create index editions_done on editions (done_at) where done_at is not null`

  yield* sql`
    create table follows (
      user_id text collate "C" not null,
      match_id text collate "C" not null,
      created_at bigint not null,
      ended_at bigint,
      primary key (user_id, match_id)
    )`
  yield* sql`create index follows_by_match on follows (match_id, user_id) where ended_at is null`

  yield* sql`
    create table devices (
      device_id text collate "C" primary key,
      user_id text collate "C" not null,
      os_version text not null,
      app_version text not null,
      schema_version integer not null,
      frequent_updates boolean not null,
      last_seen_at bigint not null
    )`
  yield* sql`create index devices_by_user on devices (user_id, device_id)`

  yield* sql`
    create table push_tokens (
      token text collate "C" not null,
      kind text not null,
      environment text not null,
      bundle_id text not null,
      device_id text collate "C" not null,
      user_id text collate "C" not null,
      registered_at bigint not null,
      retired_at bigint,
      retired_for text,
      activity_id text,
      primary key (token, kind, environment, bundle_id)
    )`
  yield* sql`create index push_tokens_by_device on push_tokens (device_id, kind) where retired_at is null`
  yield* sql`
    create unique index push_tokens_one_each on push_tokens (device_id, kind, environment, bundle_id)
    where retired_at is null and kind <> 'update'`

  yield* sql`
    create table activities (
      activity_id text collate "C" primary key,
      match_id text collate "C" not null,
      device_id text collate "C" not null,
      user_id text collate "C" not null,
      generation integer not null,
      version integer not null,
      status text not null,
      update_token text collate "C",
      state json not null,
      updated_at bigint not null,
      unique (match_id, device_id, generation)
    )`
  yield* sql`create index activities_by_match on activities (match_id, activity_id)`
  yield* sql`create index activities_by_device on activities (device_id)`
  yield* sql`create index activities_by_token on activities (update_token) where update_token is not null`
  // A ball goes to all of these: the index alone has the answer.
  yield* sql`
    create index activities_live on activities (match_id, activity_id) include (device_id, update_token)
    where status = 'active' and update_token is not null`

  yield* sql`
    create table deliveries (
      push_id uuid primary key,
      match_id text collate "C" not null,
      activity_id text,
      token_tail text not null,
      kind text collate "C" not null,
      stamp bigint not null,
      priority integer not null,
      alert boolean not null,
      sent_at bigint not null,
      verdict text collate "C" not null,
      reason text
    )`
  yield* sql`create index deliveries_by_match on deliveries (match_id)`
  yield* sql`create index deliveries_by_time on deliveries using brin (sent_at)`
})
