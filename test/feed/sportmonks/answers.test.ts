import { assert, describe, it } from "@effect/vitest"
import { Instant } from "@sightscreen/decider"
import type { MatchEvent, Snapshot } from "@sightscreen/domain"
import { SportMonksReading, SportMonksWire } from "@sightscreen/feed"
import { Result } from "effect"
import { readFileSync } from "node:fs"
import { begin, play, read, type Story } from "../../domain/support/story.ts"
import { noticed } from "../../domain/support/truth.ts"

/** Answers in the documented shape, of matches that were made up for them. */
const answer = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`answers/${name}.json`, import.meta.url), "utf8"))

type Json = Record<string, unknown>
const first = (answer("livescores-first-innings") as { data: [Json] }).data[0]
const finished = (answer("fixture-finished") as { data: Json }).data
const polls = answer("livescores-corrections") as ReadonlyArray<{ body: { data: [Json] } }>

const seconds = (count: number) => Instant.fromMillis(1_781_446_500_000 + count * 1000)

/** Read one after the other, five seconds apart. */
const readings = (
  fixtures: ReadonlyArray<Json>,
  options: { readonly balls?: boolean; readonly apart?: number } = {}
): ReadonlyArray<SportMonksReading.Read> => {
  let reading = SportMonksReading.begin
  return fixtures.map((json, index) => {
    const fixture = Result.getOrThrowWith(SportMonksWire.fixture(json), ({ problem }) => new Error(problem))
    const at = seconds(index * (options.apart ?? 5))
    const [next, read] = SportMonksReading.step(reading, fixture, { at, balls: options.balls ?? true })
    reading = next
    return read
  })
}

const only = (fixture: Json): Snapshot.Snapshot => readings([fixture])[0]!.snapshot

const watched = (fixtures: ReadonlyArray<Json>): Story =>
  play(
    begin(),
    readings(fixtures).map(({ snapshot }) => read(snapshot))
  )

const told = (events: ReadonlyArray<MatchEvent.MatchEvent>) =>
  events.map(({ _tag, position }) => `${position.label} ${_tag}`)

const names = (snapshot: Snapshot.Snapshot, id: string) => (snapshot.players as Record<string, string>)[id]

describe("the answer of a first innings", () => {
  const snapshot = only(first)

  it("says who plays what, where and when", () => {
    assert.deepStrictEqual(snapshot.info, {
      matchId: "900001" as Snapshot.MatchInfo["matchId"],
      format: { kind: "t20", ballsPerOver: 6, overs: 20, innings: 2 },
      home: { name: "Northland", code: "NLD" },
      away: { name: "Southmoor", code: "SMR" },
      competition: (first["league"] as Json)["name"] as string,
      venue: (first["venue"] as Json)["name"] as string,
      startsAt: Instant.fromMillis(Date.parse("2026-06-14T14:00:00Z"))
    })
    assert.strictEqual(snapshot.status, "live")
  })

  it("adds up, ball by ball", () => {
    // Nothing is known before it, so that everything in it is news.
    const before = { ...first, balls: [], runs: [], batting: [], bowling: [], scoreboards: [] }
    const story = watched([before, first])
    const innings = story.state.match!.innings[0]!
    const row = (first["runs"] as ReadonlyArray<Json>)[0]!
    assert.deepStrictEqual([innings.runs, innings.wickets], [row["score"], row["wickets"]])
    assert.strictEqual(`${innings.overs}.${innings.balls}`, String(row["overs"]))
    assert.deepStrictEqual(told(noticed(story)), [
      "0.2 four",
      "0.5 wicket",
      "0.6 new_batsman",
      "1.1 six",
      "1.3 wicket"
    ])
    for (const line of first["batting"] as ReadonlyArray<Json>) {
      const batter = innings.batters.find(({ id }) => id === String(line["player_id"]))
      if (batter === undefined) continue
      assert.deepStrictEqual(
        [batter.runs, batter.balls, batter.fours, batter.sixes],
        [line["score"], line["ball"], line["four_x"], line["six_x"]]
      )
    }
    for (const line of first["bowling"] as ReadonlyArray<Json>) {
      const bowler = innings.bowlers.find(({ id }) => id === String(line["player_id"]))!
      assert.deepStrictEqual([bowler.runs, bowler.wickets], [line["runs"], line["wickets"]])
    }
  })

  it("names everybody, fielders too", () => {
    const card = snapshot.innings[0]!.card
    const caught =
      card._tag === "Balls"
        ? card.overs.flatMap(({ deliveries }) => deliveries).find(({ dismissals }) => dismissals.length > 0)
        : undefined
    assert.strictEqual(names(snapshot, caught!.batter), "Arlo Finch")
    assert.deepStrictEqual(caught!.dismissals[0]!.manner, "caught")
    assert.lengthOf(caught!.dismissals[0]!.fielders, 1)
  })

  it("is a scorecard for matches that are not told by balls", () => {
    const [{ snapshot }] = readings([first], { balls: false }) as [SportMonksReading.Read]
    const story = play(begin(), [read(snapshot)])
    const innings = story.state.match!.innings[0]!
    assert.strictEqual(innings.held, null)
    assert.deepStrictEqual([innings.runs, innings.wickets, innings.overs, innings.balls], [18, 2, 1, 3])
  })

  const asTexts = (value: unknown): unknown => {
    if (typeof value === "number") return String(value)
    if (typeof value === "boolean") return value ? 1 : 0
    if (Array.isArray(value)) return value.map(asTexts)
    if (typeof value !== "object" || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, asTexts(one)]))
  }
  // Rows of a list are things of their own; they are wrapped with their lists.
  const relations = Object.fromEntries(
    Object.entries(first).map(([key, one]) => [
      key,
      Array.isArray(one)
        ? { data: one }
        : typeof one === "object" && one !== null && "resource" in one
          ? { data: one }
          : one
    ])
  )

  for (const [how, fixture] of [
    ["with its relations in envelopes", relations],
    ["with numbers as texts and booleans as 0 and 1", asTexts(first) as Json],
    ["with fields that nobody knows", { ...first, weather: { rain: true }, balls2: 7 }]
  ] as const)
    it(`says the same ${how}`, () => {
      assert.deepStrictEqual(only(fixture), snapshot)
    })
})

