import { Instant } from "@sightscreen/decider"
import {
  ActiveMatch,
  BroadcastChannel,
  type Edition,
  type Ids,
  Provision,
  Publishing,
  type PushOutcome
} from "@sightscreen/domain"
import { Duration } from "effect"
import { assert, describe, it } from "vitest"
import { second } from "../support/cricket.ts"
import { edition } from "../support/editions.ts"

const at = second(0)
const later = (seconds: number) => Instant.plus(at, Duration.seconds(seconds))
const open: BroadcastChannel.BroadcastChannel = { _tag: "Open", channelId: "c", since: at, slowed: null }
const slowed: BroadcastChannel.BroadcastChannel = { ...open, slowed: { until: later(10), refusals: 1 } }
const ending: BroadcastChannel.BroadcastChannel = {
  _tag: "Ending",
  channelId: "c",
  endedAt: at,
  dismissAt: later(60),
  repeatsLeft: 1,
  slowed: null
}
const deleting: BroadcastChannel.BroadcastChannel = {
  _tag: "Deleting",
  channelId: "c",
  attempts: 1,
  notBefore: later(5)
}

const plain = edition({})
const alert = edition({ alert: { title: "OUT", body: "b", sound: null } })
const end = edition({ ends: "over", dismissAt: Instant.toSeconds(later(900)) })

describe("an edition for a channel", () => {
  const cases: ReadonlyArray<
    readonly [
      string,
      BroadcastChannel.BroadcastChannel | null,
      Edition.Edition,
      number,
      Publishing.Way["_tag"]
    ]
  > = [
    ["goes there", open, plain, 0, "To"],
    ["goes nowhere where there is none", null, plain, 0, "Nowhere"],
    ["goes nowhere before there is one", BroadcastChannel.wanted(at), alert, 0, "Nowhere"],
    ["rests with a channel that is throttled", slowed, plain, 9, "Rests"],
    ["rests no longer than that", slowed, plain, 10, "To"],
    ["does not rest where it must be told", slowed, alert, 9, "To"],
    ["does not rest with the end", slowed, end, 9, "To"],
    ["goes to one that ends", ending, plain, 0, "To"]
  ]
  for (const [name, channel, given, seconds, expected] of cases)
    it(name, () => assert.strictEqual(Publishing.way(channel, given, later(seconds))._tag, expected))

  const accepted: PushOutcome.Outcome = { _tag: "Accepted" }
  const down: PushOutcome.Outcome = { _tag: "AppleDown", reason: null }
  const slow: PushOutcome.Outcome = { _tag: "SlowDown", reason: "TooManyRequests" }
  const next = (
    given: Edition.Edition,
    outcome: PushOutcome.Outcome,
    tries = 0,
    when = at,
    isDown = false
  ) => {
    const found = Publishing.next(given, outcome, { tries, at: when, isDown, chance: 1 })
    return found._tag === "Again" ? `Again after ${Duration.toMillis(found.after)}` : found._tag
  }
  const tries: ReadonlyArray<readonly [string, string, string]> = [
    ["is done when Apple takes it", next(plain, accepted), "Done"],
    ["of plain state has its newest told later", next(plain, down), "Later"],
    ["that must be told is tried again", next(alert, down), "Again after 500"],
    ["that must be told is tried again when it was too much", next(alert, slow, 1), "Again after 2000"],
    ["that was tried often is told later", next(alert, down, 6), "Later"],
    ["that is of no use any more is told later", next(alert, down, 0, later(10_000)), "Later"],
    [
      "that must be told waits for as long as Apple asks",
      next(alert, { ...slow, notBefore: later(30) }),
      "Again after 30500"
    ],
    [
      "that must be told waits for the breaker while Apple is down",
      next(alert, down, 9, at, true),
      "Again after 0"
    ],
    ["of no use any more waits for no breaker", next(alert, down, 0, later(10_000), true), "Later"],
    ["that is our fault is done with", next(alert, { _tag: "OurFault", reason: "x" }), "Done"]
  ]
  for (const [name, found, expected] of tries) it(name, () => assert.strictEqual(found, expected))

  it("waits while Apple asks to be left alone, where that is worth waiting for", () => {
    const way = (given: Edition.Edition, rest: number) => Publishing.way(open, given, at, later(rest))
    assert.deepStrictEqual(way(alert, 20), { _tag: "Waits", until: later(20) })
    assert.strictEqual(way(alert, 0)._tag, "To")
    assert.strictEqual(way(alert, 20_000)._tag, "Rests")
    assert.strictEqual(way(plain, 20)._tag, "Rests")
  })

  it("closes its channel when it is the end, and not when the end is said once more", () => {
    assert.deepStrictEqual([plain, end, { ...end, id: `${end.id}/standing` }].map(Publishing.closes), [
      null,
      Instant.fromSeconds(Instant.toSeconds(later(900))),
      null
    ])
  })
})

