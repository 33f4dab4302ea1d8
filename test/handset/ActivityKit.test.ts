import { assert, describe, it } from "@effect/vitest"
import { Step } from "@sightscreen/decider"
import { ActivityKit, Handset, type Registration } from "@sightscreen/handset"
import { Duration } from "effect"
import {
  attributes,
  content,
  endOf,
  fresh,
  launched,
  ofMatch,
  phoneWith,
  published,
  scored,
  seconds,
  stamp,
  started,
  startOf,
  startToken,
  tick,
  to,
  updateOf,
  updateToken
} from "./phone.ts"

const life = (...inputs: ReadonlyArray<Handset.Input>) => Step.play(Handset.step, fresh(), inputs)

const score = (phone: Handset.Handset, nth = 0): unknown => {
  const expanded = phone.activities[nth]?.content["expanded"]
  return typeof expanded === "object" && expanded !== null && "score" in expanded
    ? expanded["score"]
    : undefined
}

const state = (phone: Handset.Handset, nth = 0) => phone.activities[nth]?.state._tag

const tags = (outputs: ReadonlyArray<Handset.Output>) => outputs.map((one) => one._tag)

const logs = (outputs: ReadonlyArray<Handset.Output>) =>
  outputs.flatMap((one) => (one._tag === "Logged" ? [one.line] : []))

const without = (key: string, aps: object): object =>
  Object.fromEntries(Object.entries(aps).filter(([name]) => name !== key))

const hours = (count: number) => count * 3600

const eighteen: Registration.OsVersion = [18, 4]
const seventeen: Registration.OsVersion = [17, 5]