describe("corrections", () => {
  it("change what was told, and take back what never was", () => {
    const story = watched(polls.map(({ body }) => body.data[0]))
    const innings = story.state.match!.innings[0]!
    const last = polls.at(-1)!.body.data[0]
    const row = (last["runs"] as ReadonlyArray<Json>)[0]!
    assert.deepStrictEqual([innings.runs, innings.wickets], [row["score"], row["wickets"]])
    assert.isTrue(story.rulings.some(({ fate }) => fate === "retracted"))
    assert.strictEqual(innings.deliveries, (last["balls"] as ReadonlyArray<unknown>).length)
    assert.isFalse(story.outputs.some(({ _tag }) => _tag === "Refused"))
  })

  it("leave the match as it is for who sees the last answer only", () => {
    const story = watched(polls.map(({ body }) => body.data[0]))
    const late = watched([polls.at(-1)!.body.data[0]])
    const { readAt: _, info: __, players: ___, ...seen } = story.state.match!
    const { readAt: ____, info: _____, players: ______, ...found } = late.state.match!
    assert.deepStrictEqual(seen, found)
  })
})

describe("the answer of a finished match", () => {
  const outcomeOf = (more: Json) => {
    const { outcome, status } = only({ ...finished, ...more })
    return { outcome, status }
  }
  const won = (
    by: Partial<Record<"runs" | "wickets" | "innings", number>>,
    method: string | null = null
  ) => ({
    status: "finished",
    outcome: {
      _tag: "Won",
      winner: "home",
      by: { innings: null, runs: null, wickets: null, ...by },
      method
    }
  })

  it("tells who has won by what", () => {
    assert.deepStrictEqual(outcomeOf({}), won({ wickets: 6 }) as never)
  })

  const held = { status: "live", outcome: null }
  const cases: ReadonlyArray<readonly [string, Json, unknown]> = [
    ["works the margin out where no note tells it", { note: "" }, won({ wickets: 6 })],
    ["waits for a winner", { winner_team_id: null, note: "" }, held],
    ["waits while the winner is not the one by the scores", { winner_team_id: 9002, note: "" }, held],
    [
      "believes a winner that the rain rule made",
      { winner_team_id: 9002, note: "Southmoor won by 3 runs (DLS method)" },
      {
        status: "finished",
        outcome: { _tag: "Won", winner: "away", by: { innings: null, runs: 3, wickets: null }, method: "D/L" }
      }
    ],
    ["knows a winner by the note alone", { winner_team_id: null }, won({ wickets: 6 })],
    [
      "knows a tie",
      { winner_team_id: null, note: "Match tied" },
      { status: "finished", outcome: { _tag: "Tied", winner: null, decidedBy: null, method: null } }
    ],
    ["waits for what settles a tie", { winner_team_id: null, note: "Match tied", super_over: true }, held],
    [
      "knows who won the super over",
      { winner_team_id: 9001, note: "Match tied (Northland won the Super Over)", super_over: true },
      { status: "finished", outcome: { _tag: "Tied", winner: "home", decidedBy: "super over", method: null } }
    ],
    [
      "knows a match without a result",
      { winner_team_id: null, note: "", draw_noresult: "no-result" },
      { status: "finished", outcome: { _tag: "NoResult", method: null } }
    ],
    [
      "knows a draw",
      { winner_team_id: null, note: "", draw_noresult: "draw", type: "Test" },
      { status: "finished", outcome: { _tag: "Drawn", method: null } }
    ],
    [
      "knows a match that was awarded",
      { winner_team_id: 9001, note: "Match awarded to Northland" },
      { status: "finished", outcome: { _tag: "Awarded", winner: "home", method: null } }
    ]
  ]
  for (const [fact, more, expected] of cases)
    it(fact, () => {
      assert.deepStrictEqual(outcomeOf(more) as unknown, expected)
    })

  it("is told without a result after ten minutes of waiting, as the scores have it", () => {
    const late = { ...finished, winner_team_id: null, note: "" }
    const [first, second, third] = readings([late, late, late], { apart: 400 }).map(
      ({ snapshot }) => snapshot
    )
    assert.deepStrictEqual([first!.status, second!.status, third!.status], ["live", "live", "finished"])
    assert.deepStrictEqual(third!.outcome, won({ wickets: 6 }).outcome as never)
  })

  it("ends once, with the winner that came late", () => {
    const story = watched([
      { ...finished, status: "2nd Innings", winner_team_id: null, note: "" },
      { ...finished, winner_team_id: null, note: "" },
      { ...finished, winner_team_id: 9002, note: "" },
      finished
    ])
    assert.strictEqual(story.state.ended, "over")
    const ends = story.bulletins.filter(({ ends }) => ends !== null)
    assert.lengthOf(ends, 1)
    assert.include(ends[0]!.alert?.body ?? "", "Northland won by 6 wickets")
  })
})

