import { Gate, type Jwt, Patience, type PushType, type Reason } from "@sightscreen/apns"
import { Instant, Step } from "@sightscreen/decider"
import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { bundleId, known, token } from "./support.ts"

const seconds = (n: number) => Instant.fromSeconds(1_700_000_000 + n)
const noon = seconds(0)
const spareId = "aaaaaaaa-0000-4000-8000-00000000000a"
const topic = `${bundleId}.push-type.liveactivity`

const jwt = (more: Partial<Jwt.Jwt> = {}): Jwt.Jwt => ({
  text: "h.c.s",
  keyId: "KEY0000001",
  teamId: "TEAM000001",
  issuedAtSeconds: 1_700_000_000,
  signed: "h.c",
  signature: new Uint8Array(64),
  ...more
})

const fine: Readonly<Record<string, string>> = {
  authorization: "bearer h.c.s",
  "apns-push-type": "liveactivity",
  "apns-topic": topic,
  "apns-priority": "5",
  "apns-expiration": "0",
  "apns-id": "00000000-0000-4000-8000-00000000000f"
}

interface Some extends Partial<Omit<Gate.Request, "headers" | "body" | "jwt">> {
  /** Added to the good headers; undefined takes one away. */
  readonly with?: Readonly<Record<string, string | undefined>>
  readonly twice?: string
  readonly body?: string | Uint8Array
  readonly jwt?: Jwt.Jwt | Jwt.Unreadable
}

const request = (some: Some = {}): Gate.Request => {
  const { body = '{"aps":{}}', jwt: shown = jwt(), twice, with: extra = {}, ...rest } = some
  const headers = Object.entries({ ...fine, ...extra }).filter(
    (pair): pair is [string, string] => pair[1] !== undefined
  )
  if (twice !== undefined) headers.push([twice, fine[twice] ?? "x"])
  return {
    _tag: "Request",
    at: noon,
    connection: 1,
    method: "POST",
    path: `/3/device/${token(1)}`,
    headers,
    body: typeof body === "string" ? new TextEncoder().encode(body) : body,
    jwt: typeof shown === "string" ? Result.fail(shown) : Result.succeed(shown),
    signature: "valid",
    spareId,
    ...rest
  }
}

const keys: ReadonlyArray<Gate.Key> = [
  { keyId: "KEY0000001", teamId: "TEAM000001", bundleIds: [bundleId, "uk.example.other"] },
  { keyId: "KEY0000002", teamId: "TEAM000002" },
  { keyId: "KEY0000003", teamId: "TEAM000001" },
  { keyId: "KEYTOPICS1", teamId: "TEAM000001", scope: "topics", bundleIds: [bundleId] },
  { keyId: "KEYRELATED", teamId: "TEAM000001", scope: "topics", related: "KEYTOPICS1" },
  { keyId: "KEYTOPICS2", teamId: "TEAM000001", scope: "topics" },
  { keyId: "KEYSANDBOX", teamId: "TEAM000001", environment: "sandbox" }
]

const retired = { since: Instant.fromMillis(1_699_999_999_123), reason: "Unregistered" } as const
const gate = (rules: Partial<Gate.Rules> = {}) =>
  Step.play(
    Gate.step,
    Gate.make(Gate.rules({ keys, ...rules })),
    [
      known(1),
      known(2, { environment: "sandbox" }),
      known(3, { kind: "device" }),
      known(4, { retired }),
      known(5, { bundleId: "uk.example.other" }),
      known(6, { kind: "voip" })
    ].map((it): Gate.Input => ({ _tag: "Registered", token: it }))
  )[0]

const responses = (rules: Partial<Gate.Rules>, ...inputs: ReadonlyArray<Gate.Input>) =>
  Step.play(Gate.step, gate(rules), inputs)[1].filter((output) => output._tag === "Response")
const answers = (rules: Partial<Gate.Rules>, ...inputs: ReadonlyArray<Gate.Input>) =>
  responses(rules, ...inputs).map(({ reason, status }) => reason ?? status)

type Fault = readonly [what: string, some: Some, status: number, reason: Reason.Reason]

