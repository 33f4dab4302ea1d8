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

  it("who missed something because of a word that was older than the token", () => {
    const later = (kind: Retry.Kind, outdated: boolean, gone = false) =>
      Settlement.isToldLater({ outcome: dead, kind, gone, outdated })
    assert.deepStrictEqual(
      [
        later("update", true),
        later("alert", true),
        later("end", true),
        later("update", false),
        later("start", true),
        later("notice", true),
        later("alert", true, true)
      ],
      [true, true, true, false, false, false, false]
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
    at,
    isDown: false,
    chance: 1,
    ...more
  })
  /** After how many milliseconds a push that found Apple down is sent again. */
  const delay = (tries: number, more: Partial<Attempt.Attempt> = {}, last = down) => {
    const sent = [{ ...Attempt.waiting("x"), tries }]
    const [again] = Attempt.sort(attempt(more), sent, [last]).again
    return again === undefined ? null : again.due! - at
  }

  it("is followed by another, later each time, until it is of no use", () => {
    assert.deepStrictEqual(
      [0, 1, 5, 6].map((tries) => delay(tries)),
      [500, 2000, 60_000, null]
    )
    assert.isNull(delay(0, { until: Instant.plus(at, Duration.millis(499)) }))
    assert.strictEqual(delay(0, { until: Instant.plus(at, Duration.millis(500)) }), 500)
    assert.isNull(delay(0, { kind: "update" }))
  })

  it("waits for as long as Apple asks", () => {
    const notBefore = Instant.plus(at, Duration.seconds(20))
    assert.strictEqual(delay(0, {}, { ...down, notBefore }), 20_500)
    assert.strictEqual(delay(0, { chance: 0 }, { ...down, notBefore }), 20_000)
  })

  it("waits for the breaker alone while Apple is down", () => {
    assert.strictEqual(delay(9, { isDown: true }), 0)
    assert.isNull(delay(0, { isDown: true, until: Instant.minus(at, Duration.millis(1)) }))
  })

  it("sends again to whom it may, and is done with the rest", () => {
    const outcomes = [accepted, down, dead, lost]
    const sorted = (more: Partial<Attempt.Attempt>, tries = 0) => {
      const sent = ["a", "b", "c", "d"].map((to) => ({ ...Attempt.waiting(to), tries }))
      const { again, settled } = Attempt.sort(attempt(more), sent, outcomes)
      return [again, settled].map((all) => all.map(({ to }) => to).join(""))
    }
    assert.deepStrictEqual(sorted({}), ["bd", "ac"])
    assert.deepStrictEqual(sorted({}, 6), ["", "abcd"])
    assert.deepStrictEqual(sorted({ kind: "notice" }), ["b", "acd"])
  })

  it("is made of those alone whom Apple does not want left alone", () => {
    const later = (seconds: number) => Instant.plus(at, Duration.seconds(seconds))
    const rests: Readonly<Record<string, Instant.Instant>> = { b: later(10), c: later(59), d: later(61) }
    const waiting = [
      ...["a", "b", "c", "d"].map(Attempt.waiting),
      { ...Attempt.waiting("e"), due: later(5) },
      { ...Attempt.waiting("f"), due: at }
    ]
    const parted = (kind: Retry.Kind) => {
      const it = Attempt.partition(waiting, { kind, until: later(600) }, at, (to) => rests[to] ?? null)
      return [it.ready, it.resting, it.hopeless].map((all) => all.map(({ to }) => to).join(""))
    }
    assert.deepStrictEqual(parted("alert"), ["af", "bce", "d"])
    assert.deepStrictEqual(parted("end"), ["af", "bcde", ""])
    assert.deepStrictEqual(parted("update"), ["af", "e", "bcd"])
    const { resting } = Attempt.partition(waiting, attempt(), at, (to) => rests[to] ?? null)
    assert.strictEqual(Attempt.firstDue(resting, at), later(5))
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