describe("a start", () => {
  it("puts the match on the screen, rings once, and has its token reported", () => {
    const [phone, said] = life(...started())
    assert.deepStrictEqual(tags(said), [
      "DeviceReported",
      "DeviceTokenReported",
      "StartTokenReported",
      "StartTokenReported",
      "Shown",
      "AlertShown",
      "StartTokenReported",
      "UpdateTokenReported"
    ])
    assert.strictEqual(phone.activities.length, 1)
    assert.strictEqual(phone.activities[0]?.matchId, "1512773")
    assert.deepStrictEqual(phone.alerts, [
      {
        _tag: "AlertShown",
        activityId: phone.activities[0]!.id,
        matchId: "1512773",
        title: "NZ v IND",
        body: "The match has begun",
        timestamp: stamp(1),
        at: seconds(1)
      }
    ])
  })

  const dropped: ReadonlyArray<
    readonly [what: string, os: Registration.OsVersion, aps: object, line: string]
  > = [
    ["without an event", eighteen, without("event", startOf(1)), "Received payload without a known event"],
    [
      "with another event",
      eighteen,
      startOf(1, { event: "Start" }),
      "Received payload without a known event"
    ],
    [
      "without a timestamp",
      eighteen,
      without("timestamp", startOf(1)),
      "Received payload without a timestamp"
    ],
    [
      "with a timestamp as text",
      eighteen,
      startOf(1, { timestamp: "1800000001" }),
      "Received payload without a timestamp"
    ],
    [
      "without an attributes type",
      eighteen,
      without("attributes-type", startOf(1)),
      "Received start without an attributes type"
    ],
    [
      "for a type in another letter case",
      eighteen,
      startOf(1, { "attributes-type": "liveActivityAttributes" }),
      "Received start for unknown attributes type liveActivityAttributes"
    ],
    ["without attributes", eighteen, without("attributes", startOf(1)), "Received start without attributes"],
    [
      "without a state",
      eighteen,
      without("content-state", startOf(1)),
      "Received start without a content state"
    ],
    [
      "without an alert",
      eighteen,
      without("alert", startOf(1)),
      "Received start without an alert configuration"
    ],
    [
      "with a title alone",
      eighteen,
      startOf(1, { alert: { title: "NZ v IND" } }),
      "Received start without an alert configuration"
    ],
    [
      "with a body alone",
      eighteen,
      startOf(1, { alert: { body: "begun" } }),
      "Received start without an alert configuration"
    ],
    [
      "with an alert as ordinary pushes may have it",
      eighteen,
      startOf(1, { alert: "NZ v IND" }),
      "Received start without an alert configuration"
    ],
    [
      "with a token and a channel",
      eighteen,
      startOf(1, { "input-push-token": 1, "input-push-channel": "dGVzdA==" }),
      "Incoming message contains two forms of push input"
    ],
    [
      "with a channel that is none",
      eighteen,
      startOf(1, { "input-push-channel": 7 }),
      "Received start with an invalid channel"
    ],
    [
      "with a channel before iOS 18",
      seventeen,
      startOf(1, { "input-push-channel": "dGVzdA==" }),
      "Received start with a channel, which needs iOS 18"
    ],
    [
      "of more than 4 KB of attributes and state",
      eighteen,
      startOf(1, { "content-state": { ...content, padding: "é".repeat(1800) } }),
      "attributesTooLarge: attributes and content state exceed 4096 bytes"
    ]
  ]

  it.each(dropped)("%s is dropped", (_, os, aps, line) => {
    const phone = fresh(os)
    const [after, said] = Step.play(Handset.step, phone, [launched, to(startToken(phone), aps, 1)])
    assert.deepStrictEqual(logs(said), [`liveactivitiesd: [com.sightscreen.ios] ${line}`])
    assert.deepStrictEqual(after.activities, [])
    assert.deepStrictEqual(after.alerts, [])
    assert.strictEqual(after.counters.dropped, 1)
    // Nothing was started, so the start token has no reason to be reported again.
    assert.strictEqual(tags(said).filter((tag) => tag === "StartTokenReported").length, 1)
  })

  const undecodable: ReadonlyArray<readonly [what: string, aps: object, place: string]> = [
    [
      "its attributes lack a key",
      startOf(1, { attributes: without("matchId", attributes) }),
      "attributes: keyNotFound at matchId"
    ],
    [
      "its state lacks a key",
      startOf(1, { "content-state": without("phase", content) }),
      "content state: keyNotFound at phase"
    ],
    [
      "its state has a number for a text",
      startOf(1, { "content-state": { ...content, expanded: { ...content.expanded, score: 188 } } }),
      "content state: typeMismatch at expanded.score"
    ]
  ]

  it.each(undecodable)("starts nothing if %s", (_, aps, place) => {
    const [after, said] = life(launched, to(startToken(fresh()), aps, 1))
    assert.isTrue(logs(said)[0]?.includes(`Failed to decode ${place}`))
    assert.deepStrictEqual(after.activities, [])
    assert.strictEqual(after.counters.undecodable, 1)
  })

  it("needs iOS 17.2, whatever token it goes to", () => {
    const [phone] = Step.play(Handset.step, fresh([17, 1]), started())
    assert.deepStrictEqual(phone.activities, [])
    assert.strictEqual(phone.counters.dropped, 1)
  })

  it("takes texts that the app translates", () => {
    const alert = {
      title: { "loc-key": "MATCH_TITLE", "loc-args": ["NZ", "IND"] },
      body: { "loc-key": "BEGUN" }
    }
    const [phone] = life(...started({ alert }))
    assert.strictEqual(phone.alerts[0]?.title, "MATCH_TITLE NZ IND")
    assert.strictEqual(phone.alerts[0]?.body, "BEGUN")
  })

  it("for a match that is already on the screen makes a second activity, and the app ends the first", () => {
    const [phone, said] = life(...started(), to(startToken(fresh()), startOf(1), 5), tick(300))
    assert.deepStrictEqual([state(phone, 0), state(phone, 1)], ["Dismissed", "Active"])
    assert.notStrictEqual(phone.activities[0]?.id, phone.activities[1]?.id)
    assert.strictEqual(phone.counters.doubled, 0)
    assert.deepStrictEqual(
      said.flatMap((one) => (one._tag === "ActivityEnded" ? [[one.activityId, one.why]] : [])),
      [[phone.activities[0]!.id, "app"]]
    )
  })

  it("for a match that is already on the screen is counted if both are there for a minute", () => {
    const [phone] = Step.play(Handset.step, phoneWith({ endsOlder: false }), [
      ...started(),
      to(startToken(fresh()), startOf(1), 5),
      tick(64)
    ])
    assert.strictEqual(phone.counters.doubled, 0)
    assert.deepStrictEqual([state(phone, 0), state(phone, 1)], ["Active", "Active"])
    const [after] = Step.play(Handset.step, phone, [tick(65), tick(3600)])
    assert.strictEqual(after.counters.doubled, 1)
  })

  it.each([
    ["the older", 0],
    ["the newer", 1]
  ])("for a match that is already on the screen is no matter if %s ends within the minute", (_, nth) => {
    const [phone] = Step.play(Handset.step, phoneWith({ endsOlder: false }), [
      ...started(),
      to(startToken(fresh()), startOf(1), 5),
      to(updateToken(nth), endOf(60), 60),
      tick(300)
    ])
    assert.strictEqual(phone.counters.doubled, 0)
  })

  it("for a match whose activity has ended doubles nothing", () => {
    const [phone] = life(...started(), to(updateToken(), endOf(4), 4), to(startToken(fresh()), startOf(5), 5))
    assert.strictEqual(phone.activities.length, 2)
    assert.strictEqual(phone.counters.doubled, 0)
  })

  it("beyond the fifth activity is dropped, until one has ended", () => {
    const start = (at: number) => to(startToken(fresh()), startOf(at, ofMatch(`${at}`)), at)
    const [full, said] = life(launched, ...[1, 2, 3, 4, 5, 6].map(start))
    assert.deepStrictEqual(logs(said), ["liveactivitiesd: [com.sightscreen.ios] targetMaximumExceeded"])
    assert.strictEqual(full.activities.length, ActivityKit.most)
    assert.strictEqual(full.counters.dropped, 1)
    const [after] = Step.play(Handset.step, full, [to(updateToken(0), endOf(7), 7), start(8)])
    assert.strictEqual(after.activities.length, ActivityKit.most + 1)
  })
})

