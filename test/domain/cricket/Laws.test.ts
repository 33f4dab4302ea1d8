import { type Delivery, type Format, Progress, type Snapshot } from "@sightscreen/domain"
import { assert, describe, it } from "@effect/vitest"
import {
  card,
  changed,
  edited,
  hundred,
  id,
  innings,
  line,
  matchAfter,
  odi,
  over,
  second,
  snapshot,
  t20,
  test
} from "../support/cricket.ts"

const ten = Array.from({ length: 10 }, (_, index) => over(`Batter ${index}`, "Bowler", "W")).flat()
const plain = innings([over("A", "X", ". 4 1 wd", "B")])
const ball = (change: Partial<Delivery.Delivery>) => changed(plain, "0.1", change)

const refused: Readonly<Record<string, readonly [Snapshot.InningsReading, reason: string]>> = {
  "negative runs": [ball({ bat: -1 }), "innings 1, ball 0.1: -1 runs off the bat is not a count"],
  "negative byes hidden by runs": [ball({ bat: 3, byes: -1 }), "innings 1, ball 0.1: -1 byes is not a count"],
  "a negative penalty": [ball({ bat: 5, penalty: -5 }), "innings 1, ball 0.1: -5 penalty is not a count"],
  "half runs that add up to one": [
    ball({ bat: 0.5, byes: 0.5 }),
    "innings 1, ball 0.1: 0.5 runs off the bat is not a count"
  ],
  "no number": [ball({ wides: Number.NaN }), "innings 1, ball 0.1: NaN wides is not a count"],
  "a batter at both ends": [ball({ nonStriker: id("A") }), "innings 1, ball 0.1: A cannot be at both ends"],
  "a batter who bowls to himself": [
    ball({ bowler: id("A") }),
    "innings 1, ball 0.1: A cannot bowl to himself"
  ],
  "a boundary of three": [
    ball({ bat: 3, boundary: true }),
    "innings 1, ball 0.1: a boundary is four or six, not 3"
  ],
  "a catch that gets the other batter out": [
    ball({ dismissals: [{ batter: id("B"), manner: "caught", fielders: [] }] }),
    "innings 1, ball 0.1: B cannot be caught while A is on strike"
  ],
  "a batter who is out twice": [innings([over("A", "X", "W W")]), "innings 1, ball 0.2: A is out already"],
  "a batter who bats on": [innings([over("A", "X", "W .")]), "innings 1, ball 0.2: A is out already"],
  "a batter at the other end who is out": [
    innings([[...over("A", "X", "1/ro:B", "B"), ...over("C", "X", ".", "B")]]),
    "innings 1, ball 0.2: B is out already"
  ],
  "a run out of somebody who is not batting": [
    innings([over("A", "X", ". 1/ro:Ghost", "B")]),
    "innings 1, ball 0.2: Ghost cannot be run out: A and B are batting"
  ],
  "obstruction by somebody who is not batting": [
    innings([over("A", "X", "./of:Ghost", "B")]),
    "innings 1, ball 0.1: Ghost cannot be obstructing the field: A and B are batting"
  ],
  "runs beyond reason": [ball({ bat: 1e300 }), "innings 1, ball 0.1: 1e+300 runs off the bat is not a count"],
  "a hundred thousand byes and one": [
    ball({ byes: 100_001 }),
    "innings 1, ball 0.1: 100001 byes is not a count"
  ],
  "an over beyond reason": [
    edited(plain, ([one]) => [{ ...one!, number: 1e9 }]),
    "innings 1, over 1000000000 is not a count"
  ],
  "a batter who is out twice off one ball": [
    innings([over("A", "X", "./c/ro")]),
    "innings 1, ball 0.1: A is out already"
  ],
  "eleven wickets": [
    innings([[...ten, ...over("Last", "Bowler", "W")]]),
    "innings 1, ball 0.11: an eleventh wicket"
  ],
  "an over before the one before": [
    edited(innings([over("A", "X", "."), over("A", "X", ".")]), (all) => all.toReversed()),
    "innings 1, over 0 after over 1"
  ],
  "the same over twice": [edited(plain, ([one]) => [one!, one!]), "innings 1, over 0 after over 0"],
  "half an over number": [
    edited(plain, ([one]) => [{ ...one!, number: 0.5 }]),
    "innings 1, over 0.5 is not a count"
  ],
  "a ball of another over": [ball({ over: 3 }), "innings 1, ball 0.1: it is filed under over 0 and says 3"],
  "two balls at one place": [
    changed(plain, "0.2", { nth: 1 }),
    "innings 1, ball 0.2: delivery 1 of the over after delivery 1"
  ],
  "one ball twice": [changed(ball({ id: "7" }), "0.2", { id: "7" }), "innings 1, ball 0.2: the ball 7 twice"],
  "a total that is not the sum of its balls": [
    { ...plain, card: { ...plain.card, stated: { runs: 7, wickets: 0 } } },
    "innings 1: the total of 7 is not the sum of its balls, 6"
  ],
  "wickets that are not those of its balls": [
    { ...plain, card: { ...plain.card, stated: { runs: 6, wickets: 1 } } },
    "innings 1: 1 wickets are not those of its balls, 0"
  ],
  "half a penalty": [
    { ...plain, penalties: { pre: 0, post: 2.5 } },
    "innings 1: penalty runs that are not a count"
  ],
  "a negative target": [{ ...plain, target: { runs: -3, balls: null } }, "innings 1: a target of -3"],
  "a card with half a run": [card("10.5/0", "2"), "innings 1: 10.5 runs is not a count"],
  "a card with minus one wicket": [card("10/-1", "2"), "innings 1: -1 wickets is not a count"],
  "a card with negative extras": [card("10/0", "2", { extras: -1 }), "innings 1: -1 extras is not a count"],
  "a card with eleven wickets": [card("10/11", "2"), "innings 1: 11 wickets: a side has ten to lose"],
  "a card with a negative target": [
    card("10/0", "2", {}, { target: { runs: -3, balls: null } }),
    "innings 1: a target of -3"
  ],
  "a card whose parts are more than the whole": [
    card("40/0", "5", { batting: [line("A", "30 (20)"), line("B", "12 (8)")] }),
    "innings 1: the batters' 42 runs are more than the total of 40"
  ],
  "a card whose parts are less than the whole": [
    card("50/0", "5", { extras: 2, batting: [line("A", "30 (20)"), line("B", "12 (8)")] }),
    "innings 1: 50 runs are not the 42 off the bat and 2 extras"
  ],
  "more batters out than wickets": [
    card("50/0", "5", { batting: [line("A", "30 (20)", "caught")] }),
    "innings 1: 1 batters are out, but only 0 wickets are down"
  ],
  "a batter with half a ball": [
    card("50/0", "5", { batting: [line("A", "30 (20.5)")] }),
    "innings 1: A: 20.5 balls is not a count"
  ],
  "more boundaries than runs": [
    card("50/0", "5", { batting: [{ ...line("A", "30 (20)"), sixes: 6 }] }),
    "innings 1: A: 0 fours and 6 sixes are more than 30 runs"
  ],
  "a bowler with negative runs": [
    card("50/0", "5", { bowling: [{ id: id("X"), balls: 12, maidens: 0, runs: -1, wickets: 0 }] }),
    "innings 1: X: -1 runs is not a count"
  ]
}

