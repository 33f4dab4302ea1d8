import {
  Alert,
  Background,
  Broadcast,
  type Channel,
  Complication,
  Controls,
  FileProvider,
  Headers,
  Location,
  Mdm,
  Notification,
  PushToTalk,
  PushType,
  Request,
  Voip,
  Widgets
} from "@sightscreen/apns"
import { Instant } from "@sightscreen/decider"
import { assert, describe, it } from "@effect/vitest"
import { Result, Schema } from "effect"
import { bundleId, token } from "./support.ts"

const until = Instant.fromSeconds(1_700_000_600)
const common = { bundleId, expiration: until }
const fraction = Schema.decodeSync(Alert.Fraction)
const badge = Schema.decodeSync(Alert.Badge)
const topic = Schema.decodeSync(Mdm.Topic)("com.apple.mgmt.External.0a1b2c3d-0000-4000-8000-000000000001")
const call: Voip.Call = { callId: "c-1", handle: "+44 20 7946 0000", callerName: "Third Umpire" }

const seal = (message: Notification.Message) => Result.getOrThrow(Notification.seal(message))
const text = (message: Notification.Message) => new TextDecoder().decode(seal(message).body)
const header = (message: Notification.Message, name: string) =>
  Object.fromEntries(Request.headers(Request.of(Notification.to(seal(message), token(1)))))[name]

/** One of each kind, with its bytes as Apple documents them, its topic, priority and expiration. */
const golden: ReadonlyArray<
  readonly [what: string, Notification.Message, body: string, topic: string, priority: string, until: string]
> = [
  [
    "an alert",
    Alert.alert({ ...common, alert: { title: "Wicket", body: "Kohli lbw" }, sound: "default" }),
    '{"aps":{"alert":{"title":"Wicket","body":"Kohli lbw"},"sound":"default"}}',
    "uk.example.cricket",
    "10",
    "1700000600"
  ],
  [
    "an alert of one line",
    Alert.alert({ ...common, alert: "Stumps", priority: 5 }),
    '{"aps":{"alert":"Stumps"}}',
    "uk.example.cricket",
    "5",
    "1700000600"
  ],
  [
    "a badge that goes away",
    Alert.alert({ ...common, badge: badge(0), priority: 1 }),
    '{"aps":{"badge":0}}',
    "uk.example.cricket",
    "1",
    "1700000600"
  ],
  [
    "an alert in the app's own words",
    Alert.alert({
      ...common,
      alert: {
        title: { "loc-key": "WICKET", "loc-args": ["Kohli"] },
        subtitle: { "loc-key": "OVER", "loc-args": ["12.3"] },
        body: { "loc-key": "LBW" }
      }
    }),
    '{"aps":{"alert":{"title-loc-key":"WICKET","title-loc-args":["Kohli"],"subtitle-loc-key":"OVER",' +
      '"subtitle-loc-args":["12.3"],"loc-key":"LBW"}}}',
    "uk.example.cricket",
    "10",
    "1700000600"
  ],
  [
    "an alert with all there is",
    Alert.alert({
      ...common,
      alert: { title: "t", subtitle: "s", body: "b", launchImage: "pitch.png" },
      badge: badge(3),
      sound: { critical: true, name: "siren.caf", volume: fraction(0.5) },
      threadId: "match/1",
      category: "WICKET",
      mutableContent: true,
      targetContentId: "window-1",
      interruptionLevel: "time-sensitive",
      relevanceScore: fraction(0.9),
      filterCriteria: "tests",
      custom: { matchId: 7, teams: ["IND", "AUS"] }
    }),
    '{"aps":{"alert":{"title":"t","subtitle":"s","body":"b","launch-image":"pitch.png"},"badge":3,' +
      '"sound":{"critical":1,"name":"siren.caf","volume":0.5},"thread-id":"match/1","category":"WICKET",' +
      '"mutable-content":1,"target-content-id":"window-1","interruption-level":"time-sensitive",' +
      '"relevance-score":0.9,"filter-criteria":"tests"},"matchId":7,"teams":["IND","AUS"]}',
    "uk.example.cricket",
    "10",
    "1700000600"
  ],
  [
    "a push that wakes an app",
    Background.wake({ ...common, custom: { refresh: "tokens" } }),
    '{"aps":{"content-available":1},"refresh":"tokens"}',
    "uk.example.cricket",
    "5",
    "1700000600"
  ],
  [
    "a ring",
    Voip.ring(call, { bundleId }),
    '{"aps":{},"callId":"c-1","handle":"+44 20 7946 0000","callerName":"Third Umpire"}',
    "uk.example.cricket.voip",
    "10",
    "0"
  ],
  [
    "a ring that may wait a few seconds",
    Voip.ring(call, common),
    '{"aps":{},"callId":"c-1","handle":"+44 20 7946 0000","callerName":"Third Umpire"}',
    "uk.example.cricket.voip",
    "10",
    "1700000600"
  ],
  [
    "a voice on a walkie-talkie",
    PushToTalk.talk({ bundleId, custom: { activeSpeaker: "Umpire" } }),
    '{"aps":{},"activeSpeaker":"Umpire"}',
    "uk.example.cricket.voip-ptt",
    "10",
    "0"
  ],
  [
    "a question where the device is",
    Location.query({ ...common, priority: 5 }),
    '{"aps":{}}',
    "uk.example.cricket.location-query",
    "5",
    "1700000600"
  ],
  [
    "data for a watch face",
    Complication.refresh({ ...common, priority: 10, custom: { score: "120/3" } }),
    '{"aps":{},"score":"120/3"}',
    "uk.example.cricket.complication",
    "10",
    "1700000600"
  ],
  [
    "a change of files",
    FileProvider.changed({ ...common, priority: 5, domain: "archive" }),
    '{"container-identifier":"NSFileProviderWorkingSetContainerItemIdentifier","domain":"archive"}',
    "uk.example.cricket.pushkit.fileprovider",
    "5",
    "1700000600"
  ],
  [
    "a reload of widgets",
    Widgets.reload({ ...common, priority: 5 }),
    '{"aps":{"content-changed":true}}',
    "uk.example.cricket.push-type.widgets",
    "5",
    "1700000600"
  ],
  [
    "a reload of a control",
    Controls.reload({ ...common, priority: 10 }),
    '{"aps":{"content-changed":true}}',
    "uk.example.cricket.push-type.controls",
    "10",
    "1700000600"
  ],
  [
    "a call to the management server",
    Mdm.checkIn({ topic, pushMagic: "0F1E2D3C", expiration: until }),
    '{"mdm":"0F1E2D3C"}',
    "com.apple.mgmt.External.0a1b2c3d-0000-4000-8000-000000000001",
    "10",
    "1700000600"
  ]
]

