import { spawn } from "node:child_process"
import * as fs from "node:fs"
import { fileURLToPath } from "node:url"
import { afterAll, assert, it } from "@effect/vitest"
import { cleanUp, home, isAlive, until } from "./demo.ts"

afterAll(cleanUp)

it(
  "begins anew where its notebook cannot be read, and ends when nobody asks for anything",
  { timeout: 60_000 },
  async () => {
    const folder = `${home()}/world`
    fs.mkdirSync(folder)
    fs.writeFileSync(`${folder}/world.json`, "{")
    const order = {
      folder,
      match: "rain",
      speed: 40,
      phones: 3,
      crowd: "mix",
      played: 1,
      forgottenAfterMillis: 100
    }
    const script = fileURLToPath(new URL("../../apps/server/src/demo/World.ts", import.meta.url))
    const world = spawn(process.execPath, [script, JSON.stringify(order)], { stdio: "pipe" })
    let said = ""
    world.stdout.on("data", (text: Buffer) => (said += text.toString()))
    await until("it ends", () => !isAlive(world.pid!))
    assert.match(said, /match 1001493279 at ×40 on 3 phones" message=begins /)
    assert.match(said, /its notebook could not be read and was put aside/)
    assert.match(said, /no server has asked for anything/)
    assert.isFalse(fs.existsSync(`${folder}/beacon.json`))
    assert.strictEqual(fs.readFileSync(`${folder}/world.json.unreadable`, "utf8"), "{")
    assert.strictEqual(JSON.parse(fs.readFileSync(`${folder}/world.json`, "utf8")).run, 2)
  }
)