const accepted: Readonly<Record<string, Snapshot.InningsReading>> = {
  "a batter who retired out and came back to be bowled": innings([over("A", "X", "./reto . W")]),
  "a hundred thousand byes": ball({ byes: 100_000 }),
  "ten men out, one of them twice, having retired out in between": innings([
    [
      ...over("A", "X", "./reto", "Last"),
      ...over("B", "X", "W", "Last"),
      ...over("A", "X", "W", "Last"),
      ...Array.from({ length: 8 }, (_, index) => over(`Batter ${index}`, "X", "W", "Last")).flat()
    ]
  ]),
  "an over of seven balls": innings([over("A", "X", "1 1 1 1 1 1 1", "B")], {
    counting: { miscounted: { 0: 7 } }
  }),
  "an over of five": innings([over("A", "X", "1 1 1 1 1", "B")], { counting: { miscounted: { 0: 5 } } }),
  "an over of eleven deliveries": innings([over("A", "X", "wd wd nb 5wd wd 1 1 1 1 1 1", "B")]),
  "a timing out of somebody who is not batting": innings([over("A", "X", "./to:Late", "B")]),
  "five penalty runs with a ball": innings([over("A", "X", "1+5p", "B")]),
  "two dismissals filed under one ball": innings([over("A", "X", "W/to:Late", "B")]),
  "a run out of the non-striker": innings([over("A", "X", "1/ro:B", "B")]),
  "ten wickets": innings([ten]),
  "seven run": innings([over("A", "X", "7", "B")]),
  "a retirement before the batter was seen": innings([over("A", "X", "./reth:Ghost", "B")]),
  "a batter hurt twice": innings([
    [...over("A", "X", "./reth"), ...over("B", "X", "."), ...over("A", "X", "./reth")]
  ]),
  "places left free in an over": changed(plain, "0.4", { nth: 9 }),
  "a forfeited innings": innings([], { forfeited: true }),
  "a card that is behind with its wickets": card("50/2", "5", { batting: [line("A", "30 (20)", "caught")] }),
  "a card without lines": card("50/2", "5.3", { extras: 4 })
}

