import { afterAll, assert, describe, it } from "@effect/vitest"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Bundled, Library } from "@sightscreen/feed"
import { Effect } from "effect"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { simulator } from "./command.ts"

const folder = mkdtempSync(join(tmpdir(), "bad-input-"))
afterAll(() => rmSync(folder, { recursive: true }))

const tape = readFileSync(Bundled.find("rain")!.url)
const damaged = Uint8Array.from(tape)
damaged[400]! ^= 1

const ball = {
  batter: "Ann",
  bowler: "Cat",
  non_striker: "Bea",
  runs: { batter: 1, extras: 0, total: 1 }
}
const withBall = (change: object) =>
  JSON.stringify({
    info: { match_type: "T20", teams: ["Red", "Blue"], dates: ["2026-01-02"] },
    innings: [{ team: "Red", overs: [{ over: 0, deliveries: [ball, { ...ball, ...change }] }] }]
  })

/** What is in the file, and the one line that says what is wrong with it. */
const files: Readonly<Record<string, readonly [content: string | Uint8Array, problem: RegExp]>> = {
  "empty.json": ["", /not JSON: the file is empty/],
  "words.json": ["no match today", /not JSON: unexpected/],
  "cut.json": [withBall({}).slice(0, 200), /not JSON: it breaks off after 200 characters/],
  "other.json": ['{"name":"sightscreen"}', /not a Cricsheet match: info is missing/],
  "list.json": ["[1,2]", /not a Cricsheet match/],
  "sum.json": [
    withBall({ runs: { batter: 1, extras: 0, total: 7 } }),
    /innings 1, ball 0\.2: the total 7 is not the 1 off the bat/
  ],
  "endless.json": [
    withBall({ runs: { batter: 1e300, extras: 0, total: 1e300 } }),
    /innings 1, ball 0\.2: 1e\+300 runs off the bat cannot be/
  ],
  "words-in-names.json": [
    withBall({ non_striker: "A\nnn", wickets: [{ kind: "run out", player_out: "N\nobody" }] }),
    /N obody cannot be run out: Ann and A nn are batting/
  ],
  "alone.json": [withBall({ bowler: "Ann" }), /innings 1, ball 0\.2: Ann cannot bowl to himself/],
  "empty.tape": ["", /not a tape: the file is empty/],
  "words.tape": ["no match today", /not a tape/],
  "cut.tape": [tape.subarray(0, 300), /the tape breaks off after 300 of \d+ bytes/],
  "damaged.tape": [damaged, /the tape is damaged/]
}

const write = (name: string): string => {
  const path = join(folder, name)
  writeFileSync(path, files[name]![0])
  return path
}

const opening = (given: string) =>
  Library.open(given).pipe(
    Effect.flip,
    Effect.map(({ message }) => message),
    Effect.provide(NodeServices.layer)
  )

describe("what is no match", () => {
  for (const [name, [, problem]] of Object.entries(files)) {
    it.effect(`is told in one line: ${name}`, () =>
      Effect.gen(function* () {
        const path = write(name)
        const message = yield* opening(path)
        assert.isTrue(message.startsWith(`${path}: `), message)
        assert.notInclude(message, "\n")
        assert.match(message, problem)
      })
    )
  }

  it.effect("is told in one line, whatever its name holds", () =>
    Effect.gen(function* () {
      for (const name of ["two\nlines.json", "a\r\n\u2028b.json", "tab\tand\u001b[31m.json"]) {
        const message = yield* opening(join(folder, name))
        // oxlint-disable-next-line no-control-regex
        assert.notMatch(message, /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/)
        assert.match(message, /\.json: there is no such file$/)
      }
      const spaced = yield* opening(join(folder, "two  spaces.json"))
      assert.include(spaced, "two  spaces.json")
    })
  )

  it.effect("is told in one line: a folder, no file, a name unknown or mistyped", () =>
    Effect.gen(function* () {
      assert.match(yield* opening(folder), /: a folder, not a file$/)
      assert.match(yield* opening(join(folder, "nowhere.json")), /: there is no such file$/)
      assert.match(yield* opening("ashes"), /^ashes: neither a file nor a match .*final, one-run, five-sixes/)
      assert.match(yield* opening("finl"), /did you mean final\?$/)
    })
  )
})

describe.concurrent("the command line", () => {
  it("refuses what is no match in one line, and fails", async () => {
    const given = [write("cut.json"), write("damaged.tape"), "ashes"]
    const answers = await Promise.all([
      simulator("events", given[0]!),
      simulator("record", given[1]!, "--out", join(folder, "x.tape")),
      simulator("events", given[2]!, "--format", "ndjson")
    ])
    answers.forEach(({ code, err, out }, index) => {
      assert.deepStrictEqual({ code, out }, { code: 1, out: "" })
      assert.match(err, /^[^\n]+\n$/)
      assert.isTrue(err.startsWith(`${given[index]}: `), err)
    })
  })

  it("answers a mistake with the usage, on the side, and fails", async () => {
    const answers = await Promise.all([
      simulator("events", "final", "--fromat", "ndjson"),
      simulator("evnts")
    ])
    for (const { code, err, out } of answers) {
      assert.deepStrictEqual({ code, out }, { code: 1, out: "" })
      assert.match(err, /^simulator.*\nusage: simulator /)
    }
  })

  it("refuses what is no scenario in one line, and a folder that is a file before anything is tried", async () => {
    const words = write("words.json")
    const [replayed, searched] = await Promise.all([
      simulator("replay", words),
      simulator("search", "--seeds", "100000", "--out", words)
    ])
    for (const { code, err, out } of [replayed, searched]) {
      assert.deepStrictEqual({ code, out }, { code: 1, out: "" })
      assert.match(err, /^[^\n]+\n$/)
      assert.isTrue(err.startsWith(`${words}: `), err)
    }
    assert.match(replayed.err, /it is not a scenario: Expected a valid JSON string$/m)
    assert.match(searched.err, /a file, not a folder$/m)
  })

  it("helps, and lists what there is", async () => {
    const [record, matches] = await Promise.all([simulator("record", "--help"), simulator("matches")])
    assert.match(record.out, /simulator record \[flags\] <match>/)
    assert.match(record.out, /--out, -o file/)
    for (const { alias, id } of Bundled.bundled)
      assert.match(matches.out, new RegExp(`^${alias} +${id} `, "m"))
    assert.deepStrictEqual([record.code, matches.code], [0, 0])
  })
})
