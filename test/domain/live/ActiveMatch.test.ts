import { Instant } from "@sightscreen/decider"
import { ActiveMatch, Bulletin, Cadence, Fit, type Snapshot } from "@sightscreen/domain"
import { Duration, Result, Schema } from "effect"
import { assert, describe, it } from "@effect/vitest"
import { chance, Seed, someOvers } from "../support/chance.ts"
import {
  after,
  ballsOf,
  card,
  changed,
  innings,
  minute,
  over,
  second,
  type Setting,
  snapshot
} from "../support/cricket.ts"
import { begin, goOn, play, read, restarted, tags, tick, watch } from "../support/story.ts"

const one = innings([over("A", "X", ". 4 1 W", "B"), over("C", "Y", "1 2 3", "B")])
const at = (when: Instant.Instant, readings: ReadonlyArray<Snapshot.InningsReading>, more: Setting = {}) =>
  snapshot(readings, { at: when, ...more })

describe("A bulletin", () => {
  it("is issued for the first reading, for each that changes what a screen shows, and for no other", () => {
    const story = watch(
      at(second(0), []),
      at(second(5), []),
      at(second(10), [after(1, one)]),
      at(second(15), [after(1, one)]),
      at(second(20), [structuredClone(after(1, one))]),
      at(second(25), [after(2, one)])
    )
    assert.deepStrictEqual(
      story.bulletins.map(({ content }) => content.expanded.score),
      ["", "0/0", "4/0"]
    )
  })

  it("counts itself, and is named by its stamp", () => {
    const { bulletins } = watch(at(second(0), []), at(second(10), [one]))
    assert.deepStrictEqual(
      bulletins.map((one) => [one.content.sequence, Bulletin.idOf(one)]),
      [
        [1, `1/${Instant.toSeconds(second(0))}`],
        [2, `1/${Instant.toSeconds(second(10))}`]
      ]
    )
  })

  it("carries an alert for a wicket, with a sound, at Apple's priority 10", () => {
    const { alert, event, importance } = watch(
      at(second(0), []),
      at(second(10), [after(4, one)])
    ).bulletins.at(-1)!
    assert.strictEqual(event?._tag, "wicket")
    assert.deepStrictEqual(importance, { priority: 10, alert: true, sound: true })
    assert.deepStrictEqual(alert, { title: "Wicket! IND 5/1", body: "A b X 5 (4)" })
  })

  it("carries none for a boundary, at priority 5", () => {
    const { alert, event, importance } = watch(
      at(second(0), []),
      at(second(10), [after(2, one)])
    ).bulletins.at(-1)!
    assert.deepStrictEqual([event?._tag, alert, importance.priority], ["four", null, 5])
  })

  it("shows a revised target with no ball bowled", () => {
    const chase = { ...innings([over("P", "Q", "1", "R")]), batting: "away" as const }
    const revised = { ...chase, target: { runs: 5, balls: 12 } }
    const { bulletins } = watch(
      at(second(0), [one, chase], { status: "suspended" }),
      at(second(60), [one, revised], { status: "suspended" })
    )
    assert.deepStrictEqual(
      bulletins.map(({ content }) => content.expanded.equation),
      ["NZ need 11 off 119", "NZ need 4 off 11"]
    )
  })

  it("shows penalty runs that come with no ball", () => {
    const { bulletins } = watch(
      at(second(0), [one]),
      at(second(60), [{ ...one, penalties: { pre: 0, post: 5 } }])
    )
    assert.deepStrictEqual(
      bulletins.map(({ content }) => content.expanded.score),
      ["11/1", "16/1"]
    )
  })

  it("goes stale sooner in play than in a break", () => {
    const { bulletins } = watch(at(minute(0), [one]), at(minute(1), [one], { status: "innings break" }))
    assert.deepStrictEqual(
      bulletins.map(({ at, staleAt }) => staleAt - Instant.toSeconds(at)),
      [10 * 60, 60 * 60]
    )
  })

  it("is the last one when the match is over, and says so even when the news is old", () => {
    const story = watch(at(minute(0), [one]), at(minute(30), [one], { status: "finished" }))
    const last = story.bulletins.at(-1)!
    assert.deepStrictEqual([last.ends, last.event?._tag, last.importance.alert], ["over", "match_end", true])
    assert.deepStrictEqual(goOn(story, read(at(minute(31), [])), tick(minute(90))).outputs, [])
  })

  it("ends a match that is over when first seen, without a buzz", () => {
    const { bulletins, state } = watch(at(minute(0), [one], { status: "finished" }))
    assert.deepStrictEqual(
      bulletins.map(({ alert, ends, event, importance }) => [alert, event, ends, importance.priority]),
      [[null, null, "over", 10]]
    )
    assert.strictEqual(state.ended, "over")
  })

  it("ends a match abandoned without a ball", () => {
    const { bulletins } = watch(
      at(minute(0), [], { status: "delayed" }),
      at(minute(9), [], { status: "abandoned" })
    )
    assert.deepStrictEqual(bulletins.at(-1)?.alert, { title: "IND v NZ", body: "Match abandoned" })
  })
})

