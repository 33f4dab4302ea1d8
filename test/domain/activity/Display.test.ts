import { ContentState, Display, type MatchEvent, type Snapshot } from "@sightscreen/domain"
import { assert, describe, it } from "@effect/vitest"
import {
  card,
  hundred,
  innings,
  line,
  matchAfter,
  over,
  second,
  type Setting,
  snapshot,
  test
} from "../support/cricket.ts"
import { event } from "../support/events.ts"

const players = {
  A: "Rohit Sharma",
  B: "Shubman Gill",
  X: "Matt Henry",
  P: "Finn Allen",
  Q: "Devon Conway",
  Y: "Jasprit Bumrah"
}
const away = { batting: "away" } as const
const first = innings([over("A", "X", "4 . 1 wd 6 2lb W", "B")])
const chase = innings([over("P", "Y", "1 . 4 2", "Q")], away)

const show = (
  readings: ReadonlyArray<Snapshot.InningsReading>,
  setting: Setting = {},
  shown: Display.Shown | null = null
) => Display.of(matchAfter(snapshot(readings, { players, ...setting })), shown, 7, 1000)

describe("The lock screen", () => {
  it("before the first ball", () => {
    assert.deepStrictEqual(show([], { status: "scheduled" }), {
      phase: "pre",
      interruption: "none",
      sentiment: "neutral",
      perspective: "none",
      sequence: 7,
      updatedAt: 1000,
      compact: { leading: "IND", trailing: "NZ", minimal: "IND" },
      expanded: {
        title: "IND v NZ · T20",
        battingCode: "",
        score: "",
        overs: "",
        runRate: "",
        batters: [],
        lastBalls: [],
        statusLine: "Yet to begin"
      }
    })
  })

  it("in the first innings", () => {
    assert.deepStrictEqual(show([first]), {
      phase: "live",
      interruption: "none",
      sentiment: "neutral",
      perspective: "home",
      sequence: 7,
      updatedAt: 1000,
      compact: { leading: "IND 14/1", trailing: "1", minimal: "14/1" },
      expanded: {
        title: "IND v NZ · T20",
        battingCode: "IND",
        score: "14/1",
        overs: "1",
        runRate: "RR: 14.00",
        batters: [{ name: "Shubman Gill", line: "0 (0)", isOnStrike: true }],
        bowler: { name: "Matt Henry", line: "1/12 (1)" },
        lastBalls: ["•", "1", "wd", "6", "2lb", "W"],
        statusLine: "IND batting, 14/1 in 1"
      }
    })
  })

  it("in a chase, with news", () => {
    const four = event("four", {
      batter: over("P", "Y", ".")[0]!.batter,
      position: { innings: 2, over: 0, delivery: 3, label: "0.3", seq: 9 }
    })
    assert.deepStrictEqual(show([first, chase], {}, { event: four, retracted: false }), {
      phase: "live",
      interruption: "none",
      sentiment: "exciting",
      perspective: "away",
      sequence: 7,
      updatedAt: 1000,
      compact: { leading: "NZ 7/0", trailing: "0.4", minimal: "7/0" },
      expanded: {
        title: "IND v NZ · T20",
        battingCode: "NZ",
        score: "7/0",
        overs: "0.4",
        runRate: "RR: 10.50",
        target: "Target 15",
        equation: "NZ need 8 off 116",
        requiredRate: "RRR: 0.41",
        batters: [
          { name: "Finn Allen", line: "7 (4)", isOnStrike: true },
          { name: "Devon Conway", line: "0 (0)", isOnStrike: false }
        ],
        bowler: { name: "Jasprit Bumrah", line: "0/7 (0.4)" },
        lastBalls: ["1", "•", "4", "2"],
        partnership: "7 (4)",
        statusLine: "NZ need 8 off 116"
      },
      keyEvent: { type: "four", headline: "FOUR!", detail: "Finn Allen", at: second(0) / 1000 }
    })
  })

  it("when it is over", () => {
    const setting: Setting = {
      status: "finished",
      outcome: { _tag: "Won", winner: "home", by: { innings: null, runs: 7, wickets: null }, method: null }
    }
    const state = show([first, chase], setting, { event: event("match_end"), retracted: false })
    assert.deepStrictEqual(
      [state.phase, state.perspective, state.sentiment, state.expanded.equation, state.expanded.requiredRate],
      ["completed", "none", "neutral", undefined, undefined]
    )
    assert.deepStrictEqual(state.keyEvent, {
      type: "match_end",
      headline: "India won by 7 runs",
      detail: "IND 14/1, NZ 7/0",
      at: second(0) / 1000
    })
    assert.strictEqual(state.expanded.statusLine, "India won by 7 runs")
  })

  it("from a scorecard alone", () => {
    const [a, b, c] = [line("A", "30 (20)"), line("B", "12 (8)", "caught"), line("C", "5 (5)")]
    const state = show([
      card("50/1", "5.2", {
        batting: [a, b, c],
        striker: c.id,
        nonStriker: a.id,
        bowler: over("A", "X", ".")[0]!.bowler,
        bowling: [{ id: over("A", "X", ".")[0]!.bowler, balls: 8, maidens: 0, runs: 14, wickets: 1 }]
      })
    ])
    assert.deepStrictEqual(state.expanded.batters, [
      { name: "Rohit Sharma", line: "30 (20)", isOnStrike: false },
      { name: "C", line: "5 (5)", isOnStrike: true }
    ])
    assert.deepStrictEqual(state.expanded.bowler, { name: "Matt Henry", line: "1/14 (1.2)" })
    assert.deepStrictEqual([state.expanded.lastBalls, state.expanded.partnership], [[], undefined])
  })

  it("counts a chase in sets of five in The Hundred", () => {
    const set = innings([over("P", "Y", "1 1 1 1 1", "Q")], { ...away, counting: { ballsPerOver: 5 } })
    const { equation, requiredRate, runRate } = show([card("99/5", "20"), set], { format: hundred }).expanded
    assert.deepStrictEqual([equation, requiredRate, runRate], ["NZ need 95 off 95", "RRR: 5.00", "RR: 5.00"])
  })

  it("asks for no runs a ball where balls are not limited, nor when none are left", () => {
    const last = show(
      [
        card("300/10", "90"),
        card("200/10", "60", {}, away),
        card("100/10", "30"),
        card("9/0", "2", {}, away)
      ],
      { format: test }
    ).expanded
    assert.deepStrictEqual([last.equation, last.requiredRate], ["NZ need 192", undefined])
    const gone = show([card("180/5", "20"), card("175/9", "20", {}, away)]).expanded
    assert.deepStrictEqual(
      [gone.target, gone.equation, gone.requiredRate],
      ["Target 181", undefined, undefined]
    )
  })

  it.each([
    ["drinks", "live", "break"],
    ["lunch", "live", "break"],
    ["stumps", "live", "stumps"],
    ["suspended", "live", "suspended"],
    ["delayed", "live", "suspended"],
    ["innings break", "innings_break", "none"],
    ["abandoned", "abandoned", "none"],
    ["cancelled", "abandoned", "none"],
    ["finished", "completed", "none"]
  ] as const)("at %s is in phase %s, interrupted by %s", (status, phase, interruption) => {
    const state = show([first], { status })
    assert.deepStrictEqual([state.phase, state.interruption], [phase, interruption])
  })

  it.each([
    ["delayed", "pre", "delayed"],
    ["postponed", "pre", "postponed"]
  ] as const)("%s before the first ball is in phase %s, interrupted by %s", (status, phase, interruption) => {
    const state = show([], { status })
    assert.deepStrictEqual([state.phase, state.interruption], [phase, interruption])
  })
})

