import {
  type Format,
  Headline,
  type Match,
  type MatchEvent,
  Memory,
  Pipeline,
  type Snapshot
} from "@sightscreen/domain"
import { Array as Arr } from "effect"
import { assert, describe, it } from "@effect/vitest"
import {
  advance,
  card,
  type Drawn,
  hundred,
  id,
  innings,
  line,
  odi,
  over,
  overs,
  second,
  snapshot,
  t20,
  test
} from "../support/cricket.ts"

/** All that is noticed in these snapshots, read one after another from before the first ball, whatever becomes of it. */
const see = (...snapshots: ReadonlyArray<Snapshot.Snapshot>): ReadonlyArray<MatchEvent.MatchEvent> => {
  let match: Match.Match = advance(null, snapshot([])).match
  return snapshots.flatMap((one) => {
    const progress = advance(match, one)
    match = progress.match
    const { rulings } = Pipeline.run(Memory.empty, progress, one.at)
    return Arr.sort(
      rulings.map(({ event }) => event),
      Headline.inPlay
    )
  })
}

/** What is noticed in the last of these snapshots. */
const seeLast = (...snapshots: ReadonlyArray<Snapshot.Snapshot>) =>
  see(...snapshots).slice(see(...snapshots.slice(0, -1)).length)

const only = <N extends MatchEvent.Name>(
  name: N,
  events: ReadonlyArray<MatchEvent.MatchEvent>
): ReadonlyArray<MatchEvent.Of<N>> =>
  events.flatMap((event) => (event._tag === name ? [event as MatchEvent.Of<N>] : []))

const inOvers = (
  drawn: ReadonlyArray<Drawn>,
  format: Format.Format = t20,
  counting: Parameters<typeof overs>[1] = {}
) =>
  see(
    snapshot([innings(drawn, { counting: { ballsPerOver: format.ballsPerOver, ...counting } })], { format })
  )

const superOver = (drawn: ReadonlyArray<Drawn>) => see(snapshot([innings(drawn, { superOver: true })]))

/** One of these per ball, each by another batter, so that wickets can follow one another. */
const wickets = (texts: string, bowler = "X") =>
  texts.split(" ").flatMap((text, index) => over(`${bowler} ${index}`, bowler, text))

const times = (count: number, text: string): string => Array.from({ length: count }, () => text).join(" ")

/** All in one over, however long: where overs do not matter. */
const long = { miscounted: { 0: 1000 } }

it("a scorecard alone tells what scores can tell", () => {
  const batting = [
    line("A", "95 (40)"),
    line("B", "100 (50)"),
    line("C", "55 (40)"),
    line("D", "0 (1)", "caught")
  ]
  const bowling = [{ id: id("X"), balls: 24, maidens: 0, runs: 12, wickets: 3 }]
  const whole = card("300/4", "20", { batting, bowling })
  const seen = see(
    snapshot([card("0/0", "0")]),
    snapshot([whole], { status: "innings break" }),
    snapshot([whole, card("1/0", "0.1", {}, { batting: "away" })], { status: "finished" })
  )
  assert.deepStrictEqual(
    new Set(seen.map(({ _tag }) => _tag)),
    new Set<MatchEvent.Name>([
      "match_end",
      "innings_end",
      "hundred",
      "batsman_on_90s",
      "fifty",
      "batsman_on_fire",
      "bowler_on_fire",
      "wicket",
      "new_batsman"
    ])
  )
})

describe("fifty", () => {
  const cases: ReadonlyArray<readonly [name: string, balls: string, found: ReadonlyArray<string>]> = [
    ["is told at 50", `${times(8, "6")} 2`, ["50 (9)"]],
    ["is told past 50, with the runs there are", `${times(8, "6")} . 4`, ["52 (10)"]],
    ["is not told at 49", `${times(8, "6")} 1`, []],
    ["is told once", `${times(9, "6")} 6 1`, ["54 (9)"]],
    ["is not told at 150", times(26, "6"), ["54 (9)"]],
    ["counts what is hit off no-balls, and no extras", `${times(7, "nb6")} 6 5wd 1lb 2`, ["50 (10)"]]
  ]
  for (const [name, balls, found] of cases) {
    it(name, () => {
      const events = only("fifty", inOvers([over("A", "X", balls)], t20, long))
      assert.deepStrictEqual(
        events.map(({ balls, runs }) => `${runs} (${balls})`),
        found
      )
    })
  }

  it("is not told of a batter who is past a hundred when first seen there", () => {
    const before = snapshot([card("60/0", "5", { batting: [line("A", "45 (20)")] })])
    const jump = snapshot([card("130/0", "12", { batting: [line("A", "101 (60)")] })])
    assert.deepStrictEqual(only("fifty", see(before, jump)), [])
    assert.strictEqual(only("hundred", see(before, jump)).length, 1)
  })

  it("is told of several batters on one card", () => {
    const before = snapshot([card("90/0", "9", { batting: [line("A", "45 (30)"), line("B", "45 (30)")] })])
    const after = snapshot([card("100/0", "10", { batting: [line("A", "50 (33)"), line("B", "50 (33)")] })])
    assert.deepStrictEqual(
      only("fifty", see(before, after)).map(({ batter }) => batter),
      [id("A"), id("B")]
    )
  })

  it("is not told again from figures that had gone down", () => {
    const at = (score: string, figures: string) =>
      snapshot([card(score, "9", { batting: [line("A", figures)] })])
    assert.strictEqual(
      only("fifty", see(at("60/0", "40 (30)"), at("72/0", "52 (31)"), at("68/0", "48 (31)"))).length,
      1
    )
  })
})

