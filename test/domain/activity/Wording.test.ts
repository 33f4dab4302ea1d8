import { type Delivery, type MatchEvent, Wording, type Outcome, type Snapshot } from "@sightscreen/domain"
import { assert, describe, it } from "@effect/vitest"
import {
  card,
  hundred,
  id,
  innings,
  matchAfter,
  over,
  type Setting,
  snapshot,
  t20,
  test
} from "../support/cricket.ts"
import { event, names } from "../support/events.ts"

const away = { batting: "away" } as const
const match = (readings: ReadonlyArray<Snapshot.InningsReading>, setting: Setting = {}) =>
  matchAfter(snapshot(readings, setting))

const players = { A: "Rohit Sharma", X: "Matt Henry" }
const live = match([card("87/3", "12.4")], { players })

describe("An event is told as", () => {
  const cases: Readonly<Record<MatchEvent.Name, readonly [headline: string, detail: string]>> = {
    match_end: ["Match over", "IND 87/3"],
    innings_end: ["INNINGS BREAK", "IND 87/3 in 12.4 overs"],
    hundred: ["HUNDRED! Rohit Sharma", "100 off 60 balls"],
    batsman_on_90s: ["Rohit Sharma on 90", "IND 87/3"],
    fifty: ["FIFTY! Rohit Sharma", "50 off 30 balls"],
    batsman_on_fire: ["Rohit Sharma is on fire", "30 off 15 balls"],
    bowler_on_fire: ["Matt Henry is on fire", "3/10 in 3 overs"],
    wicket: ["WICKET! Rohit Sharma 12 (9)", "c Catcher b Matt Henry · IND 87/3"],
    new_batsman: ["Rohit Sharma comes in", "IND 87/3"],
    hattrick: ["HAT-TRICK! Matt Henry", "IND 87/3"],
    on_hattrick: ["Matt Henry is on a hat-trick", "IND 87/3"],
    consecutive_sixes: ["THREE SIXES IN A ROW", "Rohit Sharma · IND 87/3"],
    maiden: ["Maiden by Matt Henry", "IND 87/3"],
    six: ["SIX!", "Rohit Sharma"],
    four: ["FOUR!", "Rohit Sharma"]
  }
  it.each(names.map((name) => [name, ...cases[name]] as const))("%s: %s", (name, headline, detail) => {
    assert.deepStrictEqual(Wording.keyEvent(event(name), live), { headline, detail })
  })

  it.each([
    [200, "DOUBLE HUNDRED! Rohit Sharma"],
    [300, "TRIPLE HUNDRED! Rohit Sharma"],
    [400, "400 RUNS! Rohit Sharma"]
  ])("%s runs: %s", (runs, headline) => {
    assert.strictEqual(Wording.keyEvent(event("hundred", { runs }), live).headline, headline)
  })

  it.each([
    [6, "SIX SIXES IN A ROW"],
    [7, "7 SIXES IN A ROW"]
  ])("%s sixes: %s", (count, headline) => {
    assert.strictEqual(Wording.keyEvent(event("consecutive_sixes", { count }), live).headline, headline)
  })

  it("one of an innings that is gone, without its score", () => {
    assert.deepStrictEqual(Wording.keyEvent(event("maiden"), match([])), {
      headline: "Maiden by X",
      detail: ""
    })
  })
})

describe("What was not true is taken back as", () => {
  it.each([
    ["wicket", "NOT OUT: Rohit Sharma", "IND 87/3"],
    ["six", "CORRECTION", "No: SIX. IND 87/3"],
    ["fifty", "CORRECTION", "No: FIFTY. IND 87/3"],
    ["maiden", "CORRECTION", "No: Maiden by Matt Henry. IND 87/3"]
  ] as const)("%s: %s", (name, headline, detail) => {
    assert.deepStrictEqual(Wording.correction(event(name), live), { headline, detail })
  })
})

describe("What buzzes says", () => {
  it.each([
    ["wicket", "Wicket! IND 87/3", "Rohit Sharma c Catcher b Matt Henry 12 (9)"],
    ["fifty", "FIFTY! Rohit Sharma", "50 off 30 balls · IND v NZ"],
    ["innings_end", "INNINGS BREAK", "IND 87/3 in 12.4 overs · IND v NZ"],
    ["match_end", "IND v NZ", "Match over. IND 87/3"]
  ] as const)("for %s: %s", (name, title, body) => {
    assert.deepStrictEqual(Wording.alert(event(name), live), { title, body })
  })
})