describe("An impossible reading", () => {
  it("is refused with its reason and changes nothing", () => {
    const story = watch(at(second(0), [one]))
    const next = goOn(story, read(at(second(10), [changed(one, "0.1", { bat: -4 })])))
    assert.strictEqual(next.state, story.state)
    assert.deepStrictEqual(next.outputs, [
      { _tag: "Refused", reason: "innings 1, ball 0.1: -4 runs off the bat is not a count" }
    ])
  })

  it("leaves the next possible one to tell what happened", () => {
    const story = watch(
      at(second(0), [after(3, one)]),
      at(second(10), [changed(one, "0.1", { bat: -4 })]),
      at(second(15), [after(4, one)])
    )
    assert.deepStrictEqual(tags(story.headlines), ["wicket"])
  })
})

describe("News", () => {
  const timed = (seconds: number) => changed(after(4, one), "0.4", { at: second(seconds) })

  it.each([
    [60, true],
    [61, false]
  ])("buzzes when it is %s seconds old: %s", (age, buzzes) => {
    const story = watch(at(second(0), [after(3, one)]), at(second(age), [timed(0)]))
    const last = story.bulletins.at(-1)!
    assert.deepStrictEqual([last.event?._tag, last.alert !== null], ["wicket", buzzes])
  })

  it.each([
    [5, true],
    [6, false]
  ])("of a ball without a time buzzes after a silence of %s minutes: %s", (silence, buzzes) => {
    const story = watch(at(minute(0), [after(3, one)]), at(minute(silence), [after(4, one)]))
    assert.deepStrictEqual(story.bulletins.at(-1)!.alert !== null, buzzes)
  })

  it("of the end of an innings buzzes when the feed takes minutes to call the break", () => {
    const over = changed(after(4, one), "0.4", { at: second(0) })
    const story = watch(
      at(minute(0), [over]),
      ...[1, 2, 3].map((minutes) => at(minute(minutes), [over])),
      at(minute(3.5), [over], { status: "innings break" })
    )
    assert.deepStrictEqual(story.bulletins.at(-1)!.alert?.title, "INNINGS BREAK")
  })
})

