import { Headers, LiveActivity, Notification, Payload, PushType, Request, Token } from "@sightscreen/apns"
import { Instant } from "@sightscreen/decider"
import { assert, describe, it } from "@effect/vitest"
import { Result, Schema } from "effect"
import { bundleId, pushId, sealed, token } from "./support.ts"

const at = (seconds: number) => Instant.toSeconds(Instant.fromSeconds(seconds))
const text = (body: Uint8Array) => new TextDecoder().decode(body)
const seal = (message: Notification.Message) => Result.getOrThrow(Notification.seal(message))

const start: LiveActivity.Start = {
  bundleId,
  timestamp: at(1_700_000_000),
  attributesType: "MatchAttributes",
  attributes: { matchId: "m1" },
  contentState: { runs: 0 },
  alert: { title: "IND v AUS", body: { "loc-key": "STARTED", "loc-args": ["Mumbai"] }, sound: "toss.caf" },
  expiration: "once"
}

describe("a Live Activity push", () => {
  it("starts with attributes and an alert", () => {
    assert.strictEqual(
      text(seal(LiveActivity.start(start)).body),
      '{"aps":{"timestamp":1700000000,"event":"start","content-state":{"runs":0},"attributes-type":"MatchAttributes",' +
        '"attributes":{"matchId":"m1"},"alert":{"title":"IND v AUS","body":{"loc-key":"STARTED","loc-args":["Mumbai"]},' +
        '"sound":"toss.caf"}}}'
    )
  })

  it("asks for an update token or a channel, one of the two", () => {
    const aps = (input: LiveActivity.Input) => LiveActivity.start({ ...start, input }).payload.aps
    assert.propertyVal(aps({ _tag: "Token" }), "input-push-token", 1)
    assert.notProperty(aps({ _tag: "Token" }), "input-push-channel")
    assert.propertyVal(aps({ _tag: "Channel", channelId: "dGVzdA==" }), "input-push-channel", "dGVzdA==")
    assert.notProperty(aps({ _tag: "Channel", channelId: "dGVzdA==" }), "input-push-token")
  })

  it("updates with a state, and alerts only when asked to", () => {
    assert.strictEqual(
      text(
        seal(
          LiveActivity.update({
            bundleId,
            timestamp: at(1_700_000_060),
            contentState: { runs: 6, batter: "Śmith" },
            staleDate: at(1_700_000_660),
            relevanceScore: 75.5,
            priority: 5,
            expiration: Instant.fromMillis(1_700_000_660_999)
          })
        ).body
      ),
      '{"aps":{"timestamp":1700000060,"event":"update","content-state":{"runs":6,"batter":"Śmith"},' +
        '"stale-date":1700000660,"relevance-score":75.5}}'
    )
  })

  it("ends with a last state and a dismissal date, both optional", () => {
    const end = { bundleId, timestamp: at(1_700_009_000), priority: 10, expiration: "once" } as const
    assert.strictEqual(
      text(seal(LiveActivity.end(end)).body),
      '{"aps":{"timestamp":1700009000,"event":"end"}}'
    )
    assert.strictEqual(
      text(
        seal(
          LiveActivity.end({
            ...end,
            contentState: { runs: 320 },
            alert: { title: "Result", body: "IND won" },
            dismissalDate: at(1_700_010_000)
          })
        ).body
      ),
      '{"aps":{"timestamp":1700009000,"event":"end","content-state":{"runs":320},' +
        '"alert":{"title":"Result","body":"IND won"},"dismissal-date":1700010000}}'
    )
  })

  it("starts at once unless told otherwise", () => {
    assert.strictEqual(LiveActivity.start(start).priority, 10)
    assert.strictEqual(LiveActivity.start({ ...start, priority: 5 }).priority, 5)
  })
})