describe("A dismissal reads", () => {
  const cases: ReadonlyArray<
    readonly [Delivery.Manner | null, bowler: string | null, fielders: ReadonlyArray<string>, string]
  > = [
    ["bowled", "Henry", [], "b Henry"],
    ["caught", "Henry", ["Seifert"], "c Seifert b Henry"],
    ["caught", "Henry", [], "c b Henry"],
    ["caught and bowled", "Henry", [], "c & b Henry"],
    ["lbw", "Henry", [], "lbw b Henry"],
    ["stumped", "Sodhi", ["Seifert"], "st Seifert b Sodhi"],
    ["stumped", "Sodhi", [], "st b Sodhi"],
    ["hit wicket", "Henry", [], "hit wicket b Henry"],
    ["run out", null, ["Phillips", "Seifert"], "run out (Phillips/Seifert)"],
    ["run out", null, [], "run out"],
    ["obstructing the field", null, [], "obstructing the field"],
    ["timed out", null, [], "timed out"],
    ["retired out", null, [], "retired out"],
    ["bowled", null, [], "bowled"],
    ["caught", null, ["Seifert"], "caught"],
    [null, null, [], "out"]
  ]
  it.each(cases)("%s by %s (%s): %s", (manner, bowler, fielders, expected) => {
    assert.strictEqual(Wording.dismissal(manner, bowler, fielders), expected)
  })
})

describe("A ball reads", () => {
  it.each([
    [".", "•"],
    ["1", "1"],
    ["4", "4"],
    ["6r", "6"],
    ["wd", "wd"],
    ["5wd", "5wd"],
    ["nb", "nb"],
    ["nb4", "nb4"],
    ["2b", "2b"],
    ["1lb", "1lb"],
    ["W", "W"],
    ["wd/st", "W"],
    ["1/ro", "W"],
    ["2/reth", "2"],
    ["./reto", "•"]
  ])("%s: %s", (text, expected) => {
    assert.strictEqual(Wording.ball(over("A", "X", text)[0]!), expected)
  })
})

describe("Figures read", () => {
  it("in overs of six and in sets of five", () => {
    const bowler = { id: id("X"), balls: 22, overs: 0, rest: 22, maidens: 1, runs: 31, wickets: 2, streak: 0 }
    assert.deepStrictEqual(
      [t20, hundred].map((format) => Wording.bowlerLine(format, bowler)),
      ["2/31 (3.4)", "2/31 (4.2)"]
    )
  })

  it("as rates of two decimals, and a dash before the first ball", () => {
    const rate = (score: string, overs: string) =>
      Wording.runRate(t20, match([card(score, overs)]).innings[0]!)
    assert.deepStrictEqual(
      [rate("87/3", "12.4"), rate("5/0", "0"), rate("60/0", "10"), rate("1/0", "19.5")],
      ["RR: 6.87", "RR: –", "RR: 6.00", "RR: 0.05"]
    )
  })
})

describe("The result reads", () => {
  const by = { innings: null, runs: null, wickets: null }
  const cases: ReadonlyArray<readonly [Outcome.Outcome | null, expected: string]> = [
    [{ _tag: "Won", winner: "home", by: { ...by, runs: 96 }, method: null }, "India won by 96 runs"],
    [{ _tag: "Won", winner: "away", by: { ...by, runs: 1 }, method: null }, "New Zealand won by 1 run"],
    [{ _tag: "Won", winner: "home", by: { ...by, wickets: 1 }, method: null }, "India won by 1 wicket"],
    [
      { _tag: "Won", winner: "home", by: { ...by, innings: 1, runs: 46 }, method: null },
      "India won by an innings and 46 runs"
    ],
    [{ _tag: "Won", winner: "home", by: { ...by, runs: 21 }, method: "D/L" }, "India won by 21 runs (D/L)"],
    [{ _tag: "Won", winner: "home", by, method: "lost fewer wickets" }, "India won (lost fewer wickets)"],
    [{ _tag: "Tied", winner: null, decidedBy: null, method: null }, "Match tied"],
    [
      { _tag: "Tied", winner: "away", decidedBy: "super over", method: null },
      "Match tied, New Zealand won the super over"
    ],
    [
      { _tag: "Tied", winner: "home", decidedBy: "bowl-out", method: null },
      "Match tied, India won the bowl-out"
    ],
    [{ _tag: "Drawn", method: null }, "Match drawn"],
    [{ _tag: "NoResult", method: null }, "No result"],
    [{ _tag: "Awarded", winner: "home", method: null }, "Match awarded to India"],
    [{ _tag: "Awarded", winner: null, method: null }, "Match awarded"],
    [null, "Match over"]
  ]
  it.each(cases)("%o: %s", (outcome, expected) => {
    assert.strictEqual(Wording.result(match([], { outcome, status: "finished" })), expected)
  })

  it.each([
    ["abandoned", "Match abandoned"],
    ["cancelled", "Match cancelled"]
  ] as const)("of a match %s without one: %s", (status, expected) => {
    assert.strictEqual(Wording.result(match([], { status })), expected)
  })
})

