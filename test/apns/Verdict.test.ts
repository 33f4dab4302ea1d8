import { Reason, type Transport, Verdict } from "@sightscreen/apns"
import { Instant } from "@sightscreen/decider"
import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"

const answered = (
  status: number,
  body: unknown = "",
  more: Partial<Transport.Answer> = {}
): Transport.Answer =>
  ({
    _tag: "Answered",
    status,
    apnsId: undefined,
    uniqueId: undefined,
    body: typeof body === "string" ? body : JSON.stringify(body),
    connection: 1,
    ...more
  }) as Transport.Answer

/** Apple's tables, with what each row is called by us. */
const rows: Record<Reason.Reason, readonly [status: number, verdict: Verdict.Verdict["_tag"]]> = {
  BadCollapseId: [400, "Malformed"],
  BadDeviceToken: [400, "TokenSuspect"],
  BadExpirationDate: [400, "Malformed"],
  BadMessageId: [400, "Malformed"],
  BadPriority: [400, "Malformed"],
  BadTopic: [400, "Malformed"],
  DeviceTokenNotForTopic: [400, "TokenSuspect"],
  DuplicateHeaders: [400, "Malformed"],
  IdleTimeout: [400, "WrongConnection"],
  InvalidPushType: [400, "Malformed"],
  MissingDeviceToken: [400, "Malformed"],
  MissingTopic: [400, "Malformed"],
  PayloadEmpty: [400, "Malformed"],
  TopicDisallowed: [400, "Malformed"],
  BadCertificate: [403, "Unauthorised"],
  BadCertificateEnvironment: [403, "Unauthorised"],
  ExpiredProviderToken: [403, "AuthExpired"],
  Forbidden: [403, "Unauthorised"],
  InvalidProviderToken: [403, "Unauthorised"],
  MissingProviderToken: [403, "Unauthorised"],
  UnrelatedKeyIdInToken: [403, "WrongConnection"],
  BadEnvironmentKeyIdInToken: [403, "Unauthorised"],
  BadEnvironmentKeyInToken: [403, "Unauthorised"],
  BadPath: [404, "Malformed"],
  MethodNotAllowed: [405, "Malformed"],
  ExpiredToken: [410, "TokenDead"],
  Unregistered: [410, "TokenDead"],
  PayloadTooLarge: [413, "Malformed"],
  TooManyProviderTokenUpdates: [429, "SlowDown"],
  TooManyRequests: [429, "SlowDown"],
  InternalServerError: [500, "AppleDown"],
  ServiceUnavailable: [503, "AppleDown"],
  Shutdown: [503, "AppleDown"],
  FeatureNotEnabled: [400, "ChannelRefused"],
  MissingChannelId: [400, "Malformed"],
  BadChannelId: [400, "Malformed"],
  ChannelNotRegistered: [400, "ChannelRefused"],
  BadRequestParams: [400, "Malformed"],
  BadRequestPayload: [400, "Malformed"],
  MissingPushType: [400, "Malformed"],
  CannotCreateChannelConfig: [400, "ChannelRefused"],
  MissingChannelQueueSize: [400, "Malformed"],
  TopicMismatch: [403, "Unauthorised"],
  "Service Unavailable": [503, "AppleDown"]
}

