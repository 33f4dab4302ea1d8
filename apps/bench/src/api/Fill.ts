import { Instant } from "@sightscreen/decider"
import type { Ids } from "@sightscreen/domain"
import { EmbeddedPostgres, PushTokens, Sql, Vault } from "@sightscreen/store"
import { Clock, Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import * as Stand from "./Stand.ts"

/** Followers whom nobody waits for to register: their rows, as the server would have written them. */
export interface Range {
  readonly matchId: string
  readonly from: number
  readonly to: number
  readonly deviceOf: (nth: number) => string
  readonly userOf: (nth: number) => string
  readonly tokenOf: (nth: number) => string
}

const page = 5000

export const phones = (stand: Stand.Stand, { deviceOf, from, matchId, to, tokenOf, userOf }: Range) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const tokens = yield* PushTokens.PushTokens
    const at = Instant.fromMillis(yield* Clock.currentTimeMillis)
    for (let first = from; first < to; first += page) {
      const some = Array.from({ length: Math.min(page, to - first) }, (_, nth) => first + nth)
      const rows = JSON.stringify(some.map((nth) => ({ device: deviceOf(nth), owner: userOf(nth) })))
      const given = sql`json_to_recordset(${rows}::json) as t(device text, owner text)`
      yield* sql`
        insert into devices (device_id, user_id, os_version, app_version, schema_version, frequent_updates, language, last_seen_at)
        select device, owner, '17.4', '1.0', 1, true, 'en', ${at} from ${given}`
      yield* sql`
        insert into follows (user_id, match_id, created_at, ended_at, team_id)
        select owner, ${matchId}, ${at}, null, null from ${given}`
      yield* tokens.registerMany(
        some.map((nth) => ({
          token: tokenOf(nth),
          kind: "start" as const,
          environment: "production" as const,
          bundleId: Stand.bundleId,
          deviceId: deviceOf(nth) as Ids.DeviceId,
          userId: userOf(nth) as Ids.UserId,
          registeredAt: at,
          activityId: null
        }))
      )
    }
  }).pipe(
    Effect.provide(
      PushTokens.PushTokens.layer.pipe(
        Layer.provide(Layer.succeed(Vault.Vault, stand.vault)),
        Layer.provideMerge(Sql.layerUnmigrated(EmbeddedPostgres.connection(stand.database)))
      )
    )
  )