describe("what Apple says of a channel means", () => {
  const failed = (outcome: PushOutcome.Outcome, reason = "x") => [
    Publishing.createFailure(outcome, reason),
    Publishing.publishFailure(outcome),
    Publishing.isRemoved(outcome)
  ]
  const cases: ReadonlyArray<readonly [PushOutcome.Outcome, string, ReturnType<typeof failed>]> = [
    [{ _tag: "ChannelsOff", reason: null }, "x", ["feature off", "feature off", false]],
    [{ _tag: "SlowDown", reason: null }, "x", ["throttled", "throttled", false]],
    [{ _tag: "AppleDown", reason: null }, "x", ["down", null, false]],
    [{ _tag: "Unanswered", unprocessed: true, reason: null }, "x", ["down", null, false]],
    [{ _tag: "OurFault", reason: null }, "CannotCreateChannelConfig", ["limit reached", "fault", false]],
    [{ _tag: "OurFault", reason: null }, "BadTopic", ["fault", "fault", false]],
    [{ _tag: "ChannelLost", reason: null }, "x", ["fault", "gone", true]],
    [{ _tag: "Accepted" }, "x", ["fault", null, true]]
  ]
  for (const [outcome, reason, expected] of cases)
    it(`${outcome._tag}, ${reason}: ${expected.join(", ")}`, () =>
      assert.deepStrictEqual(failed(outcome, reason), expected))
})

describe("the channels of a match", () => {
  it("are one for each language and level, and asked for once", () => {
    const all = Provision.missing([])
    assert.strictEqual(all.length, Provision.cohorts.length)
    assert.strictEqual(new Set(all).size, all.length)
    assert.deepStrictEqual(Provision.missing(all.slice(1)), all.slice(0, 1))
  })

  const due: ReadonlyArray<readonly [string, BroadcastChannel.BroadcastChannel, number, Provision.Due]> = [
    ["are made in their turn", BroadcastChannel.wanted(at), 0, "make"],
    ["wait until they may be asked for again", BroadcastChannel.wanted(later(5)), 0, "rest"],
    ["rest while the match is told", open, 0, "rest"],
    ["tell the end again", ending, 3600, "step"],
    ["are deleted again", deleting, 5, "step"],
    ["are not deleted too often", deleting, 4, "rest"],
    ["are forgotten when they are gone", { _tag: "Gone" }, 0, "forget"]
  ]
  for (const [name, channel, seconds, expected] of due)
    it(name, () => assert.strictEqual(Provision.due(channel, later(seconds)), expected))

  it("may not have heard of the end while they are wanted, open or refused", () => {
    const refused: BroadcastChannel.BroadcastChannel = { _tag: "Refused", reason: "x" }
    assert.deepStrictEqual(
      [BroadcastChannel.wanted(at), open, refused, ending, deleting, { _tag: "Gone" } as const].map(
        Provision.isUnended
      ),
      [true, true, true, false, false, false]
    )
  })

  it("are listened to while they are open", () => {
    assert.deepStrictEqual([open, ending, null].map(Provision.listenedAt), ["c", null, null])
  })

  it("are there in the night before the next day", () => {
    const match = ActiveMatch.begin("m" as Ids.MatchId, true)
    assert.deepStrictEqual(
      [null, match, { ...match, closed: true }, { ...match, closed: true, ended: "over" as const }].map(
        Provision.isBetweenDays
      ),
      [false, false, true, false]
    )
  })

  it("are not made a second time where their state cannot be read", () => {
    assert.deepStrictEqual(Provision.reread(null, at), BroadcastChannel.wanted(at))
    assert.deepStrictEqual(Provision.reread("c", at), open)
  })
})
