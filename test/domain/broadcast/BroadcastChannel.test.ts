import { Instant, Step } from "@sightscreen/decider"
import { BroadcastBackoff, BroadcastChannel } from "@sightscreen/domain"
import { Duration, Schema } from "effect"
import { assert, describe, it } from "@effect/vitest"
import { type Chance, chance, Seed } from "../support/chance.ts"
import { minute, second } from "../support/cricket.ts"

const play = (...inputs: ReadonlyArray<BroadcastChannel.Input>) =>
  Step.play(BroadcastChannel.step, BroadcastChannel.wanted(second(0)), inputs)

const tick = (at: number): BroadcastChannel.Input => ({ _tag: "Ticked", at: second(at) })
const created = (at: number, channelId = "c1"): BroadcastChannel.Input => ({
  _tag: "Created",
  channelId,
  at: second(at)
})
const failed = (at: number, why: BroadcastChannel.CreateFailure): BroadcastChannel.Input => ({
  _tag: "CreateFailed",
  class: why,
  reason: why,
  at: second(at),
  chance: 0
})
const refused = (
  at: number,
  why: BroadcastChannel.PublishFailure,
  channelId = "c1"
): BroadcastChannel.Input => ({
  _tag: "PublishRefused",
  channelId,
  class: why,
  reason: why,
  at: second(at),
  chance: 0
})
/** The match ends, and its last phones take it off a quarter of an hour later. */
const ended = (at: number, stays = 900): BroadcastChannel.Input => ({
  _tag: "MatchEnded",
  at: second(at),
  dismissAt: second(at + stays)
})
const removed = (at: number, channelId = "c1"): BroadcastChannel.Input => ({
  _tag: "Removed",
  channelId,
  at: second(at)
})
const removeFailed = (at: number): BroadcastChannel.Input => ({
  _tag: "RemoveFailed",
  channelId: "c1",
  at: second(at),
  chance: 0
})

const words = (said: ReadonlyArray<BroadcastChannel.Output>) =>
  said.map((one) => {
    switch (one._tag) {
      case "SlowDown":
        return `SlowDown ${(one.until - second(0)) / 1000}`
      case "Delete":
      case "PublishEndAgain":
      case "ChannelLost":
        return `${one._tag} ${one.channelId}`
      case "Create":
      case "FeatureOff":
        return one._tag
    }
  })

const h = 3600
const cases: ReadonlyArray<
  readonly [
    fact: string,
    inputs: ReadonlyArray<BroadcastChannel.Input>,
    end: BroadcastChannel.BroadcastChannel["_tag"],
    said: ReadonlyArray<string>
  ]
