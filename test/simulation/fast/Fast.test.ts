import { FastGear, type Scenario } from "@sightscreen/simulation"
import { assert, describe, it } from "vitest"
import { draw, tape, wrong } from "./tapes.ts"

const play = (scenario: Scenario.Scenario, name: string, entries = false) =>
  FastGear.run(scenario, tape(name), { digest: true, entries })

describe("the fast gear", () => {
  it("shows everybody the end of a match in which nothing goes wrong", () => {
    const { end, summary, violations } = play(draw(1, "rain", "none", 20), "rain")
    assert.deepStrictEqual(violations, [])
    assert.strictEqual(summary.verdict, "pass")
    assert.isAbove(summary.phones.showingFinalState, 12)
    assert.strictEqual(summary.phones.showingFinalState + summary.phones.explained, summary.phones.total)
    assert.isAbove(summary.pushes.byKind["update"]!, 500)
    assert.deepStrictEqual(end.tables.follows, [])
  })

  it("goes the same way every time, and another for another seed", () => {
    const digest = (seed: number) => play(draw(seed, "rain", "storm", 6), "rain").summary.digest
    assert.strictEqual(digest(3), digest(3))
    assert.notStrictEqual(digest(3), digest(4))
  })

  for (const first of [11, 14, 17, 20])
    it(`finds nothing wrong in storms (seeds ${first} to ${first + 2})`, () => {
      const found = [first, first + 1, first + 2].flatMap((seed) =>
        wrong(play(draw(seed, "rain", "storm", 12), "rain"))
      )
      assert.deepStrictEqual(found, [])
    })

  it("falls and is started again, and loses nothing", () => {
    const scenario: Scenario.Scenario = {
      ...draw(5, "rain", "none", 10),
      faults: [{ kind: "process.crash", rate: 0.002, from: 0, until: 4_000_000 }],
      healAt: 4_000_000
    }
    const run = play(scenario, "rain", true)
    assert.deepStrictEqual(wrong(run), [])
    const falls = run.entries.filter(({ _tag }) => _tag === "ProcessCrashed").length
    const starts = run.entries.filter(({ _tag }) => _tag === "ProcessStarted").length
    assert.isAbove(falls, 3)
    assert.strictEqual(starts, falls + 1)
    assert.strictEqual(run.summary.faults["process.crash"], falls)
  })

  it("goes on after a fall with what waited, although answers were lost", () => {
    const scenario: Scenario.Scenario = {
      ...draw(6, "rain", "none", 8),
      faults: [
        { kind: "process.crash", rate: 0.001, from: 300_000, until: 4_000_000 },
        { kind: "apple.lostAnswer", rate: 0.2, from: 0, until: 4_000_000 }
      ],
      healAt: 4_000_000
    }
    const run = play(scenario, "rain")
    assert.deepStrictEqual(wrong(run), [])
    assert.isAbove(run.summary.faults["apple.lostAnswer"]!, 20)
  })
})