describe("The status line reads", () => {
  const first = card("180/5", "20")
  const chase = (score: string, overs: string, more: Partial<Snapshot.InningsReading> = {}) => [
    first,
    { ...card(score, overs), ...away, ...more }
  ]
  const tests = [card("300/10", "90"), card("200/10", "60", {}, away)]
  const extra = { superOver: true }
  const cases: ReadonlyArray<
    readonly [expected: string, readings: ReadonlyArray<Snapshot.InningsReading>, setting?: Setting]
  > = [
    ["Yet to begin", [], { status: "scheduled" }],
    ["Start delayed", [], { status: "delayed" }],
    ["Play is stopped · IND batting, 87/3 in 12.4", [card("87/3", "12.4")], { status: "delayed" }],
    ["IND batting, 87/3 in 12.4", [card("87/3", "12.4")]],
    ["Innings break · IND batting, 180/5 in 20", [first], { status: "innings break" }],
    ["Innings break · NZ need 181 off 120", chase("0/0", "0"), { status: "innings break" }],
    ["NZ need 40 off 24", chase("141/4", "16")],
    ["Drinks · NZ need 40 off 24", chase("141/4", "16"), { status: "drinks" }],
    ["NZ lead by 1", chase("181/4", "19.2")],
    ["Scores level", chase("180/4", "20")],
    // Balls are gone, and the feed has not said so yet.
    ["NZ trail by 5", chase("175/9", "20")],
    // Rain made it less: whoever is past the target trails nobody.
    ["NZ batting, 101/4 in 10", chase("101/4", "10", { target: { runs: 100, balls: 60 } })],
    ["IND lead by 110", [...tests, card("10/0", "3")], { format: test }],
    ["NZ need 101", [...tests, card("100/10", "30"), card("100/2", "20", {}, away)], { format: test }],
    [
      "Stumps · NZ trail by 180",
      [card("300/10", "90"), card("120/3", "40", {}, away)],
      { format: test, status: "stumps" }
    ],
    ["Super over · NZ 5/1", [...chase("180/4", "20"), card("5/1", "0.3", {}, { ...away, ...extra })]],
    [
      "IND need 4 off 3",
      [...chase("180/4", "20"), card("9/2", "1", {}, { ...away, ...extra }), card("6/0", "0.3", {}, extra)]
    ],
    ["Match abandoned", [card("87/3", "12.4")], { status: "abandoned" }]
  ]
  for (const [expected, readings, setting] of cases) {
    it(expected, () => {
      assert.strictEqual(Wording.statusLine(match(readings, setting)), expected)
    })
  }
})

describe("A start says", () => {
  it("who play, and where the match stands", () => {
    assert.deepStrictEqual(Wording.started(live, 1), {
      title: "India v New Zealand",
      body: "IND batting, 87/3 in 12.4"
    })
    assert.strictEqual(Wording.started(match([]), 1).body, "The match is about to begin")
  })

  it("the match in a title", () => {
    const titles = [t20, hundred, test].map((format) => Wording.title(match([innings([])], { format })))
    assert.deepStrictEqual(titles, ["IND v NZ · T20", "IND v NZ · The Hundred", "IND v NZ · Test"])
  })
})
