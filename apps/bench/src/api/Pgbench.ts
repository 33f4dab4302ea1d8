import { spawn, spawnSync } from "node:child_process"
import { writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import type { EmbeddedPostgres } from "@sightscreen/store"

/**
 * What the database does with the writes of a request when nobody asks it anything else: the same statements, by
 * PostgreSQL's own `pgbench`, each committed durably before the next.
 */
export interface Limit {
  readonly perSecond: number
  readonly meanMillis: number
}

const program = "pgbench"

export const isInstalled = (): boolean =>
  spawnSync(program, ["--version"], { stdio: "ignore" }).error === undefined

/** The ladder of the phone, why it stands where it stands, and the token. */
const token = `\\set n random(1, 1000000000)
with begun as (
  insert into recoveries (device_id, version, state, updated_at)
  values ('pgbench-' || :n, 0, '{"starts":[],"unansweredInARow":0,"matches":[]}', 1750000000000)
  on conflict do nothing returning device_id
) select device_id from begun;
insert into decisions (match_id, device_id, activity_id, at, kind, stamp, body)
values (null, 'pgbench-' || :n, null, 1750000000000, 'ladder', null, '{"heard":"StartTokenReported","outputs":[{"said":"StartPending"}]}');
select * from register_push_tokens(json_build_array(json_build_object(
  'token', lpad(to_hex((:n)::int), 64, '0'), 'sealed', 'one.' || repeat(lpad(to_hex((:n)::int), 8, 'f'), 14), 'kind', 'start',
  'environment', 'production', 'bundleId', 'com.example.cricket', 'deviceId', 'pgbench-' || :n,
  'userId', 'pgbench-user-' || :n, 'registeredAt', 1750000000000, 'activityId', null)));
`

const follow = `\\set n random(1, 1000000000)
insert into follows (user_id, match_id, created_at, ended_at, team_id)
values ('pgbench-user-' || :n, 'pgbench', 1750000000000, null, null)
on conflict (user_id, match_id) do update
set ended_at = null, team_id = coalesce(excluded.team_id, follows.team_id)
where follows.ended_at is not null;
`

export const scripts = { token, follow } as const

/** So many clients write for so many seconds. */
export const run = (
  what: keyof typeof scripts,
  {
    clients,
    database,
    folder,
    seconds
  }: {
    readonly database: EmbeddedPostgres.Server
    readonly folder: string
    readonly clients: number
    readonly seconds: number
  }
): Promise<Limit> =>
  new Promise((resolve, reject) => {
    const file = join(folder, `${what}.sql`)
    writeFileSync(file, scripts[what])
    const child = spawn(
      program,
      [
        ["--host", dirname(database.socket)],
        ["--username", "postgres"],
        ["--no-vacuum"],
        ["--protocol", "prepared"],
        ["--client", `${clients}`],
        ["--time", `${seconds}`],
        ["--file", file],
        ["postgres"]
      ].flat(),
      { stdio: ["ignore", "pipe", "pipe"] }
    )
    let said = ""
    let complaints = ""
    child.stdout.setEncoding("utf8").on("data", (text: string) => (said += text))
    child.stderr.setEncoding("utf8").on("data", (text: string) => (complaints += text))
    child.on("error", reject)
    child.on("close", () => {
      const perSecond = Number(/^tps = ([\d.]+)/m.exec(said)?.[1])
      const meanMillis = Number(/^latency average = ([\d.]+) ms/m.exec(said)?.[1])
      if (perSecond > 0) resolve({ perSecond, meanMillis })
      else reject(new Error(`pgbench has measured nothing: ${complaints || said}`))
    })
  })
