import { Instant } from "@sightscreen/decider"
import { type Match, Progress, type Snapshot } from "@sightscreen/domain"
import { Duration, Schema } from "effect"
import { assert, describe, it } from "@effect/vitest"
import { chance, Seed, someOvers } from "../support/chance.ts"
import {
  advance,
  after,
  ballsOf,
  card,
  changed,
  edited,
  innings,
  line,
  matchAfter,
  minute,
  over,
  second,
  snapshot,
  test
} from "../support/cricket.ts"

const first = innings([
  [...over("A", "X", ". 4 1 wd W", "B"), ...over("C", "X", ". .", "B")],
  over("B", "Y", "1 2 3", "C")
])
const total = ballsOf(first)

const labels = ({ moments }: Progress.Progress): ReadonlyArray<string> =>
  moments.map((one) => `${one._tag} ${one.position.label}`)

const figuresOf = ({ innings }: Match.Match) => innings

describe("Progress", () => {
  describe("of balls", () => {
    it("tells each new ball once", () => {
      const match = matchAfter(snapshot([after(2, first)]))
      const progress = advance(match, snapshot([after(4, first)]))
      assert.deepStrictEqual(labels(progress), ["Bowled 0.3", "Bowled 0.4"])
      assert.isNull(progress.retoldFrom)
    })

    it("gives a wide the number of the ball to come", () => {
      const { moments } = advance(null, snapshot([after(6, first)]))
      assert.deepStrictEqual(
        moments.map(({ position }) => `${position.label} (${position.delivery}, ${position.seq})`),
        ["0.1 (1, 0)", "0.2 (2, 1)", "0.3 (3, 2)", "0.4 (4, 3)", "0.4 (5, 4)", "0.5 (6, 5)"]
      )
    })

    it("tells nothing of a reading that says the same, in other objects too", () => {
      const match = matchAfter(snapshot([first]))
      const progress = advance(match, snapshot([structuredClone(first)], { at: second(5) }))
      assert.deepStrictEqual(progress.moments, [])
      assert.isNull(progress.retoldFrom)
      assert.deepStrictEqual(figuresOf(progress.match), figuresOf(match))
    })

    it("keeps an innings as the very object it was while nothing changes", () => {
      const match = matchAfter(snapshot([first]))
      assert.strictEqual(
        advance(match, snapshot([first], { at: second(5) })).match.innings[0],
        match.innings[0]
      )
    })

    it("runs on in number through the match", () => {
      const match = matchAfter(snapshot([first]))
      const second = innings([over("P", "Q", "1 .", "R")], { batting: "away" })
      const { moments } = advance(match, snapshot([first, second]))
      assert.deepStrictEqual(
        moments.map(({ _tag, position }) => [_tag, position.innings, position.seq]),
        [
          ["Bowled", 2, total],
          ["Bowled", 2, total + 1],
          ["Closed", 1, total - 1]
        ]
      )
    })

    it("tells the end of an innings and the start of the next from one reading", () => {
      const match = matchAfter(snapshot([after(5, first)]))
      const next = innings([over("P", "Q", "1", "R")], { batting: "away" })
      const progress = advance(match, snapshot([first, next]))
      assert.strictEqual(progress.moments.filter(({ _tag }) => _tag === "Bowled").length, total - 5 + 1)
      assert.strictEqual(progress.moments.filter(({ _tag }) => _tag === "Closed").length, 1)
    })

    const corrections: Readonly<Record<string, typeof first>> = {
      "a ball is changed": changed(first, "0.2", { bat: 6 }),
      "a ball is taken back": after(total - 1, first),
      "an over is rolled back": after(3, first),
      "a ball is entered under another name": changed(first, "1.2", { id: "new" }),
      "two balls change places": edited(first, (all) =>
        all.map((one) =>
          one.number === 1
            ? {
                ...one,
                deliveries: [one.deliveries[1]!, one.deliveries[0]!, one.deliveries[2]!].map(
                  (ball, index) => ({ ...ball, nth: index + 1 })
                )
              }
            : one
        )
      ),
      "an over has turned out to be complete": edited(first, (all) =>
        all.map((one) => ({ ...one, complete: true }))
      ),
      "penalty runs before the first ball are found": { ...first, penalties: { pre: 5, post: 0 } },
      "the other side has batted": { ...first, batting: "away" },
      "it was a super over": { ...first, superOver: true }
    }
    for (const [name, correction] of Object.entries(corrections)) {
      it(`counts again from the first ball when ${name}`, () => {
        const match = matchAfter(snapshot([first]))
        const progress = advance(match, snapshot([correction], { at: second(5) }))
        assert.strictEqual(progress.retoldFrom, 1)
        assert.deepStrictEqual(
          figuresOf(progress.match),
          figuresOf(matchAfter(snapshot([correction], { at: second(5) })))
        )
      })
    }

    it("counts the later innings again with the one that is corrected", () => {
      const next = innings([over("P", "Q", "1", "R")], { batting: "away" })
      const match = matchAfter(snapshot([first, next]))
      const progress = advance(match, snapshot([changed(first, "0.2", { bat: 6 }), next]))
      const counted = progress.moments.filter(({ _tag }) => _tag === "Bowled")
      assert.strictEqual(counted.length, total + 1)
    })

    it("takes an innings back that has vanished", () => {
      const next = innings([over("P", "Q", "1", "R")], { batting: "away" })
      const progress = advance(matchAfter(snapshot([first, next])), snapshot([first], { at: second(5) }))
      assert.strictEqual(progress.retoldFrom, 2)
      assert.strictEqual(progress.match.innings.length, 1)
    })

    it("adds penalty runs after the last ball without counting again", () => {
      const match = matchAfter(snapshot([first]))
      const progress = advance(match, snapshot([{ ...first, penalties: { pre: 0, post: 5 } }]))
      assert.isNull(progress.retoldFrom)
      assert.strictEqual(progress.match.innings[0]!.runs, match.innings[0]!.runs + 5)
    })

    it("takes penalty runs back that had been added after the last ball", () => {
      const match = matchAfter(snapshot([{ ...first, penalties: { pre: 0, post: 5 } }]))
      const { innings } = advance(match, snapshot([first])).match
      assert.deepStrictEqual(innings, figuresOf(matchAfter(snapshot([first]))))
    })

    it("brings a bowler's run of wickets into his next innings, past a super over", () => {
      const match = matchAfter(
        snapshot([
          innings([over("A", "X", "W", "B")]),
          innings([over("P", "Q", "W", "R")], { batting: "away", superOver: true }),
          innings([over("A", "X", "W", "B")])
        ])
      )
      assert.deepStrictEqual(
        match.innings.map(({ bowlers }) => bowlers[0]!.streak),
        [1, 1, 2]
      )
    })
  })

  describe("of the end", () => {
    const tagsOf = ({ moments }: Progress.Progress) => moments.map(({ _tag }) => _tag)

    it("closes an innings when a break is called, once", () => {
      const match = matchAfter(snapshot([first]))
      const called = advance(match, snapshot([first], { status: "innings break" }))
      assert.deepStrictEqual(tagsOf(called), ["Closed"])
      const next = innings([over("P", "Q", "1", "R")], { batting: "away" })
      assert.deepStrictEqual(tagsOf(advance(called.match, snapshot([first, next]))), ["Bowled"])
    })

    it("does not close the innings to come when it is listed in the break", () => {
      const next = innings([], { batting: "away" })
      const { moments } = advance(
        matchAfter(snapshot([first])),
        snapshot([first, next], { status: "innings break" })
      )
      assert.deepStrictEqual(
        moments.map((one) => [one._tag, one.position.innings]),
        [["Closed", 1]]
      )
    })

    it("closes an innings no earlier than it was last seen going on", () => {
      const timed = edited(first, (all) =>
        all.map((one) => ({
          ...one,
          deliveries: one.deliveries.map((ball) => ({ ...ball, at: second(0) }))
        }))
      )
      const match = matchAfter(snapshot([timed], { at: minute(4) }))
      const { moments } = advance(match, snapshot([timed], { at: minute(5), status: "innings break" }))
      assert.strictEqual(moments[0]!.at, minute(4))
    })

    it("closes forfeited innings that had no ball", () => {
      const given = innings([], { batting: "away", forfeited: true })
      const match = matchAfter(snapshot([first], { format: test }))
      const chase = innings([over("P", "Q", "1", "R")], { batting: "away" })
      const all = [first, given, { ...given, batting: "home" as const }, chase]
      const { moments } = advance(match, snapshot(all, { format: test }))
      assert.deepStrictEqual(
        moments.filter(({ _tag }) => _tag === "Closed").map(({ position }) => position.innings),
        [1, 2, 3]
      )
    })

    it.each(["finished", "abandoned", "cancelled"] as const)(
      "is over once when the match is %s",
      (status) => {
        const match = matchAfter(snapshot([first]))
        const ended = advance(match, snapshot([first], { status }))
        assert.deepStrictEqual(tagsOf(ended), ["Over"])
        assert.deepStrictEqual(tagsOf(advance(ended.match, snapshot([first], { status: "finished" }))), [])
      }
    )

    it("is over without a ball too", () => {
      const match = matchAfter(snapshot([], { status: "delayed" }))
      assert.deepStrictEqual(tagsOf(advance(match, snapshot([], { status: "abandoned" }))), ["Over"])
    })
  })

  describe("of scorecards", () => {
    const fifty = card("50/1", "6.2", { batting: [line("A", "30 (20)"), line("B", "12 (8)", "caught")] })

    it("tells that figures changed, and not which ball did it", () => {
      const match = matchAfter(snapshot([fifty]))
      const progress = advance(match, snapshot([card("54/1", "6.3")]))
      assert.deepStrictEqual(labels(progress), ["Scored 6.3"])
    })

    it("tells nothing of the same figures", () => {
      const match = matchAfter(snapshot([fifty]))
      assert.deepStrictEqual(advance(match, snapshot([structuredClone(fifty)])).moments, [])
    })

    it("places the end of a whole over in that over", () => {
      const { moments } = advance(null, snapshot([card("50/1", "6")]))
      assert.deepInclude(moments[0]!.position, { over: 5, label: "6", seq: 35 })
    })

    it("runs on in number through the match", () => {
      const progress = advance(
        null,
        snapshot([card("150/7", "20"), card("8/0", "1.1", {}, { batting: "away" })])
      )
      assert.deepStrictEqual(
        progress.moments.map(({ _tag, position }) => [_tag, position.innings, position.seq]),
        [
          ["Scored", 1, 119],
          ["Scored", 2, 126],
          ["Closed", 1, 119]
        ]
      )
    })

    it("goes over to balls when the feed has them, with news only from where the card stood", () => {
      const match = matchAfter(snapshot([card("6/1", "0.5")]))
      const progress = advance(match, snapshot([first], { at: second(5) }))
      assert.strictEqual(progress.retoldFrom, 1)
      // Six deliveries bowled the five legal balls of the card: what came after is new.
      assert.deepStrictEqual(progress.history, [{ innings: 1, until: 6 }])
      assert.deepStrictEqual(
        figuresOf(progress.match),
        figuresOf(matchAfter(snapshot([first], { at: second(5) })))
      )
    })

    it("goes over from balls when the feed has no more of them", () => {
      const progress = advance(matchAfter(snapshot([first])), snapshot([card("20/1", "1.5")]))
      assert.deepStrictEqual(labels(progress), ["Scored 1.5"])
      assert.strictEqual(progress.match.innings[0]!.runs, 20)
    })

    it("counts a card's penalty runs among its extras", () => {
      const reading = card(
        "57/0",
        "6",
        { extras: 2, batting: [line("A", "30 (20)"), line("B", "20 (16)")] },
        { penalties: { pre: 5, post: 0 } }
      )
      assert.strictEqual(matchAfter(snapshot([reading])).innings[0]!.extras, 7)
    })
  })

  describe("of readings out of turn", () => {
    const match = matchAfter(snapshot([first], { at: minute(10) }))

    it("refuses one from before the last", () => {
      const late = Progress.advance(
        match,
        snapshot([after(2, first)], { at: Instant.minus(minute(10), Progress.outOfTurn) })
      )
      assert.deepStrictEqual(late, {
        _tag: "Refused",
        reason: "a reading from before the last one, by 60000 ms"
      })
    })

    it("goes on when the clock was set back by more than readings can be late", () => {
      assert.strictEqual(Progress.advance(match, snapshot([first], { at: minute(5) }))._tag, "Progress")
    })
  })

  describe("of another match", () => {
    const match = matchAfter(snapshot([first], { at: minute(10) }))
    const of = (info: Partial<Snapshot.MatchInfo>, at = Instant.plus(minute(10), Duration.seconds(5))) => {
      const reading = snapshot([after(2, first)], { at })
      return Progress.advance(match, { ...reading, info: { ...reading.info, ...info } })
    }
    const { away, home } = match.info
    const others = {
      home: { name: "Northland", code: "NLD" },
      away: { name: "Southmoor", code: "SMR" }
    }

    it("refuses what goes under this one's name and is of other teams", () => {
      assert.deepStrictEqual(of(others), {
        _tag: "Refused",
        reason: `another match: Northland against Southmoor is not ${home.name} against ${away.name}`
      })
      for (const info of [{ home: others.home }, { away: others.away }, { home: away, away: home }])
        assert.strictEqual(of(info)._tag, "Refused")
    })

    it("refuses what goes under another name", () => {
      assert.strictEqual(of({ matchId: "another" as typeof match.info.matchId })._tag, "Refused")
    })

    it("goes on where a team is only spelled in another way", () => {
      assert.strictEqual(of({ home: { ...home, name: `${home.name} Men` } })._tag, "Progress")
      assert.strictEqual(of({ away: { ...away, code: "XYZ" } })._tag, "Progress")
    })

    it("believes what has been all there is to read for minutes", () => {
      const progress = of(others, Instant.plus(minute(10), Progress.insisting))
      assert.strictEqual(progress._tag, "Progress")
    })
  })

  it.prop("ends the same, however many balls each reading swallows", [Seed], ([seed]) => {
    const dice = chance(seed)
    const reading = innings(someOvers(dice, 8))
    const length = ballsOf(reading)
    let match: Match.Match | null = null
    let told = 0
    for (let at = 0; at < length;) {
      at = Math.min(length, at + 1 + dice.below(12))
      const progress: Progress.Progress = advance(match, snapshot([after(at, reading)]))
      match = progress.match
      told += progress.moments.length
    }
    assert.deepStrictEqual(match, matchAfter(snapshot([reading])))
    assert.strictEqual(told, length)
  })

  it.prop("ends the same, whatever was read in between", [Seed, Schema.Int], ([seed, other]) => {
    const reading = innings(someOvers(chance(seed), 5))
    const wrong = innings(someOvers(chance(other), 5))
    assert.deepStrictEqual(
      figuresOf(matchAfter(snapshot([after(12, reading)]), snapshot([wrong]), snapshot([reading]))),
      figuresOf(matchAfter(snapshot([reading])))
    )
  })
})