describe("an update", () => {
  it("changes what is shown", () => {
    const [phone, said] = life(
      ...started(),
      to(updateToken(), updateOf(9, { "content-state": scored("192/4") }), 9)
    )
    assert.strictEqual(score(phone), "192/4")
    assert.deepStrictEqual(tags(said).slice(-1), ["Shown"])
    assert.deepStrictEqual(phone.counters, {
      delivered: 2,
      applied: 2,
      ignoredStale: 0,
      ignoredEnded: 0,
      undecodable: 0,
      throttled: 0,
      dropped: 0,
      alertsShown: 1,
      alertsThrottled: 0,
      notificationsShown: 0,
      doubled: 0
    })
  })

  it("finds its activity in whatever letter case its token is written", () => {
    const [phone] = life(...started(), to(updateToken().toUpperCase(), updateOf(9), 9))
    assert.strictEqual(phone.counters.applied, 2)
  })

  it("rings where it carries an alert", () => {
    const [phone] = life(
      ...started(),
      to(updateToken(), updateOf(9, { alert: { title: "WICKET!", body: "Kohli 78 (49)" } }), 9)
    )
    assert.deepStrictEqual(
      phone.alerts.map(({ at, title }) => [title, at]),
      [
        ["NZ v IND", seconds(1)],
        ["WICKET!", seconds(9)]
      ]
    )
  })

  it.each([
    ["older", 8],
    ["of the same second", 9]
  ])("%s than the last one is ignored, with its alert", (_, second) => {
    const late = updateOf(second, { "content-state": scored("late"), alert: { title: "late", body: "late" } })
    const [phone, said] = life(
      ...started(),
      to(updateToken(), updateOf(9, { "content-state": scored("192/4") }), 9),
      to(updateToken(), late, 10)
    )
    assert.strictEqual(score(phone), "192/4")
    assert.strictEqual(phone.counters.ignoredStale, 1)
    assert.strictEqual(phone.counters.alertsShown, 1)
    assert.deepStrictEqual(tags(said).slice(-1), ["Logged"])
  })

  it("stamped in milliseconds silences every later one stamped in seconds", () => {
    const [phone] = life(
      ...started(),
      to(updateToken(), updateOf(0, { timestamp: stamp(9) * 1000 }), 9),
      to(updateToken(), updateOf(10), 10),
      to(updateToken(), updateOf(11), 11)
    )
    assert.strictEqual(phone.counters.ignoredStale, 2)
  })

  it("that the app cannot decode leaves the screen as it was, and its stamp unused", () => {
    const broken = { ...content, expanded: without("statusLine", content.expanded) }
    const [phone, said] = life(
      ...started(),
      to(
        updateToken(),
        updateOf(9, { "content-state": broken, alert: { title: "never", body: "heard" } }),
        9
      ),
      to(updateToken(), updateOf(9, { "content-state": scored("192/4") }), 10)
    )
    assert.strictEqual(phone.counters.undecodable, 1)
    assert.strictEqual(phone.counters.alertsShown, 1)
    assert.strictEqual(score(phone), "192/4")
    assert.isTrue(logs(said)[0]?.includes("keyNotFound at expanded.statusLine"))
  })

  it("without a state is dropped", () => {
    const [phone] = life(...started(), to(updateToken(), without("content-state", updateOf(9)), 9))
    assert.strictEqual(phone.counters.dropped, 1)
  })

  it("with more than fits beside the attributes is dropped", () => {
    const [phone] = life(
      ...started(),
      to(updateToken(), updateOf(9, { "content-state": { ...content, padding: "x".repeat(3200) } }), 9)
    )
    assert.strictEqual(phone.counters.dropped, 1)
  })

  it("takes part of the 4 KB in bytes of UTF-8, as its JSON has them", () => {
    const odd = { ...attributes, leagueName: 'Ōtāhuhu "B" \\ \u0001\n🏏 सागर' }
    const [phone] = life(...started({ attributes: odd }))
    assert.strictEqual(phone.activities[0]?.attributesBytes, Buffer.byteLength(JSON.stringify(odd)))
  })

  it("puts the most relevant activity first", () => {
    const [phone] = life(
      launched,
      to(startToken(fresh()), startOf(1), 1),
      to(startToken(fresh()), startOf(2, ofMatch("another")), 2),
      to(updateToken(0), updateOf(3, { "relevance-score": 20.5 }), 3),
      to(updateToken(1), updateOf(4, { "relevance-score": 75 }), 4)
    )
    assert.deepStrictEqual(
      ActivityKit.visible(phone.activities).map(({ relevance }) => relevance),
      [75, 20.5]
    )
  })

  it.each([
    ["start on an update token", updateToken(), startOf(9)],
    ["update on the start token", startToken(fresh()), updateOf(9)],
    ["push to somebody else's token", "ab".repeat(80), updateOf(9)]
  ])("is not what a %s is: that is dropped", (_, token, aps) => {
    const [phone] = life(...started(), to(token, aps, 9))
    assert.strictEqual(phone.counters.dropped, 1)
    assert.strictEqual(phone.activities.length, 1)
  })
})

