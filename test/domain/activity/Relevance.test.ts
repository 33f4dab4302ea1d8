import { Relevance, type Snapshot } from "@sightscreen/domain"
import { assert, describe, it } from "@effect/vitest"
import { card, matchAfter, type Setting, snapshot, test } from "../support/cricket.ts"

const first = card("180/5", "20")
const of = (readings: ReadonlyArray<Snapshot.InningsReading>, setting: Setting = {}, alerting = false) =>
  Relevance.of(matchAfter(snapshot(readings, setting)), alerting)
const chase = (score: string, overs: string) => [first, card(score, overs, {}, { batting: "away" })]

describe("Relevance", () => {
  const cases: Readonly<Record<string, readonly [score: number, expected: number]>> = {
    "before the first ball": [of([]), 50],
    "in the first overs": [of([card("20/0", "2")]), 50],
    "in the last ten overs": [of([card("100/3", "10")]), 65],
    "in a close finish": [of(chase("141/4", "16")), 90],
    "in a finish that is not close": [of(chase("80/4", "16")), 65],
    "with news": [of([card("20/0", "2")], {}, true), 60],
    "with news in a close finish": [of(chase("141/4", "16"), {}, true), 100],
    "in the rain": [of([card("20/0", "2")], { status: "suspended" }), 20],
    "after it": [of(chase("181/4", "19"), { status: "finished" }, true), 10],
    "on the fourth day": [of([card("300/10", "90")], { format: test }), 50]
  }
  for (const [name, [score, expected]] of Object.entries(cases)) {
    it(`is ${expected} ${name}`, () => {
      assert.strictEqual(score, expected)
    })
  }
})
