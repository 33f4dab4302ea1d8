import { Instant } from "@sightscreen/decider"
import { ActiveMatch, Cadence, Ending, Importance, type Snapshot, Status } from "@sightscreen/domain"
import { Duration } from "effect"
import { assert, describe, it } from "@effect/vitest"
import {
  after,
  card,
  innings,
  minute,
  over,
  second,
  type Setting,
  snapshot,
  test as testFormat
} from "../support/cricket.ts"
import {
  absent,
  begin,
  goOn,
  play,
  read,
  restarted,
  silent,
  type Story,
  tags,
  tick
} from "../support/story.ts"

const one = innings([over("A", "X", ". 4 1 W", "B"), over("C", "Y", "1 2 3", "B")])
const at = (
  minutes: number,
  balls: number,
  status: Snapshot.Snapshot["status"] = "live",
  more: Setting = {}
) => read(snapshot([after(balls, one)], { at: minute(minutes), format: testFormat, status, ...more }))
const hour = (hours: number) => hours * 60
const ends = ({ bulletins }: Story) =>
  bulletins.flatMap((one) => (one.ends === null ? [] : [[(one.at - minute(0)) / 60_000, one.ends]]))
const seen = ({ bulletins }: Story) =>
  bulletins.map(({ at, content, importance }) => [
    (at - minute(0)) / 60_000,
    content.phase,
    content.interruption,
    importance.priority
  ])

describe("An end", () => {
  it.each([
    ["over", 15],
    ["postponed", 15],
    ["day", 240]
  ] as const)("for %s leaves the last state on screens for %s minutes", (why, minutes) => {
    assert.strictEqual(
      Ending.dismissalOf(why, second(0)) - Instant.toSeconds(second(0)),
      Duration.toSeconds(Duration.minutes(minutes))
    )
  })

  it("stays within the four hours that Apple allows", () => {
    for (const one of Object.values(Ending.dismissAfter)) {
      assert.isTrue(Duration.isLessThanOrEqualTo(one, Duration.hours(4)))
    }
  })

  it("at once is dated in the past, also where stamps run ahead of the clock by an hour", () => {
    const now = Instant.toSeconds(second(0))
    assert.isBelow(Ending.atOnce((now + 3600) as Instant.EpochSeconds), now)
  })

  it("comes with every status that nothing follows, with stumps and with a postponement, and no other", () => {
    const ending = Object.keys(Ending.endOf) as ReadonlyArray<Status.Status>
    const expected = Status.Status.literals.filter(
      (one) => Status.isOver(one) || one === "stumps" || one === "postponed"
    )
    assert.deepStrictEqual([...ending].sort(), [...expected].sort())
  })
})