describe("Stamps", () => {
  it("are the clock's seconds while it goes on", () => {
    const { bulletins } = watch(at(second(0), [after(1, one)]), at(second(90), [one]))
    assert.deepStrictEqual(
      bulletins.map(({ stamp }) => stamp),
      [0, 90].map((seconds) => Instant.toSeconds(second(seconds)))
    )
  })

  it.prop("rise strictly, whatever the clock does", [Seed], ([seed]) => {
    const dice = chance(seed)
    const reading = innings(someOvers(dice, 6))
    let now = 1_000_000
    let state = begin()
    const stamps: Array<number> = []
    for (let balls = 0; balls <= ballsOf(reading); balls++) {
      now = Math.max(0, now + dice.pick([0, 300, 40_000, 40_000, -30_000, -900_000, 3_600_000]))
      const when = Instant.fromMillis(now)
      const story = play(state, [read(at(when, [after(balls, reading)])), tick(when)])
      state = dice.below(10) === 0 ? restarted(story.state) : story.state
      stamps.push(...story.bulletins.map(({ stamp }) => stamp))
    }
    assert.isTrue(stamps.every((stamp, index) => index === 0 || stamp > stamps[index - 1]!))
  })

  it("go on when the clock is set back by minutes, and so does the score", () => {
    const story = watch(
      at(minute(20), [after(3, one)]),
      at(minute(10), [after(4, one)]),
      at(minute(11), [one])
    )
    const [first, second, third] = story.bulletins.map(({ stamp }) => stamp)
    assert.deepStrictEqual([second, third], [first! + 1, first! + 2])
    assert.strictEqual(story.state.content?.expanded.score, "11/1")
  })

  describe("that run ahead of the clock", () => {
    const singles = innings([over("A", "X", Array.from({ length: 45 }, () => "1 .").join(" "), "B")], {
      counting: { miscounted: { 0: 90 } }
    })
    const rush = watch(
      ...Array.from({ length: 80 }, (_, index) =>
        at(Instant.fromMillis(second(0) + index * 10), [after(index + 1, singles)])
      )
    )

    it("stop at half a minute for routine changes", () => {
      const lead = rush.state.stamp - Instant.toSeconds(second(0))
      assert.strictEqual(lead, ActiveMatch.stampLead)
      assert.isTrue(rush.state.behind)
    })

    it("let what had to wait through within a second, ball or no ball", () => {
      const unchanged = goOn(rush, read(at(second(2), [after(80, singles)])))
      const silent = goOn(rush, { _tag: "FeedSilent", at: second(2) })
      for (const { bulletins, state } of [unchanged, silent]) {
        assert.deepStrictEqual(
          bulletins.map(({ content }) => content.expanded.score),
          ["40/0"]
        )
        assert.isFalse(state.behind)
      }
    })

    it("hold nothing back that buzzes", () => {
      const out = changed(after(81, singles), "0.81", {
        bat: 0,
        dismissals: [{ batter: over("A", "X", "W")[0]!.batter, manner: "bowled", fielders: [] }]
      })
      const { headlines } = goOn(rush, read(at(Instant.fromMillis(second(0) + 800), [out])))
      assert.deepStrictEqual(tags(headlines), ["wicket"])
    })
  })
})

describe("A heartbeat", () => {
  const story = watch(at(minute(0), [one]))

  it("comes after twenty quiet minutes, with the same screen under a new stamp", () => {
    assert.deepStrictEqual(goOn(story, tick(minute(19.9))).bulletins, [])
    const [beat, ...more] = goOn(story, tick(minute(20)), tick(minute(21))).bulletins
    assert.deepStrictEqual(more, [])
    assert.deepStrictEqual([beat!.event, beat!.alert, beat!.importance.priority], [null, null, 5])
    const { content } = story.bulletins[0]!
    assert.deepStrictEqual(beat!.content, { ...content, sequence: 2, updatedAt: beat!.stamp })
  })

  it("comes when the feed is silent, and when it reads the same in new objects", () => {
    const silent = goOn(story, { _tag: "FeedSilent", at: minute(20) })
    const same = goOn(story, read(at(minute(20), [structuredClone(one)])))
    assert.deepStrictEqual(
      [silent, same].map(({ bulletins }) => bulletins.length),
      [1, 1]
    )
  })

  it("keeps the balls on the screen after a restart", () => {
    const { bulletins } = play(restarted(story.state), [tick(minute(20))])
    assert.deepStrictEqual(bulletins[0]?.content.expanded.lastBalls, ["4", "1", "W", "1", "2", "3"])
  })

  it("does not come before the first reading, nor after the last", () => {
    assert.deepStrictEqual(play(begin(), [tick(minute(60))]).outputs, [])
    const ended = watch(at(minute(0), [one], { status: "finished" }))
    assert.deepStrictEqual(goOn(ended, tick(minute(60))).outputs, [])
  })
})

