import { afterAll, assert, describe, it } from "@effect/vitest"
import { Bundled } from "@sightscreen/feed"
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { simulator } from "./command.ts"

const folder = mkdtempSync(join(tmpdir(), "record-"))
afterAll(() => rmSync(folder, { recursive: true }))
const at = (name: string) => join(folder, name)

/** A whole match of three balls. */
const match = {
  info: {
    match_type: "T20",
    teams: ["Red", "Blue"],
    dates: ["2026-01-02"],
    overs: 1,
    outcome: { winner: "Blue", by: { wickets: 10 } }
  },
  innings: [
    { team: "Red", overs: [{ over: 0, deliveries: [ball("Ann", 0, true)] }], forfeited: false },
    { team: "Blue", overs: [{ over: 0, deliveries: [ball("Cat", 6), ball("Cat", 1)] }] }
  ]
}

function ball(batter: string, runs: number, out = false) {
  return {
    batter,
    bowler: batter === "Ann" ? "Cat" : "Ann",
    non_striker: batter === "Ann" ? "Bea" : "Dot",
    runs: { batter: runs, extras: 0, total: runs },
    ...(out ? { wickets: [{ kind: "bowled", player_out: batter }] } : {})
  }
}

describe.concurrent("record", () => {
  it("makes a tape that tells what the file tells", async () => {
    writeFileSync(at("tiny.json"), JSON.stringify(match))
    const made = await simulator("record", at("tiny.json"), "--out", at("tiny.tape"))
    const bytes = readFileSync(at("tiny.tape")).length
    assert.deepStrictEqual(made, {
      code: 0,
      out: `${at("tiny.tape")}  Red v Blue  3 balls  ${bytes} bytes\n`,
      err: ""
    })
    const [fromFile, fromTape] = await Promise.all(
      ["tiny.json", "tiny.tape"].map((name) => simulator("events", at(name), "--format", "ndjson"))
    )
    assert.strictEqual(fromFile!.code, 0)
    assert.match(fromFile!.out, /"event":"wicket"/)
    assert.deepStrictEqual(fromTape, fromFile)
  })

  it("replaces a tape, and gives back a bundled one byte for byte", async () => {
    const { url } = Bundled.find("rain")!
    writeFileSync(at("old.tape"), readFileSync(Bundled.find("final")!.url))
    const { code } = await simulator("record", "rain", "-o", at("old.tape"))
    assert.strictEqual(code, 0)
    assert.deepStrictEqual(readFileSync(at("old.tape")), readFileSync(url))
  })

  it("leaves any other file alone", async () => {
    writeFileSync(at("precious.json"), JSON.stringify(match))
    const { code, err, out } = await simulator("record", at("precious.json"), "--out", at("precious.json"))
    assert.deepStrictEqual(
      { code, err, out },
      { code: 1, out: "", err: `${at("precious.json")}: there is a file that is no tape; it stays\n` }
    )
    assert.strictEqual(readFileSync(at("precious.json"), "utf8"), JSON.stringify(match))
    assert.isFalse(existsSync(at("precious.json.part")))
  })
})