describe("hundred", () => {
  it.each([
    [16, []],
    [17, [100]],
    [34, [100, 200]],
    [51, [100, 200, 300]]
  ])("after %s sixes is told of %s", (sixes, found) => {
    const events = only("hundred", inOvers([over("A", "X", times(sixes, "6"))], test, long))
    assert.deepStrictEqual(
      events.map(({ runs }) => runs),
      found
    )
  })
})

describe("batsman_on_90s", () => {
  const cases: ReadonlyArray<readonly [name: string, balls: string, found: ReadonlyArray<number>]> = [
    ["is told at 90", times(15, "6"), [90]],
    ["is told at 99", `${times(14, "6")} 3 6 6`, [93]],
    ["is told once on the way", `${times(15, "6")} 1 1 1`, [90]],
    ["is not told of a batter who jumps it", `${times(14, "6")} 4 1+5p 7 6`, [96]],
    ["is not told at 89", `${times(14, "6")} 5`, []]
  ]
  for (const [name, balls, found] of cases) {
    it(name, () => {
      const events = only("batsman_on_90s", inOvers([over("A", "X", balls)], t20, long))
      assert.deepStrictEqual(
        events.map(({ runs }) => runs),
        found
      )
    })
  }

  it("is not told of a batter who goes from 89 to 100 between two cards", () => {
    const at = (score: string, figures: string) =>
      snapshot([card(score, "15", { batting: [line("A", figures)] })])
    assert.deepStrictEqual(
      only("batsman_on_90s", seeLast(at("100/0", "89 (50)"), at("111/0", "100 (52)"))),
      []
    )
  })
})

describe("batsman_on_fire", () => {
  const cases: ReadonlyArray<readonly [name: string, balls: string, found: number]> = [
    ["is told at two runs a ball after twelve", times(12, "2"), 1],
    ["is not told after eleven balls, however many runs", times(11, "6"), 0],
    ["is not told at a little less", `${times(11, "2")} 1`, 0],
    ["is told when the rate rises to it", `${times(6, ".")} ${times(6, "3")} 6 6`, 1],
    ["is told again when the rate had fallen below it", `${times(12, "2")} . . 6`, 2],
    ["is not told of the ball that got him out", `${times(11, "6")} W`, 0]
  ]
  for (const [name, balls, found] of cases) {
    it(name, () => {
      const events = only("batsman_on_fire", inOvers([over("A", "X", balls)], t20, long))
      assert.strictEqual(events.length, found)
    })
  }
})

describe("bowler_on_fire", () => {
  const three = (runs: string) => [wickets(`${runs} W W W`), over("Z", "X", "wd")]
  const cases: ReadonlyArray<
    readonly [name: string, format: Format.Format, drawn: ReadonlyArray<Drawn>, found: ReadonlyArray<string>]
  > = [
    ["is told of a third wicket for little", t20, three(times(9, ".")), ["3/0 (12)"]],
    ["is told of the fourth too", t20, three(`${times(9, ".")} W`), ["3/0 (12)", "4/0 (13)"]],
    ["is not told before twelve balls", t20, three(times(8, ".")), []],
    ["is told at six an over in a T20", t20, three(`6 6 ${times(7, ".")}`), ["3/12 (12)"]],
    ["is not told at more", t20, three(`6 6 1 ${times(6, ".")}`), []],
    ["is told at four and a half in fifty overs", odi, three(`6 3 ${times(7, ".")}`), ["3/9 (12)"]],
    ["is not told at five there", odi, three(`6 4 ${times(7, ".")}`), []],
    ["is told at three in a Test", test, three(`6 ${times(8, ".")}`), ["3/6 (12)"]],
    ["is not told at more there", test, three(`6 1 ${times(7, ".")}`), []],
    ["counts six balls in The Hundred as well", hundred, three(`6 6 ${times(7, ".")}`), ["3/12 (12)"]],
    ["does not count run outs", t20, [wickets(`${times(9, ".")} W W ./ro`)], []]
  ]
  for (const [name, format, drawn, found] of cases) {
    it(name, () => {
      const events = only("bowler_on_fire", inOvers(drawn, format, long))
      assert.deepStrictEqual(
        events.map(({ balls, runs, wickets }) => `${wickets}/${runs} (${balls})`),
        found
      )
    })
  }
})

