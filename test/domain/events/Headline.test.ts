import { Headline, type MatchEvent } from "@sightscreen/domain"
import { Array as Arr } from "effect"
import { assert, describe, it } from "@effect/vitest"
import { id } from "../support/cricket.ts"
import { event, names } from "../support/events.ts"

const leader = (...events: ReadonlyArray<MatchEvent.MatchEvent>) => Arr.sort(events, Headline.leading)[0]
const at = (seq: number) => ({ position: { ...event("six").position, seq } })

describe("Headline", () => {
  it("leads with the higher rank, whatever the order they come in", () => {
    const ranked: ReadonlyArray<MatchEvent.Name> = [
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
    const shuffled = names.map((name) => event(name)).toReversed()
    assert.deepStrictEqual(
      Arr.sort(shuffled, Headline.leading).map(({ _tag }) => _tag),
      ranked
    )
  })

  it("leads with the later ball of two of a rank", () => {
    assert.deepInclude(leader(event("wicket", at(3)), event("wicket", { batter: id("B"), ...at(5) })), {
      batter: id("B")
    })
  })

  it("leads with the more runs of two with one ball", () => {
    assert.deepInclude(leader(event("fifty", { runs: 50 }), event("fifty", { batter: id("B"), runs: 54 })), {
      batter: id("B")
    })
  })

  it("lets a higher rank lead a later ball", () => {
    assert.strictEqual(leader(event("hundred", at(1)), event("fifty", at(9)))?._tag, "hundred")
  })

  it("orders play by ball, and by rank within a ball", () => {
    const events = [event("four", at(2)), event("wicket", at(5)), event("fifty", at(2))]
    assert.deepStrictEqual(
      Arr.sort(events, Headline.inPlay).map(({ _tag }) => _tag),
      ["fifty", "four", "wicket"]
    )
  })

  it("buzzes for wickets, milestones, feats and results, and for nothing else", () => {
    assert.deepStrictEqual(
      names.filter((name) => !Headline.isAlertWorthy(event(name))),
      ["batsman_on_90s", "new_batsman", "consecutive_sixes", "six", "four"]
    )
  })
})
