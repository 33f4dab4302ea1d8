import type { PgClient } from "@effect/sql-pg"
import type { Notebook } from "./demo.ts"

/** By title and words: an alert that was decided twice is told twice, whatever its time. */
export const repeated = (phones: Notebook["phones"]) =>
  phones.flatMap(({ alerts, deviceId }) => {
    const seen = new Set(alerts.map(({ body, title }) => `${title}: ${body}`))
    return seen.size === alerts.length ? [] : [deviceId]
  })

export interface Owed {
  readonly deviceId: string
  readonly stamp: number
  readonly done: boolean
  readonly told: boolean
}

/** From its first update on a phone is sent everything that is decided; before, it has the state it was started with. */
export const owedToTokens = (sql: PgClient.PgClient) => sql<Owed>`
  select a.device_id as "deviceId", e.stamp::float8 as stamp, e.done_at is not null as done, exists (
    select 1 from deliveries d
    where d.activity_id = a.activity_id and d.stamp = e.stamp and d.verdict = 'Accepted') as told
  from editions e join activities a on a.match_id = e.match_id and a.cohort = e.cohort
  where e.cohort like 'token/%' and e.stamp > (
    select min(d.stamp) from deliveries d
    where d.activity_id = a.activity_id and d.kind <> 'start' and d.verdict = 'Accepted')`

/** What is decided once a phone listens is published on its channel. */
export const owedToChannels = (sql: PgClient.PgClient) => sql<Owed>`
  select a.device_id as "deviceId", e.stamp::float8 as stamp, e.done_at is not null as done, exists (
    select 1 from deliveries d
    where d.cohort = e.cohort and d.stamp = e.stamp and d.kind = 'publish' and d.verdict = 'Accepted') as told
  from editions e join activities a on a.match_id = e.match_id and a.cohort = e.cohort
  where e.cohort like 'channel/%' and e.stamp * 1000 > a.active_since`