describe("A day's play", () => {
  const evening = play(begin(), [at(0, 3), at(10, 3, "stumps")])

  it("ends its activities at stumps, at priority 10 and without a buzz", () => {
    assert.deepStrictEqual(ends(evening), [[10, "day"]])
    const last = evening.bulletins.at(-1)!
    assert.deepStrictEqual([last.alert, last.importance], [null, Importance.final])
    assert.deepStrictEqual(last.priority, { normal: 10, frequent: 10 })
    assert.strictEqual(last.content.interruption, "stumps")
    assert.deepStrictEqual(
      evening.outputs.filter(({ _tag }) => _tag === "Ended"),
      [{ _tag: "Ended", at: minute(10), ends: "day" }]
    )
  })

  it("wants no activities at night, and the match is not over", () => {
    assert.isFalse(ActiveMatch.isTold(evening.state))
    assert.deepStrictEqual([evening.state.closed, evening.state.ended], [true, null])
    assert.isTrue(ActiveMatch.isTold(play(begin(), [at(0, 3)]).state))
  })

  it("is followed by a night without a word", () => {
    const night = Array.from({ length: 30 }, (_, index) => index * 25 + 15)
    const story = goOn(
      evening,
      ...night.flatMap((minutes) => [
        tick(minute(minutes)),
        at(minutes + 1, 3, "stumps"),
        silent(minute(minutes + 2))
      ])
    )
    assert.deepStrictEqual(story.outputs, [])
  })

  it("can still be read of at night, and what is put right in it is told to nobody", () => {
    const standing = ActiveMatch.standing(evening.state)!
    assert.deepStrictEqual([standing.ends, standing.content.expanded.score], ["day", "5/0"])
    const corrected = goOn(evening, at(60, 2, "stumps"))
    assert.deepStrictEqual(corrected.bulletins, [])
    assert.strictEqual(ActiveMatch.standing(corrected.state)?.content.expanded.score, "4/0")
  })

  it.each(["scheduled", "delayed", "suspended", "stumps"] as const)(
    "does not begin with a feed that says %s in the morning",
    (status) => {
      const story = goOn(evening, at(hour(17), 3, status))
      assert.deepStrictEqual([story.bulletins, story.state.day, story.state.closed], [[], 1, true])
    }
  )

  it.each(["live", "drinks", "lunch", "innings break"] as const)(
    "begins anew when the feed says %s, and is the next one",
    (status) => {
      const story = goOn(evening, at(hour(17), 3, status))
      assert.deepStrictEqual([story.state.day, story.state.closed], [2, false])
      assert.isTrue(ActiveMatch.isTold(story.state))
      assert.deepStrictEqual(ends(story), [])
      assert.strictEqual(story.bulletins.length, 1)
    }
  )

  it("begins anew after a restart at night", () => {
    const story = play(restarted(evening.state), [at(hour(17), 4)])
    assert.deepStrictEqual([story.state.day, story.state.closed], [2, false])
  })

  it("may close and go on, where bad light was taken for stumps", () => {
    const story = goOn(evening, at(20, 4), at(60, 4, "stumps"))
    assert.deepStrictEqual([ends(story), story.state.day], [[[60, "day"]], 2])
  })

  it("that is the last one ends with the match", () => {
    const story = goOn(evening, at(hour(17), 4), at(hour(20), 5, "finished"))
    assert.deepStrictEqual([ends(story), story.state.ended], [[[hour(20), "over"]], "over"])
  })

  it("need not be played for the match to end", () => {
    const story = goOn(evening, at(hour(17), 3, "finished"))
    assert.deepStrictEqual([ends(story), story.state.ended], [[[hour(17), "over"]], "over"])
    assert.deepStrictEqual(tags(story.headlines), ["match_end"])
  })
})

it("A match of five days ends its activities five times, and buzzes for its result alone", () => {
  const score = (day: number, session: number) =>
    card(`${day * 60 + session * 15}/0`, `${day * 18 + session * 5}.0`, {}, { batting: "home" })
  const sessions = ["live", "lunch", "live", "tea", "live"] as const
  const inputs: Array<ActiveMatch.Input> = []
  const reading = (day: number, hours: number, session: number, status: Snapshot.Snapshot["status"]) =>
    read(snapshot([score(day, session)], { at: minute(hour(day * 24 + hours)), format: testFormat, status }))
  for (let day = 0; day < 5; day++) {
    for (let minutes = 0; minutes < hour(8); minutes += 5) {
      const session = Math.floor(minutes / 96)
      inputs.push(reading(day, minutes / 60, session, sessions[session]!))
    }
    inputs.push(reading(day, 8, 4, day === 4 ? "finished" : "stumps"))
    const dawn = day === 4 ? 8 : 24
    for (let hours = 8.25; hours < dawn; hours += 0.25) {
      inputs.push(reading(day, hours, 4, "stumps"), tick(minute(hour(day * 24 + hours) + 1)))
    }
  }
  let story = play(begin(ActiveMatch.careful), [])
  const bulletins = inputs.flatMap((input, index) => {
    const next = play(index % 97 === 0 ? restarted(story.state) : story.state, [input])
    story = next
    return next.bulletins
  })
  assert.deepStrictEqual(
    bulletins.flatMap(({ at, ends }) => (ends === null ? [] : [[(at - minute(0)) / 3_600_000, ends]])),
    [
      [8, "day"],
      [32, "day"],
      [56, "day"],
      [80, "day"],
      [104, "over"]
    ]
  )
  assert.deepStrictEqual([story.state.day, story.state.ended], [5, "over"])
  assert.deepStrictEqual(tags(bulletins.flatMap(({ event }) => (event === null ? [] : [event]))), [
    "match_end"
  ])
  // By day nobody waits for longer than a heartbeat; by night nobody is woken.
  bulletins.forEach((bulletin, index) => {
    const before = bulletins[index - 1]
    if (before === undefined) return
    assert.isAbove(bulletin.stamp, before.stamp)
    const gap = (bulletin.at - before.at) / 3_600_000
    if (before.ends === "day") assert.strictEqual(gap, 16)
    else assert.isAtMost(gap, 25 / 60)
  })
})

