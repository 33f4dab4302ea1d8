import { assert, describe, it } from "@effect/vitest"
import { Bundled, Cricsheet, Tape } from "@sightscreen/feed"
import { Result } from "effect"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as CricsheetText from "../../apps/bench/src/CricsheetText.ts"
import { quantile } from "../../apps/bench/src/Measure.ts"
import { bench } from "../simulator/command.ts"

const tape = (alias: string) => Result.getOrThrow(Tape.decode(readFileSync(Bundled.find(alias)!.url)))

describe("the text rebuilt from a tape", () => {
  for (const { alias, id } of Bundled.bundled) {
    it(`reads as the very same match: ${alias}`, () => {
      const recording = tape(alias)
      const again = Cricsheet.parse(id, CricsheetText.of(recording))
      assert.deepStrictEqual(Result.getOrThrow(again), recording)
    })
  }
})

describe("quantiles", () => {
  it("lie between the values", () => {
    assert.strictEqual(quantile([3, 1, 2], 0.5), 2)
    assert.strictEqual(quantile([4, 1, 2, 3], 0.5), 2.5)
    assert.strictEqual(quantile([5], 0.99), 5)
  })
})

describe.concurrent("bench detect", () => {
  it("prints one JSON object of the agreed shape", async () => {
    const folder = mkdtempSync(join(tmpdir(), "bench-"))
    const file = join(folder, "rain.json")
    writeFileSync(file, CricsheetText.of(tape("rain")))
    const tiny = ["--rounds", "1", "--millis", "1"]
    const { code, err, out } = await bench("detect", "--file", file, ...tiny, "--json")
    rmSync(folder, { recursive: true })
    assert.deepStrictEqual({ code, err }, { code: 0, err: "" })

    const report = JSON.parse(out)
    assert.deepStrictEqual(Object.keys(report), ["bench", "machine", "rows", "ratios"])
    assert.strictEqual(report.bench, "detect")
    assert.deepStrictEqual(Object.keys(report.machine), ["cpu", "cores", "node"])
    assert.deepStrictEqual(
      report.rows.map((row: { readonly name: string }) => row.name),
      ["parse", "decode", "parse + decode", "fold", "everything"]
    )
    for (const row of report.rows) {
      const { name, p50Millis, p99Millis, ...numbers } = row
      assert.deepStrictEqual(Object.keys(numbers), ["perSecond", "cpuSecondsPer10k", "peakRssMiB"])
      for (const value of Object.values(numbers)) assert.isAtLeast(value as number, 0)
      if (name === "fold") assert.isAtMost(p50Millis, p99Millis)
      else assert.deepStrictEqual([p50Millis, p99Millis], [null, null])
    }
    assert.includeMembers(Object.keys(report.ratios), ["fold/parse", "decode/parse"])
    for (const ratio of Object.values(report.ratios)) assert.isAbove(ratio as number, 0)
  })

  it("refuses what it does not know, in words", async () => {
    const [name, file] = await Promise.all([bench("defect"), bench("detect", "--file", "nowhere.json")])
    assert.deepStrictEqual([name.code, name.out], [1, ""])
    assert.match(name.err, /^bench: .*"defect".*\nusage: bench /)
    assert.deepStrictEqual(file, { code: 1, out: "", err: "nowhere.json: there is no such file\n" })
  })
})
