import { type Delivery, Progress, type Snapshot } from "@sightscreen/domain"
import { assert, describe, it } from "@effect/vitest"
import {
  card,
  changed,
  edited,
  id,
  innings,
  line,
  matchAfter,
  over,
  second,
  snapshot
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
  "an over of seven balls": innings([over("A", "X", "1 1 1 1 1 1 1", "B")], {
    counting: { miscounted: { 0: 7 } }
  }),
  "an over of five": innings([over("A", "X", "1 1 1 1 1", "B")], { counting: { miscounted: { 0: 5 } } }),
  "an over of eleven deliveries": innings([over("A", "X", "wd wd nb 5wd wd 1 1 1 1 1 1", "B")]),
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

  it("names the innings that is wrong", () => {
    const match = matchAfter(snapshot([plain]))
    const progress = Progress.advance(match, snapshot([plain, ball({ bat: -1 })], { at: second(5) }))
    assert.deepStrictEqual(progress, {
      _tag: "Refused",
      reason: "innings 2, ball 0.1: -1 runs off the bat is not a count"
    })
  })
})
