import {
  Broadcast,
  Channel,
  Channels,
  Gate,
  Hosts,
  Http2,
  type Jwt,
  Management,
  ModelChannels,
  ProviderToken,
  Publish,
  type Reason,
  Request,
  Tls,
  Told,
  Transport
} from "@sightscreen/apns"
import { Instant, Step } from "@sightscreen/decider"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Redacted, Result, Schema } from "effect"
import * as http2 from "node:http2"
import { apple, authority, bundleId, known, pushId, signingKey } from "./support.ts"

const noon = Instant.fromSeconds(1_700_000_000)
const id = Schema.decodeSync(Channel.ChannelId)("dHN0LXNyY2gtY2hubA==")
const unstored: Channel.Unstored = { id, bundleId, storage: "none" }
const stored: Channel.Stored = { id, bundleId, storage: "latest", environment: "sandbox" }
const state = { timestamp: Instant.toSeconds(noon), contentState: { runs: 6 }, priority: 5 } as const
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes)
const seal = (broadcast: Broadcast.Broadcast) => Result.getOrThrow(Publish.seal(broadcast))

describe("a request about channels", () => {
  const app = { bundleId, requestId: pushId(1) }
  const requests: ReadonlyArray<
    readonly [
      what: string,
      Request.Request,
      headers: Readonly<Record<string, string>>,
      body: string,
      Request.Role
    ]
  > = [
    [
      "creates",
      Management.create(app, "latest"),
      {
        ":method": "POST",
        "content-type": "application/json",
        "apns-request-id": pushId(1),
        ":path": "/1/apps/uk.example.cricket/channels"
      },
      '{"message-storage-policy":1,"push-type":"LiveActivity"}',
      "management"
    ],
    [
      "reads",
      Management.read(unstored),
      { ":method": "GET", "apns-channel-id": id, ":path": "/1/apps/uk.example.cricket/channels" },
      "",
      "management"
    ],
    [
      "lists",
      Management.list({ bundleId }),
      { ":method": "GET", ":path": "/1/apps/uk.example.cricket/all-channels" },
      "",
      "management"
    ],
    [
      "deletes",
      Management.remove(unstored),
      { ":method": "DELETE", "apns-channel-id": id, ":path": "/1/apps/uk.example.cricket/channels" },
      "",
      "management"
    ],
    [
      "publishes",
      Publish.request(seal(Broadcast.update({ ...state, channel: unstored })), pushId(2)),
      {
        ":method": "POST",
        "apns-push-type": "liveactivity",
        "apns-channel-id": id,
        "apns-priority": "5",
        "apns-expiration": "0",
        "apns-request-id": pushId(2),
        ":path": "/4/broadcasts/apps/uk.example.cricket"
      },
      '{"aps":{"timestamp":1700000000,"event":"update","content-state":{"runs":6}}}',
      "push"
    ]
  ]
  for (const [what, request, headers, body, role] of requests) {
    it(`${what} as Apple documents it, with the id in a header`, () => {
      assert.deepStrictEqual(Object.fromEntries(Request.headers(request)), headers)
      assert.strictEqual(text(request.body), body)
      assert.strictEqual(Request.roleOf(request), role)
      assert.strictEqual(Request.methodOf(request), headers[":method"])
      assert.notInclude(request.path, id)
    })
  }

  it("goes to the environment of its channel", () => {
    assert.strictEqual(Management.read(unstored).environment, "production")
    assert.strictEqual(Management.read(stored).environment, "sandbox")
    const publish = seal(Broadcast.end({ ...state, channel: stored, expiration: noon }))
    assert.strictEqual(Publish.request(publish).environment, "sandbox")
    assert.include(
      publish.headers.map(([name, value]) => `${name}: ${value}`),
      "apns-expiration: 1700000000"
    )
  })

  it("has room for 5120 bytes", () => {
    const padded = (bytes: number) =>
      Publish.seal(
        Broadcast.update({
          ...state,
          channel: unstored,
          contentState: {
            pad: "x".repeat(
              bytes - '{"aps":{"timestamp":1700000000,"event":"update","content-state":{"pad":""}}}'.length
            )
          }
        })
      )
    assert.strictEqual(Result.getOrThrow(padded(5120)).body.length, 5120)
    assert.isTrue(Result.isFailure(padded(5121)))
  })
})