/** One fault for each check, in the order in which the gate looks. */
const faults: ReadonlyArray<Fault> = [
  ["no token in the path", { path: "/3/device/" }, 400, "MissingDeviceToken"],
  ["another path", { path: "/2/device/aa" }, 404, "BadPath"],
  ["another method", { method: "GET" }, 405, "MethodNotAllowed"],
  ["no bearer token", { jwt: "Missing" }, 403, "MissingProviderToken"],
  ["an unreadable one", { jwt: "Invalid" }, 403, "InvalidProviderToken"],
  ["an unknown key", { jwt: jwt({ keyId: "NOBODYSKEY" }) }, 403, "InvalidProviderToken"],
  ["another team than the key's", { jwt: jwt({ teamId: "TEAM000002" }) }, 403, "InvalidProviderToken"],
  ["a bad signature", { signature: "invalid" }, 403, "InvalidProviderToken"],
  [
    "an old bearer token",
    { jwt: jwt({ issuedAtSeconds: 1_700_000_000 - 3601 }) },
    403,
    "ExpiredProviderToken"
  ],
  [
    "one from the future",
    { jwt: jwt({ issuedAtSeconds: 1_700_000_000 + 3601 }) },
    403,
    "InvalidProviderToken"
  ],
  ["a key for the other environment", { jwt: jwt({ keyId: "KEYSANDBOX" }) }, 403, "BadEnvironmentKeyInToken"],
  ["a repeated header", { twice: "apns-topic" }, 400, "DuplicateHeaders"],
  ["an id that is no UUID", { with: { "apns-id": "one" } }, 400, "BadMessageId"],
  [
    "an expiration in milliseconds",
    { with: { "apns-expiration": "1700000000000" } },
    400,
    "BadExpirationDate"
  ],
  ["a priority that does not exist", { with: { "apns-priority": "7" } }, 400, "BadPriority"],
  ["a long collapse id", { with: { "apns-collapse-id": "x".repeat(65) } }, 400, "BadCollapseId"],
  ["an unknown push type", { with: { "apns-push-type": "smoke-signal" } }, 400, "InvalidPushType"],
  ["no topic", { with: { "apns-topic": undefined } }, 400, "MissingTopic"],
  ["a malformed topic", { with: { "apns-topic": "uk..cricket" } }, 400, "BadTopic"],
  ["a topic without the suffix", { with: { "apns-topic": bundleId } }, 400, "TopicDisallowed"],
  ["a priority the type may not have", { with: { "apns-priority": "1" } }, 400, "BadPriority"],
  ["no payload", { body: "" }, 400, "PayloadEmpty"],
  ["too large a payload", { body: JSON.stringify({ pad: "x".repeat(4096) }) }, 413, "PayloadTooLarge"],
  ["a payload that is not JSON", { body: "aps" }, 400, "PayloadEmpty"],
  ["a token that is no hex", { path: "/3/device/nonsense" }, 400, "BadDeviceToken"],
  ["an unknown token", { path: `/3/device/${token(99)}` }, 400, "BadDeviceToken"],
  ["a token of the other environment", { path: `/3/device/${token(2)}` }, 400, "BadDeviceToken"],
  ["a token of another kind", { path: `/3/device/${token(3)}` }, 400, "DeviceTokenNotForTopic"],
  ["a token of another app", { path: `/3/device/${token(5)}` }, 400, "DeviceTokenNotForTopic"],
  ["a dead token", { path: `/3/device/${token(4)}` }, 410, "Unregistered"]
]

