import { assert, describe, it } from "@effect/vitest"
import { Cricsheet, type Recording as Type, Recording } from "@sightscreen/feed"
import { Result } from "effect"
import { files, missing, note } from "./archive.ts"
import { ball, extra, game, innings, type Json, over, quiet, wicket } from "./game.ts"

const parsed = (json: Json): Type.Recording => Result.getOrThrow(Cricsheet.parse("1", JSON.stringify(json)))

const refusal = (text: string): string => {
  const result = Cricsheet.parse("1", text)
  return Result.isFailure(result) ? result.failure.message : "it was read"
}

const firstBall = (json: Json) =>
  parsed(game([innings("India", [over(0, json)])])).innings[0]!.overs[0]!.deliveries[0]!

describe("a Cricsheet file", () => {
  it("becomes the facts of a match", () => {
    const { dates, gender, info, matchType, outcome, players } = parsed(
      game([innings("Sri Lanka", [quiet(0)])])
    )
    assert.deepStrictEqual({ dates, gender, info, matchType, outcome, players }, {
      dates: ["2024-07-30"],
      gender: "female",
      info: {
        matchId: "1",
        format: { kind: "t20", ballsPerOver: 6, overs: 20, innings: 2 },
        home: { name: "India", code: "IND" },
        away: { name: "Sri Lanka", code: "SL" },
        competition: "Asia Cup",
        venue: "Galle",
        // 2024-07-30T10:00:00Z
        startsAt: 1722333600000
      },
      matchType: "T20",
      outcome: { _tag: "Won", winner: "home", by: { innings: null, runs: 3, wickets: null }, method: null },
      players: { Ann: "Ann", Bea: "Bea", Zoe: "Zoe" }
    } as unknown)
  })

  it("may leave out whatever a match can do without", () => {
    const { info, outcome, players } = parsed({
      info: { match_type: "ODM", teams: ["Kent", "Essex"], dates: ["2001-05-01"], season: 2001 },
      innings: [{ team: "Kent", overs: [{ over: 0, deliveries: [ball(1)] }] }, { team: "Essex" }]
    })
    assert.deepStrictEqual(info.format, { kind: "odi", ballsPerOver: 6, overs: 50, innings: 2 })
    assert.deepStrictEqual([info.competition, info.venue], ["", null])
    assert.deepStrictEqual(outcome, { _tag: "NoResult", method: null })
    assert.deepStrictEqual(Object.keys(players), ["Ann", "Bea", "Zoe"])
  })

  for (const [matchType, more, format] of [
    ["T20", { balls_per_over: 5 }, { kind: "hundred", ballsPerOver: 5, overs: 20, innings: 2 }],
    ["IT20", {}, { kind: "t20", ballsPerOver: 6, overs: 20, innings: 2 }],
    ["ODI", { overs: 60 }, { kind: "odi", ballsPerOver: 6, overs: 60, innings: 2 }],
    [
      "Test",
      { overs: undefined, balls_per_over: 8 },
      { kind: "test", ballsPerOver: 8, overs: null, innings: 4 }
    ],
    ["MDM", { overs: undefined }, { kind: "first class", ballsPerOver: 6, overs: null, innings: 4 }]
  ] as const) {
    it(`of a ${matchType} with ${JSON.stringify(more)} is a match of the format ${format.kind}`, () => {
      const json = game([], { match_type: matchType, overs: matchType === "ODI" ? 50 : 20, ...more })
      assert.deepStrictEqual(parsed(json).info.format, format)
    })
  }

  for (const [event, competition] of [
    [{ name: "Asia Cup", match_number: 4 }, "Asia Cup"],
    ["Asia Cup", "Asia Cup"],
    [{ stage: "Final" }, ""],
    [{ name: null }, ""],
    [{ name: 7 }, ""],
    [["Asia Cup"], ""],
    [null, ""],
    [4, ""]
  ] as const) {
    it(`of the event ${JSON.stringify(event)} belongs to ${JSON.stringify(competition)}`, () => {
      assert.strictEqual(parsed(game([], { event })).info.competition, competition)
    })
  }

  it("may have its overs, and the balls of an over, as text", () => {
    const { format } = parsed(game([], { overs: "20", balls_per_over: "5" })).info
    assert.deepStrictEqual(format, { kind: "hundred", ballsPerOver: 5, overs: 20, innings: 2 })
  })

  it("may leave out the innings of a match that was decided without a ball", () => {
    const { info } = game([], { outcome: { winner: "India", method: "Awarded" } })
    const { innings, outcome } = parsed({ info })
    assert.deepStrictEqual([innings, outcome._tag], [[], "Awarded"])
  })

  for (const [outcome, expected] of [
    [
      { winner: "Sri Lanka", by: { innings: 1, runs: 46 } },
      { _tag: "Won", winner: "away", by: { innings: 1, runs: 46, wickets: null }, method: null }
    ],
    [
      { winner: "India", by: { wickets: 7 }, method: "D/L" },
      { _tag: "Won", winner: "home", by: { innings: null, runs: null, wickets: 7 }, method: "D/L" }
    ],
    [
      { winner: "India", method: "Lost fewer wickets" },
      {
        _tag: "Won",
        winner: "home",
        by: { innings: null, runs: null, wickets: null },
        method: "Lost fewer wickets"
      }
    ],
    [
      { result: "tie", eliminator: "Sri Lanka" },
      { _tag: "Tied", winner: "away", decidedBy: "super over", method: null }
    ],
    [
      { result: "tie", bowl_out: "India" },
      { _tag: "Tied", winner: "home", decidedBy: "bowl-out", method: null }
    ],
    [
      { result: "tie", method: "VJD" },
      { _tag: "Tied", winner: null, decidedBy: null, method: "VJD" }
    ],
    [{ result: "draw" }, { _tag: "Drawn", method: null }],
    [{ result: "no result" }, { _tag: "NoResult", method: null }],
    [
      { result: "draw", winner: "India" },
      { _tag: "Drawn", method: null }
    ],
    [
      { result: "no result", winner: "India", by: { runs: 3 } },
      { _tag: "NoResult", method: null }
    ],
    [
      { result: "tie", winner: "India" },
      { _tag: "Tied", winner: null, decidedBy: null, method: null }
    ],
    [
      { result: "tie", winner: "India", eliminator: "Sri Lanka" },
      { _tag: "Tied", winner: "away", decidedBy: "super over", method: null }
    ],
    [
      { result: "awarded", winner: "India" },
      { _tag: "Awarded", winner: "home", method: null }
    ],
    [
      { winner: "India", method: "Awarded" },
      { _tag: "Awarded", winner: "home", method: "Awarded" }
    ],
    [{ result: "awarded" }, { _tag: "Awarded", winner: null, method: null }]
  ] as const) {
    it(`with the outcome ${JSON.stringify(outcome)} ends so`, () => {
      assert.deepStrictEqual(parsed(game([], { outcome })).outcome, expected)
    })
  }

  it("keeps runs by where they came from, a wide that is also a no-ball included", () => {
    const { bat, boundary, byes, legByes, noBalls, penalty, wides } = firstBall(
      extra({ wides: 1, noballs: 1, byes: 2, legbyes: 3, penalty: 5 }, 4)
    )
    assert.deepStrictEqual(
      { bat, boundary, byes, legByes, noBalls, penalty, wides },
      { bat: 4, boundary: true, byes: 2, legByes: 3, noBalls: 1, penalty: 5, wides: 1 }
    )
  })

  for (const [bat, nonBoundary, boundary] of [
    [4, undefined, true],
    [6, undefined, true],
    [6, true, false],
    [4, false, true],
    [5, undefined, false]
  ] as const) {
    it(`counts ${bat} off the bat${nonBoundary === true ? ", all run," : ""} as ${boundary ? "a" : "no"} boundary`, () => {
      const runs = {
        batter: bat,
        extras: 0,
        total: bat,
        ...(nonBoundary === undefined ? {} : { non_boundary: nonBoundary })
      }
      assert.strictEqual(firstBall(ball(bat, { runs })).boundary, boundary)
    })
  }

  it("names fielders, and passes over substitutes without a name", () => {
    const fielders = [{ name: "Yma" }, { substitute: true }, { name: "Xia", substitute: true }]
    const { dismissals } = firstBall(ball(0, { wickets: [{ kind: "run out", player_out: "Bea", fielders }] }))
    assert.deepStrictEqual(dismissals, [
      { batter: "Bea", manner: "run out", fielders: ["Yma", "Xia"] }
    ] as unknown)
  })

  it("lets a batter who retired hurt come back and be out", () => {
    const [one] = parsed(
      game([innings("India", [over(0, wicket("retired hurt"), wicket("bowled"))])])
    ).innings
    assert.deepStrictEqual(
      one!.overs[0]!.deliveries.flatMap(({ dismissals }) => dismissals.map(({ manner }) => manner)),
      ["retired hurt", "bowled"]
    )
  })

  for (const [target, expected] of [
    [
      { runs: 180, overs: 20 },
      { runs: 180, balls: 120 }
    ],
    [
      { runs: 180, overs: "20" },
      { runs: 180, balls: 120 }
    ],
    [
      { runs: 180, overs: 25.3 },
      { runs: 180, balls: 153 }
    ],
    [{ runs: 180 }, { runs: 180, balls: null }],
    [
      { runs: 180, overs: "many" },
      { runs: 180, balls: null }
    ],
    [
      { runs: 180, overs: -1 },
      { runs: 180, balls: null }
    ],
    [
      { runs: 180, overs: 1e300 },
      { runs: 180, balls: null }
    ],
    [
      { runs: 180, overs: "99999999999999999999" },
      { runs: 180, balls: null }
    ],
    [{}, null]
  ] as const) {
    it(`reads the target ${JSON.stringify(target)}`, () => {
      assert.deepStrictEqual(parsed(game([innings("India", [], { target })])).innings[0]!.target, expected)
    })
  }

  it("keeps what belongs to an innings and to no ball", () => {
    const [first, second, third] = parsed(
      game([
        innings("India", [quiet(0)], {
          declared: true,
          penalty_runs: { pre: 5, post: 10 },
          absent_hurt: ["Bea"]
        }),
        { team: "Sri Lanka", forfeited: true },
        innings("Sri Lanka", [quiet(0)], { super_over: true })
      ])
    ).innings
    assert.deepStrictEqual(
      [first!.declared, first!.forfeited, first!.superOver, first!.penalties, first!.batting],
      [true, false, false, { pre: 5, post: 10 }, "home"]
    )
    assert.deepStrictEqual([second!.forfeited, second!.overs], [true, []])
    assert.deepStrictEqual([third!.superOver, third!.batting], [true, "away"])
  })

  const dots = (count: number) => Array.from({ length: count }, () => ball(0))
  for (const [what, overs, more, complete] of [
    ["its six legal balls are bowled", [over(0, ...dots(6))], {}, [true]],
    ["another over follows", [over(0, ...dots(4)), over(1, ...dots(5))], {}, [true, false]],
    ["wides make up the number", [over(0, ...dots(5), extra({ wides: 1 }))], {}, [false]],
    ["the umpire counts five", [over(0, ...dots(5))], { miscounted_overs: { 0: { balls: 5 } } }, [true]],
    [
      "the umpire counts seven",
      [over(0, ...dots(6))],
      { miscounted_overs: { 0: { balls: "7", umpire: "U" } } },
      [false]
    ]
  ] as const) {
    it(`has an over that is ${complete.join(" and then ")} as complete when ${what}`, () => {
      const [one] = parsed(game([innings("India", overs, more)])).innings
      assert.deepStrictEqual(
        one!.overs.map((each) => each.complete),
        [...complete]
      )
    })
  }
})