describe("a notification", () => {
  for (const [what, message, body, topic, priority, until] of golden) {
    it(`is ${what}, byte for byte`, () => {
      assert.strictEqual(text(message), body)
      assert.strictEqual(header(message, "apns-push-type"), Notification.pushTypeOf(message))
      assert.strictEqual(header(message, "apns-topic"), topic)
      assert.strictEqual(header(message, "apns-priority"), priority)
      assert.strictEqual(header(message, "apns-expiration"), until)
    })
  }

  it("comes in every kind that Apple documents", () => {
    const kinds = golden.map(([, message]) => Notification.pushTypeOf(message))
    assert.sameMembers([...new Set(kinds), "liveactivity"], [...PushType.all])
  })

  it("has a priority that its kind may have", () => {
    for (const [what, message] of golden) {
      const { priorities } = PushType.rulesOf(Notification.pushTypeOf(message))
      assert.include<unknown>(priorities, message.priority, what)
    }
  })

  it("keeps an app's own keys beside aps, which they cannot replace", () => {
    const smuggled = { aps: { badge: 9 }, kept: 1 } as object as { readonly kept: number }
    assert.strictEqual(
      text(Background.wake({ ...common, custom: smuggled })),
      '{"aps":{"content-available":1},"kept":1}'
    )
  })

  it("carries nothing that a caller's object happens to hold", () => {
    const stuffed = { ...call, secret: "x" }
    const handled = { ...common, cookie: "y", collapseId: "z" }
    const push = Voip.ring(stuffed, handled)
    assert.notInclude(text(push), "secret")
    assert.notProperty(push, "cookie")
  })

  it("has room for 4096 bytes, and a ring for 5120", () => {
    const wake = (bytes: number) =>
      Notification.seal(
        Background.wake({
          ...common,
          custom: { pad: "x".repeat(bytes - '{"aps":{"content-available":1},"pad":""}'.length) }
        })
      )
    assert.strictEqual(Result.getOrThrow(wake(4096)).body.length, 4096)
    assert.isTrue(Result.isFailure(wake(4097)))
    const ring = (bytes: number) =>
      Notification.seal(
        Voip.ring(
          {
            ...call,
            callerName: "x".repeat(bytes - text(Voip.ring({ ...call, callerName: "" }, common)).length)
          },
          common
        )
      )
    assert.strictEqual(Result.getOrThrow(ring(5120)).body.length, 5120)
    assert.isTrue(Result.isFailure(ring(5121)))
  })

  it("takes for a fraction what lies between 0 and 1, and for a badge what can be counted", () => {
    for (const bad of [-0.1, 1.1, Number.NaN]) assert.isFalse(Schema.is(Alert.Fraction)(bad))
    for (const bad of [-1, 1.5, Number.NaN]) assert.isFalse(Schema.is(Alert.Badge)(bad))
    assert.isTrue(Schema.is(Alert.Fraction)(0) && Schema.is(Alert.Fraction)(1))
  })
})

