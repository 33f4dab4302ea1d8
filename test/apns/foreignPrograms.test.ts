import { spawn } from "node:child_process"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"

const script = fileURLToPath(new URL("foreign/main.ts", import.meta.url))

/** The script about one program, as a person runs it. */
const run = (program: string) =>
  new Promise<{ readonly code: number | null; readonly out: string }>((resolve, reject) => {
    const child = spawn(process.execPath, [script, program, "--brief"], { stdio: ["ignore", "pipe", "pipe"] })
    let out = ""
    child.stdout.on("data", (bytes: Buffer) => (out += bytes.toString()))
    child.stderr.on("data", (bytes: Buffer) => (out += bytes.toString()))
    child.on("error", reject)
    child.on("close", (code) => resolve({ code, out }))
  })

describe("a program that others have written", { timeout: 120_000 }, () => {
  for (const [program, does] of [
    ["curl", "pushes to the model Apple, and is answered as Apple answers"],
    ["nghttp", "finds the model Apple's frames in order"],
    ["nghttpd", "takes what our client sends, whatever its windows, tables and limits"],
    ["nginx", "takes what our client sends, and loses nothing by going away"]
  ] as const) {
    it(`${program} ${does}`, async (context) => {
      const { code, out } = await run(program)
      context.skip(code === 77, `${program} is not installed here`)
      assert.strictEqual(code, 0, out)
      assert.match(out, /^ok {3}/m)
    })
  }

  it("that there is no script for is refused", async () => {
    const { code, out } = await run("telnet")
    assert.strictEqual(code, 1)
    assert.match(out, /no script for telnet; there are curl, nghttp, nghttpd, nginx/)
  })
})