describe("staleness", () => {
  it("comes by itself, and goes with the next update", () => {
    const begun = [...started(), to(updateToken(), updateOf(9, { "stale-date": stamp(60) }), 9)]
    const [before] = life(...begun, tick(59))
    assert.strictEqual(state(before), "Active")
    assert.strictEqual(Handset.nextDue(before), seconds(60))
    const [stale, said] = Handset.step(before, tick(60))
    assert.strictEqual(state(stale), "Stale")
    assert.isTrue(said.some((one) => one._tag === "Shown" && one.stale))
    const [again] = Handset.step(stale, to(updateToken(), updateOf(70), 70))
    assert.strictEqual(state(again), "Active")
  })

  it("is there at once where the date has passed on the way", () => {
    const [phone] = life(...started(), to(updateToken(), updateOf(9, { "stale-date": stamp(8) }), 9))
    assert.strictEqual(state(phone), "Stale")
  })
})

describe("an end", () => {
  it("shows the final state and stays for four hours", () => {
    const [phone, said] = life(
      ...started(),
      to(updateToken(), endOf(9, { "content-state": scored("209/4"), "stale-date": stamp(20) }), 9)
    )
    assert.strictEqual(score(phone), "209/4")
    assert.deepStrictEqual(tags(said).slice(-3), ["Shown", "TokensDied", "ActivityEnded"])
    const [after] = Handset.step(phone, tick(9 + hours(4) - 1))
    assert.strictEqual(state(after), "Ended")
    const [gone, more] = Handset.step(after, tick(9 + hours(4)))
    assert.strictEqual(state(gone), "Dismissed")
    assert.deepStrictEqual(tags(more), ["ActivityDismissed"])
  })

  it("without a state keeps the one that was shown", () => {
    const [phone] = life(...started(), to(updateToken(), endOf(9), 9))
    assert.strictEqual(score(phone), "188/4")
    assert.strictEqual(state(phone), "Ended")
  })

  it.each([
    ["in the past", -60, 9],
    ["of long ago", -1_900_000_000, 9],
    ["of this moment", 9, 9],
    ["within four hours", hours(1), hours(1)],
    ["of tomorrow", hours(24), 9 + hours(4)]
  ])("with a dismissal date %s leaves when it should", (_, date, leaves) => {
    const [phone] = life(...started(), to(updateToken(), endOf(9, { "dismissal-date": stamp(date) }), 9))
    if (leaves === 9) assert.strictEqual(state(phone), "Dismissed")
    else assert.strictEqual(Handset.nextDue(phone), seconds(leaves))
  })

  it("in the past is reported as an end and then as a dismissal", () => {
    const [, said] = life(...started(), to(updateToken(), endOf(9, { "dismissal-date": stamp(8) }), 9))
    assert.deepStrictEqual(tags(said).slice(-4), [
      "Shown",
      "TokensDied",
      "ActivityEnded",
      "ActivityDismissed"
    ])
  })

  it("is final: what comes later is ignored, however new", () => {
    const [phone] = life(
      ...started(),
      to(updateToken(), endOf(9), 9),
      to(updateToken(), updateOf(10, { "content-state": scored("late") }), 10),
      to(updateToken(), endOf(11, { "content-state": scored("late") }), 11)
    )
    assert.strictEqual(score(phone), "188/4")
    assert.strictEqual(phone.counters.ignoredEnded, 2)
  })

  it("that is too old ends nothing", () => {
    const [phone] = life(...started(), to(updateToken(), updateOf(9), 9), to(updateToken(), endOf(9), 10))
    assert.strictEqual(state(phone), "Active")
    assert.strictEqual(phone.counters.ignoredStale, 1)
  })

  it("that cannot be decoded ends nothing", () => {
    const [phone] = life(...started(), to(updateToken(), endOf(9, { "content-state": {} }), 9))
    assert.strictEqual(state(phone), "Active")
    assert.strictEqual(phone.counters.undecodable, 1)
  })

  it("comes by itself after eight hours, and the screen is clear after twelve", () => {
    const [phone, said] = life(...started(), tick(hours(9)))
    assert.deepStrictEqual(
      said.filter((one) => one._tag === "ActivityEnded").map(({ why }) => why),
      ["limit"]
    )
    assert.strictEqual(state(phone), "Ended")
    assert.strictEqual(Handset.nextDue(phone), seconds(1 + hours(12)))
    const [gone] = Handset.step(phone, tick(hours(13)))
    assert.strictEqual(state(gone), "Dismissed")
    assert.strictEqual(Handset.nextDue(gone), null)
  })

  it("at eight hours comes before the push that is delivered later, though nobody told the time in between", () => {
    const [phone] = life(...started(), to(updateToken(), updateOf(hours(9)), hours(9)))
    assert.strictEqual(phone.counters.ignoredEnded, 1)
  })
})

