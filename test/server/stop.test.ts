import * as fs from "node:fs"
import { afterAll, assert, it } from "@effect/vitest"
import { beacon, cleanUp, home, isAlive, kill, notebook, postmaster, rewrite, start } from "./demo.ts"
import { shortMatch } from "./short.ts"

afterAll(cleanUp)

it("stops when asked, goes on from there, and tells what went wrong", { timeout: 180_000 }, async () => {
  const folder = home()
  const args = ["--match", shortMatch(folder), "--phones", "10", "--speed", "150"]

  const first = start(folder, args)
  await first.says(/WICKET!/)
  const world = beacon(folder)!.pid
  first.signal("SIGINT")
  assert.strictEqual(await first.ended, 0)
  assert.match(first.out(), /^Stopped; the next start goes on from there\.$/m)
  assert.strictEqual(first.err(), "")
  assert.isFalse(isAlive(world))
  assert.isNull(beacon(folder))
  assert.isFalse(fs.existsSync(postmaster(folder)))
  const before = notebook(folder)

  const second = start(folder, args)
  await second.says(/WICKET!/)
  kill(beacon(folder)!.pid)
  assert.strictEqual(await second.ended, 1)
  assert.match(second.err(), /the demo's world is gone: .*world\.log\)/)
  assert.notMatch(second.err(), /^\s+at /m)
  // The same match on the same phones.
  const after = notebook(folder)
  assert.strictEqual(after.run, before.run)
  assert.isAbove(after.world, before.world)
  for (const [index, phone] of after.phones.entries()) {
    const { length } = phone.activities.filter(({ state }) => state._tag === "Active")
    assert.isAtMost(length, 1)
    // None was started twice, but those that listened to channels which the world forgot.
    if (phone.os[0] < 18) assert.lengthOf(phone.activities, 1)
    const had = before.phones[index]!.alerts
    assert.deepStrictEqual(phone.alerts.slice(0, had.length), had)
  }

  // A phone that is switched off, and stays so.
  rewrite(folder, (saved) => ({
    ...saved,
    phones: saved.phones.map((phone, index) => (index === 3 ? { ...phone, online: false } : phone))
  }))
  const third = start(folder, [...args, "--once"])
  assert.strictEqual(await third.ended, 1, third.out() + third.err())
  assert.notMatch(third.out(), /world stands/)
  assert.match(third.out(), / 0 repeated; 0 pushes undecodable, 0 activities doubled$/m)
  assert.notMatch(third.out(), /nobody knows why/, third.out() + third.err())
  // The match goes on while processes start: it may be over before a phone whose channel was forgotten is reached again.
  const told = /^(\d+) of 10 phones show the right final state$/m.exec(third.out())
  const late = /^  (\d+) phones?: Apple stopped and forgot its channel /m.exec(third.out())
  assert.strictEqual(Number(told?.[1]) + Number(late?.[1] ?? 0), 9, third.out() + third.err())
})
