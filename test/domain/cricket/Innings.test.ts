import { Delivery, Innings } from "@sightscreen/domain"
import { assert, describe, it } from "@effect/vitest"
import { chance, Seed, someOvers } from "../support/chance.ts"
import { type Drawn, figures, hundred, id, over, t20 } from "../support/cricket.ts"

const summary = (one: Innings.Innings) => ({
  score: Innings.score(one),
  overs: Innings.oversLabel(one),
  extras: one.extras
})

const batterLine = (one: Innings.Innings, name: string): string => {
  const { balls, out, runs } = Innings.batter(one, id(name))!
  return `${runs} (${balls})${out === null ? "" : ` ${out.manner}`}`
}

const bowlerLine = (one: Innings.Innings, name: string): string => {
  const { balls, maidens, runs, wickets } = Innings.bowler(one, id(name))!
  return `${balls}-${maidens}-${runs}-${wickets}`
}

describe("Innings", () => {
  describe("counts an over", () => {
    const cases: ReadonlyArray<
      readonly [balls: string, score: string, overs: string, batter: string, bowler: string]
    > = [
      [". . . . . .", "0/0", "1", "0 (6)", "6-1-0-0"],
      ["4 6 1 . 2 3", "16/0", "1", "16 (6)", "6-0-16-0"],
      // A wide is neither faced nor counted in the over.
      ["wd . . .", "1/0", "0.3", "0 (3)", "3-0-1-0"],
      ["5wd", "5/0", "0", "0 (0)", "0-0-5-0"],
      // A no-ball is faced; the runs off the bat are the batter's.
      ["nb4 . .", "5/0", "0.2", "4 (3)", "2-0-5-0"],
      ["nb/2b", "3/0", "0", "0 (1)", "0-0-1-0"],
      // Byes and leg byes spoil no maiden, a wide does.
      ["1b . 2lb . . .", "3/0", "1", "0 (6)", "6-1-0-0"],
      ["wd . . . . . .", "1/0", "1", "0 (6)", "6-0-1-0"],
      // Penalty runs are nobody's.
      ["1+5p", "6/0", "0.1", "1 (1)", "1-0-1-0"],
      [". W", "0/1", "0.2", "0 (2) bowled", "2-0-0-1"],
      // Stumped off a wide: out without having faced the ball, and the bowler's wicket.
      ["1 wd/st", "2/1", "0.1", "1 (1) stumped", "1-0-2-1"],
      // Run out off a no-ball or a wide: nobody's wicket.
      ["nb/ro", "1/1", "0", "0 (1) run out", "0-0-1-0"],
      ["wd/ro", "1/1", "0", "0 (0) run out", "0-0-1-0"],
      ["./of", "0/1", "0.1", "0 (1) obstructing the field", "1-0-0-0"],
      // Retired hurt is no wicket, retired out is one.
      ["3 ./reth", "3/0", "0.2", "3 (2)", "2-0-3-0"],
      ["3 ./retno", "3/0", "0.2", "3 (2)", "2-0-3-0"],
      ["3 ./reto", "3/1", "0.2", "3 (2) retired out", "2-0-3-0"]
    ]
    for (const [balls, score, overs, batter, bowler] of cases) {
      it(balls, () => {
        const one = figures([over("Batter", "Bowler", balls)])
        assert.deepStrictEqual(
          [Innings.score(one), Innings.oversLabel(one), batterLine(one, "Batter"), bowlerLine(one, "Bowler")],
          [score, overs, batter, bowler]
        )
      })
    }
  })

  it("counts penalty runs from before and after as extras of the innings", () => {
    const one = figures([over("Batter", "Bowler", "4 1")], { penalties: { pre: 5, post: 10 } })
    assert.deepStrictEqual(summary(one), { score: "20/0", overs: "0.2", extras: 15 })
  })

  it("has a score before its first ball when it starts with penalty runs", () => {
    assert.strictEqual(Innings.score(figures([], { penalties: { pre: 5, post: 0 } })), "5/0")
  })

  it("loses no wicket for the total when all ten are down", () => {
    const out = Array.from({ length: 10 }, (_, index): Drawn => over(`Batter ${index}`, "Bowler", "1 W"))
    assert.strictEqual(Innings.score(figures([out.flat()], { counting: { miscounted: { 0: 30 } } })), "10")
  })

  describe("overs", () => {
    it("of five legal balls are over when the umpire says so", () => {
      const one = figures([over("Batter", "Bowler", "1 1 1 1 1")], { counting: { miscounted: { 0: 5 } } })
      assert.deepStrictEqual([Innings.oversLabel(one), one.legal, Innings.spent(one, t20)], ["1", 5, 6])
    })

    it("of seven legal balls take one over of the allowance", () => {
      const seven = { counting: { miscounted: { 0: 7 } } }
      const under = figures([over("Batter", "Bowler", "1 1 1 1 1 1")], seven)
      const done = figures([over("Batter", "Bowler", "1 1 1 1 1 1 1")], seven)
      assert.deepStrictEqual(
        [under, done].map((one) => [Innings.oversLabel(one), one.legal, Innings.spent(one, t20)]),
        [
          ["0.6", 6, 6],
          ["1", 7, 6]
        ]
      )
    })

    it("are whole overs in a bowler's figures, however many balls they had", () => {
      const dots = (bowler: string, count: number) =>
        over("Batter", bowler, Array.from({ length: count }, () => ".").join(" "))
      const shown = (drawn: ReadonlyArray<Drawn>, miscounted: Record<number, number>) => {
        const one = figures(drawn, { counting: { miscounted } })
        return one.bowlers.map((bowler) => `${Innings.bowlerOvers(bowler, t20)} of ${bowler.balls}`)
      }
      assert.deepStrictEqual(shown([dots("A", 7)], { 0: 7 }), ["1 of 7"])
      assert.deepStrictEqual(shown([dots("A", 5)], { 0: 5 }), ["1 of 5"])
      assert.deepStrictEqual(shown([dots("A", 6)], { 0: 7 }), ["1 of 6"])
      assert.deepStrictEqual(shown([dots("A", 5), dots("B", 6), dots("A", 3)], { 0: 5 }), [
        "1.3 of 8",
        "1 of 6"
      ])
      // Of an over that two share, each has his balls.
      assert.deepStrictEqual(shown([[...dots("A", 2), ...dots("B", 5)], dots("A", 4)], { 0: 7 }), [
        "1 of 6",
        "0.5 of 5"
      ])
    })

    it("have five balls in The Hundred", () => {
      const drawn = [over("Batter", "Bowler", "1 1 1 1 1"), over("Batter", "Bowler", ". .")]
      const one = figures(drawn, { counting: { ballsPerOver: 5 } }, { format: hundred })
      assert.deepStrictEqual([Innings.oversLabel(one), Innings.spent(one, hundred)], ["1.2", 7])
    })

    it("change the ends, and in The Hundred every other one does", () => {
      const overs = ["1 . . . .", ". . . . .", ". . . . .", ". . . . ."]
      const onStrike = (count: number, format: typeof t20) => {
        const drawn: ReadonlyArray<Drawn> = overs.slice(0, count).map((balls) => over("A", "X", balls, "B"))
        return figures(drawn, { counting: { ballsPerOver: 5 } }, { format }).striker
      }
      assert.deepStrictEqual(
        [1, 2, 3, 4].map((count) => onStrike(count, hundred)),
        ["A", "B", "A", "B"].map(id)
      )
      assert.deepStrictEqual(
        [1, 2, 3, 4].map((count) => onStrike(count, t20)),
        ["B", "B", "B", "B"].map(id)
      )
    })

    it("shared by two bowlers are nobody's maiden", () => {
      const one = figures([[...over("Batter", "First", ". . ."), ...over("Batter", "Second", ". . .")]])
      assert.deepStrictEqual(
        [bowlerLine(one, "First"), bowlerLine(one, "Second"), Innings.oversLabel(one)],
        ["3-0-0-0", "3-0-0-0", "1"]
      )
    })
  })

  describe("knows who is in", () => {
    const crease = (...drawn: ReadonlyArray<Drawn>) => {
      const { nonStriker, striker } = figures(drawn)
      return [striker, nonStriker]
    }
    const cases: ReadonlyArray<readonly [balls: string, striker: string | null, nonStriker: string | null]> =
      [
        [".", "Batter", "Partner"],
        ["1", "Partner", "Batter"],
        ["4", "Batter", "Partner"],
        // One wide is no run; the second run of two wides was run.
        ["wd", "Batter", "Partner"],
        ["2wd", "Partner", "Batter"],
        ["nb1", "Partner", "Batter"],
        ["3lb", "Partner", "Batter"],
        ["W", null, "Partner"],
        [". . . . . .", "Partner", "Batter"],
        [". . . . . 1", "Batter", "Partner"],
        [". . . . . W", "Partner", null],
        ["1/ro:Partner", null, "Batter"]
      ]
    for (const [balls, striker, nonStriker] of cases) {
      it(`after ${balls}`, () => {
        assert.deepStrictEqual(crease(over("Batter", "Bowler", balls)), [striker, nonStriker])
      })
    }

    it("when a batter has given way to another between two balls, with no wicket", () => {
      const one = figures([[...over("Hurt", "Bowler", "4 1"), ...over("Fresh", "Bowler", ".")]])
      assert.deepStrictEqual(
        Innings.atCrease(one).map(({ id }) => id),
        [id("Partner"), id("Fresh")]
      )
      assert.strictEqual(one.wickets, 0)
    })

    it("when a batter who retired hurt comes back, with the runs he had", () => {
      const one = figures([
        [
          ...over("Hurt", "Bowler", "4 ./reth"),
          ...over("Fresh", "Bowler", "W"),
          ...over("Hurt", "Bowler", "2")
        ]
      ])
      const { out, retired, runs } = Innings.batter(one, id("Hurt"))!
      assert.deepStrictEqual([runs, out, retired, one.wickets], [6, null, false, 1])
    })

    it("when a batter who retired out comes back all the same, and his wicket stays down", () => {
      const one = figures([
        [
          ...over("Back", "Bowler", "4 ./reto"),
          ...over("Fresh", "Bowler", "W"),
          ...over("Back", "Bowler", "2")
        ]
      ])
      const { out, runs } = Innings.batter(one, id("Back"))!
      assert.deepStrictEqual([runs, out, one.wickets], [6, null, 2])
    })

    it("when he is out in the end, one man and one wicket", () => {
      const one = figures([
        [
          ...over("Back", "Bowler", "4 ./reto"),
          ...over("Fresh", "Bowler", "W"),
          ...over("Back", "Bowler", "2 W"),
          ...over("Last", "Bowler", ".")
        ]
      ])
      assert.strictEqual(one.wickets, 2)
      assert.strictEqual(batterLine(one, "Back"), "6 (4) bowled")
      assert.strictEqual(bowlerLine(one, "Bowler"), "6-0-6-2")
      assert.deepStrictEqual(one.partnership, { runs: 0, balls: 1 })
    })

    it("when one is timed out without having come in", () => {
      const one = figures([[...over("Batter", "Bowler", "W"), ...over("Next", "Bowler", "1/to:Late")]])
      assert.strictEqual(one.wickets, 2)
      assert.strictEqual(batterLine(one, "Late"), "0 (0) timed out")
      assert.strictEqual(bowlerLine(one, "Bowler"), "2-0-1-1")
    })
  })

  it("counts a partnership from the last wicket on", () => {
    const one = figures([[...over("Batter", "Bowler", "4 4 W"), ...over("Next", "Bowler", "1 wd 2lb")]])
    assert.deepStrictEqual(one.partnership, { runs: 4, balls: 2 })
  })

  describe("a bowler's run of wickets", () => {
    const streak = (...drawn: ReadonlyArray<Drawn>) => Innings.bowler(figures(drawn), id("Bowler"))!.streak
    const cases: ReadonlyArray<readonly [text: string, streak: number]> = [
      ["W W W", 3],
      ["W W . W", 1],
      ["W wd W", 1],
      ["W wd/st W", 3],
      ["W ./ro W", 1],
      ["W ./of W", 1],
      ["W 1/to:Late", 0]
    ]
    for (const [text, expected] of cases) {
      it(`${text} is ${expected}`, () => {
        const balls = text.split(" ").flatMap((one, index) => over(`Batter ${index}`, "Bowler", one))
        assert.strictEqual(streak(balls), expected)
      })
    }

    it("goes on through another bowler's over", () => {
      assert.strictEqual(
        streak(
          [...over("A", "Bowler", ". . . . . W")],
          over("B", "Other", ". . . . . ."),
          over("C", "Bowler", "W")
        ),
        2
      )
    })
  })

  const sum = (numbers: ReadonlyArray<number>): number => numbers.reduce((all, one) => all + one, 0)

  it.prop("adds up, whatever is bowled", [Seed], ([seed]) => {
    const drawn = someOvers(chance(seed), 12)
    const one = figures(drawn, { penalties: { pre: 5, post: 5 } })
    const balls = drawn.flat()
    assert.strictEqual(one.runs, 10 + sum(balls.map(Delivery.total)))
    assert.strictEqual(one.runs, one.extras + sum(one.batters.map(({ runs }) => runs)))
    assert.strictEqual(one.legal, sum(one.bowlers.map(({ balls }) => balls)))
    // Nothing is miscounted here, so overs and balls say the same.
    for (const bowler of one.bowlers) assert.strictEqual(bowler.overs * 6 + bowler.rest, bowler.balls)
    assert.strictEqual(sum(balls.map(Delivery.conceded)), sum(one.bowlers.map(({ runs }) => runs)))
    assert.strictEqual(one.wickets, one.batters.filter(({ out }) => out !== null).length)
    assert.strictEqual(sum(one.batters.map(({ balls }) => balls)), balls.filter(Delivery.isFaced).length)
    assert.strictEqual(one.deliveries, balls.length)
    assert.isAtMost(Innings.atCrease(one).length, 2)
  })
})