describe("codes of sides", () => {
  for (const [teams, expected] of [
    [
      ["West Indies", "Royal Challengers Bengaluru"],
      ["WI", "RCB"]
    ],
    [
      ["Munster Reds", "North-West Warriors"],
      ["MR", "NWW"]
    ],
    [
      ["Kent", "Côte d'Ivoire"],
      ["KEN", "CD"]
    ],
    [
      ["Scotland", "Perth Scorchers"],
      ["SCO", "PER"]
    ],
    [
      ["Glamorgan", "Glanmire"],
      ["GLA", "GLAN"]
    ],
    [
      ["日本", "A"],
      ["日本", "A"]
    ]
  ] as const) {
    it(`are ${expected.join(" and ")} for ${teams.join(" and ")}`, () => {
      const { info } = parsed(game([], { teams, outcome: {} }))
      assert.deepStrictEqual([info.home.code, info.away.code], [...expected])
    })
  }
})

describe("a file that is not what it should be", () => {
  const good = JSON.stringify(game([innings("India", [quiet(0)])]))
  const inOver3 = (...balls: ReadonlyArray<Json>) =>
    JSON.stringify(game([innings("India", [over(3, ball(1), extra({ wides: 1 }), ...balls)])]))
  const eleven = Array.from({ length: 11 }, (_, index) => wicket("bowled", `P${index}`))

  const table: ReadonlyArray<readonly [what: string, text: string, message: string]> = [
    ["is empty", " \n", "1: not JSON: the file is empty"],
    ["breaks off in a word", good.slice(0, 20), "1: not JSON: it breaks off after 20 characters"],
    [
      "breaks off between two",
      good.slice(0, -1),
      `1: not JSON: it breaks off after ${good.length - 1} characters`
    ],
    ["breaks off in a constant", '{"info":nul', "1: not JSON: it breaks off after 11 characters"],
    ["is a web page", "<html></html>", '1: not JSON: unexpected "<"'],
    ["has two texts", `${good} ${good}`, `1: not JSON: unexpected "{" at character ${good.length + 1}`],
    ["is not JSON at all", "undefined", "1: not JSON: it is something else"],
    ["is a list", "[]", "1: not a Cricsheet match: expected object, got []"],
    ["is null", "null", "1: not a Cricsheet match: expected object, got null"],
    ["is something else", '{"name":"x"}', "1: not a Cricsheet match: info is missing"],
    [
      "has neither innings nor an outcome",
      JSON.stringify({ info: { match_type: "T20", teams: ["India", "Sri Lanka"], dates: ["2024-07-30"] } }),
      "1: neither innings nor an outcome"
    ],
    [
      "is of another game",
      JSON.stringify(game([], { match_type: "baseball" })),
      '1: not a Cricsheet match: info.match_type: expected "Test" | "ODI" | "T20" | "IT20" | "ODM" | "MDM", got "baseball"'
    ],
    [
      "has one side",
      JSON.stringify(game([], { teams: ["India"] })),
      "1: not a Cricsheet match: info.teams[1] is missing"
    ],
    [
      "has no day",
      JSON.stringify(game([], { dates: [] })),
      "1: not a Cricsheet match: info.dates[0] is missing"
    ],
    [
      "has a day that is none",
      JSON.stringify(game([], { dates: ["soon"] })),
      '1: info.dates[0]: "soon" is not a day'
    ],
    [
      "is played on a day that no month has",
      JSON.stringify(game([], { dates: ["2024-02-29", "2024-02-30"] })),
      '1: info.dates[1]: "2024-02-30" is not a day'
    ],
    [
      "is played in a month that no year has",
      JSON.stringify(game([], { dates: ["2024-13-01"] })),
      '1: info.dates[0]: "2024-13-01" is not a day'
    ],
    [
      "knows the hour",
      JSON.stringify(game([], { dates: ["2024-07-30T14:00"] })),
      '1: info.dates[0]: "2024-07-30T14:00" is not a day'
    ],
    [
      "leaves out a bowler",
      inOver3(ball(1, { bowler: undefined })),
      "1: not a Cricsheet match: innings[0].overs[0].deliveries[2].bowler is missing"
    ],
    [
      "has runs in words",
      inOver3(ball(1, { runs: { batter: "one\nrun", extras: 0, total: 1 } })),
      '1: not a Cricsheet match: innings[0].overs[0].deliveries[2].runs.batter: expected number, got "one\\nrun"'
    ],
    [
      "has a stranger batting",
      JSON.stringify(game([innings("Nepal", [quiet(0)])])),
      '1: innings 1: "Nepal" is neither India nor Sri Lanka'
    ],
    [
      "has a stranger winning",
      JSON.stringify(game([], { outcome: { winner: "Nepal" } })),
      '1: info.outcome.winner: "Nepal" is neither India nor Sri Lanka'
    ],
    [
      "is won by half a run",
      JSON.stringify(game([], { outcome: { winner: "India", by: { runs: 0.5 } } })),
      "1: info.outcome.by: a margin of 0.5 cannot be"
    ],
    [
      "has overs out of order",
      JSON.stringify(game([innings("India", [quiet(1), quiet(1)])])),
      "1: innings 1: over 1 comes after over 1"
    ],
    [
      "has half an over",
      JSON.stringify(game([innings("India", [quiet(0.5)])])),
      "1: innings 1: 0.5 is no number of an over"
    ],
    [
      "has a target without end",
      JSON.stringify(game([innings("India", [], { target: { runs: 1e300 } })])),
      "1: innings 1: a target of 1e+300 runs"
    ],
    [
      "has innings without end",
      JSON.stringify(game([], { overs: 1e300 })),
      "1: info.overs: an innings of 1e+300 overs"
    ],
    [
      "has innings of words",
      JSON.stringify(game([], { overs: "so\nmany" })),
      '1: info.overs: an innings of "so\\nmany" overs'
    ],
    [
      "has overs of nothing",
      JSON.stringify(game([], { balls_per_over: "0" })),
      '1: info.balls_per_over: an over of "0" balls'
    ],
    [
      "has an over far away",
      JSON.stringify(game([innings("India", [quiet(1e300)])])),
      "1: innings 1: 1e+300 is no number of an over"
    ],
    [
      "has runs without end",
      inOver3(ball(1e300)),
      "1: innings 1, ball 3.2: 1e+300 runs off the bat cannot be"
    ],
    [
      "has wides without end",
      inOver3(extra({ wides: 100_001 })),
      "1: innings 1, ball 3.2: 100001 wides cannot be"
    ],
    [
      "is won by too much",
      JSON.stringify(game([], { outcome: { winner: "India", by: { runs: 1e300 } } })),
      "1: info.outcome.by: a margin of 1e+300 cannot be"
    ],
    [
      "has balls without end",
      JSON.stringify(
        game([innings("India", [over(0, ball(0))], { miscounted_overs: { 0: { balls: "x" } } })])
      ),
      '1: innings 1: over 0 is miscounted as "x" balls'
    ],
    [
      "takes penalty runs away",
      JSON.stringify(game([innings("India", [], { penalty_runs: { post: -5 } })])),
      "1: innings 1: penalty runs of -5 cannot be"
    ],
    [
      "adds up wrongly",
      inOver3(ball(4, { runs: { batter: 4, extras: 0, total: 5 } })),
      "1: innings 1, ball 3.2: the total 5 is not the 4 off the bat + 0 extras"
    ],
    [
      "has extras of no kind",
      inOver3(ball(0, { runs: { batter: 0, extras: 1, total: 1 } })),
      "1: innings 1, ball 3.2: the 1 extras are not the 0 of their kinds"
    ],
    ["has half a run", inOver3(ball(0.5)), "1: innings 1, ball 3.2: 0.5 runs off the bat cannot be"],
    ["takes a run away", inOver3(ball(-1)), "1: innings 1, ball 3.2: -1 runs off the bat cannot be"],
    [
      "hides a wide taken away",
      inOver3(extra({ wides: -1, byes: 1 })),
      "1: innings 1, ball 3.2: -1 wides cannot be"
    ],
    [
      "has a batter at both ends",
      inOver3(ball(1, { non_striker: "Ann" })),
      "1: innings 1, ball 3.2: Ann is his own partner"
    ],
    [
      "knows a new way to be out",
      inOver3(wicket("sent off")),
      '1: innings 1, ball 3.2: "sent off" is no way to be out'
    ],
    [
      "gets a batter out twice",
      inOver3(wicket("bowled"), wicket("caught")),
      "1: innings 1, ball 3.3: Ann is out already"
    ],
    ["gets eleven out", inOver3(...eleven), "1: innings 1, ball 3.12: an eleventh wicket"]
  ]
  for (const [what, text, message] of table) {
    it(`${what}: ${message}`, () => {
      assert.strictEqual(refusal(text), message)
    })
  }

  it("is refused in one line, wherever it breaks off", () => {
    for (let length = 0; length < good.length; length++) {
      const message = refusal(good.slice(0, length))
      assert.notInclude(message, "\n")
      assert.match(message, /^1: not JSON: (it breaks off after \d+ characters|the file is empty)$/)
    }
  })

  it("is unreadable, and says which file it is", () => {
    const result = Cricsheet.parse("1512773", "{")
    if (Result.isSuccess(result)) assert.fail("it was read")
    const { _tag, reason, subject } = result.failure
    assert.deepStrictEqual([_tag, reason, subject], ["FeedError", "unreadable", "1512773"])
  })
})

describe.skipIf(missing)(`Cricsheet's archive${note}`, () => {
  interface Raw {
    readonly innings: ReadonlyArray<{
      readonly overs?: ReadonlyArray<{
        readonly deliveries: ReadonlyArray<{ readonly runs: { readonly total: number } }>
      }>
      readonly penalty_runs?: { readonly pre?: number; readonly post?: number }
    }>
  }

  it.each(files)("match $id is read whole", ({ id, text }) => {
    const raw = JSON.parse(text) as Raw
    const recording = Result.getOrThrow(Cricsheet.parse(id, text))
    const balls = raw.innings.map(({ overs = [] }) => overs.flatMap(({ deliveries }) => deliveries))
    assert.strictEqual(Recording.deliveries(recording), balls.flat().length)
    assert.deepStrictEqual(
      recording.innings.map((one) => Recording.runs(one)),
      raw.innings.map(({ penalty_runs: { post = 0, pre = 0 } = {} }, index) =>
        balls[index]!.reduce((sum, { runs }) => sum + runs.total, pre + post)
      )
    )
  })
})