describe("Gate", () => {
  for (const [what, some, status, reason] of faults) {
    it(`answers ${status} ${reason} to ${what}`, () => {
      const [response] = responses({}, request(some))
      assert.strictEqual(response!.status, status)
      assert.strictEqual(response!.reason, reason)
    })
  }

  /** Both faults at once, where they can be had at once; the second fault's fields win. */
  const together = (a: Some, b: Some): Some | undefined => {
    const keys = Object.keys(a).filter((key) => key !== "with" && key in b)
    const headers = Object.keys(a.with ?? {}).filter((key) => key in (b.with ?? {}))
    const clash = a.twice !== undefined && b.with !== undefined && a.twice in b.with
    return keys.length > 0 || headers.length > 0 || clash
      ? undefined
      : { ...b, ...a, with: { ...b.with, ...a.with } }
  }
  it("answers the first of two faults, in the order of the list", () => {
    let pairs = 0
    for (const [i, [earlier, a, , reason]] of faults.entries()) {
      for (const [later, b] of faults.slice(i + 1)) {
        const both = together(a, b)
        if (both === undefined) continue
        pairs++
        assert.strictEqual(responses({}, request(both))[0]!.reason, reason, `${earlier} before ${later}`)
      }
    }
    assert.isAbove(pairs, 300)
  })

  it("accepts a good push, hands it on and answers with its id in capitals", () => {
    const body = new TextEncoder().encode('{"aps":{"event":"update"}}')
    const [, outputs] = Gate.step(gate(), request({ body }))
    const id = "00000000-0000-4000-8000-00000000000F"
    assert.deepStrictEqual(outputs, [
      { _tag: "StreamsLifted", connection: 1 },
      {
        _tag: "Accepted",
        at: noon,
        token: token(1),
        environment: "production",
        apnsId: id,
        pushType: "liveactivity",
        headers: fine,
        body,
        payload: { aps: { event: "update" } }
      },
      { _tag: "Response", status: 200, apnsId: id }
    ])
  })

  it("invents an id where none or a bad one is sent", () => {
    for (const id of [undefined, "one"]) {
      assert.strictEqual(
        responses({}, request({ with: { "apns-id": id } }))[0]!.apnsId,
        spareId.toUpperCase()
      )
    }
  })

  it("takes a token's hex in capitals", () => {
    assert.deepStrictEqual(answers({}, request({ path: `/3/device/${token(1).toUpperCase()}` })), [200])
  })

  it("lifts the limit on streams at the first good bearer token, whatever becomes of the push", () => {
    const lifted = (...inputs: ReadonlyArray<Gate.Input>) =>
      Step.play(Gate.step, gate(), inputs)[1].filter((output) => output._tag === "StreamsLifted").length
    assert.strictEqual(lifted(request({ signature: "invalid" })), 0)
    assert.strictEqual(lifted(request({ body: "" }), request(), request()), 1)
    assert.strictEqual(lifted(request(), request({ connection: 2 })), 2)
  })

  it("says when a token died, and takes it again once registered again", () => {
    const path = `/3/device/${token(4)}`
    assert.strictEqual(responses({}, request({ path }))[0]!.timestamp, retired.since)
    assert.deepStrictEqual(
      answers({}, request({ path }), { _tag: "Registered", token: known(4) }, request({ path })),
      ["Unregistered", 200]
    )
  })

  it("does not move a moment of death", () => {
    const die = (n: number): Gate.Input => ({
      _tag: "Retired",
      token: token(1),
      at: seconds(n),
      reason: "ExpiredToken"
    })
    const [response] = responses({}, die(1), die(2), request())
    assert.deepStrictEqual([response!.reason, response!.timestamp], ["ExpiredToken", seconds(1)])
  })

  it("refuses everything on a connection that has shown an expired bearer token, and on no other", () => {
    const old = request({ jwt: jwt({ issuedAtSeconds: 1_700_000_000 - 3601 }) })
    assert.deepStrictEqual(answers({}, old, request(), request({ connection: 2 })), [
      "ExpiredProviderToken",
      "ExpiredProviderToken",
      200
    ])
    assert.deepStrictEqual(answers({ strict: false }, old, request()), ["ExpiredProviderToken", 200])
  })

  const minted = (minutes: number, more: Some = {}) =>
    request({
      at: seconds(minutes * 60),
      jwt: jwt({ text: `minted.${minutes}`, issuedAtSeconds: 1_700_000_000 + minutes * 60 }),
      ...more
    })

  it("takes no second bearer token of a key within 20 minutes, and goes on taking the first", () => {
    assert.deepStrictEqual(answers({}, minted(0), minted(19), minted(0), minted(20), minted(0)), [
      200,
      "TooManyProviderTokenUpdates",
      200,
      200,
      200
    ])
  })

  it("counts minting by connection or by key, as told", () => {
    const elsewhere = minted(5, { connection: 2 })
    assert.deepStrictEqual(answers({}, minted(0), elsewhere), [200, 200])
    const perKey = { mintLimit: { perConnection: false, perKey: true } }
    assert.deepStrictEqual(answers(perKey, minted(0), elsewhere), [200, "TooManyProviderTokenUpdates"])
  })

  it("lets a proper sender open a connection just before it renews", () => {
    const late = minted(0, { at: seconds(49 * 60), connection: 2 })
    assert.deepStrictEqual(answers({}, minted(0), late, minted(50, { connection: 2 })), [200, 200, 200])
  })

  it("ties a connection to its first team, and keys for single topics to themselves", () => {
    const by = (keyId: string, teamId = "TEAM000001") => request({ jwt: jwt({ text: keyId, keyId, teamId }) })
    const first = by("KEY0000001")
    assert.deepStrictEqual(answers({}, first, by("KEY0000002", "TEAM000002")), [200, "InvalidProviderToken"])
    assert.deepStrictEqual(answers({}, first, by("KEY0000003")), [200, 200])
    assert.deepStrictEqual(answers({}, first, by("KEYTOPICS1")), [200, "UnrelatedKeyIdInToken"])
    assert.deepStrictEqual(answers({}, by("KEYTOPICS1"), first), [200, "UnrelatedKeyIdInToken"])
    assert.deepStrictEqual(answers({}, by("KEYTOPICS1"), by("KEYTOPICS2")), [200, "UnrelatedKeyIdInToken"])
    assert.deepStrictEqual(answers({}, by("KEYTOPICS1"), by("KEYRELATED")), [200, 200])
    assert.deepStrictEqual(answers({}, by("KEYRELATED"), by("KEYTOPICS1")), [200, 200])
    assert.deepStrictEqual(answers({}, first, by("KEYRELATED")), [200, "UnrelatedKeyIdInToken"])
    assert.deepStrictEqual(
      answers({}, first, { _tag: "Disconnected", connection: 1 }, by("KEY0000002", "TEAM000002")),
      [200, 200]
    )
  })

  it("slows pushes to one token and not to another", () => {
    const rate = { burst: 2, perSecond: 1 }
    const other = request({
      path: `/3/device/${token(6)}`,
      with: { "apns-push-type": "voip", "apns-topic": `${bundleId}.voip`, "apns-priority": "10" }
    })
    const later = request({ at: seconds(1) })
    assert.deepStrictEqual(answers({ rate }, request(), request(), request(), other, later, later), [
      200,
      200,
      "TooManyRequests",
      200,
      200,
      "TooManyRequests"
    ])
    assert.deepStrictEqual(answers({ rate: null }, ...Array<Gate.Input>(2000).fill(request())).at(-1), 200)
  })

  const wrong: ReadonlyArray<readonly [PushType.PushType | undefined, string, number | Reason.Reason]> = [
    [undefined, bundleId, 200],
    ["alert", bundleId, 200],
    ["alert", topic, "TopicDisallowed"],
    ["background", bundleId, "BadPriority"],
    ["voip", bundleId, "TopicDisallowed"],
    ["liveactivity", "uk.example.stranger.push-type.liveactivity", "TopicDisallowed"]
  ]
  for (const [type, as, expected] of wrong) {
    it(`answers ${expected} to ${type ?? "no type"} at priority 10 for ${as}`, () => {
      const push = request({
        path: `/3/device/${token(3)}`,
        with: { "apns-push-type": type, "apns-topic": as, "apns-priority": "10" }
      })
      assert.deepStrictEqual(answers({}, push), [expected])
    })
  }

  it("lets pass, when lax, what Apple calls an error without naming a reason", () => {
    const lax = { strict: false }
    assert.deepStrictEqual(answers(lax, request({ body: "aps" })), [200])
    assert.deepStrictEqual(answers(lax, request({ with: { "apns-priority": "1" } })), [200])
  })

  it("takes an absent priority for 10 and does without expiration, id and collapse id", () => {
    const bare = {
      "apns-priority": undefined,
      "apns-expiration": undefined,
      "apns-id": undefined,
      "apns-collapse-id": undefined
    }
    assert.deepStrictEqual(answers({}, request({ with: bare })), [200])
  })

  const kinds: ReadonlyArray<readonly [PushType.PushType, Gate.Kind, topic: string, priority: string]> = [
    ["alert", "device", bundleId, "1"],
    ["background", "device", bundleId, "5"],
    ["voip", "voip", `${bundleId}.voip`, "10"],
    ["liveactivity", "start", topic, "10"],
    ["liveactivity", "update", topic, "5"],
    ["pushtotalk", "pushtotalk", `${bundleId}.voip-ptt`, "10"],
    ["location", "location", `${bundleId}.location-query`, "5"],
    ["complication", "complication", `${bundleId}.complication`, "5"],
    ["fileprovider", "fileprovider", `${bundleId}.pushkit.fileprovider`, "5"],
    ["controls", "controls", `${bundleId}.push-type.controls`, "5"],
    ["widgets", "widgets", `${bundleId}.push-type.widgets`, "5"],
    ["mdm", "mdm", "com.apple.mgmt.External.0a1b", "10"]
  ]
  const registered = (kind: Gate.Kind, n = 50): Gate.Input => ({
    _tag: "Registered",
    token: known(n, { kind, bundleId: kind === "mdm" ? "com.apple.mgmt.External.0a1b" : bundleId })
  })
  const sent = (type: PushType.PushType, to: string, priority: string) =>
    request({
      path: `/3/device/${token(50)}`,
      with: { "apns-push-type": type, "apns-topic": to, "apns-priority": priority }
    })

  for (const [type, kind, to, priority] of kinds) {
    it(`takes ${type} for a token of the kind ${kind}, and for no token of another kind`, () => {
      assert.deepStrictEqual(answers({}, registered(kind), sent(type, to, priority)), [200])
      const others = kinds.filter(([, , other]) => other !== to)
      for (const [, other] of others) {
        assert.deepStrictEqual(answers({}, registered(other), sent(type, to, priority)), [
          "DeviceTokenNotForTopic"
        ])
      }
    })
  }

  it("takes a background push at 5 only, and a location query at 5 or 10", () => {
    const background = (priority: string) =>
      answers({}, registered("device"), sent("background", bundleId, priority))
    assert.deepStrictEqual(["1", "5", "10"].flatMap(background), ["BadPriority", 200, "BadPriority"])
    const query = (priority: string) =>
      answers({}, registered("location"), sent("location", `${bundleId}.location-query`, priority))
    assert.deepStrictEqual(["1", "5", "10"].flatMap(query), ["BadPriority", 200, 200])
  })

  it("gives the key to the delivery log in the sandbox only", () => {
    const spareUniqueId = "bbbbbbbb-0000-4000-8000-00000000000b"
    const log = (environment: "production" | "sandbox") =>
      responses(
        { environment },
        { _tag: "Registered", token: known(1, { environment }) },
        request({ spareUniqueId })
      )[0]
    assert.notProperty(log("production"), "uniqueId")
    assert.propertyVal(log("sandbox"), "uniqueId", spareUniqueId)
  })

  it("spells the reason for a key of the other environment as told", () => {
    const wrong = request({ jwt: jwt({ keyId: "KEYSANDBOX" }) })
    assert.deepStrictEqual(answers({ environmentReason: "BadEnvironmentKeyIdInToken" }, wrong), [
      "BadEnvironmentKeyIdInToken"
    ])
  })

  it("serves both worlds, and each token in its own", () => {
    const to = (n: number, environment: "production" | "sandbox") =>
      request({ path: `/3/device/${token(n)}`, environment })
    assert.deepStrictEqual(
      answers({}, to(1, "production"), to(1, "sandbox"), to(2, "production"), to(2, "sandbox")),
      [200, "BadDeviceToken", "BadDeviceToken", 200]
    )
    const [, outputs] = Gate.step(gate(), to(2, "sandbox"))
    assert.include(
      outputs.map((output) => output._tag === "Accepted" && output.environment),
      "sandbox"
    )
  })

  it("takes any well-formed token, where strangers are welcome, and still knows those it knows", () => {
    const to = (path: string) => request({ path: `/3/device/${path}` })
    assert.deepStrictEqual(
      answers({ strangers: "welcome" }, to("ab"), to("abc"), to("xyz0"), to(token(2)), to(token(4))),
      [200, "BadDeviceToken", "BadDeviceToken", "BadDeviceToken", "Unregistered"]
    )
  })

  it("refuses a key from its revocation on, for a reason as told, until it is issued again", () => {
    const revoked: Gate.Input = { _tag: "KeyRevoked", keyId: "KEY0000001" }
    const issued: Gate.Input = { _tag: "KeyIssued", key: keys[0]! }
    assert.deepStrictEqual(answers({}, request(), revoked, request(), issued, request()), [
      200,
      "InvalidProviderToken",
      200
    ])
    assert.deepStrictEqual(answers({ revokedReason: "Forbidden" }, revoked, request()), ["Forbidden"])
  })

  it("lets a key do no more on a connection than it could when it was first shown there", () => {
    const stranger = "uk.example.new"
    const add: Gate.Input = {
      _tag: "KeyIssued",
      key: { ...keys[0]!, bundleIds: [...keys[0]!.bundleIds!, stranger] }
    }
    const known9: Gate.Input = { _tag: "Registered", token: known(9, { bundleId: stranger }) }
    const push = (connection: number) =>
      request({
        connection,
        path: `/3/device/${token(9)}`,
        with: { "apns-topic": `${stranger}.push-type.liveactivity` }
      })
    assert.deepStrictEqual(answers({}, known9, request(), add, push(1), push(2)), [
      200,
      "TopicDisallowed",
      200
    ])
  })
})

