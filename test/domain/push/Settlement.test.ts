import { Instant } from "@sightscreen/decider"
import { Attempt, type Ids, type PushOutcome, type Retry, Settlement, Turn } from "@sightscreen/domain"
import { Duration } from "effect"
import { assert, describe, it } from "vitest"

const at = Instant.fromMillis(1_000_000)
const accepted: PushOutcome.Outcome = { _tag: "Accepted" }
const dead: PushOutcome.Outcome = { _tag: "TokenDead", since: null, reason: "Unregistered" }
const suspect: PushOutcome.Outcome = { _tag: "TokenSuspect", reason: "BadDeviceToken" }
const down: PushOutcome.Outcome = { _tag: "AppleDown", reason: null }
const lost: PushOutcome.Outcome = { _tag: "Unanswered", unprocessed: false, reason: "deadline" }
const wrong: PushOutcome.Outcome = { _tag: "OurFault", reason: "BadTopic" }

describe("an answer tells", () => {
  const news = (outcome: PushOutcome.Outcome, kind: Retry.Kind, gone = false) =>
    Settlement.news({ outcome, kind, matchId: "m" as Ids.MatchId, token: "aa", gone }, at).map(
      ({ _tag, input }) => `${_tag.slice(2)}: ${input._tag}`
    )
  const cases: ReadonlyArray<readonly [string, ReadonlyArray<string>, ReadonlyArray<string>]> = [
    ["of a start that was taken: the one before", news(accepted, "start"), ["Predecessor: SuccessorStarted"]],
    [
      "of a start that may have been taken: the one before",
      news(lost, "start"),
      ["Predecessor: SuccessorStarted"]
    ],
    [
      "of a start by a token that is gone: both",
      news(dead, "start", true),
      ["Activity: StartRefused", "Ladder: StartRefused"]
    ],
    [
      "of a start by a token that lives on: the ladder, that nothing was spent",
      news(dead, "start"),
      ["Ladder: StartUnsent"]
    ],
    [
      "of a start by a suspect: both, that it is to be tried again",
      news(suspect, "start"),
      ["Activity: StartUnsent", "Ladder: StartUnsent"]
    ],
    [
      "of a start by a suspect that goes with it: both, for good",
      news(suspect, "start", true),
      ["Activity: StartRefused", "Ladder: StartRefused"]
    ],
    ["of a start of ours that is wrong: the ladder", news(wrong, "start"), ["Ladder: StartUnsent"]],
    [
      "of a start while Apple is down: both",
      news(down, "start"),
      ["Activity: StartUnsent", "Ladder: StartUnsent"]
    ],
    [
      "of an update to a token that is gone: its activity",
      news(dead, "update", true),
      ["Activity: TokenDisowned"]
    ],
    ["of an update to a token that lives on: nobody", news(dead, "update"), []],
    [
      "of an update to a suspect that goes with it: its activity",
      news(suspect, "alert", true),
      ["Activity: TokenDisowned"]
    ],
    ["of an update that was taken: nobody", news(accepted, "update"), []]
  ]
  for (const [name, found, expected] of cases) it(name, () => assert.deepStrictEqual(found, expected))

  it("who missed something, unless their token is gone", () => {
    const later = (outcome: PushOutcome.Outcome, kind: Retry.Kind, gone = false) =>
      Settlement.isToldLater({ outcome, kind, gone })
    assert.deepStrictEqual(
      [
        later(down, "update"),
        later(down, "alert"),
        later(down, "update", true),
        later(dead, "update"),
        later(down, "start")
      ],
      [true, true, false, false, false]
    )
  })

  it("whether a notice certainly did not arrive", () => {
    assert.deepStrictEqual([accepted, lost, down, dead, suspect].map(Settlement.isUnsaid), [
      false,
      false,
      true,
      true,
      true
    ])
  })
})

describe("an attempt", () => {
  const attempt = (more: Partial<Attempt.Attempt> = {}): Attempt.Attempt => ({
    kind: "alert",
    until: Instant.plus(at, Duration.minutes(10)),
    tries: 0,
    sentAt: at,
    isDown: false,
    ...more
  })
  const delay = (more: Partial<Attempt.Attempt>) => {
    const found = Attempt.delayOf(attempt(more))
    return found === null ? null : Duration.toMillis(found)
  }

  it("is followed by another, later each time, until it is of no use", () => {
    assert.deepStrictEqual(
      [0, 1, 5, 6].map((tries) => delay({ tries })),
      [500, 2000, 60_000, null]
    )
    assert.isNull(delay({ until: Instant.plus(at, Duration.millis(499)) }))
    assert.strictEqual(delay({ until: Instant.plus(at, Duration.millis(500)) }), 500)
    assert.isNull(delay({ kind: "update" }))
  })

  it("waits for the breaker alone while Apple is down", () => {
    assert.strictEqual(delay({ isDown: true, tries: 9 }), 0)
    assert.strictEqual(delay({ isDown: true, kind: "update" }), 0)
    assert.isNull(delay({ isDown: true, until: Instant.minus(at, Duration.millis(1)) }))
  })

  it("sends again to whom it may, and is done with the rest", () => {
    const outcomes = [accepted, down, dead, lost]
    assert.deepStrictEqual(Attempt.sort(attempt(), outcomes), { again: [1, 3], settled: [0, 2] })
    assert.deepStrictEqual(Attempt.sort(attempt({ tries: 6 }), outcomes), {
      again: [],
      settled: [0, 1, 2, 3]
    })
    assert.deepStrictEqual(Attempt.sort(attempt({ kind: "notice" }), outcomes), {
      again: [1],
      settled: [0, 2, 3]
    })
  })
})

describe("a match's way out", () => {
  const rest = { editions: false, everybody: false, late: false, retryAt: null }
  const cases: ReadonlyArray<readonly [string, Partial<Turn.Waiting>, Turn.Turn]> = [
    [
      "tells what waits before everything",
      { editions: true, everybody: true, late: true, retryAt: at },
      "edition"
    ],
    ["then everybody", { everybody: true, late: true, retryAt: at }, "everybody"],
    ["then who came late", { late: true, retryAt: at }, "late"],
    ["then who was missed, in time", { retryAt: at }, "missed"],
    ["and rests until then", { retryAt: Instant.plus(at, Duration.millis(1)) }, "rest"],
    ["and where nobody waits", {}, "rest"]
  ]
  for (const [name, waiting, expected] of cases)
    it(name, () => assert.strictEqual(Turn.next({ ...rest, ...waiting }, at), expected))

  it("leaves those alone whom it could not reach, longer each time, up to half a minute", () => {
    assert.deepStrictEqual(
      [0, 1, 2, 3, 4, 99].map((vain) => Duration.toSeconds(Turn.pauseAfter(vain))),
      [5, 10, 20, 30, 30, 30]
    )
  })

  it("tells a channel again at once, and then every quarter of a minute at most", () => {
    const later = (seconds: number) => Instant.plus(at, Duration.seconds(seconds))
    assert.deepStrictEqual(
      [Turn.republishAt(null, at), Turn.republishAt(at, later(5)), Turn.republishAt(at, later(20))],
      [at, later(15), later(20)]
    )
  })
})