describe("A match that is called off", () => {
  const off = play(begin(), [at(0, 3), at(10, 3, "abandoned")])
  /** It was looked at once a minute, whether or not there was an answer. */
  const watched = goOn(
    off,
    ...[11, 12, 13].map((one) => at(one, 3, "abandoned")),
    ...[14, 15].map((one) => silent(minute(one)))
  )

  it("says so at once, with a buzz, and its activities stay", () => {
    assert.deepStrictEqual(
      off.bulletins.map(({ alert, content, ends }) => [alert?.body, content.phase, ends]),
      [
        [undefined, "live", null],
        ["Match abandoned. IND 5/0", "abandoned", null]
      ]
    )
    assert.isNull(off.state.ended)
  })

  it("starts no activities meanwhile", () => {
    assert.isFalse(ActiveMatch.isTold(off.state))
  })

  it.each([
    ["a reading", (minutes: number) => at(minutes, 3, "abandoned")],
    ["the clock", (minutes: number) => tick(minute(minutes))],
    ["a silent feed", (minutes: number) => silent(minute(minutes))]
  ])("is over when it was believed for ten minutes, by %s", (_, input) => {
    assert.deepStrictEqual(goOn(watched, input(19.9)).bulletins, [])
    const story = goOn(watched, input(20))
    assert.deepStrictEqual([ends(story), story.state.ended], [[[20, "over"]], "over"])
    assert.isNull(story.bulletins[0]!.alert)
    assert.strictEqual(story.bulletins[0]!.content.keyEvent?.type, "match_end")
  })

  it.each([
    ["a reading", (minutes: number) => at(minutes, 3, "abandoned")],
    ["the clock", (minutes: number) => tick(minute(minutes))],
    ["a silent feed", (minutes: number) => silent(minute(minutes))]
  ])("is not over because a clock was put right, by %s", (_, input) => {
    const story = goOn(off, at(11, 3, "abandoned"), at(12, 3, "abandoned"), input(22))
    assert.deepStrictEqual(ends(story), [])
    assert.deepStrictEqual(ends(goOn(story, at(23, 4), at(24, 4, "finished"))), [[24, "over"]])
  })

  it("is looked at again in time", () => {
    assert.isNull(ActiveMatch.nextDue(off.state))
    assert.deepStrictEqual(ActiveMatch.cadence(off.state, minute(19.5)), Duration.minutes(1))
    assert.strictEqual(ActiveMatch.nextDue(watched.state), minute(20))
    assert.deepStrictEqual(ActiveMatch.cadence(watched.state, minute(19.5)), Duration.seconds(30))
  })

  it("is over before that when the feed drops it", () => {
    const story = goOn(off, absent(minute(11)), absent(minute(11.5)), absent(minute(12)))
    assert.deepStrictEqual(ends(story), [[12, "over"]])
    assert.include(tags(story.outputs), "Vanished")
  })

  it("goes on with a new picture, and the real end is told again", () => {
    const story = goOn(off, at(15, 3), tick(minute(21)), at(24, 5), at(30, 5, "finished"))
    assert.deepStrictEqual(seen(story).slice(0, 2), [
      [15, "live", "none", 5],
      [24, "live", "none", 5]
    ])
    assert.isUndefined(story.bulletins[0]!.content.keyEvent)
    assert.deepStrictEqual(ends(story), [[30, "over"]])
    assert.deepStrictEqual(
      story.bulletins.flatMap(({ alert, event }) => (alert === null ? [] : [event?._tag])).at(-1),
      "match_end"
    )
  })

  it("twice counts its ten minutes from the second time", () => {
    const again = [18, 19, 20, 21, 22, 23].map((one) => at(one, 3, "abandoned"))
    const story = goOn(watched, at(16, 3), ...again, tick(minute(26)), tick(minute(28)))
    assert.deepStrictEqual(ends(story), [[28, "over"]])
  })

  it("keeps its ten minutes over a restart", () => {
    assert.deepStrictEqual(ends(play(restarted(watched.state), [tick(minute(20))])), [[20, "over"]])
  })

  it("is over at once when it was cancelled", () => {
    assert.deepStrictEqual(ends(play(begin(), [at(0, 3), at(1, 3, "cancelled")])), [[1, "over"]])
  })
})