describe("Laws", () => {
  for (const [name, [reading, reason]] of Object.entries(refused)) {
    it(`refuses ${name}`, () => {
      assert.deepStrictEqual(Progress.advance(null, snapshot([reading])), { _tag: "Refused", reason })
    })
  }

  for (const [name, reading] of Object.entries(accepted)) {
    it(`accepts ${name}`, () => {
      assert.strictEqual(Progress.advance(null, snapshot([reading]))._tag, "Progress")
    })
  }

  describe("gives a match", () => {
    const ordinary = (count: number) => Array.from({ length: count }, () => plain)
    const superOvers = (count: number) =>
      Array.from({ length: count }, () => innings([over("A", "X", "1", "B")], { superOver: true }))
    const cases: ReadonlyArray<
      readonly [
        format: Format.Format,
        readings: ReadonlyArray<Snapshot.InningsReading>,
        refused: string | null
      ]
    > = [
      [t20, ordinary(2), null],
      [t20, ordinary(3), "innings 3: such a match has 2 innings"],
      [odi, [...ordinary(2), ...superOvers(4)], null],
      [odi, [...ordinary(2), ...superOvers(2), ...ordinary(1)], "innings 5: such a match has 2 innings"],
      [hundred, [...ordinary(2), card("10/0", "2")], "innings 3: such a match has 2 innings"],
      [test, ordinary(4), null],
      [test, ordinary(5), "innings 5: such a match has 4 innings"]
    ]
    for (const [format, readings, reason] of cases) {
      it(`${reason === null ? "room for" : "no room for"} ${readings.length} innings: ${format.kind}`, () => {
        const progress = Progress.advance(null, snapshot(readings, { format }))
        assert.strictEqual(progress._tag === "Refused" ? progress.reason : null, reason)
      })
    }
  })

  it("names the innings that is wrong", () => {
    const match = matchAfter(snapshot([plain]))
    const progress = Progress.advance(match, snapshot([plain, ball({ bat: -1 })], { at: second(5) }))
    assert.deepStrictEqual(progress, {
      _tag: "Refused",
      reason: "innings 2, ball 0.1: -1 runs off the bat is not a count"
    })
  })
})
