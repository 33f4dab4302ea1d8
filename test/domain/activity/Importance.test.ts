import { Importance, type MatchEvent } from "@sightscreen/domain"
import { assert, describe, it } from "@effect/vitest"
import { names } from "../support/events.ts"

describe("Importance", () => {
  it("spends Apple's priority 10 on what buzzes, and the sound on wickets", () => {
    const told = (alert: boolean) => names.filter((name) => Importance.of(name).alert === alert)
    const loud: ReadonlyArray<MatchEvent.Name> = [
      "match_end",
      "innings_end",
      "hundred",
      "fifty",
      "batsman_on_fire",
      "bowler_on_fire",
      "wicket",
      "hattrick",
      "on_hattrick",
      "maiden"
    ]
    assert.deepStrictEqual(told(true), loud)
    for (const name of loud) {
      assert.deepStrictEqual(Importance.of(name), { priority: 10, alert: true, sound: name === "wicket" })
    }
    for (const name of told(false)) assert.deepStrictEqual(Importance.of(name), Importance.routine)
  })

  it("repaints a correction and the end at once, without a buzz", () => {
    for (const one of [Importance.correction, Importance.final]) {
      assert.deepStrictEqual(one, { priority: 10, alert: false, sound: false })
    }
  })
})
