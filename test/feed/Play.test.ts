import { Instant } from "@sightscreen/decider"
import { ActiveMatch, Delivery, Innings, Progress } from "@sightscreen/domain"
import { Drama, Play, Recording, Tape, Timeline } from "@sightscreen/feed"
import { EventLog } from "@sightscreen/simulation"
import { DateTime, Result } from "effect"
import { createHash } from "node:crypto"
import { assert, describe, it } from "vitest"
import * as Umpire from "./umpire.ts"

const seeds = (count: number, from = 1): ReadonlyArray<number> =>
  Array.from({ length: count }, (_, index) => from + index)

/** PLAY_TIMES=50 makes of these tests a search. */
const times = Number(process.env["PLAY_TIMES"] ?? 1)

/** How many of each format a property is tried on; Tests are long. */
const tried: Readonly<Record<Play.Kind, number>> = { t20: 30, hundred: 30, odi: 12, test: 6 }

const balls = (recording: Recording.Recording): ReadonlyArray<Delivery.Delivery> =>
  recording.innings.flatMap(({ overs }) => overs.flatMap(({ deliveries }) => deliveries))

/** Read ball by ball as the match goes on, in the match's own time; what was refused fails. */
const watched = ({ recording, timing }: Play.Play, name: string): ActiveMatch.ActiveMatch => {
  const timeline = Timeline.make(recording, timing)
  let state = ActiveMatch.begin(timeline.info.matchId, true)
  const hear = (at: Instant.Instant) => {
    const position = Timeline.positionAt(timeline, at)
    const [next, outputs] = ActiveMatch.step(state, {
      _tag: "SnapshotRead",
      snapshot: Timeline.snapshot(timeline, position, at)
    })
    for (const output of outputs) if (output._tag === "Refused") assert.fail(`${name}: ${output.reason}`)
    state = next
  }
  hear(Instant.fromMillis(timeline.info.startsAt - 1000))
  for (const at of Timeline.changes(timeline)) hear(at)
  return state
}

/** Everything that must hold of a match, whatever is in it. */
const assertSound = (play: Play.Play, name: string): void => {
  const { recording } = play
  const reading = Umpire.read(recording)
  assert.deepStrictEqual(reading.offences, [], name)
  if (reading.outcome !== null) assert.deepStrictEqual(recording.outcome, reading.outcome, name)
  const { match } = watched(play, name)
  assert.deepStrictEqual(match?.outcome, recording.outcome, name)
  assert.deepStrictEqual(
    match?.innings.map((one) => [one.batting, one.runs, one.wickets, one.legal, one.held?.length ?? 0]),
    reading.innings.map((one, index) => [
      one.batting,
      one.runs,
      one.wickets,
      one.legal,
      recording.innings[index]!.overs.length
    ]),
    name
  )
  match?.innings.forEach((one, index) => {
    const { legal, overs } = reading.innings[index]!
    const rest = one.balls === 0 ? "" : `.${one.balls}`
    assert.strictEqual(Innings.oversLabel(one), `${overs}${rest}`, name)
    assert.strictEqual(one.legal, legal, name)
  })
}

