import { assert, describe, it } from "@effect/vitest"
import { Instant } from "@sightscreen/decider"
import type { Ids, Snapshot } from "@sightscreen/domain"
import { Cricsheet, Recorded, Recording, Timeline } from "@sightscreen/feed"
import { Result } from "effect"
import { tape, tapes } from "./archive.ts"
import { ball, extra, game, innings, type Json, over, quiet } from "./game.ts"

const of = (json: Json) => Result.getOrThrow(Cricsheet.parse("1", JSON.stringify(json)))
const start = Instant.fromMillis(1_000_000)
const overs = ({ card }: Snapshot.InningsReading) => (card._tag === "Balls" ? card.overs : [])
const balls = (snapshot: Snapshot.Snapshot) =>
  snapshot.innings.flatMap(overs).reduce((sum, { deliveries }) => sum + deliveries.length, 0)

/** Two innings of an over each, the first declared and with penalty runs on both ends. */
const two = of(
  game([
    innings("India", [quiet(0)], { declared: true, penalty_runs: { pre: 5, post: 10 } }),
    innings("Sri Lanka", [over(0, ball(1), ball(2))], { target: { runs: 16, overs: 20 } })
  ])
)

describe("a timeline", () => {
  it("bowls a ball every forty seconds, with a break between innings", () => {
    const { times } = Timeline.make(two, { startsAt: start, breakMillis: 600_000 })
    assert.deepStrictEqual(
      times.map((at) => (at - start) / 1000),
      [0, 40, 80, 120, 160, 200, 800, 840]
    )
  })

  it("starts when and under the name it is told to", () => {
    const matchId = "replay-1" as Ids.MatchId
    const timeline = Timeline.make(two, { startsAt: start, matchId })
    assert.deepStrictEqual([timeline.info.startsAt, timeline.info.matchId], [start, matchId])
    assert.strictEqual(Timeline.make(two).info.startsAt, two.info.startsAt)
  })

  it("tells each ball when it was bowled", () => {
    const last = Recorded.ballByBall(two, { startsAt: start }).at(-1)!
    const told = last.innings.flatMap(overs).flatMap(({ deliveries }) => deliveries.map(({ at }) => at))
    assert.deepStrictEqual(told, [...Timeline.make(two, { startsAt: start }).times])
  })

  it("knows the last ball bowled by any instant", () => {
    const timeline = Timeline.make(two, { startsAt: start })
    for (const [after, position] of [
      [-1, -1],
      [0, 0],
      [39_999, 0],
      [40_000, 1],
      [200_000, 5],
      [9e9, 7]
    ] as const) {
      assert.strictEqual(Timeline.positionAt(timeline, Instant.fromMillis(start + after)), position)
    }
  })

  it("has lunch, tea and stumps only where they are asked for, and only in matches of several days", () => {
    const statuses = (name: string, sessions: boolean) =>
      new Set(Recorded.ballByBall(tape(name), { sessions }).map(({ status }) => status))
    assert.deepStrictEqual(
      statuses("follow-on", false),
      new Set(["live", "innings break", "finished"] as const)
    )
    assert.deepStrictEqual(
      statuses("follow-on", true),
      new Set(["live", "lunch", "tea", "stumps", "innings break", "finished"] as const)
    )
    assert.deepStrictEqual(statuses("lords", true), new Set(["live", "innings break", "finished"] as const))
  })
})