describe("an answer about channels", () => {
  const answered = (status: number, headers: Readonly<Record<string, string>> = {}, body: unknown = "") =>
    ({
      _tag: "Answered",
      status,
      apnsId: undefined,
      uniqueId: headers["apns-unique-id"],
      body: typeof body === "string" ? body : JSON.stringify(body),
      connection: 1,
      headers: { "apns-request-id": pushId(1).toUpperCase(), ...headers }
    }) as Transport.Answer
  const done = <A>(value: A) => ({ _tag: "Done", value, requestId: pushId(1) })

  it("holds what was asked for", () => {
    assert.deepStrictEqual(Management.created(answered(201, { "apns-channel-id": id })), done(id) as never)
    const policy = { "message-storage-policy": 1, "push-type": "LiveActivity" }
    assert.deepStrictEqual(Management.wasRead(answered(200, {}, policy)), done("latest") as never)
    assert.deepStrictEqual(Management.listed(answered(200, {}, { channels: [id] })), done([id]) as never)
    assert.deepStrictEqual(Management.removed(answered(204)), done(true) as never)
    assert.deepStrictEqual(
      Publish.published(answered(200, { "apns-unique-id": "u" })),
      done({ uniqueId: "u" }) as never
    )
  })

  it("is a refusal with a verdict, unknown reasons included", () => {
    const verdict = (status: number, reason: string) => {
      const told = Publish.published(answered(status, {}, { reason }))
      assert(told._tag === "Refused")
      return told.verdict._tag
    }
    assert.strictEqual(verdict(400, "ChannelNotRegistered"), "ChannelRefused")
    assert.strictEqual(verdict(429, "TooManyRequests"), "SlowDown")
    assert.strictEqual(verdict(403, "TopicMismatch"), "Unauthorised")
    assert.strictEqual(verdict(503, "Service Unavailable"), "AppleDown")
    assert.strictEqual(verdict(400, "SomethingNew"), "Malformed")
    const none = Management.listed({ _tag: "NotProcessed", why: "no-connection" })
    assert(none._tag === "Refused")
    assert.strictEqual(none.verdict._tag, "Unanswered")
  })

  it("says so when a success lacks what it should bring", () => {
    const lacking: ReadonlyArray<Told.Told<unknown>> = [
      Management.created(answered(201)),
      Management.created(answered(200, { "apns-channel-id": id })),
      Management.wasRead(answered(200, {}, { "message-storage-policy": 2 })),
      Management.listed(answered(200, {}, "<html>")),
      Management.listed(answered(200, {}, { channels: [7] }))
    ]
    for (const told of lacking) assert.strictEqual(told._tag, "Unreadable")
  })
})

const jwt: Jwt.Jwt = {
  text: "h.c.s",
  keyId: "KEY0000001",
  teamId: "TEAM000001",
  issuedAtSeconds: 1_700_000_000,
  signed: "h.c",
  signature: new Uint8Array(64)
}
const keys: ReadonlyArray<Gate.Key> = [
  { keyId: "KEY0000001", teamId: "TEAM000001", bundleIds: [bundleId, "uk.example.other", "uk.example.off"] },
  { keyId: "KEY0000002", teamId: "TEAM000001" }
]
const enabled = [bundleId, "uk.example.other", `${bundleId}.voip`]

interface Some extends Partial<Omit<Gate.Request, "headers" | "body" | "jwt">> {
  readonly with?: Readonly<Record<string, string | undefined>>
  readonly body?: string
  readonly jwt?: Jwt.Jwt | Jwt.Unreadable
}