describe("The mood", () => {
  const total = card("180/5", "20")
  const last = { position: { innings: 1, over: 0, delivery: 7, label: "0.6", seq: 6 } }
  const cases: Readonly<Record<string, readonly [ContentState.ContentState, ContentState.Sentiment]>> = {
    "of the last three overs of a chase that is on": [show([total, card("160/5", "17", {}, away)]), "tense"],
    "of a chase that is over in all but name": [show([total, card("100/5", "17", {}, away)]), "neutral"],
    "of a chase with four overs to go": [show([total, card("150/5", "16", {}, away)]), "neutral"],
    "of a super over": [
      show([total, card("180/5", "20", {}, away), card("4/0", "0.1", {}, { ...away, superOver: true })]),
      "tense"
    ],
    "after a wicket": [show([first], {}, { event: event("wicket", last), retracted: false }), "exciting"],
    "after a maiden": [show([first], {}, { event: event("maiden", last), retracted: false }), "neutral"],
    "after a wicket that was none": [
      show([first], {}, { event: event("wicket", last), retracted: true }),
      "neutral"
    ],
    "an over after a wicket": [show([first], {}, { event: event("wicket"), retracted: false }), "neutral"],
    "at tea": [
      show([first], { status: "tea" }, { event: event("wicket", last), retracted: false }),
      "neutral"
    ]
  }
  for (const [name, [{ sentiment }, expected]] of Object.entries(cases)) {
    it(`${name} is ${expected}`, () => {
      assert.strictEqual(sentiment, expected)
    })
  }
})

