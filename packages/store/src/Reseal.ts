import { Effect, Schema } from "effect"
import { SqlClient } from "effect/sql"
import { fromSql, type StoreError } from "./Fault.ts"
import { Vault, veil } from "./Vault.ts"

/** Tokens, or what webhooks are signed with, are sealed in the database with a secret that this server has not. */
export class MissingSecret extends Schema.TaggedError<MissingSecret>()("MissingSecret", {
  /** The ids of the secrets that are missing. */
  ids: Schema.Array(Schema.String)
}) {
  override get message(): string {
    return `device tokens or webhooks' secrets are sealed with a secret that is not given: ${this.ids.join(", ")}`
  }
}

interface Row {
  readonly token: string
  readonly kind: string
  readonly environment: string
  readonly bundleId: string
  readonly sealed: string
}

interface ActivityRow {
  readonly activityId: string
  readonly version: number
  readonly updateToken: string
  readonly state: string
}

const batch = 500

/**
 * Seals every device token as it is sealed now, and files it under its name, and the secrets of webhooks with them: to be done before the first request is served.
 *
 * So a secret is replaced: the new one is put behind the old one everywhere (`old:…,new:…`), so that every server can open
 * what it will seal; then before it (`new:…,old:…`), and each server seals anew what it finds as it starts; then the old one
 * is taken away. Done twice, by several servers at once, or broken off, it harms nothing.
 */
export const run: Effect.Effect<number, StoreError | MissingSecret, SqlClient.SqlClient> = Effect.gen(
  function* () {
    const sql = yield* SqlClient.SqlClient
    const vault = yield* Vault
    const failed = Effect.mapError((error: Parameters<typeof fromSql>[2]) =>
      fromSql("push_tokens", "reseal", error)
    )
    const missing = yield* sql<{ readonly id: string }>`
      select distinct split_part(sealed, '.', 2) as id from (
        select sealed from push_tokens where starts_with(sealed, 'v1.')
        union all
        select update_token from activities where starts_with(update_token, 'v1.')
        union all
        select secret from webhooks where starts_with(secret, 'v1.')
      ) as t`.pipe(failed)
    const unknown = missing.map(({ id }) => id).filter((id) => !vault.ids.includes(id))
    if (unknown.length > 0) return yield* new MissingSecret({ ids: unknown.sort() })
    if (vault.isPlain) return 0
    let done = 0
    for (;;) {
      const rows = yield* sql<Row>`
        select token, kind, environment, bundle_id as "bundleId", sealed from push_tokens
        where not starts_with(sealed, ${vault.beginning}) limit ${batch}`.pipe(failed)
      if (rows.length === 0) break
      const opened = rows.flatMap((row) => {
        const token = vault.open(row.sealed)
        return token === null ? [] : [{ ...row, name: vault.name(token), again: vault.seal(token) }]
      })
      // Nobody can open these: whoever has such a token reports it again.
      const lost = rows.length - opened.length
      if (lost > 0) yield* Effect.logError(`${lost} device tokens cannot be opened; they are dropped`)
      yield* sql
        .withTransaction(
          Effect.gen(function* () {
            const given = sql`json_to_recordset(${JSON.stringify(rows.map((row) => opened.find((one) => one.sealed === row.sealed) ?? row))}::json)
              as t(token text, kind text, environment text, "bundleId" text, sealed text, name text, again text)`
            // One that was reported meanwhile, under its new name, is newer than what is found here.
            yield* sql`
              delete from push_tokens p using ${given}
              where p.token = t.token and p.kind = t.kind and p.environment = t.environment
                and p.bundle_id = t."bundleId" and p.sealed = t.sealed
                and (t.name is null or exists (
                  select 1 from push_tokens q where q.token = t.name and q.kind = t.kind
                    and q.environment = t.environment and q.bundle_id = t."bundleId" and q.token <> p.token))`
            yield* sql`
              update push_tokens p set token = t.name, sealed = t.again from ${given}
              where p.token = t.token and p.kind = t.kind and p.environment = t.environment
                and p.bundle_id = t."bundleId" and p.sealed = t.sealed and t.name is not null`
          })
        )
        .pipe(failed)
      done += rows.length
    }
    for (let after = ""; ;) {
      const rows = yield* sql<ActivityRow>`
        select activity_id as "activityId", version, update_token as "updateToken", state::text as state
        from activities where update_token is not null and not starts_with(update_token, ${vault.beginning})
          and activity_id > ${after}
        order by activity_id limit ${batch}`.pipe(failed)
      const last = rows.at(-1)
      if (last === undefined) break
      after = last.activityId
      const again = rows.flatMap((row) => {
        const token = vault.open(row.updateToken)
        return token === null
          ? []
          : [
              {
                ...row,
                sealed: vault.seal(token),
                name: vault.name(token),
                state: row.state.replaceAll(JSON.stringify(token).slice(1, -1), veil)
              }
            ]
      })
      yield* sql`
        update activities a set update_token = t.sealed, update_token_name = t.name, state = t.state::json
        from json_to_recordset(${JSON.stringify(again)}::json)
          as t("activityId" text, version int4, sealed text, name text, state text)
        where a.activity_id = t."activityId" and a.version = t.version`.pipe(failed)
      done += again.length
    }
    return done + (yield* webhookSecrets(vault).pipe(failed))
  }
)

/** They are few. Nobody can report one again, so one that cannot be opened stays as it is, and its webhook says so. */
const webhookSecrets = Effect.fnUntraced(function* (vault: Vault) {
  const sql = yield* SqlClient.SqlClient
  const found = yield* sql<{ readonly id: string; readonly secret: string }>`
    select webhook_id as id, secret from webhooks where not starts_with(secret, ${vault.beginning})`
  let done = 0
  for (const { id, secret } of found) {
    const opened = vault.open(secret)
    if (opened === null) continue
    yield* sql`
      update webhooks set secret = ${vault.sealSecret(opened)} where webhook_id = ${id} and secret = ${secret}`
    done += 1
  }
  return done
})
