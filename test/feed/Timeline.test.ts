import { assert, describe, it } from "@effect/vitest"
import { Instant, Step } from "@sightscreen/decider"
import { ActiveMatch, type Ids, MatchEvent, type Snapshot, type Status } from "@sightscreen/domain"
import { Cricsheet, Recorded, Recording, Timeline } from "@sightscreen/feed"
import { DateTime, Duration, Result, Schema } from "effect"
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

/** A match of several days with so many overs in its innings, and that many days that its record names. */
const long = (overs: ReadonlyArray<number>, days: ReadonlyArray<number>) =>
  of(
    game(
      overs.map((count, index) =>
        innings(
          index % 2 === 0 ? "India" : "Sri Lanka",
          Array.from({ length: count }, (_, number) => quiet(number))
        )
      ),
      {
        match_type: "Test",
        dates: days.map((day) => `2024-07-${`${day}`.padStart(2, "0")}`),
        outcome: { result: "draw" }
      }
    )
  )

const dayOf = (at: number) => DateTime.formatIsoDateUtc(DateTime.makeUnsafe(at))
const daysPlayed = ({ times }: Timeline.Timeline) => [...new Set(times.map(dayOf))]

/** What the feed says, in turn, from before the match to its end. */
const said = (recording: Recording.Recording, options: Timeline.Options) => {
  const timeline = Timeline.make(recording, options)
  const all = [timeline.info.startsAt - 1, ...Timeline.changes(timeline)].map(
    (at) => Recorded.at(timeline, Instant.fromMillis(at)).status
  )
  return all.filter((status, index) => status !== all[index - 1])
}

/** What may follow what; an innings may end as a session does. */
const next: Readonly<Record<string, ReadonlyArray<string>>> = {
  scheduled: ["live"],
  live: ["lunch", "tea", "stumps", "innings break", "finished"],
  lunch: ["live"],
  tea: ["live"],
  stumps: ["live"],
  "innings break": ["live", "lunch", "tea", "stumps"],
  finished: []
}

const assertDays = (recording: Recording.Recording) => {
  const timeline = Timeline.make(recording, { sessions: true })
  const statuses = said(recording, { sessions: true })
  assert.strictEqual(statuses[0], "scheduled")
  assert.strictEqual(statuses.at(-1), "finished")
  statuses.slice(1).forEach((status, index) => assert.include(next[statuses[index]!] ?? [], status))

  // In the order of a day: lunch, tea, stumps, with none of them twice.
  const order = ["lunch", "tea", "stumps"]
  let last = -1
  for (const status of statuses.filter((one) => order.includes(one))) {
    assert.isAbove(order.indexOf(status), last)
    last = status === "stumps" ? -1 : order.indexOf(status)
  }
  // Play is on when a ball is bowled; the first of an innings may be the end of the break.
  timeline.times.forEach((at, position) => {
    const before = Recorded.at(timeline, Instant.fromMillis(at - 1)).status
    const first = timeline.places[position - 1]?.innings !== timeline.places[position]!.innings
    if (!first) assert.strictEqual(before, "live")
    else assert.include(["scheduled", "live", "innings break"], before)
  })
  assert.strictEqual(statuses.filter((status) => status === "stumps").length + 1, daysPlayed(timeline).length)
  return timeline
}

const Overs = Schema.Int.pipe(Schema.check(Schema.isBetween({ minimum: 1, maximum: 70 })))
const Days = Schema.Int.pipe(Schema.check(Schema.isBetween({ minimum: 2, maximum: 6 })))