let spares = 0
const gateRequest = (base: Request.Request, some: Some = {}): Gate.Request => {
  const { body = text(base.body), jwt: shown = jwt, with: extra = {}, ...rest } = some
  const headers = Object.fromEntries(Request.headers(base).filter(([name]) => !name.startsWith(":")))
  const spare = (kind: string) =>
    `${(++spares).toString(16).padStart(8, "0")}-0000-4000-8000-00000000000${kind}`
  return {
    _tag: "Request",
    at: noon,
    connection: 1,
    method: Request.methodOf(base),
    path: base.path,
    headers: Object.entries({ ...headers, ...extra }).filter(
      (pair): pair is [string, string] => pair[1] !== undefined
    ),
    body: new TextEncoder().encode(body),
    jwt: typeof shown === "string" ? Result.fail(shown) : Result.succeed(shown),
    signature: "valid",
    spareId: spare("a"),
    spareUniqueId: spare("b"),
    role: Request.roleOf(base),
    ...rest
  }
}

const world = (rules: Partial<ModelChannels.Rules> = {}, more: Partial<Gate.Rules> = {}) =>
  Gate.make(Gate.rules({ keys, channels: ModelChannels.rules({ enabled, ...rules }), ...more }))

type Reply = Extract<Gate.Output, { readonly _tag: "ChannelResponse" }>
const replies = (gate: Gate.Gate, ...inputs: ReadonlyArray<Gate.Input>) => {
  const [next, outputs] = Step.play(Gate.step, gate, inputs)
  return [next, outputs.filter((output): output is Reply => output._tag === "ChannelResponse")] as const
}
const said = (gate: Gate.Gate, ...inputs: ReadonlyArray<Gate.Input>) =>
  replies(gate, ...inputs)[1].map(({ reason, status }) => reason ?? status)

/** A world with a channel of each kind in it. */
const furnished = (rules: Partial<ModelChannels.Rules> = {}, more: Partial<Gate.Rules> = {}) => {
  const [gate, created] = replies(
    world(rules, more),
    gateRequest(Management.create({ bundleId }, "none")),
    gateRequest(Management.create({ bundleId }, "latest"))
  )
  const [none, latest] = created.map(({ channelId }) => channelId as Channel.ChannelId)
  return {
    gate,
    none: { id: none!, bundleId, storage: "none" } as Channel.Unstored,
    latest: { id: latest!, bundleId, storage: "latest" } as Channel.Stored
  }
}

const publishing = (channel: Channel.Channel, some: Some = {}) =>
  gateRequest(
    Publish.request(
      seal(
        channel.storage === "none"
          ? Broadcast.update({ ...state, channel })
          : Broadcast.update({ ...state, channel, expiration: Instant.fromSeconds(1_700_003_600) })
      )
    ),
    some
  )

/** Apple promises no order. */
const sorted = (json: object | undefined) =>
  json !== undefined && "channels" in json && Array.isArray(json.channels)
    ? { channels: [...json.channels].sort() }
    : json

