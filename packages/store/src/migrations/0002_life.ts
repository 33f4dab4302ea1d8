import { Effect } from "effect"
import { SqlClient } from "effect/sql"

/**
 * The whole life of Live Activities: their cohorts and channels, what a phone has recovered from, what was said once, and
 * why things happened.
 *
 * What older rows get is written by the migration; no column keeps a default.
 */
export default Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient

  yield* sql`alter table devices add column language text not null default 'en'`
  yield* sql`alter table devices alter column language drop default`

  yield* sql`alter table follows add column team_id text`
  yield* sql`create index follows_ended on follows (ended_at) where ended_at is not null`

  yield* sql`
    alter table push_tokens
      add column suspicions integer not null default 0,
      add column suspected_at bigint`
  yield* sql`alter table push_tokens alter column suspicions drop default`
  yield* sql`create index push_tokens_retired on push_tokens (retired_at) where retired_at is not null`
  yield* registration(sql)

  yield* sql`
    alter table activities
      add column cohort text collate "C",
      add column instance text collate "C",
      add column channel_id text collate "C",
      add column active_since bigint`
  // Nothing is told but by cohort: without one an activity that is on a screen would never hear of its end.
  yield* sql`
    update activities as a set
      cohort = coalesce(
        (select concat_ws('/', 'token', least(d.schema_version, 1), 'en',
            case when d.frequent_updates then 'frequent' else 'normal' end)
          from devices as d where d.device_id = a.device_id),
        'token/1/en/normal'),
      active_since = case when a.status <> 'active' then null
        when json_typeof(a.state -> 'since') = 'number' then (a.state ->> 'since')::float8::bigint
        else a.updated_at end
    where a.status <> 'ended'`
  yield* sql`drop index activities_live`
  // A ball goes to all of these, at once or cohort by cohort: either way the index alone has the answer.
  yield* sql`
    create index activities_live on activities (match_id, activity_id) include (device_id, update_token, cohort)
    where status = 'active' and update_token is not null`
  yield* sql`
    create index activities_by_cohort on activities (match_id, cohort, activity_id)
    include (device_id, update_token, status) where status <> 'ended' and cohort is not null`
  yield* sql`
    create index activities_by_channel on activities (channel_id, activity_id)
    where status <> 'ended' and channel_id is not null`
  yield* sql`
    create index activities_by_age on activities (match_id, active_since)
    where status = 'active' and active_since is not null`
  yield* sql`create index activities_by_user on activities (user_id, match_id, activity_id)`
  yield* sql`create index activities_over on activities (updated_at) where status in ('ended', 'failed')`

  yield* sql`
    create table recoveries (
      device_id text collate "C" primary key,
      version integer not null,
      state json not null,
      updated_at bigint not null
    )`

  yield* sql`
    create table notices (
      kind text collate "C" not null,
      subject text collate "C" not null,
      match_id text collate "C" not null,
      at bigint not null,
      primary key (kind, subject, match_id)
    )`
  yield* sql`create index notices_by_time on notices using brin (at)`

  yield* sql`
    create table broadcast_channels (
      match_id text collate "C" not null,
      cohort text collate "C" not null,
      environment text collate "C" not null,
      bundle_id text collate "C" not null,
      channel_id text collate "C" unique,
      version integer not null,
      state json not null,
      updated_at bigint not null,
      primary key (match_id, cohort, environment, bundle_id)
    )`

  yield* sql`
    alter table deliveries
      add column device_id text collate "C",
      add column cause text,
      add column cohort text`
  yield* sql`create index deliveries_by_device on deliveries (device_id, sent_at, push_id) where device_id is not null`
  yield* sql`
    create index deliveries_published on deliveries (match_id, sent_at, push_id)
    where device_id is null and kind = 'publish'`
  yield* sql`create index deliveries_by_tail on deliveries (token_tail, sent_at, push_id)`

  yield* sql`
    create table decisions (
      id bigint generated always as identity primary key,
      match_id text collate "C",
      device_id text collate "C",
      activity_id text collate "C",
      at bigint not null,
      kind text not null,
      stamp bigint,
      body json not null
    )`
  yield* sql`create index decisions_by_match on decisions (match_id, id) where match_id is not null`
  // Of a match with a million phones almost all decisions are about one of them.
  yield* sql`create index decisions_shared on decisions (match_id, id) where match_id is not null and device_id is null`
  yield* sql`
    create index decisions_by_stamp on decisions (match_id, stamp, id) where match_id is not null and stamp is not null`
  yield* sql`create index decisions_by_device on decisions (device_id, id) where device_id is not null`
  yield* sql`create index decisions_by_time on decisions using brin (at)`
})

/**
 * Registers tokens one after the other and tells of each, in their order, what it changed.
 *
 * What happens to a token, to the device it goes to and to the device it was on happens in turn: all that a call touches is
 * locked before the first row is, in one order, so that calls that cross wait for each other and never in a circle. A
 * function, because a phone waits for the answer: five statements, one round trip.
 */
const registration = (sql: SqlClient.SqlClient) => sql`
  create function register_push_tokens(given json)
  returns table ("movedFrom" text, "formerUser" text, "replaced" json)
  language plpgsql as $$
  declare
    one record;
    former record;
  begin
    perform pg_advisory_xact_lock(thing) from (
      select distinct hashtextextended('push_tokens/' || name, 0) as thing
      from json_to_recordset(given)
          as t(token text, kind text, environment text, "bundleId" text, "deviceId" text)
        left join lateral (
          select device_id from push_tokens
          where token = t.token and kind = t.kind and environment = t.environment and bundle_id = t."bundleId"
          limit 1
        ) as p on true
        cross join lateral unnest(array[t.token, t."deviceId", p.device_id]) as subject
        cross join lateral concat_ws('/', subject, t.kind, t.environment, t."bundleId") as name
      where subject is not null
      order by thing
    ) as things;

    for one in
      select * from json_to_recordset(given) as t(
        token text, kind text, environment text, "bundleId" text, "deviceId" text, "userId" text,
        "registeredAt" int8, "activityId" text)
    loop
      select p.device_id, p.user_id into former from push_tokens p
      where p.token = one.token and p.kind = one.kind and p.environment = one.environment
        and p.bundle_id = one."bundleId";
      "movedFrom" := nullif(former.device_id, one."deviceId");
      "formerUser" := nullif(former.user_id, one."userId");

      "replaced" := '[]';
      if one.kind <> 'update' then
        with gone as (
          update push_tokens p set retired_at = one."registeredAt", retired_for = 'replaced'
          where p.device_id = one."deviceId" and p.kind = one.kind and p.environment = one.environment
            and p.bundle_id = one."bundleId" and p.token <> one.token and p.retired_at is null
          returning p.token
        )
        select coalesce(json_agg(gone.token order by gone.token), '[]') into "replaced" from gone;
      end if;

      insert into push_tokens as p (
        token, kind, environment, bundle_id, device_id, user_id, registered_at, retired_at, retired_for, activity_id,
        suspicions, suspected_at)
      values (
        one.token, one.kind, one.environment, one."bundleId", one."deviceId", one."userId", one."registeredAt", null,
        null, one."activityId", 0, null)
      on conflict (token, kind, environment, bundle_id) do update set
        device_id = excluded.device_id, user_id = excluded.user_id, activity_id = excluded.activity_id,
        registered_at = greatest(p.registered_at, excluded.registered_at),
        retired_at = null, retired_for = null, suspicions = 0, suspected_at = null;
      return next;
    end loop;
  end $$`