describe("Verdict", () => {
  for (const [reason, [status, tag]] of Object.entries(rows)) {
    it(`calls ${status} ${reason} ${tag}`, () => {
      assert.isTrue(Reason.is(reason))
      assert.strictEqual(Reason.table[reason as Reason.Reason].status, status)
      const verdict = Verdict.of(answered(status, { reason }))
      assert.strictEqual(verdict._tag, tag)
      assert.propertyVal(verdict, "reason", reason)
      assert.propertyVal(verdict, "status", status)
    })
  }

  it("has a verdict for each reason of the table and for no other", () => {
    assert.sameMembers(Object.keys(rows), Object.keys(Reason.table))
  })

  it("gives each reason a meaning and a remedy", () => {
    for (const [reason, { meaning, remedy }] of Object.entries(Reason.table)) {
      assert.isNotEmpty(meaning, reason)
      assert.isNotEmpty(remedy, reason)
    }
  })

  it("judges both spellings of a reason alike, and counts them as one", () => {
    for (const [one, other] of [
      ["BadEnvironmentKeyInToken", "BadEnvironmentKeyIdInToken"],
      ["Service Unavailable", "ServiceUnavailable"]
    ] as const) {
      assert.deepStrictEqual(Reason.table[one], Reason.table[other])
      assert.strictEqual(Reason.canonical(one), other)
      assert.strictEqual(Reason.canonical(other), other)
    }
    assert.strictEqual(Reason.canonical("SomethingNew"), "SomethingNew")
    assert.strictEqual(Reason.canonical("toString"), "toString")
  })

  it("allows no repetition where Apple forbids it, and one after a delay where it has trouble", () => {
    const repeatable = (reason: Reason.Reason) => Reason.repeatable(Reason.table[reason].class)
    for (const reason of [
      "BadDeviceToken",
      "DeviceTokenNotForTopic",
      "ExpiredToken",
      "Unregistered"
    ] as const) {
      assert.strictEqual(repeatable(reason), "never")
    }
    for (const reason of ["TooManyRequests", "InternalServerError", "ServiceUnavailable"] as const) {
      assert.strictEqual(repeatable(reason), "after-a-delay")
    }
    assert.strictEqual(repeatable("PayloadTooLarge"), "once-mended")
    assert.strictEqual(repeatable("ExpiredProviderToken"), "elsewhere")
  })

  it("tells too many pushes from too many bearer tokens", () => {
    const what = (reason: string) => Verdict.of(answered(429, { reason }))
    assert.propertyVal(what("TooManyRequests"), "what", "token")
    assert.propertyVal(what("TooManyProviderTokenUpdates"), "what", "minting")
  })

  it("reads the moment of death in milliseconds, and does without one", () => {
    const since = (body: unknown) => {
      const verdict = Verdict.of(answered(410, body))
      assert(verdict._tag === "TokenDead")
      return verdict.since
    }
    assert.strictEqual(
      since({ reason: "Unregistered", timestamp: 1_700_000_000_123 }),
      Instant.fromMillis(1_700_000_000_123)
    )
    for (const timestamp of [undefined, "soon", -1, null]) {
      assert.isNull(since({ reason: "Unregistered", timestamp }))
    }
  })

  const unknown: ReadonlyArray<readonly [number, Verdict.Verdict["_tag"]]> = [
    [400, "Malformed"],
    [403, "Unauthorised"],
    [404, "Malformed"],
    [410, "TokenDead"],
    [418, "Malformed"],
    [429, "SlowDown"],
    [500, "AppleDown"],
    [502, "AppleDown"],
    [599, "AppleDown"],
    [302, "AppleDown"]
  ]
  for (const [status, tag] of unknown) {
    it(`judges an unknown reason with ${status} by its status and keeps its text`, () => {
      const verdict = Verdict.of(answered(status, { reason: "SomethingNew" }))
      assert.strictEqual(verdict._tag, tag)
      assert.propertyVal(verdict, "reason", "SomethingNew")
    })
  }

  it("is not confused by names every object has", () => {
    for (const reason of ["constructor", "toString", "__proto__"]) {
      assert.strictEqual(Verdict.of(answered(400, { reason }))._tag, "Malformed")
    }
  })

  for (const body of ["", "<html>", "null", "[]", "1", '{"reason":7}', '{"rea']) {
    it(`takes the body ${JSON.stringify(body)} for no reason`, () => {
      assert.deepStrictEqual(Verdict.of(answered(503, body)), {
        _tag: "AppleDown",
        status: 503,
        reason: null
      })
    })
  }

  const headers = { "retry-after": "7" }
  it.each([
    [429, "TooManyRequests", { _tag: "Wait", millis: 7000 }],
    [429, "TooManyProviderTokenUpdates", { _tag: "Wait", millis: 7000 }],
    [500, "InternalServerError", { _tag: "Wait", millis: 7000 }],
    [503, "Shutdown", { _tag: "Wait", millis: 7000 }],
    [503, "Something", { _tag: "Wait", millis: 7000 }],
    [400, "BadDeviceToken", undefined],
    [410, "Unregistered", undefined]
  ] as const)("carries what %i %s says of when to come again", (status, reason, retryAfter) => {
    const verdict = Verdict.of({ ...answered(status, { reason }), headers } as Transport.Answer)
    assert.deepStrictEqual("retryAfter" in verdict ? verdict.retryAfter : undefined, retryAfter)
  })

  it("says whether a push without an answer may be repeated", () => {
    assert.deepStrictEqual(Verdict.of({ _tag: "NotProcessed", why: "no-connection" }), {
      _tag: "Unanswered",
      unprocessed: true,
      why: "no-connection"
    })
    assert.deepStrictEqual(Verdict.of({ _tag: "Unknown", why: "deadline" }), {
      _tag: "Unanswered",
      unprocessed: false,
      why: "deadline"
    })
  })

  it.prop("can be saved and read back", [Verdict.Verdict], ([verdict]) => {
    const json = JSON.stringify(Schema.encodeSync(Verdict.Verdict)(verdict))
    const read = Schema.decodeUnknownSync(Verdict.Verdict)(JSON.parse(json))
    assert.strictEqual(JSON.stringify(Schema.encodeSync(Verdict.Verdict)(read)), json)
  })
})