describe("News stays on the screen", () => {
  const bowled = (balls: number) =>
    innings([over("A", "X", Array.from({ length: balls }, () => "1").join(" "), "B")], {
      counting: { miscounted: { 0: 99 } }
    })
  const stays = (
    readings: ReadonlyArray<Snapshot.InningsReading>,
    one: MatchEvent.MatchEvent,
    setting: Setting = {}
  ) => Display.isCurrent(matchAfter(snapshot(readings, setting)), { event: one, retracted: false })
  const third = event("six", { position: { innings: 1, over: 0, delivery: 3, label: "0.3", seq: 2 } })

  it("for less than an over", () => {
    assert.deepStrictEqual(
      [3, 8, 9].map((balls) => stays([bowled(balls)], third)),
      [true, true, false]
    )
  })

  it("into the next innings, for as many balls", () => {
    const ended = event("innings_end", {
      position: { innings: 1, over: 0, delivery: 3, label: "0.3", seq: 2 }
    })
    assert.isTrue(stays([bowled(3), { ...bowled(5), ...away }], ended))
    assert.isFalse(stays([bowled(3), { ...bowled(6), ...away }], ended))
  })

  it("no longer on scorecards, innings after innings", () => {
    const ended = event("innings_end", {
      position: { innings: 1, over: 19, delivery: 0, label: "20", seq: 119 }
    })
    assert.isTrue(stays([card("180/5", "20"), card("5/0", "0.5", {}, away)], ended))
    assert.isFalse(stays([card("180/5", "20"), card("6/0", "1", {}, away)], ended))
  })

  it("not beyond the end of the match, which stays", () => {
    const setting: Setting = { status: "finished" }
    assert.isFalse(stays([bowled(3)], third, setting))
    assert.isTrue(stays([bowled(30)], event("match_end"), setting))
  })
})

describe("Two screens look alike", () => {
  const state = show(
    [first, chase],
    {},
    {
      event: event("wicket", { position: { innings: 2, over: 0, delivery: 3, label: "0.3", seq: 9 } }),
      retracted: false
    }
  )

  it("when only their counters differ", () => {
    assert.isTrue(ContentState.looksLike(state, { ...structuredClone(state), sequence: 99, updatedAt: 99 }))
  })

  const leaves = (value: unknown, path: ReadonlyArray<string> = []): ReadonlyArray<ReadonlyArray<string>> =>
    typeof value === "object" && value !== null
      ? Object.entries(value).flatMap(([key, inside]) => leaves(inside, [...path, key]))
      : [path]

  const altered = (value: unknown, [head, ...rest]: ReadonlyArray<string>): unknown => {
    if (head === undefined)
      return typeof value === "string" ? `${value}!` : typeof value === "number" ? value + 1 : !value
    const copy = (Array.isArray(value) ? [...value] : { ...(value as object) }) as Record<string, unknown>
    copy[head] = altered(copy[head], rest)
    return copy
  }

  for (const path of leaves(state)) {
    const name = path.join(".")
    if (name === "sequence" || name === "updatedAt") continue
    it(`not when ${name} differs`, () => {
      assert.isFalse(ContentState.looksLike(state, altered(state, path) as ContentState.ContentState))
    })
  }
})