> = [
  ["is asked for once while the answer may come", [tick(0), tick(1), tick(59)], "Wanted", ["Create"]],
  ["is asked for again when no answer came", [tick(0), tick(60)], "Wanted", ["Create", "Create"]],
  ["is had when Apple names it", [tick(0), created(1), tick(60)], "Open", ["Create"]],
  [
    "needs only one name",
    [tick(0), tick(60), created(61), created(62, "c2")],
    "Open",
    ["Create", "Create", "Delete c2"]
  ],
  ["hears the same name twice without harm", [tick(0), created(1), created(2)], "Open", ["Create"]],
  [
    "is asked for again after a second, then two, where Apple has trouble",
    [tick(0), failed(0, "down"), tick(0.9), tick(1), failed(1, "throttled"), tick(2.9), tick(3)],
    "Wanted",
    ["Create", "Create", "Create"]
  ],
  [
    "waits for minutes where there is no room",
    [tick(0), failed(0, "limit reached"), tick(149), tick(150)],
    "Wanted",
    ["Create", "Create"]
  ],
  [
    "waits for minutes where the request is wrong",
    [tick(0), failed(0, "fault"), tick(149)],
    "Wanted",
    ["Create"]
  ],
  [
    "is given up where channels are off",
    [tick(0), failed(0, "feature off"), tick(900)],
    "Refused",
    ["Create", "FeatureOff"]
  ],
  ["is not needed when the match is over", [tick(0), ended(1), tick(900)], "Gone", ["Create"]],
  [
    "is deleted when its name comes after the match",
    [tick(0), ended(1), created(2)],
    "Deleting",
    ["Create", "Delete c1"]
  ],
  [
    "is lost when Apple does not know it, and made anew",
    [created(0), refused(600, "gone"), tick(600)],
    "Wanted",
    ["ChannelLost c1", "Create"]
  ],
  [
    "is not made anew at once when it is lost at once",
    [created(0), refused(1, "gone"), tick(299), tick(300)],
    "Wanted",
    ["ChannelLost c1", "Create"]
  ],
  ["is lost when a sweep does not find it", [created(0), removed(600)], "Wanted", ["ChannelLost c1"]],
  ["is not lost when another is not found", [created(0), removed(600, "c2")], "Open", []],
  [
    "is lost for good when channels are switched off",
    [created(0), refused(1, "feature off"), tick(900), ended(1000)],
    "Gone",
    ["ChannelLost c1", "FeatureOff"]
  ],
  [
    "minds no late answer about the one before",
    [created(0, "c2"), refused(1, "gone"), refused(2, "throttled")],
    "Open",
    []
  ],
  ["minds no fault of a single publish", [created(0), refused(1, "fault")], "Open", []],
  [
    "rests longer with each throttling, two minutes at most",
    [1, 2, 3, 4, 5, 6, 7, 8, 9].map((at) => (at === 1 ? created(0) : refused(at, "throttled"))),
    "Open",
    [
      "SlowDown 3",
      "SlowDown 5",
      "SlowDown 8",
      "SlowDown 13",
      "SlowDown 22",
      "SlowDown 39",
      "SlowDown 68",
      "SlowDown 69"
    ]
  ],
  [
    "starts from the beginning after two good minutes",
    [created(0), refused(2, "throttled"), refused(3, "throttled"), refused(125, "throttled")],
    "Open",
    ["SlowDown 3", "SlowDown 5", "SlowDown 126"]
  ],
  [
    "tells the end again after 1, 5, 15 and 60 minutes, and goes",
    [
      created(0),
      ended(0),
      ...[59, 60, 299, 300, 899, 900, 901, h - 1, h, h + 59, h + 60, h + 61].map(tick),
      removed(h + 62)
    ],
    "Gone",
    [...Array.from({ length: 4 }, () => "PublishEndAgain c1"), "Delete c1"]
  ],
  [
    "outlives the last lock screen",
    [created(0), ended(0, 4 * h), tick(h), tick(h + 60), tick(4 * h + 59), tick(4 * h + 60)],
    "Deleting",
    ["PublishEndAgain c1", "Delete c1"]
  ],
  [
    "tells repeats that were missed as one, and gives it time to arrive",
    [created(0), ended(0), tick(5 * h), tick(5 * h + 59), tick(5 * h + 60)],
    "Deleting",
    ["PublishEndAgain c1", "Delete c1"]
  ],
  [
    "owes an end that was throttled",
    [created(0), ended(0), tick(60), refused(60, "throttled"), tick(60.5), tick(61)],
    "Ending",
    ["PublishEndAgain c1", "SlowDown 61", "PublishEndAgain c1"]
  ],
  [
    "is gone when Apple does not know it after the match",
    [created(0), ended(0), refused(60, "gone"), tick(300)],
    "Gone",
    []
  ],
  [
    "is deleted again, and later each time, until it is",
    [
      created(0),
      ended(0),
      tick(h),
      tick(h + 60),
      removeFailed(h + 60),
      tick(h + 64),
      tick(h + 65),
      removeFailed(h + 65),
      tick(h + 74),
      tick(h + 75),
      removed(h + 76)
    ],
    "Gone",
    ["PublishEndAgain c1", "Delete c1", "Delete c1", "Delete c1"]
  ],
  [
    "is deleted again when no answer came",
    [created(0), ended(0), tick(h), tick(h + 60), tick(h + 119), tick(h + 120)],
    "Deleting",
    ["PublishEndAgain c1", "Delete c1", "Delete c1"]
  ]
]