describe("A match that is postponed", () => {
  const later = play(begin(), [at(0, 0, "delayed"), at(30, 0, "postponed")])

  it("ends its activities, and says why", () => {
    assert.deepStrictEqual([ends(later), later.state.ended], [[[30, "postponed"]], "postponed"])
    assert.strictEqual(ActiveMatch.standing(later.state)?.ends, "postponed")
  })

  it("has left the list for good", () => {
    assert.deepStrictEqual(goOn(later, at(60, 1), tick(minute(90)), absent(minute(91))).outputs, [])
    assert.isNull(ActiveMatch.nextDue(later.state))
  })
})

describe("A match that leaves the feed", () => {
  const begun = play(begin(), [at(0, 3)])
  const missing = (...minutes: ReadonlyArray<number>) => minutes.map((one) => absent(minute(one)))
  const isGone = (...inputs: ReadonlyArray<ActiveMatch.Input>) =>
    ActiveMatch.isVanished(goOn(begun, ...inputs).state)

  it.each([
    ["two answers, however long", [1, 5], false],
    ["three answers within 29 seconds", [1, 1.25, 1.48], false],
    ["three answers over half a minute", [1, 1.25, 1.5], true],
    ["many answers within seconds, and one later", [1, 1.01, 1.02, 1.03, 1.5], true]
  ])("has vanished, or not, after %s", (_, minutes, gone) => {
    assert.strictEqual(isGone(...missing(...minutes)), gone)
  })

  it("is not counted as gone by a feed that says nothing at all", () => {
    assert.isFalse(isGone(...[1, 2, 3, 4, 5].map((minutes) => silent(minute(minutes)))))
    assert.isFalse(isGone(absent(minute(1)), silent(minute(2)), silent(minute(3)), absent(minute(4))))
    assert.isTrue(isGone(absent(minute(1)), silent(minute(2)), ...missing(3, 4)))
  })

  it("is counted anew once it was seen again", () => {
    assert.isFalse(isGone(...missing(1, 2), at(3, 3), ...missing(4, 5)))
  })

  it("says so once, and is asked for once a minute", () => {
    const gone = goOn(begun, ...missing(1, 2, 3, 4))
    assert.deepStrictEqual(gone.outputs, [{ _tag: "Vanished", at: minute(3) }])
    assert.deepStrictEqual(ActiveMatch.cadence(gone.state, minute(4)), Cadence.idle)
  })

  it("keeps its screens alive meanwhile", () => {
    const story = goOn(begun, ...missing(1, 2, 3), ...missing(20, 40))
    assert.deepStrictEqual(
      story.bulletins.map(({ content }) => content.expanded.score),
      ["5/0", "5/0"]
    )
  })

  it("comes back as if nothing had been", () => {
    const story = goOn(begun, ...missing(1, 2, 3), at(4, 5))
    assert.isFalse(ActiveMatch.isVanished(story.state))
    assert.strictEqual(story.bulletins.at(-1)?.content.expanded.score, "6/1")
  })

  it("is not looked for any more after six hours, if it was never seen", () => {
    const never = play(begin(), missing(1, 2, 3, hour(6)))
    assert.isNull(never.state.ended)
    const after = goOn(never, absent(minute(hour(6) + 1)))
    assert.deepStrictEqual([after.state.ended, after.bulletins], ["postponed", []])
  })

  it("is over six hours after it was last seen, without a buzz", () => {
    const story = goOn(begun, ...missing(1, 2, 3, hour(6) - 1))
    assert.deepStrictEqual(ends(story), [])
    const over = goOn(story, absent(minute(hour(6))))
    assert.deepStrictEqual([ends(over), over.state.ended], [[[hour(6), "over"]], "over"])
    const last = over.bulletins.at(-1)!
    assert.deepStrictEqual([last.alert, last.priority.normal, last.content.phase], [null, 10, "completed"])
  })

  it("is over after as many hours of silence and three answers without it, not after silence alone", () => {
    const quiet = goOn(begun, silent(minute(hour(7))))
    assert.deepStrictEqual(ends(quiet), [])
    const first = hour(7) + 1
    assert.deepStrictEqual(ends(goOn(quiet, ...missing(first, first + 1, first + 2))), [[first + 2, "over"]])
  })

  it("at night has a day to come back", () => {
    const night = play(begin(), [at(0, 3), at(10, 3, "stumps")])
    const story = goOn(night, ...missing(11, 12, 13, hour(7), hour(24)))
    assert.deepStrictEqual(ends(story), [])
    assert.deepStrictEqual(ends(goOn(story, absent(minute(hour(24) + 10)))), [[hour(24) + 10, "over"]])
  })

  it("is counted on over a restart", () => {
    const story = goOn(begun, ...missing(1, 1.25))
    assert.isTrue(ActiveMatch.isVanished(play(restarted(story.state), missing(1.5)).state))
  })
})

