import type { PgClient } from "@effect/sql-pg"
import { afterAll, assert, it } from "@effect/vitest"
import {
  ask,
  beacon,
  cleanUp,
  descendants,
  home,
  isAlive,
  kill,
  notebook,
  npmStart,
  phones,
  start,
  until
} from "./demo.ts"
import { shortMatch } from "./short.ts"

afterAll(cleanUp)

/** By title and words: an alert that was decided twice is told twice, whatever its time. */
const repeated = (folder: string) =>
  notebook(folder).phones.flatMap(({ alerts, deviceId }) => {
    const seen = new Set(alerts.map(({ body, title }) => `${title}: ${body}`))
    return seen.size === alerts.length ? [] : [deviceId]
  })

interface Owed {
  readonly deviceId: string
  readonly stamp: number
  readonly done: boolean
  readonly told: boolean
}

/** From its first update on a phone is sent everything that is decided; before, it has the state it was started with. */
const owed = (sql: PgClient.PgClient) => sql<Owed>`
  select a.device_id as "deviceId", e.stamp::float8 as stamp, e.done_at is not null as done, exists (
    select 1 from deliveries d
    where d.activity_id = a.activity_id and d.stamp = e.stamp and d.verdict = 'Accepted') as told
  from editions e cross join activities a
  where e.stamp > (
    select min(d.stamp) from deliveries d
    where d.activity_id = a.activity_id and d.kind <> 'start' and d.verdict = 'Accepted')`

it("loses no alert to a kill, repeats none, and finishes the match", { timeout: 180_000 }, async () => {
  const folder = home()
  const match = shortMatch(folder)
  const first = npmStart(folder, ["--match", match, "--phones", "20", "--speed", "300"])
  await first.says(/WICKET![^]*WICKET!/)
  const world = beacon(folder)!
  const [server] = descendants(first.pid, /main\.ts/)
  // Killed as a user does it: npm, and with it the server; the world stands as worlds do.
  kill(first.pid)
  await until("the server dies with npm", () => !isAlive(server!))
  await first.ended
  const before = await phones(folder)
  assert.isTrue(isAlive(world.pid))

  const second = start(folder, ["--once", "--phones", "7"])
  assert.strictEqual(await second.ended, 0, second.out() + second.err())
  assert.include(
    second.out(),
    `The demo's world stands: ${match} at ×300 on 20 phones; this server joins it.\n`
  )
  assert.match(second.out(), /^It stays as it is; 1512773 at ×44 on 7 phones can be had /m)
  assert.match(second.out(), / 0 repeated; 0 pushes undecodable, 0 activities doubled$/m)
  assert.match(second.out(), /^All 20 phones show the right final state$/m)
  assert.isFalse(isAlive(world.pid))

  assert.deepStrictEqual(repeated(folder), [])
  const editions = await ask(folder, owed)
  assert.isAbove(editions.length, 20)
  assert.deepStrictEqual(
    editions.filter(({ done, told }) => !done || !told),
    []
  )
  // What was on the phones before is on them still, and every alert that was decided is on every phone.
  const { phones: after } = notebook(folder)
  assert.isAbove(after.flatMap(({ alerts }) => alerts).length, before.alerts)
  const rang = new Set(
    after.flatMap(({ alerts, deviceId }) => alerts.map((one) => `${deviceId} ${one.timestamp}`))
  )
  assert.deepStrictEqual(
    editions.filter(({ deviceId, stamp }) => !rang.has(`${deviceId} ${stamp}`)),
    []
  )
})