describe("a request", () => {
  const collapseId = Schema.decodeSync(Notification.CollapseId)("match/1")

  it("says in its headers what the payload cannot", () => {
    const message = seal(
      LiveActivity.start({ ...start, expiration: Instant.fromMillis(1_700_000_660_999), collapseId })
    )
    const request = Request.of(Notification.to(message, token(1), pushId(1)))
    assert.deepStrictEqual(Request.headers(request), [
      [":method", "POST"],
      ["apns-push-type", "liveactivity"],
      ["apns-topic", "uk.example.cricket.push-type.liveactivity"],
      ["apns-priority", "10"],
      ["apns-expiration", "1700000660"],
      ["apns-collapse-id", "match/1"],
      [":path", `/3/device/${token(1)}`],
      ["apns-id", pushId(1)]
    ])
    assert.strictEqual(Headers.expiration("once"), "0")
  })

  it("shares its bytes and headers with the whole cohort", () => {
    const message = sealed()
    const [a, b] = [1, 2].map((n) => Request.of(Notification.to(message, token(n))))
    assert.strictEqual(a!.body, b!.body)
    assert.strictEqual(a!.shared, b!.shared)
    assert.notStrictEqual(a!.path, b!.path)
  })

  it("is addressed to production unless told otherwise", () => {
    assert.strictEqual(Request.of(Notification.to(sealed(), token(1))).environment, "production")
    const sandbox = sealed(0, { environment: "sandbox" })
    assert.strictEqual(Request.of(Notification.to(sandbox, token(1))).environment, "sandbox")
  })
})

describe("limits", () => {
  const padded = (bytes: number) => {
    const empty = LiveActivity.update({
      bundleId,
      timestamp: at(1),
      contentState: { pad: "" },
      priority: 5,
      expiration: "once"
    })
    const pad = "x".repeat(bytes - JSON.stringify(empty.payload).length)
    return Notification.seal({
      ...empty,
      payload: { aps: { ...empty.payload.aps, "content-state": { pad } } }
    })
  }

  it("are counted in bytes and reached exactly", () => {
    assert.strictEqual(Result.getOrThrow(padded(4096)).body.length, 4096)
    const failure = Result.getOrThrow(Result.flip(padded(4097)))
    assert.strictEqual(failure.message, "a liveactivity payload of 4097 bytes; Apple takes 4096")
    assert.isTrue(Result.isFailure(Payload.encode("alert", { text: "€".repeat(1366) })))
  })

  it("are wider for VoIP and channels", () => {
    const body = { pad: "x".repeat(5000) }
    assert.isTrue(Result.isSuccess(Payload.encode("voip", body)))
    assert.isTrue(Result.isSuccess(Payload.encode("liveactivity", body, PushType.broadcastLimit)))
    assert.isTrue(Result.isFailure(Payload.encode("liveactivity", body)))
  })

  it("of a collapse id are 64 bytes of what a header can carry", () => {
    const is = Schema.is(Notification.CollapseId)
    assert.isTrue(is("x".repeat(64)))
    for (const bad of ["", "x".repeat(65), "é", "two\nlines", " x"]) assert.isFalse(is(bad), bad)
  })
})

describe("a push type", () => {
  it("has a topic made of the bundle ID and its suffix", () => {
    const topics = PushType.all.map((type) => [type, PushType.topic(type, "a.b")])
    assert.deepStrictEqual(Object.fromEntries(topics), {
      alert: "a.b",
      background: "a.b",
      voip: "a.b.voip",
      liveactivity: "a.b.push-type.liveactivity",
      pushtotalk: "a.b.voip-ptt",
      location: "a.b.location-query",
      complication: "a.b.complication",
      fileprovider: "a.b.pushkit.fileprovider",
      mdm: null,
      controls: "a.b.push-type.controls",
      widgets: "a.b.push-type.widgets"
    })
  })

  it("is listed once, with its rules", () => {
    assert.sameMembers([...PushType.all], Object.keys(PushType.rules))
  })
})

describe("a token", () => {
  it("is hex of any even length, kept in lower case", () => {
    assert.strictEqual(Result.getOrThrow(Token.fromHex("ABCDEF01")), "abcdef01")
    for (const bad of ["", "abc", "xy", "ab cd", "ab".repeat(257)]) {
      assert.isTrue(Result.isFailure(Token.fromHex(bad)), bad)
    }
    assert.isTrue(Result.isSuccess(Token.fromHex("ab".repeat(256))))
  })

  it("does not show what was taken for one", () => {
    const refused = Result.getOrThrow(Result.flip(Token.fromHex("0123456789abcdeg")))
    assert.notInclude(JSON.stringify(refused) + String(refused), "0123456789")
  })

  it("shows its last six digits and no more", () => {
    assert.strictEqual(Token.tail(Result.getOrThrow(Token.fromHex("00112233445566aabbcc"))), "…aabbcc")
    assert.strictEqual(Token.tail(Result.getOrThrow(Token.fromHex("aabb"))), "…bb")
  })
})