describe("channels at a model Apple", () => {
  it("are created, read, listed and deleted", () => {
    const { gate, latest, none } = furnished()
    const [after, answers] = replies(
      gate,
      gateRequest(Management.read(none)),
      gateRequest(Management.read(latest)),
      gateRequest(Management.list({ bundleId })),
      gateRequest(Management.remove(none)),
      gateRequest(Management.list({ bundleId })),
      gateRequest(Management.read(none))
    )
    assert.deepStrictEqual(
      answers.map(({ json, reason, status }): readonly [number, unknown] => [status, reason ?? sorted(json)]),
      [
        [200, { "message-storage-policy": 0, "push-type": "LiveActivity" }],
        [200, { "message-storage-policy": 1, "push-type": "LiveActivity" }],
        [200, { channels: [none.id, latest.id].sort() }],
        [204, undefined],
        [200, { channels: [latest.id] }],
        [400, "ChannelNotRegistered"]
      ]
    )
    assert.deepStrictEqual(said(after, publishing(none)), ["ChannelNotRegistered"])
  })

  it("have random ids in base64, and answers the id of their request", () => {
    const { latest, none } = furnished()
    assert.match(none.id, /^[A-Za-z0-9+/]{22}==$/)
    assert.notStrictEqual(none.id, latest.id)
    const [, [echoed, invented]] = replies(
      world(),
      gateRequest(Management.list({ bundleId, requestId: pushId(7) })),
      gateRequest(Management.list({ bundleId }))
    )
    assert.strictEqual(echoed!.requestId, pushId(7))
    assert.match(invented!.requestId, /^[0-9a-f-]{36}$/)
  })

  it("are limited in number, by app and environment, until some are deleted", () => {
    const create = (bundle: string) =>
      gateRequest({ ...Management.create({ bundleId }, "none"), path: `/1/apps/${bundle}/channels` })
    const { gate, none } = furnished({ limit: 3 })
    assert.deepStrictEqual(
      said(
        gate,
        create(bundleId),
        create(bundleId),
        create("uk.example.other"),
        gateRequest(Management.remove(none)),
        create(bundleId)
      ),
      [201, "CannotCreateChannelConfig", 201, 204, 201]
    )
    assert.strictEqual(ModelChannels.rules().limit, 10_000)
  })

  it("are unknown in the other environment", () => {
    const { gate, none } = furnished()
    const sandbox: Gate.Gate = { ...gate, rules: { ...gate.rules, environment: "sandbox" } }
    assert.deepStrictEqual(said(sandbox, gateRequest(Management.read(none)), publishing(none)), [
      "ChannelNotRegistered",
      "ChannelNotRegistered"
    ])
  })

  const Deed = Schema.Struct({
    what: Schema.Literals(["create", "create", "remove", "publish"]),
    nth: Schema.Int.pipe(Schema.check(Schema.isBetween({ minimum: 0, maximum: 9 }))),
    storage: Channel.Storage
  })
  const Deeds = Schema.Array(Deed).pipe(Schema.check(Schema.isMinLength(10)))

  it.prop("are exactly those that were created and not deleted, whatever happens", [Deeds], ([deeds]) => {
    let gate = world({ limit: 4 })
    const alive: Array<Channel.Channel> = []
    const ids = new Set<string>()
    const ask = (request: Gate.Request) => {
      const [next, [reply]] = replies(gate, request)
      gate = next
      return reply!
    }
    for (const { nth, storage, what } of deeds) {
      const channel = alive[nth]
      if (what === "create") {
        const reply = ask(gateRequest(Management.create({ bundleId }, storage)))
        assert.strictEqual(reply.reason, alive.length === 4 ? "CannotCreateChannelConfig" : undefined)
        if (reply.channelId === undefined) continue
        assert.isFalse(ids.has(reply.channelId))
        ids.add(reply.channelId)
        alive.push({ id: reply.channelId as Channel.ChannelId, bundleId, storage })
      } else if (what === "publish") {
        assert.strictEqual(ask(publishing(channel ?? unstored)).status, channel === undefined ? 400 : 200)
      } else {
        const reply = ask(gateRequest(Management.remove(channel ?? unstored)))
        assert.strictEqual(reply.status, channel === undefined ? 400 : 204)
        alive.splice(nth, 1)
      }
    }
    const { json } = ask(gateRequest(Management.list({ bundleId })))
    assert.deepStrictEqual(sorted(json), { channels: alive.map(({ id }) => id as string).sort() })
    for (const channel of alive) {
      const { json } = ask(gateRequest(Management.read(channel)))
      assert.propertyVal(json, "message-storage-policy", Channel.policyOf(channel.storage))
    }
  })

  const creating = Management.create({ bundleId }, "none")
  const path = (to: string): Some => ({ path: to })
  type Row = readonly [what: string, Some, status: number, Reason.Reason]
  const faults: ReadonlyArray<Row> = [
    ["a path that leads nowhere", path("/1/apps/uk.example.cricket/chanels"), 404, "BadPath"],
    ["an id in the path", path(`/1/apps/uk.example.cricket/channels/${id}`), 404, "BadPath"],
    ["a push at the wrong host", path("/3/device/00"), 404, "BadPath"],
    ["a publish at the wrong host", path("/4/broadcasts/apps/uk.example.cricket"), 404, "BadPath"],
    ["another method", { method: "PUT" }, 405, "MethodNotAllowed"],
    [
      "a list that is posted",
      { ...path("/1/apps/uk.example.cricket/all-channels") },
      405,
      "MethodNotAllowed"
    ],
    ["no bearer token", { jwt: "Missing" }, 403, "MissingProviderToken"],
    ["a bad signature", { signature: "invalid" }, 403, "InvalidProviderToken"],
    ["an old bearer token", { jwt: { ...jwt, issuedAtSeconds: 1_699_990_000 } }, 403, "ExpiredProviderToken"],
    ["a topic's suffix", path("/1/apps/uk.example.cricket.voip/channels"), 400, "TopicDisallowed"],
    ["an app of another key", path("/1/apps/uk.example.stranger/channels"), 403, "TopicMismatch"],
    ["an app without the capability", path("/1/apps/uk.example.off/channels"), 400, "FeatureNotEnabled"],
    ["a request id that is no UUID", { with: { "apns-request-id": "one" } }, 400, "BadMessageId"],
    ["no body", { body: "" }, 400, "PayloadEmpty"],
    ["no JSON", { body: "{" }, 400, "BadRequestPayload"],
    [
      "an unknown attribute",
      { body: '{"message-storage-policy":0,"push-type":"LiveActivity","name":"x"}' },
      400,
      "BadRequestParams"
    ],
    ["no policy", { body: '{"push-type":"LiveActivity"}' }, 400, "MissingChannelQueueSize"],
    [
      "a policy that does not exist",
      { body: '{"message-storage-policy":2,"push-type":"LiveActivity"}' },
      400,
      "MissingChannelQueueSize"
    ],
    ["no push type", { body: '{"message-storage-policy":0}' }, 400, "MissingPushType"],
    [
      "a push type for tokens",
      { body: '{"message-storage-policy":0,"push-type":"Alert"}' },
      400,
      "InvalidPushType"
    ]
  ]
  for (const [what, some, status, reason] of faults) {
    it(`are not created by ${what}: ${status} ${reason}`, () => {
      const [, [reply]] = replies(world(), gateRequest(creating, some))
      assert.deepStrictEqual([reply!.status, reply!.reason], [status, reason])
    })
  }

  it("are not read without an id, or by one that is none", () => {
    const read = (channelId: string | undefined) =>
      gateRequest(Management.read(unstored), { with: { "apns-channel-id": channelId } })
    assert.deepStrictEqual(said(world(), read(undefined), read("no id!"), read("x".repeat(600)), read(id)), [
      "MissingChannelId",
      "BadChannelId",
      "BadChannelId",
      "ChannelNotRegistered"
    ])
  })

  it("lift the limit on streams like a push does", () => {
    const [, outputs] = Gate.step(world(), gateRequest(creating, { body: "" }))
    assert.deepStrictEqual(outputs[0], { _tag: "StreamsLifted", connection: 1 })
  })
})