it("bowler_on_fire has the overs as the umpires counted them", () => {
  const drawn = [
    over("Z", "X", times(7, ".")),
    over("Z", "Y", times(6, ".")),
    over("Z", "X", times(5, ".")),
    over("Z", "Y", times(6, ".")),
    wickets(". W W W")
  ]
  const [event] = only("bowler_on_fire", inOvers(drawn, t20, { miscounted: { 0: 7, 2: 5 } }))
  assert.deepStrictEqual([event?.balls, event?.overs], [16, "2.4"])
})

it("wicket of one who had retired out and came back is the same wicket of the side", () => {
  const drawn = [
    [...over("A", "X", "4 ./reto", "B"), ...over("C", "X", "W", "B"), ...over("A", "X", "2 W", "B")]
  ]
  assert.deepStrictEqual(
    only("wicket", inOvers(drawn, t20)).map(({ batter, manner, score }) => `${batter} ${manner} ${score}`),
    ["A retired out 4/1", "C bowled 4/2", "A bowled 6/2"]
  )
})

describe("wicket", () => {
  const cases: ReadonlyArray<readonly [text: string, found: ReadonlyArray<string>]> = [
    ["W", ["A bowled b X 2/1, his 1"]],
    ["wd/st", ["A stumped b X 3/1, his 1"]],
    ["nb/ro", ["A run out 3/1"]],
    ["1/ro:Partner", ["Partner run out 3/1"]],
    ["./of", ["A obstructing the field 2/1"]],
    ["./reto", ["A retired out 2/1"]],
    ["./reth", []],
    ["./retno", []],
    ["W/to:Late", ["A bowled b X 2/1, his 1", "Late timed out 2/2"]]
  ]
  for (const [text, found] of cases) {
    it(`${text} is ${found.length === 0 ? "none" : found.join(" and ")}`, () => {
      const events = only("wicket", inOvers([over("A", "X", `2 ${text}`)]))
      assert.deepStrictEqual(
        events.map(
          ({ batter, bowler, bowlerWickets, manner, score }) =>
            `${batter} ${manner}${bowler === null ? "" : ` b ${bowler}`} ${score}${bowlerWickets === null ? "" : `, his ${bowlerWickets}`}`
        ),
        found
      )
    })
  }

  it("tells the batter's own score", () => {
    const [wicket] = only("wicket", inOvers([over("A", "X", "4 . 1 W")]))
    assert.deepInclude(wicket, { runs: 5, balls: 4 })
  })

  it("is found on a card by who is out now and was not", () => {
    const before = snapshot([
      card("50/1", "6", {
        batting: [line("A", "20 (18)", "caught"), line("B", "20 (10)"), line("C", "9 (8)")]
      })
    ])
    const after = snapshot([
      card("52/2", "6.2", {
        batting: [
          line("A", "20 (18)", "caught"),
          line("B", "22 (12)", { manner: "lbw", bowler: id("X"), fielders: [] }),
          line("C", "9 (8)")
        ],
        bowling: [{ id: id("X"), balls: 12, maidens: 0, runs: 9, wickets: 2 }]
      })
    ])
    const [wicket, ...more] = only("wicket", seeLast(before, after))
    assert.deepStrictEqual(more, [])
    assert.deepInclude(wicket, {
      batter: id("B"),
      bowler: id("X"),
      score: "52/2",
      bowlerWickets: 2,
      runs: 22
    })
  })

  it("is not found on a card that names nobody", () => {
    assert.deepStrictEqual(
      only("wicket", see(snapshot([card("50/1", "6")]), snapshot([card("50/2", "6.1")]))),
      []
    )
  })
})

