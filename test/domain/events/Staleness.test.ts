import { type Match, type MatchEvent, Staleness } from "@sightscreen/domain"
import { assert, describe, it } from "@effect/vitest"
import {
  card,
  type Drawn,
  innings,
  line,
  matchAfter,
  minute,
  over,
  second,
  type Setting,
  snapshot
} from "../support/cricket.ts"
import { event, names } from "../support/events.ts"

const withBatter = (figures: string, out: "caught" | null = null, setting: Setting = {}): Match.Match =>
  matchAfter(snapshot([card("200/1", "15", { batting: [line("A", figures, out)] })], setting))

const bowled = (...drawn: ReadonlyArray<Drawn>) => matchAfter(snapshot([innings(drawn)]))
const nextInnings = matchAfter(snapshot([card("200/5", "20"), card("4/0", "0.2", {}, { batting: "away" })]))
const inBreak = matchAfter(snapshot([card("200/5", "20")], { status: "innings break" }))

describe("Staleness", () => {
  const cases: ReadonlyArray<
    readonly [name: MatchEvent.Name, when: string, match: Match.Match, why: string | null]
  > = [
    ["fifty", "on 60", withBatter("60 (30)"), null],
    ["fifty", "once he has a hundred", withBatter("100 (60)"), "he has reached a hundred"],
    ["batsman_on_90s", "on 99", withBatter("99 (60)"), null],
    ["batsman_on_90s", "once he has a hundred", withBatter("101 (60)"), "he has reached a hundred"],
    ["batsman_on_90s", "once he is out", withBatter("95 (60)", "caught"), "he is out"],
    ["hundred", "once he is out", withBatter("105 (60)", "caught"), null],
    ["batsman_on_fire", "while he is in", withBatter("40 (20)"), null],
    ["batsman_on_fire", "once he is out", withBatter("40 (20)", "caught"), "he is out"],
    ["new_batsman", "once he is out", withBatter("0 (1)", "caught"), "he is out"],
    ["wicket", "in the next innings", nextInnings, null],
    ["hattrick", "in the next innings", nextInnings, null],
    ["bowler_on_fire", "in the next innings", nextInnings, null],
    ["on_hattrick", "before his next ball", bowled([...over("A", "X", "W"), ...over("B", "X", "W")]), null],
    [
      "on_hattrick",
      "while others bowl",
      bowled([...over("A", "X", ". . . . W"), ...over("B", "X", "W")], over("C", "Y", ". .")),
      null
    ],
    [
      "on_hattrick",
      "after his next ball",
      bowled([...over("A", "X", "W"), ...over("B", "X", "W"), ...over("C", "X", ".")]),
      "his next ball is bowled"
    ],
    ["on_hattrick", "in the break", inBreak, "the innings is over"],
    ["six", "in the break", inBreak, "the innings is over"],
    ["four", "in the next innings", nextInnings, "the innings is over"],
    ["maiden", "in the break", inBreak, "the innings is over"],
    ["consecutive_sixes", "in the break", inBreak, "the innings is over"],
    ["innings_end", "in the break", inBreak, null],
    ["six", "when its innings is gone", matchAfter(snapshot([])), "its innings is gone"]
  ]
  for (const [name, when, match, why] of cases) {
    it(`${name} ${when} ${why === null ? "still holds" : `is overtaken: ${why}`}`, () => {
      assert.strictEqual(Staleness.overtaken(event(name), match, second(0)), why)
    })
  }

  it("innings_end holds for a minute into the next innings", () => {
    const ended = event("innings_end")
    assert.isNull(Staleness.overtaken(ended, nextInnings, minute(1)))
    assert.strictEqual(Staleness.overtaken(ended, nextInnings, second(61)), "the next innings is under way")
  })

  it("innings_end holds all through a long break", () => {
    assert.isNull(Staleness.overtaken(event("innings_end"), inBreak, minute(40)))
  })

  it("everything but the end of the match is overtaken by it", () => {
    const finished = withBatter("60 (30)", null, { status: "finished" })
    assert.deepStrictEqual(
      names.filter((name) => Staleness.overtaken(event(name), finished, second(0)) === null),
      ["match_end"]
    )
  })

  it.each([
    ["wicket", 60, true],
    ["wicket", 61, false],
    ["innings_end", 61, false],
    ["match_end", 3600, true]
  ] as const)("%s may buzz after %s seconds: %s", (name, seconds, fresh) => {
    assert.strictEqual(Staleness.isFresh(event(name), second(seconds)), fresh)
  })

  it("lets what a clock ahead of ours has dated buzz", () => {
    assert.isTrue(Staleness.isFresh(event("wicket", { at: second(30) }), second(0)))
  })
})
