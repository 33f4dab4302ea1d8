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
import { owedToChannels, owedToTokens, repeated } from "./owed.ts"
import { shortMatch } from "./short.ts"

afterAll(cleanUp)

const numberOf = (deviceId: string) => Number(/\d+/.exec(deviceId)![0])

/** Who is started late has less to be told. */
const enough = 10

it("loses no alert to a kill, repeats none, and finishes the match", { timeout: 180_000 }, async () => {
  const folder = home()
  const match = shortMatch(folder)
  // Slow enough for another server to be there before an alert is no longer worth a noise, which is ten minutes of the match.
  const first = npmStart(folder, ["--match", match, "--followers", "36", "--mix", "--speed", "60"])
  await first.says(/WICKET![^]*WICKET!/)
  const world = beacon(folder)!
  const [server] = descendants(first.pid, /main\.ts/)
  // Killed as a user does it: npm, and with it the server; the world stands as worlds do.
  kill(first.pid)
  await until("the server dies with npm", () => !isAlive(server!))
  await first.ended
  const before = await phones(folder)
  assert.isTrue(isAlive(world.pid))
  assert.isAbove(before.byToken, 5)
  assert.isAbove(before.byChannel, 15)

  const second = start(folder, ["--once", "--phones", "7"])
  assert.strictEqual(await second.ended, 0, second.out() + second.err())
  assert.include(
    second.out(),
    `The demo's world stands: ${match} at ×60 on 36 phones of all kinds; this server joins it.\n`
  )
  assert.match(second.out(), /^It stays as it is; 1512773 at ×44 on 7 phones can be had /m)
  assert.match(second.out(), / 0 repeated; 0 pushes undecodable, 0 activities doubled$/m)
  // The one whose start token had changed has it only if there was time for another start.
  assert.match(second.out(), /^2[56] of 36 phones show the right final state$/m, second.out())
  assert.notMatch(second.out(), /nobody knows why|still to come/)
  assert.isFalse(isAlive(world.pid))

  // Those with whom nothing else happens: what they are owed, they have.
  const { phones: after } = notebook(folder)
  const usual = after.filter(({ deviceId }) => numberOf(deviceId) > 18 || numberOf(deviceId) === 1)
  assert.deepStrictEqual(repeated(after.filter(({ forceQuit }) => !forceQuit)), [])
  const isUsual = new Set(usual.map(({ deviceId }) => deviceId))
  const rang = new Set(
    after.flatMap(({ alerts, deviceId }) => alerts.map((one) => `${deviceId} ${one.timestamp}`))
  )
  for (const owed of [owedToTokens, owedToChannels]) {
    const editions = (await ask(folder, owed)).filter(({ deviceId }) => isUsual.has(deviceId))
    assert.isAbove(editions.length, enough)
    assert.deepStrictEqual(
      editions.filter(({ done, told }) => !done || !told),
      []
    )
    // Every alert that was decided is on every phone.
    assert.deepStrictEqual(
      editions.filter(({ deviceId, stamp }) => !rang.has(`${deviceId} ${stamp}`)),
      []
    )
  }
  // What was on the phones before is on them still.
  assert.isAbove(after.flatMap(({ alerts }) => alerts).length, before.alerts)
})