describe("a connection that keeps making mistakes", () => {
  const bad = request({ path: `/3/device/${token(99)}` })
  const other = request({ body: "" })
  const dead = request({ path: `/3/device/${token(4)}` })
  const effects = (rules: Partial<Patience.Rules>, ...inputs: ReadonlyArray<Gate.Input>) =>
    Step.play(Gate.step, gate({ patience: Patience.rules(rules) }), inputs)[1].flatMap((output) => {
      if (output._tag === "Response") return [output.reason ?? "ok"]
      return output._tag === "SentAway"
        ? [`away: ${output.reason}`]
        : output._tag === "Accepted"
          ? []
          : [output._tag]
    })
  const hasty = { limit: 10, weights: { badDeviceToken: 5, other: 1 }, slows: false }

  it("is sent away, sooner for bad tokens than for other mistakes, with the reason of the last", () => {
    assert.deepStrictEqual(effects(hasty, bad, bad).slice(1), [
      "BadDeviceToken",
      "BadDeviceToken",
      "away: BadDeviceToken"
    ])
    const ten = effects(hasty, ...Array<Gate.Input>(10).fill(other))
    assert.deepStrictEqual(ten.indexOf("away: PayloadEmpty"), ten.length - 1)
    assert.strictEqual(ten.length, 12)
  })

  it("is not blamed for dead tokens, nor for what another has done", () => {
    assert.notInclude(effects(hasty, ...Array<Gate.Input>(50).fill(dead)).join(), "away")
    assert.notInclude(effects(hasty, bad, { ...bad, connection: 2 }).join(), "away")
  })

  it("is forgiven in time, and starts afresh when it is opened anew", () => {
    assert.notInclude(effects(hasty, bad, { ...bad, at: seconds(1) }).join(), "away")
    assert.include(effects({ ...hasty, perSecond: 0 }, bad, { ...bad, at: seconds(999) }).join(), "away")
    assert.notInclude(effects(hasty, bad, { _tag: "Disconnected", connection: 1 }, bad).join(), "away")
  })

  it("has a single stream after a rejection, until something is accepted", () => {
    assert.deepStrictEqual(effects({ slows: true }, other, other, dead, request(), request()), [
      "StreamsLifted",
      "PayloadEmpty",
      "StreamsCut",
      "PayloadEmpty",
      "Unregistered",
      "StreamsLifted",
      "ok",
      "ok"
    ])
  })

  it("is borne with for ever, unless the rules say otherwise", () => {
    const [, outputs] = Step.play(Gate.step, gate(), Array<Gate.Input>(2000).fill(bad))
    assert.isTrue(outputs.every(({ _tag }) => _tag === "Response" || _tag === "StreamsLifted"))
  })
})