describe("new_batsman", () => {
  const cases: ReadonlyArray<readonly [name: string, drawn: Drawn, found: ReadonlyArray<string>]> = [
    ["is not told of the openers", over("A", "X", "1 ."), []],
    ["is told of the third batter", [...over("A", "X", "W"), ...over("C", "X", ".")], ["C"]],
    [
      "is told of one who comes in for a batter who retired hurt",
      [...over("A", "X", "./reth"), ...over("C", "X", ".")],
      ["C"]
    ],
    [
      "is told of one who comes in with no wicket at all",
      [...over("A", "X", "."), ...over("C", "X", ".")],
      ["C"]
    ],
    [
      "is not told of one who comes back",
      [...over("A", "X", "./reth"), ...over("C", "X", "W"), ...over("A", "X", ".")],
      ["C"]
    ],
    [
      "is not told of one timed out before he came in",
      [...over("A", "X", "W"), ...over("C", "X", "./to:Late"), ...over("C", "X", ".")],
      ["C"]
    ],
    ["is told at the other end too", [...over("A", "X", "1/ro:Partner"), ...over("A", "X", ".", "C")], ["C"]]
  ]
  for (const [name, drawn, found] of cases) {
    it(name, () => {
      assert.deepStrictEqual(
        only("new_batsman", inOvers([drawn])).map(({ batter }) => batter),
        found.map(id)
      )
    })
  }

  it("is found on a card, in whatever order it lists them", () => {
    const [a, b, c] = [line("A", "5 (5)"), line("B", "0 (1)", "caught"), line("C", "0 (0)")]
    const before = snapshot([card("5/1", "1", { batting: [a, b] })])
    const after = snapshot([card("5/1", "1.1", { batting: [c, a, b] })])
    assert.deepStrictEqual(
      only("new_batsman", see(before, after)).map(({ batter }) => batter),
      [id("C")]
    )
  })
})

describe("hattrick and on_hattrick", () => {
  const cases: ReadonlyArray<
    readonly [name: string, balls: string, on: ReadonlyArray<string>, hat: ReadonlyArray<string>]
  > = [
    ["two in two", "W W .", ["0.2"], []],
    ["three in three", "W W W", ["0.2"], ["0.3"]],
    ["four in four is one hat-trick", "W W W W", ["0.2"], ["0.3"]],
    ["five in five", "W W W W W", ["0.2"], ["0.3"]],
    ["a ball between", "W W . W", ["0.2"], []],
    ["a wide between", "W W wd W", ["0.2"], []],
    ["stumped off a wide", "W W wd/st", ["0.2"], ["0.3"]],
    ["a run out is not the bowler's", "W W ./ro W", ["0.2"], []],
    ["nor is obstruction", "W W ./of", ["0.2"], []],
    ["timed out helps nobody", "W W/to:Late .", ["0.2"], []],
    ["a second one later", "W W W . W W W", ["0.2", "0.6"], ["0.3", "0.7"]]
  ]
  for (const [name, balls, on, hat] of cases) {
    it(`${name}: ${balls}`, () => {
      const events = inOvers([wickets(balls)], t20, long)
      assert.deepStrictEqual(
        [only("on_hattrick", events), only("hattrick", events)].map((found) =>
          found.map(({ position }) => position.label)
        ),
        [on, hat]
      )
    })
  }

  it("goes through another bowler's over and the end of the innings", () => {
    const one = innings([wickets(". . . . . W", "X"), wickets(". . . . . .", "Y"), wickets("W", "X")])
    const two = innings([over("P", "A 0", ".")], { batting: "away" })
    const three = innings([wickets("W", "X")])
    const events = see(snapshot([one, two, three], { format: test }))
    assert.deepStrictEqual(
      [only("on_hattrick", events), only("hattrick", events)].map(([event]) => event?.position.innings),
      [1, 3]
    )
  })
})

describe("consecutive_sixes", () => {
  const cases: ReadonlyArray<readonly [name: string, drawn: Drawn, counts: ReadonlyArray<number>]> = [
    ["two are not told", over("A", "X", "6 6"), []],
    ["the third is, and each one after", over("A", "X", "6 6 6 6 6"), [3, 4, 5]],
    ["a dot ends them", over("A", "X", "6 6 . 6"), []],
    ["a wide does not: he did not face it", over("A", "X", "6 6 wd 6"), [3]],
    ["a no-ball that is hit for six is one", over("A", "X", "6 nb6 6"), [3]],
    ["a no-ball that is not ends them", over("A", "X", "6 6 nb 6"), []],
    ["six that were run end them", over("A", "X", "6 6 6r"), []],
    [
      "they are the batter's, whoever bats between",
      [...over("A", "X", "6 6"), ...over("B", "X", "1"), ...over("A", "X", "6")],
      [3]
    ]
  ]
  for (const [name, drawn, counts] of cases) {
    it(name, () => {
      assert.deepStrictEqual(
        only("consecutive_sixes", inOvers([drawn], t20, long)).map(({ count }) => count),
        counts
      )
    })
  }
})

