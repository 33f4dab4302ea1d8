import { Effect } from "effect"
import { SqlClient } from "effect/sql"

/**
 * Device tokens are filed under names and kept sealed. What is there stays as it is, named by itself, until a server that
 * has a secret opens the database and seals it.
 */
export default Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient

  yield* sql`alter table push_tokens add column sealed text`
  yield* sql`update push_tokens set sealed = token`
  yield* sql`alter table push_tokens alter column sealed set not null`
  yield* registration(sql)

  yield* sql`alter table activities add column update_token_name text collate "C"`
  yield* sql`update activities set update_token_name = update_token where update_token is not null`
  yield* sql`drop index activities_by_token`
  yield* sql`
    create index activities_by_token on activities (update_token_name) where update_token_name is not null`
})

/** As before, with tokens by their names, and what is replaced as it is kept. */
const registration = (sql: SqlClient.SqlClient) => sql`
  create or replace function register_push_tokens(given json)
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
        token text, sealed text, kind text, environment text, "bundleId" text, "deviceId" text, "userId" text,
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
          returning p.sealed
        )
        select coalesce(json_agg(gone.sealed), '[]') into "replaced" from gone;
      end if;

      insert into push_tokens as p (
        token, sealed, kind, environment, bundle_id, device_id, user_id, registered_at, retired_at, retired_for,
        activity_id, suspicions, suspected_at)
      values (
        one.token, one.sealed, one.kind, one.environment, one."bundleId", one."deviceId", one."userId",
        one."registeredAt", null, null, one."activityId", 0, null)
      on conflict (token, kind, environment, bundle_id) do update set
        sealed = excluded.sealed,
        device_id = excluded.device_id, user_id = excluded.user_id, activity_id = excluded.activity_id,
        registered_at = greatest(p.registered_at, excluded.registered_at),
        retired_at = null, retired_for = null, suspicions = 0, suspected_at = null;
      return next;
    end loop;
  end $$`