describe("A broadcast channel", () => {
  it.each(cases)("%s", (_, inputs, end, said) => {
    const [channel, outputs] = play(...inputs)
    assert.deepStrictEqual(words(outputs), said)
    assert.strictEqual(channel._tag, end)
  })

  it("goes in little more than an hour though its end is throttled for ever", () => {
    let [channel] = play(created(0), ended(0))
    for (let at = 0; at < h + 240; at += 10) {
      const [next, said] = BroadcastChannel.step(channel, tick(at))
      const isTold = said.some(({ _tag }) => _tag === "PublishEndAgain")
      channel = isTold ? BroadcastChannel.step(next, refused(at, "throttled"))[0] : next
    }
    assert.strictEqual(channel._tag, "Deleting")
  })

  it("says until when routine state rests", () => {
    assert.isNull(BroadcastChannel.quietUntil(play(created(0))[0]))
    assert.strictEqual(BroadcastChannel.quietUntil(play(created(0), refused(1, "throttled"))[0]), second(2))
  })

  const someInput = (dice: Chance, at: Instant.Instant): BroadcastChannel.Input => {
    const channelId = dice.pick(["c1", "c2"])
    switch (dice.below(16)) {
      case 0:
      case 1:
        return { _tag: "Created", channelId, at }
      case 2: {
        const why = dice.pick(["limit reached", "feature off", "throttled", "down", "fault"] as const)
        return { _tag: "CreateFailed", class: why, reason: why, at, chance: dice.below(100) / 100 }
      }
      case 3:
      case 4: {
        const why = dice.pick([
          "gone",
          "throttled",
          "throttled",
          "throttled",
          "feature off",
          "fault"
        ] as const)
        return {
          _tag: "PublishRefused",
          channelId,
          class: why,
          reason: why,
          at,
          chance: dice.below(100) / 100
        }
      }
      case 5:
        return { _tag: "MatchEnded", at, dismissAt: Instant.plus(at, Duration.minutes(dice.below(240))) }
      case 6:
        return { _tag: "Removed", channelId, at }
      case 7:
        return { _tag: "RemoveFailed", channelId, at, chance: dice.below(100) / 100 }
      default:
        return { _tag: "Ticked", at }
    }
  }

  it.prop("keeps to its rules, and comes to an end, whatever happens", [Seed], ([seed]) => {
    const dice = chance(seed)
    let channel = BroadcastChannel.wanted(second(0))
    let now = 0
    let lastCreate = -Infinity
    let hasEnded = false
    const take = (input: BroadcastChannel.Input): ReadonlyArray<BroadcastChannel.Output> => {
      const [next, said] = BroadcastChannel.step(channel, input)
      for (const one of said) {
        if (one._tag === "Create") {
          assert.isFalse(hasEnded)
          assert.isAtLeast(now - lastCreate, 1)
          lastCreate = now
        }
        if (one._tag === "PublishEndAgain" || one._tag === "ChannelLost") {
          assert.strictEqual(one.channelId, BroadcastChannel.channelIdOf(channel))
          assert.strictEqual(one._tag === "PublishEndAgain", hasEnded)
        }
        if (one._tag === "SlowDown") {
          assert.isAbove(one.until, input.at)
          assert.isAtMost(one.until - input.at, 120_000)
        }
        // A channel that somebody subscribes to is not deleted before its match is over.
        if (one._tag === "Delete" && !hasEnded && channel._tag === "Open") {
          assert.notStrictEqual(one.channelId, channel.channelId)
        }
      }
      channel = next
      return said
    }
    for (let n = 0; n < 60; n++) {
      now += dice.below(120)
      const input = someInput(dice, second(now))
      if (input._tag === "MatchEnded") hasEnded = true
      take(input)
    }
    const codec = Schema.toCodecJson(BroadcastChannel.BroadcastChannel)
    const json: unknown = JSON.parse(JSON.stringify(Schema.encodeSync(codec)(channel)))
    assert.deepStrictEqual(Schema.decodeUnknownSync(codec)(json), channel)
    hasEnded = true
    take({ _tag: "MatchEnded", at: second(now), dismissAt: second(now) })
    for (let n = 0; n < 400; n++) {
      now += 60
      for (const one of take(tick(now))) {
        if (one._tag === "Delete") take({ _tag: "Removed", channelId: one.channelId, at: second(now) })
      }
    }
    assert.include(["Gone", "Refused"], channel._tag)
  })
})

describe("Backing off", () => {
  const backoff = { first: Duration.seconds(2), most: Duration.minutes(1) }

  it.each([
    [1, 0, 1],
    [1, 0.5, 1.5],
    [2, 0, 2],
    [3, 0.5, 6],
    [6, 0, 30],
    [1000, 0, 30],
    [Infinity, 0.5, 45],
    [0, 0, 1]
  ] as const)("after %d refusals, with chance %d, takes %d seconds", (refusals, chance, seconds) => {
    assert.strictEqual(BroadcastBackoff.until(backoff, refusals, minute(0), chance), second(seconds))
  })
})