describe("maiden", () => {
  const cases: ReadonlyArray<readonly [name: string, drawn: Drawn, found: boolean]> = [
    ["nothing off six balls", over("A", "X", ". . . . . ."), true],
    ["nothing off five", over("A", "X", ". . . . ."), false],
    ["with a wicket", over("A", "X", ". . . . . W"), true],
    ["with byes and leg byes", over("A", "X", "4b . 1lb . . ."), true],
    ["with penalty runs", over("A", "X", ".+5p . . . . ."), true],
    ["with a wide", over("A", "X", "wd . . . . . ."), false],
    ["with a no-ball", over("A", "X", "nb . . . . . ."), false],
    ["with a single", over("A", "X", ". . 1 . . ."), false],
    ["by two bowlers", [...over("A", "X", ". . ."), ...over("A", "Y", ". . .")], false]
  ]
  for (const [name, drawn, found] of cases) {
    it(`${name} is ${found ? "one" : "none"}`, () => {
      assert.strictEqual(only("maiden", inOvers([drawn])).length, found ? 1 : 0)
    })
  }

  it("sits at the last delivery of its over", () => {
    const [maiden] = only("maiden", inOvers([over("A", "X", "1 1 1 1 1 1"), over("A", "Y", ". . . . . .")]))
    assert.deepInclude(maiden!.position, { over: 1, delivery: 6, seq: 11 })
    assert.strictEqual(maiden!.bowler, id("Y"))
  })

  it("is as long as the umpire made it", () => {
    const five = inOvers([over("A", "X", ". . . . .")], t20, { miscounted: { 0: 5 } })
    const seven = inOvers([over("A", "X", ". . . . . . .")], t20, { miscounted: { 0: 7 } })
    const spoilt = inOvers([over("A", "X", ". . . . . . 1")], t20, { miscounted: { 0: 7 } })
    assert.deepStrictEqual(
      [five, seven, spoilt].map((events) => only("maiden", events).length),
      [1, 1, 0]
    )
  })

  it("is five balls in The Hundred", () => {
    assert.strictEqual(only("maiden", inOvers([over("A", "X", ". . . . .")], hundred)).length, 1)
  })
})

describe("four and six", () => {
  it.each([
    ["4", ["four"]],
    ["6", ["six"]],
    ["nb4", ["four"]],
    ["4r", []],
    ["6r", []],
    ["4b", []],
    ["5wd", []],
    ["5", []]
  ])("%s is %s", (text, found) => {
    assert.deepStrictEqual(
      inOvers([over("A", "X", text)]).map(({ _tag }) => _tag),
      found
    )
  })
})

describe("innings_end and match_end", () => {
  const one = innings([over("A", "X", "1")])
  const two = innings([over("P", "Y", "1")], { batting: "away" })
  const ends = (...snapshots: ReadonlyArray<Snapshot.Snapshot>) =>
    see(...snapshots).flatMap(({ _tag, position }) =>
      _tag === "innings_end" || _tag === "match_end" ? [`${_tag} ${position.innings}`] : []
    )

  it("come once each, the last innings ending with the match", () => {
    assert.deepStrictEqual(
      ends(
        snapshot([one]),
        snapshot([one], { status: "innings break" }),
        snapshot([one, two], { at: second(9) }),
        snapshot([one, two], { at: second(10), status: "finished" })
      ),
      ["innings_end 1", "match_end 2"]
    )
  })

  it("come without a break having been called", () => {
    assert.deepStrictEqual(ends(snapshot([one]), snapshot([one, two])), ["innings_end 1"])
  })

  it("come for the match alone when it is abandoned in its first innings", () => {
    assert.deepStrictEqual(ends(snapshot([one]), snapshot([one], { status: "abandoned" })), ["match_end 1"])
  })

  it("come for no super over", () => {
    const extra = innings([over("P", "Y", "1")], { superOver: true })
    assert.deepStrictEqual(ends(snapshot([one, two, extra]), snapshot([one, two, extra, extra])), [
      "innings_end 1",
      "innings_end 2"
    ])
  })
})

describe("a super over", () => {
  it("yields wickets, boundaries and new batters only", () => {
    const drawn = [
      [...over("A", "X", "6 6 6 6 6 6 6 6 6 6 6 6 6 6 6 6 6 W"), ...over("C", "X", "4 W")],
      over("D", "X", ". . . . . .")
    ]
    const seen = new Set(superOver(drawn).map(({ _tag }) => _tag))
    assert.deepStrictEqual(seen, new Set(["six", "wicket", "new_batsman", "four"]))
  })
})
