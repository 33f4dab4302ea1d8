import { assert, describe, it } from "@effect/vitest"
import { Bundled, Tape } from "@sightscreen/feed"
import { EventLog } from "@sightscreen/simulation"
import { Result } from "effect"
import { existsSync, readFileSync } from "node:fs"
import * as EventLine from "../../apps/simulator/src/EventLine.ts"
import { type Said, simulator, simulatorToHead } from "./command.ts"
import { beside, bundled, type Line, told } from "./truth.ts"

const lines = ({ code, err, out }: Said): ReadonlyArray<Line> => {
  assert.strictEqual(err, "")
  assert.strictEqual(code, 0)
  assert.isTrue(out.endsWith("\n"))
  return out
    .slice(0, -1)
    .split("\n")
    .map((line) => JSON.parse(line) as Line)
}

/** In the order in which they lead. */
const ranks = [
  "match_end",
  "innings_end",
  "hattrick",
  "hundred",
  "wicket",
  "on_hattrick",
  "fifty",
  "bowler_on_fire",
  "batsman_on_fire",
  "batsman_on_90s",
  "consecutive_sixes",
  "maiden",
  "new_batsman",
  "six",
  "four"
]

const keys = ["event", "tier", "innings", "over", "delivery", "label", "seq", "subject", "data", "fate"]
const fates = ["headline", "deferred", "cooldown", "stale", "outranked", "retracted"]

/** The lines as the command would print them. */
const linesOf = (alias: string): ReadonlyArray<string> => {
  const recording = Result.getOrThrow(Tape.decode(readFileSync(Bundled.find(alias)!.url)))
  return EventLine.lines(recording, EventLog.of(recording)).map((line) => JSON.stringify(line))
}

describe("the lines of a match", () => {
  for (const { alias, id } of Bundled.bundled) {
    it(`are those of the match: ${alias}`, () => {
      const said = linesOf(alias).map((line) => JSON.parse(line) as Line)
      const truth = bundled(id)
      assert.deepStrictEqual(told(said), truth)

      const events = said.filter((line) => line.type === undefined)
      for (const line of events) {
        assert.deepStrictEqual(Object.keys(line), keys)
        assert.include(fates, line.fate)
        assert.include([0, 1], line.tier)
      }
      const order = events.map((line) => line.seq * 100 + ranks.indexOf(line.event))
      assert.deepStrictEqual(
        order,
        order.toSorted((a, b) => a - b)
      )
      const names = events.map((line) => `${line.event} ${line.innings} ${line.seq} ${line.subject}`)
      assert.strictEqual(new Set(names).size, names.length, "each prints once")
      assert.deepStrictEqual(
        said.slice(events.length).map(({ type }) => type),
        [...truth.innings.map(() => "innings"), "result"]
      )
    })
  }
})

describe.concurrent("events, for programs", () => {
  it("are printed a line each, with what there is to know about them", async () => {
    const answer = await simulator("events", "final", "--format", "ndjson")
    assert.deepStrictEqual(answer, { code: 0, out: `${linesOf("final").join("\n")}\n`, err: "" })
    const said = lines(answer)
    const data = (event: string) => said.find((line) => line.event === event)?.data
    assert.deepStrictEqual(data("wicket"), {
      batter: "Abhishek Sharma",
      bowler: "R Ravindra",
      kind: "caught",
      score: "98/1",
      bowlerWickets: 1
    })
    assert.deepStrictEqual(data("fifty"), { batter: "Abhishek Sharma", runs: 51, balls: 18 })
    assert.deepStrictEqual(data("consecutive_sixes"), { batter: "SV Samson", count: 3 })
    assert.deepStrictEqual(data("on_hattrick"), { bowler: "JDS Neesham" })
    assert.deepStrictEqual(data("six"), { batter: "SV Samson" })
    assert.deepStrictEqual(data("innings_end"), { team: "India", score: "255/5", overs: "20" })
    assert.deepStrictEqual(data("match_end"), { winner: "India" })
    assert.deepStrictEqual(said.at(-1), {
      type: "result",
      outcome: "won",
      winner: "India",
      by: { runs: 96 },
      method: null,
      decidedBy: null
    } as unknown as Line)
  })

  it("stop without a word when their reader leaves", async () => {
    const { code, err, out } = await simulatorToHead("events", "double-hundred", "--format", "ndjson")
    assert.deepStrictEqual({ code, err, lines: out.split("\n").length }, { code: 0, err: "", lines: 2 })
  })
})

const folder = process.env["CRICSHEET_DIR"]
const there = folder !== undefined && existsSync(`${folder}/../truth`)

describe.concurrent(`events of Cricsheet's files${there ? "" : " (left out: CRICSHEET_DIR is not set)"}`, () => {
  // A forfeited innings, a win by rain, two super overs, a bowl-out.
  for (const id of ["1410315", "1384426", "1216517", "287862"]) {
    it.skipIf(!there)(`are those of the match: ${id}`, async () => {
      const said = lines(await simulator("events", `${folder}/${id}.json`, "--format", "ndjson"))
      assert.deepStrictEqual(told(said), beside(folder!, id))
    })
  }
})

describe.concurrent("events, for people", () => {
  it("stand under their innings, plain where nobody looks, and name their source", async () => {
    const { code, out } = await simulator("events", "super-over")
    assert.strictEqual(code, 0)
    const page = out.split("\n")
    assert.strictEqual(page[0], "Australia v India · T20")
    assert.deepStrictEqual(
      page.filter((line) => /^\d/.test(line)),
      [
        "1  Australia  187/1 in 20 overs",
        "2  India  187/5 in 20 overs",
        "3  India (super over)  20/1 in 1 overs",
        "4  Australia (super over)  16/1 in 1 overs"
      ]
    )
    assert.include(page, "Match tied, India won the super over")
    assert.strictEqual(page.at(-2), "Ball-by-ball data: Cricsheet (https://cricsheet.org), ODC-BY 1.0")
    // oxlint-disable-next-line no-control-regex
    assert.notMatch(out, /\u001b/)
  })
})
