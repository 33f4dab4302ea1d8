import { Scenario } from "@sightscreen/simulation"
import { Result } from "effect"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "vitest"
import { variable } from "../../apps/simulator/src/mutants/variable.ts"
import { simulator, startSimulatorWith } from "./command.ts"

const hook = fileURLToPath(new URL("../../apps/simulator/src/mutants/hook.ts", import.meta.url))
const patience = { timeout: 180_000 }

describe("a soak", () => {
  it("goes on until it is stopped, and leaves what it found in files", patience, async () => {
    const folder = mkdtempSync(`${tmpdir()}/soak-`)
    // With this bug no phone can read anything, which every seed shows.
    const running = startSimulatorWith(
      { [variable]: "nameless-league", NODE_OPTIONS: `--import=${hook}` },
      "soak",
      "--phones",
      "1",
      "--faults",
      "none",
      "--jobs",
      "2",
      "--out",
      folder
    )
    const told = await running.says(/✗ fast gear, seed \d+: .+\n/)
    running.interrupt()
    assert.strictEqual(await running.ended, 1)
    const [, seed, broken, file] = /✗ fast gear, seed (\d+): (.+) → (.+)\n/.exec(told) ?? []
    assert.match(broken!, /readable/)
    assert.strictEqual(file, `${folder}/fast-${seed}.json`)
    const scenario = Scenario.decode(readFileSync(file!, "utf8"))
    assert.isTrue(Result.isSuccess(scenario))
    if (Result.isSuccess(scenario)) assert.strictEqual(String(scenario.success.seed), seed)
    assert.match(running.out(), /seeds in the fast gear and .+ in the true one, .+: \d+ found\n$/)
    const next = JSON.parse(readFileSync(`${folder}/next.json`, "utf8"))
    assert.isAbove(next.fast, Number(seed))
    rmSync(folder, { recursive: true })
  })

  it("says what of its flags makes no sense", async () => {
    const { code, err } = await simulator("soak", "--jobs", "1")
    assert.strictEqual(code, 1)
    assert.match(err, /--jobs: at least 2/)
  })
})