describe("a publish at a model Apple", () => {
  it("is taken and handed on, with an id for the delivery log", () => {
    const { gate, none } = furnished()
    const request = publishing(none)
    const [, outputs] = Gate.step(gate, request)
    const published = outputs.find((output) => output._tag === "Published")!
    assert.strictEqual(published.channelId, none.id)
    assert.deepStrictEqual(published.payload, {
      aps: { timestamp: 1_700_000_000, event: "update", "content-state": { runs: 6 } }
    })
    assert.deepStrictEqual(outputs.at(-1), {
      _tag: "ChannelResponse",
      status: 200,
      requestId: request.spareId,
      uniqueId: request.spareUniqueId
    } as never)
  })

  type Row = readonly [what: string, Some, status: number, Reason.Reason]
  /** In the order in which they are looked for. */
  const faults: ReadonlyArray<Row> = [
    ["an unknown path", { path: "/4/broadcasts/apps" }, 404, "BadPath"],
    ["another method", { method: "GET" }, 405, "MethodNotAllowed"],
    ["no bearer token", { jwt: "Missing" }, 403, "MissingProviderToken"],
    ["a request id that is no UUID", { with: { "apns-request-id": "one" } }, 400, "BadMessageId"],
    ["no channel", { with: { "apns-channel-id": undefined } }, 400, "MissingChannelId"],
    ["a channel that is no id", { with: { "apns-channel-id": "?" } }, 400, "BadChannelId"],
    ["no push type", { with: { "apns-push-type": undefined } }, 400, "MissingPushType"],
    ["a push type for tokens", { with: { "apns-push-type": "alert" } }, 400, "InvalidPushType"],
    ["no expiration", { with: { "apns-expiration": undefined } }, 400, "BadExpirationDate"],
    ["one in milliseconds", { with: { "apns-expiration": "1700000000000" } }, 400, "BadExpirationDate"],
    ["no priority", { with: { "apns-priority": undefined } }, 400, "BadPriority"],
    ["an unknown channel", { with: { "apns-channel-id": id } }, 400, "ChannelNotRegistered"],
    [
      "an expiration on a channel that stores nothing",
      { with: { "apns-expiration": "1700000600" } },
      400,
      "BadExpirationDate"
    ],
    ["no payload", { body: "" }, 400, "PayloadEmpty"],
    ["too large a payload", { body: JSON.stringify({ pad: "x".repeat(5120) }) }, 413, "PayloadTooLarge"]
  ]
  for (const [what, some, status, reason] of faults) {
    it(`with ${what} is answered ${status} ${reason}`, () => {
      const { gate, none } = furnished()
      const [, [reply]] = replies(gate, publishing(none, some))
      assert.deepStrictEqual([reply!.status, reply!.reason], [status, reason])
    })
  }

  it("with two faults is answered the first of them", () => {
    const { gate, none } = furnished()
    for (const [i, [earlier, a, , reason]] of faults.entries()) {
      for (const [later, b] of faults.slice(i + 1)) {
        const names = [...Object.keys(a.with ?? {}), ...Object.keys(a).filter((key) => key !== "with")]
        if (names.some((name) => name in b || name in (b.with ?? {}))) continue
        const both = { ...b, ...a, with: { ...b.with, ...a.with } }
        assert.deepStrictEqual(said(gate, publishing(none, both)), [reason], `${earlier} before ${later}`)
      }
    }
  })

  it("may be spelled with a capital, and carry Apple's older name of the request id", () => {
    const { gate, none } = furnished()
    const [, [reply]] = replies(
      gate,
      publishing(none, { with: { "apns-push-type": "Liveactivity", "apns-id": pushId(3) } })
    )
    assert.deepStrictEqual([reply!.status, reply!.requestId], [200, pushId(3)])
  })

  it("is slowed on one channel and not on another", () => {
    const { gate, latest, none } = furnished({ rate: { burst: 2, perSecond: 1 } })
    const later = publishing(none, { at: Instant.fromSeconds(1_700_000_001) })
    assert.deepStrictEqual(
      said(gate, publishing(none), publishing(none), publishing(none), publishing(latest), later, later),
      [200, 200, "TooManyRequests", 200, 200, "TooManyRequests"]
    )
  })

  it("says how long it is kept for who is offline: not at all, to its expiration, or eight hours", () => {
    const { gate, latest, none } = furnished()
    const kept = (request: Gate.Request) => {
      const [, outputs] = Gate.step(gate, request)
      const published = outputs.find((output) => output._tag === "Published")
      return published?.until && (published.until - noon) / 3_600_000
    }
    const until = (seconds: string) => publishing(latest, { with: { "apns-expiration": seconds } })
    assert.isNull(kept(publishing(none)))
    assert.isNull(kept(until("0")))
    assert.strictEqual(kept(publishing(latest)), 1)
    assert.strictEqual(kept(until("1800000000")), 8)
  })

  it("may say start, which devices ignore", () => {
    const { gate, none } = furnished()
    const start = publishing(none, { body: '{"aps":{"event":"start"}}' })
    assert.deepStrictEqual(said(gate, start), [200])
  })

  it("finds no channel that is lost behind its owner's back, and leaves room for another", () => {
    const { gate, latest, none } = furnished({ limit: 2 })
    const lost: Gate.Input = { _tag: "ChannelLost", channelId: none.id }
    assert.deepStrictEqual(
      said(gate, lost, lost, publishing(none), publishing(latest), gateRequest(Management.read(none))),
      ["ChannelNotRegistered", 200, "ChannelNotRegistered"]
    )
    const create = gateRequest(Management.create({ bundleId }, "none"))
    assert.deepStrictEqual(said(gate, create, lost, create), ["CannotCreateChannelConfig", 201])
  })
})