describe("the days of a match", () => {
  const days = tapes.filter(({ info }) => info.format.innings === 4)

  it.each(days)("of $info.matchId are those of its record", (recording) => {
    assert.deepStrictEqual(daysPlayed(assertDays(recording)), [...recording.dates])
  })

  it.prop(
    "are as many as the record names, and each goes from morning to stumps",
    [Overs, Overs, Overs, Overs, Days],
    ([a, b, c, d, most]) => {
      // No day has light for more than 110 overs.
      const count = Math.max(most, Math.ceil((a + b + c + d + 8) / 110))
      const recording = long(
        [a + 2, b + 2, c + 2, d + 2],
        // With a day of rest after the third.
        Array.from({ length: count }, (_, day) => (day < 3 ? day + 1 : day + 2))
      )
      assert.deepStrictEqual(daysPlayed(assertDays(recording)), [...recording.dates])
    }
  )

  it("have ninety overs in three sessions, where the record names only the first", () => {
    const timeline = assertDays(long([100, 100], [1]))
    const oversUntil = (status: string) =>
      timeline.places.flatMap(({ innings, over, shows }) =>
        shows.some((one) => one.status === status) ? [innings * 100 + over + 1] : []
      )
    assert.deepStrictEqual(["lunch", "tea", "stumps"].map(oversUntil), [
      [30, 120],
      [60, 150],
      [90, 180]
    ])
    assert.deepStrictEqual(daysPlayed(timeline), ["2024-07-01", "2024-07-02", "2024-07-03"])
  })

  it("begin at the hour of the first, with play called a ball before", () => {
    const timeline = Timeline.make(long([95], [1, 3]), { sessions: true, startsAt: start })
    const resumed = timeline.times.find((at) => dayOf(at) !== dayOf(start))!
    const morning = start + 2 * 24 * 3_600_000
    assert.strictEqual(resumed, morning + 40_000)
    assert.deepStrictEqual(
      [morning - 1, morning, resumed].map((at) => Recorded.at(timeline, Instant.fromMillis(at)).status),
      ["stumps", "live", "live"]
    )
  })

  it("follow each other however slowly balls are bowled", () => {
    const { times } = Timeline.make(long([95, 95], [1, 2, 3]), { sessions: true, ballMillis: 400_000 })
    for (let index = 1; index < times.length; index++) assert.isAbove(times[index]!, times[index - 1]!)
  })

  it("are an innings break and then stumps where an innings ends the day", () => {
    assert.strictEqual(
      said(long([90, 10], [1]), { sessions: true }).join(", "),
      "scheduled, live, lunch, live, tea, live, innings break, stumps, live, finished"
    )
  })

  it.each([
    ["follow-on", tape("follow-on")],
    ["innings that end at lunch, at tea and at stumps", long([30, 30, 30, 60], [1, 2])]
  ])("change nothing of what is told: %s", (_, recording) => {
    const told = (sessions: boolean) => {
      const inputs = Recorded.everyChange(recording, { sessions }).map(
        (snapshot): ActiveMatch.Input => ({ _tag: "SnapshotRead", snapshot })
      )
      const begin = ActiveMatch.begin(recording.info.matchId, true)
      const [, outputs] = Step.play(ActiveMatch.step, begin, inputs)
      assert.isFalse(outputs.some(({ _tag }) => _tag === "Refused"))
      const noticed = outputs.flatMap((one) =>
        one._tag === "Ruled" ? one.rulings.map(({ event }) => MatchEvent.key(event)) : []
      )
      const ends = outputs.flatMap((one) =>
        one._tag === "BulletinIssued" && one.bulletin.event !== null && one.bulletin.alert !== null
          ? [MatchEvent.key(one.bulletin.event)].filter((key) => /_end/.test(key))
          : []
      )
      return { noticed: [...new Set(noticed)].toSorted(), ends }
    }
    const { ends } = told(true)
    assert.deepStrictEqual(ends, ["innings_end/1", "innings_end/2", "innings_end/3", "match_end"])
    assert.deepStrictEqual(told(true), told(false))
  })
})

