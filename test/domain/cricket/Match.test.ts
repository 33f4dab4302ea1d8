import { Match, type Snapshot } from "@sightscreen/domain"
import { assert, describe, it } from "@effect/vitest"
import { card, hundred, innings, matchAfter, odi, over, snapshot, t20, test } from "../support/cricket.ts"

const home = (score: string, overs: string, more: Partial<Snapshot.InningsReading> = {}) => ({
  ...card(score, overs),
  ...more
})
const away = (score: string, overs: string, more: Partial<Snapshot.InningsReading> = {}) =>
  home(score, overs, { batting: "away", ...more })

const now = (readings: ReadonlyArray<Snapshot.InningsReading>, format = t20) => {
  const match = matchAfter(snapshot(readings, { format }))
  return { match, innings: Match.current(match)! }
}

describe("Match", () => {
  describe("has a target of", () => {
    const cases: Readonly<Record<string, readonly [ReturnType<typeof now>, Snapshot.Target | null]>> = {
      "nothing in the first innings": [now([home("50/1", "6")]), null],
      "one more than the other side made": [
        now([home("187/5", "20"), away("0/0", "0")]),
        { runs: 188, balls: 120 }
      ],
      "fifty overs in a one-day match": [
        now([home("250/9", "50"), away("0/0", "0")], odi),
        { runs: 251, balls: 300 }
      ],
      "a hundred balls in The Hundred": [
        now([home("126/8", "20"), away("0/0", "0")], hundred),
        { runs: 127, balls: 100 }
      ],
      "what rain has made it": [
        now([home("114/5", "10"), away("20/1", "2", { target: { runs: 85, balls: 42 } })]),
        { runs: 85, balls: 42 }
      ],
      "nothing in the third innings of four": [
        now([home("300/10", "90"), away("200/10", "60"), home("10/0", "3")], test),
        null
      ],
      "all it is behind in the fourth": [
        now([home("300/10", "90"), away("200/10", "60"), home("100/4", "30"), away("0/0", "0")], test),
        { runs: 201, balls: null }
      ],
      "what the side that made the other follow on has to make": [
        now([home("435/8", "87"), away("209/10", "53"), away("483/10", "162"), home("10/0", "2")], test),
        { runs: 258, balls: null }
      ],
      "nothing when it is ahead already": [
        now([home("100/10", "40"), away("300/10", "90"), home("150/10", "50"), away("0/0", "0")], test),
        null
      ],
      "an innings that was forfeited counts as none": [
        now(
          [
            home("381/4", "85"),
            away("0/0", "0", { forfeited: true }),
            home("0/0", "0", { forfeited: true }),
            away("0/0", "0")
          ],
          test
        ),
        { runs: 382, balls: null }
      ]
    }
    for (const [name, [{ innings, match }, target]] of Object.entries(cases)) {
      it(name, () => {
        assert.deepStrictEqual(Match.target(match, innings), target)
      })
    }

    it("nothing in the first super over of a pair, and one more than that in the second", () => {
      const tied = [home("176/6", "20"), away("176/6", "20")]
      const supers = [
        away("5/2", "1", { superOver: true }),
        home("5/1", "1", { superOver: true }),
        home("11/1", "1", { superOver: true }),
        away("0/0", "0", { superOver: true })
      ]
      const match = matchAfter(snapshot([...tied, ...supers]))
      assert.deepStrictEqual(
        match.innings.slice(2).map((one) => Match.target(match, one)),
        [null, { runs: 6, balls: 6 }, null, { runs: 12, balls: 6 }]
      )
    })
  })

  describe("leaves balls to make it in", () => {
    it("by overs, when one was of five or seven balls", () => {
      const first = home("100/5", "20")
      for (const balls of [5, 7]) {
        const chase = innings([over("P", "X", Array.from({ length: balls }, () => "1").join(" "), "Q")], {
          batting: "away",
          counting: { miscounted: { 0: balls } }
        })
        const { innings: current, match } = now([first, chase])
        assert.deepStrictEqual(Match.chase(match, current), { runs: 101 - balls, balls: 114 })
      }
    })

    it("none, not less, at the end", () => {
      const { innings, match } = now([home("100/5", "20"), away("90/5", "20")])
      assert.deepStrictEqual(Match.chase(match, innings), { runs: 11, balls: 0 })
    })
  })

  describe("is led", () => {
    const cases: Readonly<Record<string, readonly [ReturnType<typeof now>, number]>> = {
      "by the runs of the only innings": [now([home("50/1", "6")]), 50],
      "by less than nothing while it trails": [now([home("300/10", "90"), away("120/3", "40")], test), -180],
      "over all innings": [now([home("300/10", "90"), away("120/10", "40"), home("50/1", "9")], test), 230],
      "after a follow-on": [now([home("435/8", "87"), away("209/10", "53"), away("300/4", "100")], test), 74],
      "without super overs": [
        now([home("176/6", "20"), away("176/6", "20"), away("5/2", "1", { superOver: true })]),
        0
      ]
    }
    for (const [name, [{ innings, match }, lead]] of Object.entries(cases)) {
      it(name, () => {
        assert.strictEqual(Match.lead(match, innings), lead)
      })
    }
  })

  it("shows the last balls across overs, oldest first", () => {
    const { innings: current } = now([innings([over("A", "X", "1 2 3 4 . 6"), over("A", "Y", "wd W")])])
    assert.deepStrictEqual(
      Match.lastBalls(current, 4).map((ball) => `${ball.over}.${ball.nth}`),
      ["0.5", "0.6", "1.1", "1.2"]
    )
  })

  it("falls back on a player's id where the feed gave no name", () => {
    const match = matchAfter(snapshot([], { players: { "7": "R Sharma" } }))
    const names = ["7", "8"].map((id) => Match.nameOf(match, id as Parameters<typeof Match.nameOf>[1]))
    assert.deepStrictEqual(names, ["R Sharma", "8"])
  })

  it("keeps everything but the balls for the store", () => {
    const match = matchAfter(snapshot([innings([over("A", "X", "1 2 W")])]))
    const kept = Match.withoutBalls(match)
    assert.isNull(kept.innings[0]!.held)
    assert.deepStrictEqual({ ...kept.innings[0]!, held: match.innings[0]!.held }, match.innings[0])
  })
})