describe("a status", () => {
  const statuses: ReadonlyArray<readonly [string, string]> = [
    ["NS", "scheduled"],
    ["Delayed", "delayed"],
    ["1st Innings", "live"],
    ["4th Innings", "live"],
    ["Innings Break", "innings break"],
    ["Lunch", "lunch"],
    ["Tea Break", "tea"],
    ["Dinner", "dinner"],
    ["Stump Day 1", "stumps"],
    ["Stump Day 5", "stumps"],
    ["Int.", "suspended"],
    ["Postp.", "postponed"],
    ["Cancl.", "cancelled"],
    ["Cancl", "cancelled"],
    ["Aban.", "abandoned"],
    ["Super Over", "live"],
    ["Drinks Break", "drinks"]
  ]
  for (const [theirs, ours] of statuses)
    it(`${theirs} is ${ours}`, () => assert.strictEqual(only({ ...first, status: theirs }).status, ours))

  it("that nobody knows changes nothing, and is told of once", () => {
    const strange = { ...first, status: "Elephants on the pitch" }
    const [, second, third, fourth] = readings([{ ...first, status: "Int." }, strange, strange, first])
    assert.strictEqual(second!.snapshot.status, "suspended")
    assert.lengthOf(second!.news, 1)
    assert.include(second!.news[0], "Elephants")
    assert.deepStrictEqual(third!.news, [])
    assert.strictEqual(fourth!.snapshot.status, "live")
  })

  it("that nobody knows is that of a match that goes on, where nothing was read before", () => {
    assert.strictEqual(only({ ...first, status: "?" }).status, "live")
    assert.strictEqual(only({ ...first, status: "?", runs: [], balls: [] }).status, "scheduled")
  })
})

describe("runs and balls that do not agree", () => {
  const lagging = (by: number): Json => ({
    ...first,
    runs: (first["runs"] as ReadonlyArray<Json>).map((row) => ({
      ...row,
      score: (row["score"] as number) + by
    }))
  })
  const cardOf = ({ snapshot }: SportMonksReading.Read) => snapshot.innings[0]!.card._tag

  it("for a moment are told by the balls", () => {
    assert.deepStrictEqual(readings([lagging(-4), lagging(4), first]).map(cardOf), [
      "Balls",
      "Balls",
      "Balls"
    ])
  })

  it("for longer are told by the score, until they agree again", () => {
    const seen = readings([lagging(4), lagging(4), lagging(4), first], { apart: 45 })
    assert.deepStrictEqual(seen.map(cardOf), ["Balls", "Balls", "Scores", "Scores"])
    const [, , third] = seen
    const card = third!.snapshot.innings[0]!.card
    assert.strictEqual(card._tag === "Scores" ? card.runs : 0, 22)
    const after = readings([lagging(4), lagging(4), lagging(4), first, first], { apart: 45 })
    assert.strictEqual(cardOf(after.at(-1)!), "Balls")
  })
})

describe("a fixture that does not fit", () => {
  for (const [what, more, where] of [
    ["without sides", { localteam_id: null }, "localteam_id"],
    ["with a start that is no text", { starting_at: { date: "soon" } }, "starting_at"],
    [
      "with runs that are no number",
      { runs: [{ team_id: 1, inning: 1, score: "many", wickets: 0, overs: 1 }] },
      "runs"
    ]
  ] as const)
    it(`${what} is told of, by its id and place, and the others are read`, () => {
      const { fixtures, misfits } = SportMonksWire.fixtures([
        { ...first, ...more },
        finished,
        "nonsense",
        null
      ])
      assert.deepStrictEqual(
        fixtures.map(({ id }) => id),
        ["900002"]
      )
      assert.strictEqual(misfits[0]!.id, "900001")
      assert.include(misfits[0]!.problem, where)
      assert.notInclude(misfits[0]!.problem, "many")
      assert.lengthOf(misfits, 3)
    })
})