describe("A match that invents itself", () => {
  for (const format of Play.kinds) {
    it(
      `is legal cricket, counts up, and ends as its balls say (${format})`,
      () => {
        for (const seed of seeds(tried[format] * times))
          assertSound(Play.of(seed, { format }), `${format} ${seed}`)
      },
      30_000 * times
    )

    it(
      `has what was asked of it, and is legal cricket all the same (${format})`,
      () => {
        for (const drama of Drama.of(format)) {
          for (const seed of seeds((format === "test" ? 1 : 2) * times, 500)) {
            const play = Play.of(seed, { format, dramas: [drama] })
            assert.deepStrictEqual(play.missing, [], `${drama} ${seed}`)
            assertSound(play, `${format} ${seed} ${drama}`)
          }
        }
      },
      30_000 * times
    )
  }

  it("has the batters facing whom the domain expects to face", () => {
    for (const format of Play.kinds) {
      const { recording } = Play.of(17, { format })
      const { info, innings, outcome, players } = recording
      const progress = Progress.advance(null, {
        info,
        at: info.startsAt,
        status: "finished",
        players,
        innings: innings.map(({ overs, ...one }) => ({
          ...one,
          card: { _tag: "Balls", overs, stated: null }
        })),
        outcome
      })
      if (progress._tag === "Refused") assert.fail(progress.reason)
      let before: Innings.Innings | null = null
      for (const moment of progress.moments) {
        if (moment._tag !== "Bowled") continue
        const { after, ball } = moment
        if (before?.number === after.number) {
          const { nonStriker, striker } = before
          assert.isTrue(striker === null || striker === ball.batter, moment.position.label)
          assert.isTrue(nonStriker === null || nonStriker === ball.nonStriker, moment.position.label)
        }
        before = after
      }
    }
  })

  it("is the same for the same seed, on every machine", () => {
    const digest = (play: Play.Play) =>
      createHash("sha256").update(JSON.stringify(play)).digest("hex").slice(0, 16)
    const found = Play.kinds.map((format) => [
      format,
      digest(Play.of(7, { format })),
      digest(Play.of(8, { format, dramas: ["collapse", "tie"] }))
    ])
    assert.deepStrictEqual(found, [
      ["t20", "2eb14395f085e9f8", "5b2dd16d4b1d0281"],
      ["odi", "fd5ff1fb45b0be31", "663fe6da1cdb2246"],
      ["test", "ebff866a23d100d7", "98d11d579510cf29"],
      ["hundred", "935e20adfbf649cc", "7ab605c82cb66ae1"]
    ])
    assert.deepStrictEqual(Play.of(9, { format: "t20" }), Play.of(9, { format: "t20" }))
    assert.notDeepEqual(
      Play.of(9, { format: "t20" }).recording.innings,
      Play.of(10, { format: "t20" }).recording.innings
    )
  })

  it("is a recording like any other: a tape takes it and gives it back", () => {
    for (const format of Play.kinds) {
      const { recording } = Play.of(3, { format })
      assert.deepStrictEqual(Result.getOrThrow(Tape.decode(Tape.encode(recording))), recording)
    }
  })

  it("goes by the names and times that it is given", () => {
    const startsAt = Instant.fromMillis(DateTime.toEpochMillis(DateTime.makeUnsafe("2027-02-27T09:30:00Z")))
    const { recording, timing } = Play.of(4, {
      format: "test",
      startsAt,
      matchId: "final" as Recording.Recording["info"]["matchId"],
      gender: "female",
      plain: true
    })
    assert.strictEqual(recording.gender, "female")
    assert.strictEqual(recording.info.matchId, "final")
    assert.strictEqual(recording.info.startsAt, startsAt)
    assert.deepStrictEqual(recording.dates.slice(0, 3), ["2027-02-27", "2027-02-28", "2027-03-01"])
    const timeline = Timeline.make(recording, timing)
    assert.strictEqual(timeline.info.startsAt, startsAt)
    assert.strictEqual(timeline.times[0], startsAt)
  })

  it("has been seen with everything that the Laws know, within few seeds", () => {
    const manners = new Set<string>()
    const extras = { wides: 0, noBalls: 0, byes: 0, legByes: 0, penalty: 0, pre: 0, post: 0, wideWickets: 0 }
    for (const seed of seeds(160)) {
      const { recording } = Play.of(seed, {
        format: "t20",
        dramas: ["oddDismissal", "penaltyRuns", "retiredHurt"]
      })
      for (const { penalties } of recording.innings) {
        extras.pre += penalties.pre
        extras.post += penalties.post
      }
      for (const ball of balls(recording)) {
        for (const { manner } of ball.dismissals) manners.add(manner)
        for (const kind of ["wides", "noBalls", "byes", "legByes", "penalty"] as const)
          extras[kind] += ball[kind]
        if (ball.wides > 0) extras.wideWickets += ball.dismissals.length
      }
    }
    assert.deepStrictEqual([...manners].sort(), Object.keys(Delivery.meaning).sort())
    for (const [kind, runs] of Object.entries(extras)) assert.isAbove(runs, 0, kind)
  })
})

