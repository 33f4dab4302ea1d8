import { execFile, spawnSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { promisify } from "node:util"
import { afterAll, assert, it } from "@effect/vitest"
import { cleanUp, home, start } from "./demo.ts"

afterAll(cleanUp)

/** What somebody types who tries the API for the first time. */
const page = readFileSync(new URL("../../docs/api.md", import.meta.url), "utf8")
const [, block = ""] = /## An afternoon with it\n.*?```sh\n(.*?)```/s.exec(page) ?? []
const lines = block.trim().split("\n")

const said = async (folder: string, args: ReadonlyArray<string>): Promise<string> => {
  const command = start(folder, args)
  assert.strictEqual(await command.ended, 0, command.err())
  return command.out().trim()
}

const curl = spawnSync("curl", ["--version"], { encoding: "utf8" })
// `--json` came with 7.82.
const [, major = 0, minor = 0] = /^curl (\d+)\.(\d+)/.exec(curl.stdout ?? "")?.map(Number) ?? []
const isThere = major > 7 || (major === 7 && minor >= 82)

it.runIf(isThere)(
  "the way through the API that its page shows works as it is written",
  { timeout: 180_000 },
  async () => {
    const folder = home()
    const none = start(folder, ["token", "ann"])
    assert.strictEqual(await none.ended, 1)
    assert.match(none.err(), /no demo runs in /)
    const demo = start(folder, ["--phones", "2", "--speed", "60"])
    await demo.says(/WICKET|newest state|FOUR|SIX|on fire|IND \d/)
    const [, api] = /^Health: (\S+)\/health$/m.exec(demo.out())!
    const env = {
      ...process.env,
      API: `${api}/v1`,
      TOKEN: await said(folder, ["token", "ann"]),
      KEY: await said(folder, ["key", "add", "ann", "--role", "operator"])
    }
    assert.match(env.KEY, /^ssk_/)
    const asked = lines.filter((line) => line.startsWith("curl "))
    assert.lengthOf(asked, 9)
    const answers: Array<string> = []
    for (const line of asked) {
      const isStream = line.includes("--no-buffer")
      const command = `${line.replace("--max-time 10", "--max-time 3")} --silent --show-error --fail-with-body`
      const done = await promisify(execFile)("bash", ["-c", command], { env }).catch(
        (why: { readonly stdout: string; readonly stderr: string; readonly code: number }) => why
      )
      const code = "code" in done ? done.code : 0
      // Events go on until their reader leaves.
      assert.strictEqual(code, isStream ? 28 : 0, `${line}\n${done.stdout}\n${done.stderr}`)
      answers.push(done.stdout)
    }
    const [live, , , follow, activities, explanation, events, admin] = answers
    assert.include(live, '"matchId":"1512773"')
    assert.include(follow, '"deviceId":"ann-phone"')
    assert.include(activities, '"activityId":"1512773/ann-phone/1"')
    assert.include(explanation, '"deviceId":"ann-phone"')
    assert.match(events!, /^(?:id: \d+\n)?event: (?:state|ping)$/m)
    assert.include(admin, '"told":true')
    demo.signal("SIGTERM")
    assert.strictEqual(await demo.ended, 0)
  }
)