describe("A match's budget", () => {
  const singles = innings(
    Array.from({ length: 20 }, (_, number) =>
      Array.from(
        { length: 6 },
        (_, nth) => over(`B${number}`, `X${number % 2}`, nth === 5 ? "1" : ".", "N")[0]!
      )
    )
  )
  const maidens = innings(
    Array.from({ length: 20 }, (_, number) => over(`B`, `X${number % 2}`, ". . . . . .", "N"))
  )
  const played = (reading: typeof maidens) =>
    play(
      begin(),
      Array.from({ length: 21 }, (_, overs) =>
        read(snapshot([after(overs * 6, reading)], { at: minute(overs), format: testFormat }))
      )
    )
  const loud = played(maidens).bulletins.filter(({ alert }) => alert !== null)

  it("lets no more buzz at priority 10 than it holds, and everything buzzes", () => {
    assert.strictEqual(loud.length, 20)
    assert.deepStrictEqual(
      loud.map(({ priority }) => priority.normal),
      [...Array.from({ length: 7 }, () => 10), ...Array.from({ length: 13 }, () => 5)]
    )
    assert.isTrue(loud.every(({ priority }) => priority.frequent === 10))
    assert.isTrue(loud.every(({ importance }) => importance.priority === 10))
  })

  it("has room for the wicket that comes after them", () => {
    const out = innings([
      ...maidens.card.overs.map(({ deliveries }) => deliveries),
      over("B", "X0", "W", "N")
    ])
    const story = goOn(played(maidens), read(snapshot([out], { at: minute(21), format: testFormat })))
    assert.deepStrictEqual(
      story.bulletins.map(({ event, priority }) => [event?._tag, priority.normal]),
      [["wicket", 10]]
    )
  })

  it("is not touched by quiet changes", () => {
    assert.deepStrictEqual(played(singles).state.spent, { normal: [], frequent: [] })
  })

  it("has the end at priority 10 when nothing is left", () => {
    const story = goOn(
      played(maidens),
      read(snapshot([maidens], { at: minute(21), format: testFormat, status: "finished" }))
    )
    assert.deepStrictEqual(story.bulletins.at(-1)?.priority, { normal: 10, frequent: 10 })
  })
})