/** A transport that hands on every header, one connection for each request. */
const bare = (origin: string, ca: string): Transport.Transport["Service"] => ({
  exchange: (request, bearer) =>
    Effect.callback<Transport.Answer>((resume) => {
      const session = http2.connect(origin, { ca })
      session.on("error", () => resume(Effect.succeed({ _tag: "Unknown", why: "lost" })))
      const stream = session.request(
        {
          ...Object.fromEntries(Request.headers(request)),
          authorization: `bearer ${Redacted.value(bearer)}`
        },
        { endStream: false }
      )
      let headers: Readonly<Record<string, unknown>> = {}
      let body = ""
      stream.on("response", (it) => {
        headers = it
      })
      stream.setEncoding("utf8")
      stream.on("data", (chunk: string) => {
        body += chunk
      })
      stream.on("close", () => {
        session.close()
        const status = Number(headers[":status"])
        const uniqueId = headers["apns-unique-id"] as string | undefined
        const answer = { _tag: "Answered" as const, status, apnsId: undefined, uniqueId, body, connection: 1 }
        resume(Effect.succeed({ ...answer, headers } as Transport.Answer))
      })
      stream.end(request.body)
    }),
  disown: () => Effect.void
})

const value = <A>(told: Told.Told<A>): A => {
  assert(told._tag === "Done", JSON.stringify(told))
  return told.value
}