describe("A stoppage", () => {
  const pauses = (...statuses: ReadonlyArray<Snapshot.Snapshot["status"]>) =>
    watch(...statuses.map((status, index) => at(minute(index), [one], { status }))).outputs.flatMap(
      (output) =>
        output._tag === "Paused" || output._tag === "Resumed"
          ? [`${output._tag} ${output.at - minute(0)}`]
          : []
    )

  it.each(["drinks", "lunch", "tea", "dinner", "stumps", "suspended", "delayed"] as const)(
    "for %s pauses the match once, and it resumes once",
    (status) => {
      assert.deepStrictEqual(pauses("live", status, status, "live", "live"), [
        "Paused 60000",
        "Resumed 180000"
      ])
    }
  )

  it("that becomes another is one stoppage", () => {
    assert.deepStrictEqual(pauses("live", "lunch", "suspended", "live"), ["Paused 60000", "Resumed 180000"])
  })

  it("is not the break between innings", () => {
    assert.deepStrictEqual(pauses("live", "innings break", "live"), [])
  })

  it("by rain is timed from its first minute, and a break is not", () => {
    const rain = watch(
      at(minute(0), [one]),
      at(minute(1), [one], { status: "suspended" }),
      at(minute(9), [one], { status: "suspended" })
    )
    assert.strictEqual(rain.state.suspendedAt, minute(1))
    assert.isNull(goOn(rain, read(at(minute(10), [one]))).state.suspendedAt)
    assert.isNull(watch(at(minute(0), [one], { status: "lunch" })).state.suspendedAt)
  })
})

describe("A restart", () => {
  const codec = Schema.toCodecJson(ActiveMatch.ActiveMatch)

  it.prop("brings every state back as it was, but for its balls", [Seed], ([seed]) => {
    const dice = chance(seed)
    const reading = innings(someOvers(dice, 5))
    const cut = after(dice.below(ballsOf(reading)), reading)
    const { state } = watch(
      at(second(0), []),
      at(second(40), [cut], { status: dice.pick(["live", "drinks", "innings break"] as const) }),
      at(second(80), [reading, card("20/1", "2.1", {}, { batting: "away" })])
    )
    assert.deepStrictEqual(restarted(state), ActiveMatch.forStore(state))
    assert.deepStrictEqual(Schema.decodeSync(codec)(Schema.encodeSync(codec)(state)), state)
  })

  it("is not seen on any screen", () => {
    const story = watch(at(second(0), []), at(second(40), [one]))
    const next = play(restarted(story.state), [read(at(second(50), [one]))])
    assert.deepStrictEqual(next.outputs, [])
  })

  it("loses nothing that happened meanwhile", () => {
    const story = watch(at(second(0), []), at(second(20), [after(3, one)]))
    const next = play(restarted(story.state), [read(at(second(60), [one]))])
    assert.deepStrictEqual(tags(next.headlines), ["wicket"])
    assert.isAbove(next.bulletins[0]!.stamp, story.state.stamp)
  })

  it("loses nothing that waited for its turn", () => {
    const busy = innings([[...over("A", "X", "6 6 6 6 6 6 6 6 2", "B"), ...over("B", "X", "W", "A")]], {
      counting: { miscounted: { 0: 30 } }
    })
    const story = watch(at(second(0), []), at(second(10), [after(8, busy)]), at(second(30), [busy]))
    const next = play(restarted(story.state), [read(at(second(40), [busy]))])
    assert.deepStrictEqual(tags(next.headlines), ["fifty"])
  })

  it.prop("at any ball, and at several, tells the same headlines as none", [Seed], ([seed]) => {
    const dice = chance(seed)
    const reading = innings(someOvers(dice, 6))
    const inputs = Array.from({ length: ballsOf(reading) + 1 }, (_, balls) =>
      read(at(second(balls * 40), [after(balls, reading)]))
    )
    const calm = play(begin(), inputs)
    let state = begin()
    const bulletins: Array<Bulletin.Bulletin> = []
    for (const input of inputs) {
      const story = play(dice.below(4) === 0 ? restarted(state) : state, [input])
      state = story.state
      bulletins.push(...story.bulletins)
    }
    assert.deepStrictEqual(bulletins, calm.bulletins)
  })
})