describe("a broadcast", () => {
  const id = "dHN0LXNyY2gtY2hubA==" as Channel.ChannelId
  const unstored: Channel.Unstored = { id, bundleId, storage: "none" }
  const stored: Channel.Stored = { id, bundleId, storage: "latest" }
  const timestamp = Instant.toSeconds(Instant.fromSeconds(1_700_000_000))

  it("says what an update to a token says", () => {
    const { payload } = Broadcast.update({
      channel: unstored,
      timestamp,
      contentState: { runs: 6 },
      priority: 5
    })
    assert.strictEqual(
      JSON.stringify(payload),
      '{"aps":{"timestamp":1700000000,"event":"update","content-state":{"runs":6}}}'
    )
  })

  it("waits only on a channel that stores", () => {
    const state = { timestamp, contentState: {}, priority: 5 } as const
    assert.strictEqual(Broadcast.update({ ...state, channel: unstored }).expiration, "once")
    assert.strictEqual(Broadcast.update({ ...state, channel: stored, expiration: until }).expiration, until)
    assert.strictEqual(
      Headers.expiration(Broadcast.end({ ...state, channel: stored, expiration: "once" }).expiration),
      "0"
    )
  })
})

/** Never run: it is enough that these lines do not compile. */
export const nonsense = (channel: Channel.Unstored, timestamp: Instant.EpochSeconds) => [
  // @ts-expect-error a background push at 10 is an error at Apple
  Background.wake({ ...common, priority: 10 }),
  // @ts-expect-error a background push shows nothing
  Background.wake({ ...common, alert: "Wicket" }),
  // @ts-expect-error nor has it anything but content-available in aps
  Background.wake({ ...common, custom: { aps: { badge: 1 } } }),
  // @ts-expect-error a VoIP push is made from a call
  Voip.ring({ message: "cancelled" }, { bundleId }),
  // @ts-expect-error a call that nobody can claim is none
  Voip.ring({ handle: "+44", callerName: "A" }, { bundleId }),
  // @ts-expect-error a ring does not replace another
  Voip.ring(call, { bundleId, collapseId: "call" as Notification.CollapseId }),
  // @ts-expect-error a ring is always at once
  Voip.ring(call, { bundleId, priority: 5 }),
  // @ts-expect-error an expiration is an instant, never a length of time
  Voip.ring(call, { bundleId, expiration: 30 }),
  // @ts-expect-error nothing of this push reaches a person
  Alert.alert({ ...common, threadId: "match/1" }),
  // @ts-expect-error a subtitle alone is not shown
  Alert.alert({ ...common, alert: { subtitle: "12.3" } }),
  // @ts-expect-error a text is itself or a key, not both
  Alert.alert({ ...common, alert: { title: "Wicket", "title-loc-key": "WICKET" } }),
  // @ts-expect-error relevance is a fraction, checked where it enters
  Alert.alert({ ...common, alert: "Wicket", relevanceScore: 75 }),
  // @ts-expect-error an alert wakes no app
  Alert.alert({ ...common, alert: "Wicket", contentAvailable: true }),
  // @ts-expect-error Apple knows no such level
  Alert.alert({ ...common, alert: "Wicket", interruptionLevel: "urgent" }),
  // @ts-expect-error priorities are 1, 5 and 10
  Alert.alert({ ...common, alert: "Wicket", priority: 7 }),
  // @ts-expect-error every push says how long it is worth keeping
  Alert.alert({ bundleId, alert: "Wicket" }),
  // @ts-expect-error a location query is 5 or 10
  Location.query({ ...common, priority: 1 }),
  // @ts-expect-error widgets fetch their own data
  Widgets.reload({ ...common, priority: 5, custom: { score: 1 } }),
  // @ts-expect-error managed devices have a topic and no bundle ID
  Mdm.checkIn({ ...common, pushMagic: "m" }),
  // @ts-expect-error a bundle ID is checked where it enters
  Controls.reload({ bundleId: "not..one", expiration: "once", priority: 5 }),
  // @ts-expect-error a channel that stores nothing takes nothing that waits
  Broadcast.update({ channel, timestamp, contentState: {}, priority: 5, expiration: until }),
  // @ts-expect-error a channel starts no activity
  Broadcast.update({ channel, timestamp, contentState: {}, priority: 5, attributesType: "Match" }),
  // @ts-expect-error a push on a channel has no token to go to
  Notification.seal(Broadcast.update({ channel, timestamp, contentState: {}, priority: 5 }))
]