describe("Channels, with a model Apple on two sockets", () => {
  const senders = Effect.fnUntraced(function* (
    origin: string,
    management: string,
    by: "bare" | typeof Http2.layer
  ) {
    const { ca } = yield* authority
    const { credentials } = yield* signingKey
    const layer = Hosts.layer(
      (by === "bare" ? Http2.layer : by)({ hosts: { production: origin }, ca }),
      by === "bare"
        ? Layer.succeed(Transport.Transport, bare(management, ca))
        : by({ hosts: { production: management }, ca })
    )
    return Channels.Channels.layer.pipe(
      Layer.provide(layer),
      Layer.provide(ProviderToken.ProviderToken.layer(credentials))
    )
  })

  for (const [name, transport] of [
    ["Node's HTTP/2", Http2.layer],
    ["ours", Tls.layer]
  ] as const) {
    it.live(`create a channel, publish to it and delete it, by ${name}`, () =>
      Effect.gen(function* () {
        const published: Array<ModelChannels.Published> = []
        const { server } = yield* apple({ managementPort: 0, onPublished: (it) => published.push(it) })
        const { origin } = server.management!
        const channel = yield* Effect.gen(function* () {
          const channels = yield* Channels.Channels
          const created = value(yield* channels.create({ bundleId }, "none"))
          assert.strictEqual(created.storage, "none")
          assert.deepStrictEqual(value(yield* channels.list({ bundleId })), [created.id])
          return created
        }).pipe(Effect.provide(yield* senders(server.origin, origin, "bare")))

        yield* Effect.gen(function* () {
          const channels = yield* Channels.Channels
          assert.strictEqual(value(yield* channels.read(channel)), "none")
          const sealed = seal(Broadcast.update({ ...state, channel }))
          assert.isString(value(yield* channels.publish(sealed, pushId(1))).uniqueId)
          assert.isTrue(value(yield* channels.remove(channel)))
          assert.deepStrictEqual(value(yield* channels.list({ bundleId })), [])
          const refused = yield* channels.publish(sealed)
          assert(refused._tag === "Refused")
          assert.deepStrictEqual(refused.verdict, {
            _tag: "ChannelRefused",
            status: 400,
            reason: "ChannelNotRegistered"
          })
        }).pipe(Effect.provide(yield* senders(server.origin, origin, transport)))
        assert.deepStrictEqual(
          published.map(({ channelId, requestId }) => [channelId, requestId]),
          [[channel.id, pushId(1)]]
        )
      }).pipe(Effect.scoped)
    )
  }

  it.live("are not managed where pushes go, nor pushes taken where channels are managed", () =>
    Effect.gen(function* () {
      const { server } = yield* apple({ managementPort: 0, tokens: [known(1)] })
      const { ca } = yield* authority
      const bearer = Redacted.make("nobody")
      const reason = (origin: string, request: Request.Request) =>
        Effect.map(bare(origin, ca).exchange(request, bearer), (answer) => {
          const told = Management.listed(answer)
          return told._tag === "Refused" && "reason" in told.verdict ? told.verdict.reason : told
        })
      const publish = Publish.request(seal(Broadcast.update({ ...state, channel: unstored })))
      assert.strictEqual(yield* reason(server.origin, Management.list({ bundleId })), "BadPath")
      assert.strictEqual(yield* reason(server.management!.origin, publish), "BadPath")
      assert.strictEqual(yield* reason(server.origin, publish), "InvalidProviderToken")
    }).pipe(Effect.scoped)
  )

  it.live("say so when no answer comes", () =>
    Effect.gen(function* () {
      const { server } = yield* apple({ managementPort: 0 })
      const layer = yield* senders(server.origin, server.management!.origin, Http2.layer)
      yield* server.inject({ _tag: "Refuse", status: 503, reason: "Service Unavailable", times: 1 })
      const told = yield* Effect.flatMap(Channels.Channels, (channels) => channels.list({ bundleId })).pipe(
        Effect.provide(layer)
      )
      assert(told._tag === "Refused")
      assert.strictEqual(told.verdict._tag, "AppleDown")
    }).pipe(Effect.scoped)
  )
})

describe("two transports as one", () => {
  it.effect("retire the connection of the one it belongs to", () =>
    Effect.gen(function* () {
      const retired: Array<string> = []
      const answering = (name: string): Transport.Transport["Service"] => ({
        exchange: () =>
          Effect.succeed({
            _tag: "Answered",
            status: 204,
            apnsId: undefined,
            uniqueId: undefined,
            body: "",
            connection: 7
          }),
        disown: (_, connection) => Effect.sync(() => retired.push(`${name} ${connection}`))
      })
      const both = Hosts.routed(answering("push"), answering("management"))
      const bearer = Redacted.make("jwt")
      for (const request of [
        Management.list({ bundleId }),
        Publish.request(seal(Broadcast.update({ ...state, channel: unstored })))
      ]) {
        const answer = yield* both.exchange(request, bearer)
        assert(answer._tag === "Answered")
        yield* both.disown(bearer, answer.connection)
      }
      assert.deepStrictEqual(retired, ["management 7", "push 7"])
    })
  )
})