describe("a person's swipe", () => {
  it("ends the activity and is reported as such, once", () => {
    const [shown] = life(...started())
    const swipe = { _tag: "Dismissed", activityId: shown.activities[0]!.id, at: seconds(9) } as const
    const [phone, said] = Step.play(Handset.step, shown, [swipe, swipe, to(updateToken(), updateOf(10), 10)])
    assert.deepStrictEqual(
      said.filter((one) => one._tag === "ActivityDismissed").map(({ by }) => by),
      ["person"]
    )
    assert.strictEqual(phone.counters.ignoredEnded, 1)
    assert.deepStrictEqual(ActivityKit.visible(phone.activities), [])
  })

  it("before the update token was told means that it never is", () => {
    const [shown] = life(
      launched,
      to(startToken(fresh()), startOf(1), 1, { tokenAfter: Duration.minutes(1) })
    )
    const [, said] = Step.play(Handset.step, shown, [
      { _tag: "Dismissed", activityId: shown.activities[0]!.id, at: seconds(9) },
      tick(120)
    ])
    assert.isFalse(said.some((one) => one._tag === "UpdateTokenReported"))
  })
})

describe("a channel", () => {
  const channelId = "dGVzdC1jaGFubmVs"
  const joined = [launched, to(startToken(fresh()), startOf(1, { "input-push-channel": channelId }), 1)]

  it("is joined at the start, and no update token is ever told", () => {
    const [phone, said] = life(...joined, tick(60))
    assert.isTrue(tags(said).includes("ChannelJoined"))
    assert.isFalse(tags(said).includes("UpdateTokenReported"))
    assert.deepStrictEqual(Handset.channels(phone), [channelId])
  })

  it("updates and ends every activity that joined it, and is then left", () => {
    const [phone] = life(
      ...joined,
      to(startToken(fresh()), startOf(2, { "input-push-channel": channelId, ...ofMatch("another") }), 2),
      published(channelId, updateOf(9, { "content-state": scored("192/4") }), 9),
      published(channelId, endOf(10), 10),
      published(channelId, updateOf(11), 11)
    )
    assert.deepStrictEqual([score(phone, 0), score(phone, 1)], ["192/4", "192/4"])
    assert.deepStrictEqual([state(phone, 0), state(phone, 1)], ["Ended", "Ended"])
    assert.deepStrictEqual(Handset.channels(phone), [])
    assert.strictEqual(phone.counters.applied, 4)
    assert.strictEqual(phone.counters.ignoredEnded, 1)
  })

  it("never starts anything", () => {
    const [phone] = life(...joined, published(channelId, startOf(9), 9))
    assert.strictEqual(phone.activities.length, 1)
    assert.strictEqual(phone.counters.dropped, 1)
  })

  it("that nobody joined reaches nobody", () => {
    const [phone] = life(...joined, published("b3RoZXI=", updateOf(9), 9))
    assert.strictEqual(phone.counters.dropped, 1)
  })
})