describe("An umpire", () => {
  type Change = (ball: Delivery.Delivery) => Partial<Delivery.Delivery>
  const sound = Play.of(11, { format: "t20", plain: true }).recording
  const dot = (ball: Delivery.Delivery) =>
    Delivery.total(ball) === 0 && ball.dismissals.length === 0 && ball.nth > 1 && ball.nth < 5
  const with_ = (change: Change): Recording.Recording => {
    let done = false
    return {
      ...sound,
      innings: sound.innings.map((innings) => ({
        ...innings,
        overs: innings.overs.map((over) => ({
          ...over,
          deliveries: over.deliveries.map((ball) => {
            if (done || over.number < 2 || !dot(ball)) return ball
            done = true
            return { ...ball, ...change(ball) }
          })
        }))
      }))
    }
  }
  const out = (batter: Delivery.Delivery["batter"], manner: Delivery.Manner) => ({
    dismissals: [{ batter, manner, fielders: [] }]
  })
  const wrongs: Readonly<Record<string, Change>> = {
    "a single and nobody crosses": () => ({ bat: 1 }),
    "the ends are changed for nothing": ({ batter, nonStriker }) => ({
      batter: nonStriker,
      nonStriker: batter
    }),
    "a wicket and nobody goes": ({ batter }) => out(batter, "bowled"),
    "bowled off a no-ball": ({ batter }) => ({ ...out(batter, "bowled"), noBalls: 1 }),
    "caught off a wide": ({ batter }) => ({ ...out(batter, "caught"), wides: 1 }),
    "lbw at the other end": ({ nonStriker }) => out(nonStriker, "lbw"),
    "another bowler": ({ batter }) => ({ bowler: batter }),
    "a wide that counts": () => ({ wides: 1 }),
    "runs off bat and pads": () => ({ bat: 2, legByes: 2 }),
    "a boundary of two": () => ({ bat: 2, boundary: true }),
    "a six that nobody has to chase": () => ({ bat: 6, boundary: true }),
    "out of place": () => ({ nth: 9 })
  }
  for (const [name, change] of Object.entries(wrongs)) {
    it(`objects: ${name}`, () => {
      assert.deepStrictEqual(Umpire.read(sound).offences, [])
      assert.isAbove(Umpire.read(with_(change)).offences.length, 0)
    })
  }
})

