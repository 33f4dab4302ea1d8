import * as fs from "node:fs"
import { afterAll, assert, it } from "@effect/vitest"
import { beacon, cleanUp, home, isAlive, notebook, postmaster, start, until } from "./demo.ts"

afterAll(cleanUp)

it("plays a match to its end, and the next start plays it again", { timeout: 120_000 }, async () => {
  const folder = home()
  const args = ["--match", "rain", "--phones", "10", "--speed", "500"]
  const once = start(folder, [...args, "--once"])
  await once.says(/^Health: .*\n/m)
  const [, health] = /^Health: (.*)$/m.exec(once.out())!
  const [alive, ready] = await Promise.all([fetch(health!), fetch(`${health}/ready`)])
  assert.deepStrictEqual([alive.status, await alive.json()], [200, { status: "ok" }])
  assert.deepStrictEqual([ready.status, await ready.json()], [200, { status: "ready", troubles: [] }])

  assert.strictEqual(await once.ended, 0, once.err())
  const lines = once.out().split("\n")
  assert.match(lines[0]!, /^Sightscreen: a real match, .* screens of 10 model phones\.$/)
  assert.match(lines[1]!, /^Hobart Hurricanes v Melbourne Stars, Big Bash League, is played again at ×500: /)
  assert.match(once.out(), /Ctrl-C stops it/)
  // A line is written when the phones show what it tells.
  const told = lines.filter((line) => line.includes("WICKET!"))
  assert.isAbove(told.length, 0)
  for (const line of told)
    assert.match(line, /^(HUR|STA) \d.* \| on \d+\/10 phones \| \d+ pushes: P5 \d+, P10 \d+, /)
  assert.match(told.join("\n"), / \| on 10\/10 phones \| /)
  assert.match(once.out(), /^Hobart Hurricanes won by 3 runs \(D\/L\)$/m)
  assert.match(
    once.out(),
    /^\d+ alerts on 10 phones, 0 repeated; 0 pushes undecodable, 0 activities doubled$/m
  )
  assert.match(once.out(), /^All 10 phones show the right final state$/m)
  // Nothing for a terminal goes to who is none.
  assert.notInclude(once.out(), "\u001b")
  assert.strictEqual(once.err(), "")

  const again = start(folder, args)
  await again.says(/^Health: /m)
  const world = beacon(folder)!.pid
  await until("all follow the next match", () => {
    const { following, run } = notebook(folder)
    return run === 2 && following.length === 10
  })
  again.signal("SIGTERM")
  assert.strictEqual(await again.ended, 0)
  assert.isFalse(isAlive(world))
  assert.isFalse(fs.existsSync(postmaster(folder)))
})
