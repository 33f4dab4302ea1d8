import { Reason, Verdict } from "@sightscreen/apns"
import { Consequence, PushOutcome, Retry } from "@sightscreen/domain"
import { Outcomes } from "@sightscreen/engine"
import { assert, describe, it } from "@effect/vitest"
import { second } from "../support/cricket.ts"

const kinds = [
  "start",
  "update",
  "alert",
  "end",
  "wake",
  "errand",
  "notice"
] as const satisfies ReadonlyArray<Retry.Kind>
const routes = ["token", "channel"] as const satisfies ReadonlyArray<Consequence.Route>

const said = (consequences: ReadonlyArray<Consequence.Consequence>): string =>
  consequences.map(({ _tag }) => _tag).join(" ")

const reason = "Because"
const outcomes = {
  Accepted: { _tag: "Accepted" },
  TokenDead: { _tag: "TokenDead", since: second(5), reason },
  TokenSuspect: { _tag: "TokenSuspect", reason },
  ChannelLost: { _tag: "ChannelLost", reason },
  ChannelsOff: { _tag: "ChannelsOff", reason },
  OurFault: { _tag: "OurFault", reason },
  KeyTrouble: { _tag: "KeyTrouble", reason },
  SlowDown: { _tag: "SlowDown", reason },
  AppleDown: { _tag: "AppleDown", reason },
  "Unanswered, and certainly unseen": { _tag: "Unanswered", unprocessed: true, reason },
  "Unanswered, and perhaps seen": { _tag: "Unanswered", unprocessed: false, reason }
} as const satisfies Readonly<Record<string, PushOutcome.Outcome>>

type Row = Readonly<Record<Retry.Kind, string>>
const always = (text: string): Row => ({
  start: text,
  update: text,
  alert: text,
  end: text,
  wake: text,
  errand: text,
  notice: text
})

const table: Readonly<Record<keyof typeof outcomes, Readonly<Record<Consequence.Route, Row>>>> = (() => {
  const both = (row: Row) => ({ token: row, channel: row })
  const inVain = {
    start: "StartUnsent",
    update: "TellLater",
    alert: "SendAgain TellLater",
    end: "SendAgain TellLater",
    wake: "",
    errand: "SendAgain",
    notice: "SendAgain Unsaid"
  }
  return {
    Accepted: both({ ...always(""), start: "StartTaken" }),
    TokenDead: both({
      start: "TokenDead StartRefused",
      update: "TokenDead TokenDisowned",
      alert: "TokenDead TokenDisowned",
      end: "TokenDead TokenDisowned",
      wake: "TokenDead",
      errand: "TokenDead",
      notice: "TokenDead Unsaid"
    }),
    TokenSuspect: both({
      ...always("TokenRefused"),
      start: "TokenRefused StartUnsent",
      end: "TokenRefused TellLater",
      notice: "TokenRefused Unsaid"
    }),
    ChannelLost: both(always("ChannelLost")),
    ChannelsOff: both(always("ChannelsOff Alarm")),
    OurFault: both({ ...always("Alarm"), start: "Alarm StartSpoilt", notice: "Alarm Unsaid" }),
    KeyTrouble: both({
      start: "Alarm StartUnsent",
      update: "Alarm TellLater",
      alert: "Alarm TellLater",
      end: "Alarm TellLater",
      wake: "Alarm",
      errand: "Alarm",
      notice: "Alarm Unsaid"
    }),
    SlowDown: {
      token: { ...inVain, alert: "TellLater" },
      channel: {
        start: "ChannelThrottled StartUnsent",
        update: "ChannelThrottled TellLater",
        alert: "ChannelThrottled SendAgain TellLater",
        end: "ChannelThrottled SendAgain TellLater",
        wake: "ChannelThrottled",
        errand: "ChannelThrottled SendAgain",
        notice: "ChannelThrottled SendAgain Unsaid"
      }
    },
    AppleDown: both(inVain),
    "Unanswered, and certainly unseen": both(inVain),
    "Unanswered, and perhaps seen": both({ ...inVain, start: "StartTaken", notice: "" })
  }
})()

describe("What follows from an outcome", () => {
  const cases = Object.keys(outcomes).flatMap((name) => {
    const outcome = name as keyof typeof outcomes
    return routes.flatMap((route) =>
      kinds.map((kind) => [kind, route, outcome, table[outcome][route][kind]] as const)
    )
  })
  it.each(cases)("of %s by %s, %s: %s", (kind, route, outcome, expected) => {
    assert.strictEqual(said(Consequence.of(outcomes[outcome], kind, route)), expected)
  })

  it("is that of a token where nothing else is said", () => {
    assert.strictEqual(said(Consequence.of(outcomes.SlowDown, "alert")), "TellLater")
  })

  it("carries Apple's word, and since when", () => {
    assert.deepStrictEqual(Consequence.of(outcomes.TokenDead, "wake"), [
      { _tag: "TokenDead", since: second(5), reason }
    ])
    assert.deepStrictEqual(Consequence.of(outcomes.ChannelsOff, "update", "channel"), [
      { _tag: "ChannelsOff", reason },
      { _tag: "Alarm", reason }
    ])
    assert.deepStrictEqual(Consequence.of({ _tag: "OurFault", reason: null }, "update"), [
      { _tag: "Alarm", reason: "no reason given" }
    ])
  })

  it.each(kinds)("is nothing to send again where %s has no patience", (kind) => {
    const patient = Retry.delays[kind].length > 0
    const again = Object.values(outcomes).some((outcome) =>
      routes.some((route) => Consequence.of(outcome, kind, route).some(({ _tag }) => _tag === "SendAgain"))
    )
    assert.strictEqual(again, patient)
  })

  it("is never a second start, or a second notice, that a phone may show beside the first", () => {
    for (const kind of ["start", "notice"] as const) {
      const consequences = said(Consequence.of(outcomes["Unanswered, and perhaps seen"], kind))
      assert.notMatch(consequences, /SendAgain|StartUnsent|Unsaid/)
    }
  })
})