describe("what a recording shows", () => {
  const shown = Recorded.ballByBall(two, { startsAt: start })

  it("is one snapshot for each ball", () => {
    assert.deepStrictEqual(shown.map(balls), [1, 2, 3, 4, 5, 6, 7, 8])
  })

  it("goes from scheduled to live, breaks between innings, and is finished with the last ball", () => {
    const timeline = Timeline.make(two, { startsAt: start })
    const before = Recorded.at(timeline, Instant.fromMillis(start - 1))
    assert.deepStrictEqual([before.status, before.innings, before.outcome], ["scheduled", [], null])
    assert.deepStrictEqual(
      shown.map(({ status }) => status),
      ["live", "live", "live", "live", "live", "innings break", "live", "finished"]
    )
  })

  it("is a result only at the end", () => {
    assert.deepStrictEqual(
      shown.map(({ outcome }) => outcome),
      [...Array.from({ length: 7 }, () => null), two.outcome]
    )
  })

  it("knows of a declaration and of later penalty runs only once the innings is over", () => {
    const first = shown.map(({ innings }) => innings[0]!)
    assert.deepStrictEqual(
      first.map(({ declared }) => declared),
      [false, false, false, false, false, true, true, true]
    )
    assert.deepStrictEqual(
      first.map(({ penalties }) => penalties.post),
      [0, 0, 0, 0, 0, 10, 10, 10]
    )
    assert.deepStrictEqual([...new Set(first.map(({ penalties }) => penalties.pre))], [5])
  })

  it("knows the target from the first ball of the chase", () => {
    assert.deepStrictEqual(
      shown.map(({ innings }) => innings[1]?.target),
      [...Array.from({ length: 6 }, () => undefined), { runs: 16, balls: 120 }, { runs: 16, balls: 120 }]
    )
  })

  it("chases every run in every over until rain has set the par score", () => {
    const rained = of(
      game(
        [
          innings("India", [over(0, ...Array.from({ length: 6 }, () => ball(6)))]),
          innings("Sri Lanka", [quiet(0), over(1, ball(4), ball(4))], { target: { runs: 6, overs: 1.2 } })
        ],
        { outcome: { winner: "Sri Lanka", by: { runs: 2 }, method: "D/L" } }
      )
    )
    const targets = Recorded.ballByBall(rained).map(({ innings }) => innings[1]?.target)
    assert.deepStrictEqual(targets[6], { runs: 37, balls: 120 })
    assert.deepStrictEqual(targets.at(-2), { runs: 37, balls: 120 })
    assert.deepStrictEqual(targets.at(-1), { runs: 6, balls: 8 })
  })

  it("has an over as complete with its last ball", () => {
    const wides = of(
      game([innings("India", [over(0, extra({ wides: 1 }), ball(0)), over(1, ball(1), ball(0))])])
    )
    assert.deepStrictEqual(
      Recorded.ballByBall(wides).map(({ innings }) => overs(innings[0]!).map(({ complete }) => complete)),
      [[false], [true], [true, false], [true, false]]
    )
  })

  it("brings forfeited innings in with the next ball that is bowled", () => {
    const forfeited = of(
      game(
        [
          innings("India", [over(0, ball(1))], { declared: true }),
          { team: "Sri Lanka", forfeited: true },
          { team: "India", forfeited: true },
          innings("Sri Lanka", [over(0, ball(0), ball(2))])
        ],
        { match_type: "MDM" }
      )
    )
    assert.deepStrictEqual(
      Recorded.ballByBall(forfeited).map(({ innings, status }) => [
        status,
        innings.map(({ forfeited }) => forfeited)
      ]),
      [
        ["innings break", [false]],
        ["live", [false, true, true, false]],
        ["finished", [false, true, true, false]]
      ]
    )
  })

  it("ends with an innings nobody bowled a ball of, if that was the last", () => {
    const last = Recorded.ballByBall(
      of(game([innings("India", [over(0, ball(1))]), { team: "Sri Lanka", forfeited: true }]))
    )
    assert.deepStrictEqual(
      last.map(({ innings, status }) => [status, innings.length]),
      [["finished", 2]]
    )
  })

  it("is abandoned where there was no result, even without a ball", () => {
    const washedOut = of(game([], { outcome: { result: "no result" } }))
    const timeline = Timeline.make(washedOut, { startsAt: start })
    assert.deepStrictEqual(Recorded.ballByBall(washedOut), [])
    assert.strictEqual(Recorded.at(timeline, Instant.fromMillis(start - 1)).status, "scheduled")
    const after = Recorded.at(timeline, start)
    assert.deepStrictEqual([after.status, after.outcome], ["abandoned", { _tag: "NoResult", method: null }])
  })

  it.each(tapes)("of $info.matchId grows by a ball at a time and gives nothing away", (recording) => {
    const snapshots = Recorded.ballByBall(recording)
    snapshots.forEach((snapshot, index) => {
      const last = index === snapshots.length - 1
      assert.strictEqual(balls(snapshot), index + 1)
      assert.strictEqual(snapshot.outcome === null, !last)
      assert.strictEqual(snapshot.status === "finished", last)
      const current = snapshot.innings.at(-1)!
      if (snapshot.status !== "live") return
      assert.deepStrictEqual([current.declared, current.forfeited, current.penalties.post], [false, false, 0])
    })
    assert.strictEqual(balls(snapshots.at(-1)!), Recording.deliveries(recording))
  })
})