describe("A drama", () => {
  const staged = (drama: Drama.Drama, format: Play.Kind = "t20") =>
    seeds(8, 40).map((seed) => Play.of(seed, { format, dramas: [drama] }))

  const noticed = ({ recording }: Play.Play, tag: string): boolean =>
    EventLog.of(recording).entries.some(({ event }) => event._tag === tag)

  it("of a hat-trick is noticed as one", () => {
    for (const play of staged("hatTrick")) assert.isTrue(noticed(play, "hattrick"))
  })

  it("of sixes is noticed as sixes in a row", () => {
    for (const play of staged("sixes", "odi")) assert.isTrue(noticed(play, "consecutive_sixes"))
  })

  it("of a tie leaves the scores level, and super overs part the sides", () => {
    for (const { recording } of staged("superOver", "hundred")) {
      const { innings } = Umpire.read(recording)
      assert.strictEqual(innings[0]!.runs, innings[1]!.runs)
      assert.strictEqual(innings.length % 2, 0)
      assert.isTrue(innings.slice(2).every(({ superOver }) => superOver))
      const [first, second] = innings.slice(-2)
      assert.notStrictEqual(first!.runs, second!.runs)
      assert.strictEqual(innings[2]!.batting, innings[1]!.batting)
    }
  })

  it("of the last ball goes to the last ball", () => {
    for (const { recording } of staged("lastBall", "odi")) {
      const chase = recording.innings[1]!
      const { legal, runs } = Umpire.read(recording).innings[1]!
      assert.strictEqual(legal, chase.target?.balls)
      const last = Delivery.total(chase.overs.at(-1)!.deliveries.at(-1)!)
      assert.isAtLeast(runs, chase.target!.runs)
      assert.isBelow(runs - last, chase.target!.runs)
    }
  })

  it("of one run is lost by one run", () => {
    for (const { recording } of staged("oneRun")) {
      const { runs } = Umpire.read(recording).innings[1]!
      assert.strictEqual(recording.innings[1]!.target!.runs - 1 - runs, 1)
    }
  })

  it("of a concussion brings in a twelfth player, who is a player of the match", () => {
    for (const { recording } of staged("concussion")) {
      const first = recording.innings[0]!.overs.flatMap(({ deliveries }) => deliveries)
      const batters = new Set<string>(first.flatMap(({ batter, nonStriker }) => [batter, nonStriker]))
      const gone = first
        .flatMap(({ dismissals }) => dismissals)
        .find(({ manner }) => manner === "retired hurt")!
      const later = first.slice(first.findIndex(({ dismissals }) => dismissals.includes(gone)) + 1)
      assert.isFalse(
        later.some(({ batter, nonStriker }) => batter === gone.batter || nonStriker === gone.batter)
      )
      assert.isFalse(balls(recording).some(({ bowler }) => bowler === gone.batter))
      for (const who of batters) assert.property(recording.players, who)
    }
  })

  it("of rain revises what the feed says there is to chase, while the chase goes on", () => {
    const plays = staged("revisedTarget").filter(
      ({ recording, timing }) =>
        timing.revisions!.length > 1 && timing.revisions!.at(-1)!.fromBall < Recording.deliveries(recording)
    )
    assert.isAbove(plays.length, 0)
    for (const { recording, timing } of plays) {
      const timeline = Timeline.make(recording, timing)
      const seen = timeline.times.flatMap((at, position) => {
        const { innings } = Timeline.snapshot(timeline, position, at)
        return innings.length === 2 ? [JSON.stringify(innings[1]!.target)] : []
      })
      const [first, ...rest] = [...new Set(seen)]
      assert.deepStrictEqual(JSON.parse(first!), timing.revisions![0]!.target)
      assert.deepStrictEqual(JSON.parse(rest.at(-1)!), recording.innings[1]!.target)
      assert.isTrue(timing.interruptions!.some(({ status }) => status === "suspended"))
    }
  })

  it("of a washout has no ball and no result", () => {
    for (const { recording } of staged("washout", "odi")) {
      assert.deepStrictEqual(recording.innings, [])
      assert.deepStrictEqual(recording.outcome, { _tag: "NoResult", method: null })
    }
  })

  it("of a lost day is told over the days that were played", () => {
    for (const play of staged("lostDay", "test")) {
      const { dates } = play.recording
      const apart = dates
        .slice(1)
        .map((date, index) => (Date.parse(date) - Date.parse(dates[index]!)) / 86_400_000)
      assert.isTrue(apart.some((days) => days > 1))
      const { times } = Timeline.make(play.recording, play.timing)
      const days = new Set(times.map((at) => DateTime.formatIsoDateUtc(DateTime.makeUnsafe(at))))
      assert.deepStrictEqual([...days], dates)
    }
  })

  it("of following on has one side bat twice running, at least 200 behind", () => {
    for (const { recording } of staged("followOn", "test")) {
      const [first, second, third] = Umpire.read(recording).innings
      assert.strictEqual(second!.batting, third!.batting)
      assert.isAtLeast(first!.runs - second!.runs, 200)
    }
  })

  it("that a format has no room for is left out and named nowhere", () => {
    const play = Play.of(5, { format: "t20", dramas: ["followOn", "lostDay"] })
    assert.deepStrictEqual(play.missing, [])
    assert.notInclude(play.dramas, "followOn")
  })
})