const answered = (status: number, body: string): Verdict.Verdict =>
  Verdict.of({ _tag: "Answered", status, apnsId: undefined, uniqueId: undefined, body, connection: 1 })

/** Apple's tables by what is to be done: the words of each row stand for one line of consequences by push and route. */
const remedies = {
  dead: {
    start: "TokenDead StartRefused",
    update: "TokenDead TokenDisowned",
    published: "TokenDead TokenDisowned"
  },
  suspect: { start: "TokenRefused StartUnsent", update: "TokenRefused", published: "TokenRefused" },
  fix: { start: "Alarm StartSpoilt", update: "Alarm", published: "Alarm" },
  key: { start: "Alarm StartUnsent", update: "Alarm TellLater", published: "Alarm TellLater" },
  slower: { start: "StartUnsent", update: "TellLater", published: "ChannelThrottled TellLater" },
  later: { start: "StartUnsent", update: "TellLater", published: "TellLater" },
  "channel lost": { start: "ChannelLost", update: "ChannelLost", published: "ChannelLost" },
  "channels off": { start: "ChannelsOff Alarm", update: "ChannelsOff Alarm", published: "ChannelsOff Alarm" }
} as const
type Remedy = keyof typeof remedies

const reasons: Readonly<Record<Reason.Reason, readonly [status: number, remedy: Remedy]>> = {
  BadCollapseId: [400, "fix"],
  BadDeviceToken: [400, "suspect"],
  BadExpirationDate: [400, "fix"],
  BadMessageId: [400, "fix"],
  BadPriority: [400, "fix"],
  BadTopic: [400, "fix"],
  DeviceTokenNotForTopic: [400, "suspect"],
  DuplicateHeaders: [400, "fix"],
  IdleTimeout: [400, "later"],
  InvalidPushType: [400, "fix"],
  MissingDeviceToken: [400, "fix"],
  MissingTopic: [400, "fix"],
  PayloadEmpty: [400, "fix"],
  TopicDisallowed: [400, "fix"],
  BadCertificate: [403, "key"],
  BadCertificateEnvironment: [403, "key"],
  ExpiredProviderToken: [403, "key"],
  Forbidden: [403, "key"],
  InvalidProviderToken: [403, "key"],
  MissingProviderToken: [403, "key"],
  UnrelatedKeyIdInToken: [403, "later"],
  BadEnvironmentKeyIdInToken: [403, "key"],
  BadEnvironmentKeyInToken: [403, "key"],
  BadPath: [404, "fix"],
  MethodNotAllowed: [405, "fix"],
  ExpiredToken: [410, "dead"],
  Unregistered: [410, "dead"],
  PayloadTooLarge: [413, "fix"],
  TooManyProviderTokenUpdates: [429, "later"],
  TooManyRequests: [429, "slower"],
  InternalServerError: [500, "later"],
  ServiceUnavailable: [503, "later"],
  Shutdown: [503, "later"],
  FeatureNotEnabled: [400, "channels off"],
  MissingChannelId: [400, "fix"],
  BadChannelId: [400, "fix"],
  ChannelNotRegistered: [400, "channel lost"],
  BadRequestParams: [400, "fix"],
  BadRequestPayload: [400, "fix"],
  MissingPushType: [400, "fix"],
  CannotCreateChannelConfig: [400, "fix"],
  MissingChannelQueueSize: [400, "fix"],
  TopicMismatch: [403, "key"],
  "Service Unavailable": [503, "later"]
}

const follows = (status: number, body: string, remedy: Remedy): void => {
  const outcome = Outcomes.ofVerdict(answered(status, body), second(0))
  assert.deepStrictEqual(
    {
      start: said(Consequence.of(outcome, "start")),
      update: said(Consequence.of(outcome, "update")),
      published: said(Consequence.of(outcome, "update", "channel"))
    },
    remedies[remedy]
  )
}

describe("What Apple's reasons lead to", () => {
  it("is said of every reason there is", () => {
    assert.deepStrictEqual(Object.keys(reasons).sort(), Object.keys(Reason.table).sort())
  })

  it.each(Object.entries(reasons).map(([name, row]) => [name, ...row] as const))(
    "%s, %i: %s",
    (name, status, remedy) => {
      assert.strictEqual(Reason.table[name as Reason.Reason].status, status)
      follows(status, JSON.stringify({ reason: name }), remedy)
      assert.strictEqual(
        PushOutcome.reasonOf(
          Outcomes.ofVerdict(answered(status, JSON.stringify({ reason: name })), second(0))
        ),
        name
      )
    }
  )

  it.each([
    [400, "fix"],
    [403, "key"],
    [404, "fix"],
    [410, "dead"],
    [418, "fix"],
    [429, "slower"],
    [500, "later"],
    [502, "later"],
    [503, "later"],
    [599, "later"]
  ] as const)("that nobody has heard of is read off its status: %i, %s", (status, remedy) => {
    for (const body of [JSON.stringify({ reason: "Whimsical" }), "", "<html>"]) follows(status, body, remedy)
  })

  it("keeps the moment of a 410", () => {
    const body = JSON.stringify({ reason: "Unregistered", timestamp: second(9) })
    assert.deepStrictEqual(Consequence.of(Outcomes.ofVerdict(answered(410, body), second(0)), "wake"), [
      { _tag: "TokenDead", since: second(9), reason: "Unregistered" }
    ])
  })
})