describe("What a late phone is shown", () => {
  it("is nothing before the first reading", () => {
    assert.isNull(ActiveMatch.standing(begin()))
  })

  it("is the last screen under its own stamp, without the news", () => {
    const story = watch(at(second(0), []), at(second(20), [after(4, one)]))
    const standing = ActiveMatch.standing(story.state)!
    const last = story.bulletins.at(-1)!
    assert.deepStrictEqual(
      [standing.content, standing.stamp, standing.event, standing.alert],
      [last.content, last.stamp, null, null]
    )
  })
})

describe("Content", () => {
  const isPlain = (value: unknown): boolean =>
    typeof value === "string" ||
    typeof value === "boolean" ||
    (typeof value === "number" && Number.isInteger(value)) ||
    (Array.isArray(value)
      ? value.every(isPlain)
      : typeof value === "object" && value !== null && Object.values(value).every(isPlain))

  const Name = Schema.String.pipe(Schema.check(Schema.isMinLength(1)))

  it.prop(
    "is strings, whole numbers and booleans, and fits into a push, whatever players are called",
    [Seed, Name, Schema.Literals([1, 40, 900, 4000])],
    ([seed, name, times]) => {
      const dice = chance(seed)
      const reading = innings(someOvers(dice, 4))
      const called = name.repeat(times)
      const ids = new Set(
        reading.card.overs.flatMap(({ deliveries }) =>
          deliveries.flatMap((ball) => [ball.batter, ball.bowler, ball.nonStriker])
        )
      )
      const players = Object.fromEntries([...ids].map((id) => [id, called]))
      const info = snapshot([]).info
      const team = { name: called, code: "LONG" }
      const named = (balls: number, status: Snapshot.Snapshot["status"]) => ({
        ...at(second(balls * 40), [after(balls, reading)], { players, status }),
        info: { ...info, home: team, away: team }
      })
      const { bulletins } = watch(
        ...Array.from({ length: ballsOf(reading) }, (_, balls) => named(balls, "live")),
        named(ballsOf(reading), "finished")
      )
      for (const { content } of bulletins) {
        assert.isTrue(isPlain(content))
        const fitted = Fit.fit(content)
        if (Result.isFailure(fitted)) assert.fail(`${fitted.failure.bytes} bytes`)
        assert.isAtMost(Fit.bytesOf(fitted.success), Fit.limit)
      }
    },
    { arbitrary: { runs: 8 } }
  )
})

describe("Polling", () => {
  it("is as close as whoever runs the server wants, where a match goes on", () => {
    const paces = { live: Duration.seconds(20), marquee: Duration.seconds(10) }
    const { state } = watch(at(minute(-60), [one], { status: "live" }))
    const seconds = (one: ActiveMatch.ActiveMatch) =>
      Duration.toSeconds(ActiveMatch.cadence(one, minute(0), paces))
    assert.deepStrictEqual([state, { ...state, marquee: false }, begin()].map(seconds), [
      10,
      20,
      Duration.toSeconds(Cadence.idle)
    ])
  })

  it("is as close as the match is worth", () => {
    const seconds = (state: ActiveMatch.ActiveMatch, when = minute(0)) =>
      Duration.toSeconds(ActiveMatch.cadence(state, when))
    const after = (status: Snapshot.Snapshot["status"], readings = [one]) =>
      watch(at(minute(-60), readings, { status })).state
    assert.deepStrictEqual(
      {
        unread: seconds(begin()),
        live: seconds(after("live")),
        "live, not marquee": seconds({ ...after("live"), marquee: false }),
        break: seconds(after("innings break")),
        rain: seconds(after("suspended")),
        "an hour before": seconds(after("scheduled", []), minute(-60)),
        "a quarter before": seconds(after("scheduled", []), minute(-15)),
        over: seconds(after("finished"))
      },
      {
        unread: 60,
        live: 2.5,
        "live, not marquee": 5,
        break: 2.5,
        rain: 60,
        "an hour before": 60,
        "a quarter before": 2.5,
        over: 60
      }
    )
  })
})