describe("an interruption", () => {
  const rain = (afterBall: number, status: Status.Status = "suspended"): Timeline.Interruption => ({
    afterBall,
    status,
    lasts: Duration.hours(1)
  })
  const hour = 3_600_000
  const at = (timeline: Timeline.Timeline, after: number) =>
    Recorded.at(timeline, Instant.fromMillis(start + after))

  for (const status of ["suspended", "delayed", "abandoned", "postponed", "finished"] as const) {
    it(`says ${status} while it lasts, and what comes after comes later`, () => {
      const dry = Timeline.make(two, { startsAt: start })
      const wet = Timeline.make(two, { startsAt: start, interruptions: [rain(2, status)] })
      assert.deepStrictEqual(
        wet.times.map((time) => time - start),
        dry.times.map((time, position) => time - start + (position > 2 ? hour : 0))
      )
      assert.deepStrictEqual(
        [80_000 - 1, 80_000, 80_000 + hour - 1, 80_000 + hour].map((after) => at(wet, after).status),
        ["live", status, status, "live"]
      )
      const during = at(wet, 80_000 + hour / 2)
      assert.strictEqual(balls(during), 3)
      assert.isNull(during.outcome)
      assert.strictEqual(
        Timeline.isLive(wet, during.at),
        status !== "abandoned" && status !== "finished",
        "feeds take what is over from their lists"
      )
      assert.strictEqual(at(wet, 80_000 + hour + 40_000).innings.length, 1)
      assert.strictEqual(Recorded.at(wet, wet.times.at(-1)!).status, "finished")
    })
  }

  it("before the first ball is a late start", () => {
    const late = Timeline.make(two, {
      startsAt: start,
      interruptions: [rain(Timeline.notBegun, "delayed")]
    })
    assert.strictEqual(late.times[0], start + hour + 40_000)
    assert.strictEqual(late.info.startsAt, start)
    assert.deepStrictEqual(
      [-1, 0, hour - 1, hour, hour + 40_000].map((after) => [
        at(late, after).status,
        balls(at(late, after)),
        Timeline.isLive(late, at(late, after).at)
      ]),
      [
        ["scheduled", 0, false],
        ["delayed", 0, false],
        ["delayed", 0, false],
        ["live", 0, false],
        ["live", 1, true]
      ]
    )
  })

  it("after the last ball comes before the end, which gives nothing away until then", () => {
    const wet = Timeline.make(two, { startsAt: start, interruptions: [rain(7)] })
    const last = wet.times.at(-1)! - start
    assert.deepStrictEqual(
      [last, last + hour - 1, last + hour].map((after) => {
        const { innings, outcome, status } = at(wet, after)
        return [status, outcome?._tag, innings.length]
      }),
      [
        ["suspended", undefined, 2],
        ["suspended", undefined, 2],
        ["finished", "Won", 2]
      ]
    )
    assert.isTrue(Timeline.isLive(wet, Instant.fromMillis(start + last)))
    assert.isFalse(Timeline.isLive(wet, Instant.fromMillis(start + last + hour)))
  })

  it("of a match without a ball keeps everybody waiting", () => {
    const washedOut = of(game([], { outcome: { result: "no result" } }))
    const wet = Timeline.make(washedOut, {
      startsAt: start,
      interruptions: [rain(Timeline.notBegun, "delayed")]
    })
    assert.deepStrictEqual(
      [0, hour - 1, hour].map((after) => at(wet, after).status),
      ["delayed", "delayed", "abandoned"]
    )
  })

  it("may follow another, and a break", () => {
    const interruptions = [rain(5), rain(5, "delayed"), rain(6)]
    assert.strictEqual(
      said(two, { startsAt: start, interruptions }).join(", "),
      "scheduled, live, innings break, suspended, delayed, live, suspended, live, finished"
    )
  })

  it("leaves lunch, tea and stumps where they were in the overs", () => {
    const test = long([95], [1, 2])
    const wet = { sessions: true, interruptions: [rain(30 * 6 - 1), rain(40 * 6)] }
    assert.strictEqual(
      said(test, wet).join(", "),
      "scheduled, live, suspended, lunch, live, suspended, live, tea, live, stumps, live, finished"
    )
    assert.deepStrictEqual(daysPlayed(Timeline.make(test, wet)), ["2024-07-01", "2024-07-02"])
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
