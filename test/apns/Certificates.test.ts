import {
  Alert,
  Apns,
  Authority,
  Certificate,
  Channels,
  ClientCertificate,
  Gate,
  Hosts,
  Http2,
  ModelTransport,
  Notification,
  ProviderToken,
  Request,
  Server,
  Tls
} from "@sightscreen/apns"
import { Instant, Step } from "@sightscreen/decider"
import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Layer, Redacted, Result, Schema } from "effect"
import { X509Certificate } from "node:crypto"
import { apple, authority, bundleId, known, pushId, sealed, token } from "./support.ts"

const other = Schema.decodeSync(Notification.BundleId)("uk.example.other")
const topics = [bundleId, `${bundleId}.voip`]
const wish: Authority.Wish = { topics, environments: ["production"] }

/** A certificate from the authority that the model Apple trusts. */
const issued = (more: Partial<Authority.Wish> = {}) =>
  Effect.flatMap(authority, (it) => Effect.orDie(it.issue({ ...wish, ...more })))

const client = (more: Partial<Authority.Wish> = {}) =>
  Effect.flatMap(issued(more), (pems) => Effect.orDie(ClientCertificate.ClientCertificate.make(pems)))

const alert = (n: number) =>
  Notification.to(
    Result.getOrThrow(
      Notification.seal(
        Alert.alert({ bundleId, alert: { title: "Wicket!" }, priority: 10, expiration: "once" })
      )
    ),
    token(n),
    pushId(n)
  )

const devices = (howMany: number) => Array.from({ length: howMany }, (_, n) => known(n, { kind: "device" }))

describe("a certificate", () => {
  it.effect("says for which topics and worlds it is", () =>
    Effect.gen(function* () {
      for (const environments of [["production"], ["sandbox"], ["sandbox", "production"]] as const) {
        const { certificate } = yield* issued({ environments, topics: [...topics, "uk.example.other"] })
        assert.deepStrictEqual(Certificate.read(new X509Certificate(certificate).raw), {
          environments: [...environments],
          topics: [...topics, "uk.example.other"]
        })
      }
    })
  )

  it.effect("that is none of Apple's is for the name of its subject at most", () =>
    Effect.gen(function* () {
      const { certificate } = yield* authority
      const der = new X509Certificate(certificate).raw
      assert.deepStrictEqual(Certificate.read(der), { environments: [], topics: [] })
    })
  )

  it.effect("that is damaged anywhere is read or not, and nothing worse", () =>
    Effect.gen(function* () {
      const der = new X509Certificate((yield* issued()).certificate).raw
      for (let at = 0; at < der.length; at++) {
        for (const flip of [0x01, 0x80, 0xff]) {
          const bytes = Buffer.from(der)
          bytes[at]! ^= flip
          Certificate.read(bytes)
        }
        Certificate.read(der.subarray(0, at))
      }
    })
  )

  it.prop("of any bytes covers nothing", [Schema.Array(Schema.Int)], ([bytes]) => {
    assert.deepStrictEqual(Certificate.read(Uint8Array.from(bytes)), { environments: [], topics: [] })
  })

  const { make } = ClientCertificate.ClientCertificate
  const hint = (pems: { readonly certificate: string; readonly privateKey: string }) =>
    make({ ...pems, privateKey: Redacted.make(pems.privateKey) }).pipe(
      Effect.flip,
      Effect.map((error) => error.hint)
    )
  it.effect("that TLS cannot use is refused before anything is sent, with what is wrong", () =>
    Effect.gen(function* () {
      const one = yield* issued()
      const other = yield* issued()
      const { certificate } = one
      const privateKey = Redacted.value(one.privateKey)
      const wrong: ReadonlyArray<readonly [string, string, RegExp]> = [
        [certificate, Redacted.value(other.privateKey), /belongs to another certificate/],
        [privateKey, privateKey, /the certificate is a private key/],
        ["MIIC", privateKey, /no PEM \(a .p12/],
        [certificate, "", /no PEM of a private key/],
        [certificate, "-----BEGIN ENCRYPTED PRIVATE KEY-----\nx\n-----END", /locked/],
        [certificate.slice(0, 200), privateKey, /damaged/]
      ]
      for (const [certificate, privateKey, expected] of wrong) {
        assert.match(yield* hint({ certificate, privateKey }), expected)
      }
      const inOneLine = certificate.replaceAll("\n", "\\n")
      yield* make({ certificate: inOneLine, privateKey: one.privateKey })
    })
  )

  it.effect("shows its key to nobody", () =>
    Effect.map(client(), (it) => assert.notMatch(JSON.stringify(it) + String(it.privateKey), /PRIVATE KEY/))
  )
})

describe("the gate, before a connection with a certificate", () => {
  const certificate: Certificate.Certificate = { trusted: true, environments: ["production"], topics }
  const single = { ...certificate, topics: [bundleId] }
  const gate = Step.play(
    Gate.step,
    Gate.make(Gate.rules({ keys: [] })),
    [known(0, { kind: "device" }), known(1, { kind: "voip" }), known(2)].map(
      (it): Gate.Input => ({ _tag: "Registered", token: it })
    )
  )[0]
  const ask = (
    shown: Certificate.Certificate | undefined,
    nth: number,
    headers: Readonly<Record<string, string>>
  ) => {
    const [, outputs] = Gate.step(gate, {
      _tag: "Request",
      at: Instant.fromMillis(0),
      connection: 1,
      method: "POST",
      path: `/3/device/${token(nth)}`,
      headers: Object.entries(headers),
      body: Buffer.from('{"aps":{}}'),
      jwt: Result.fail("Missing"),
      signature: "invalid",
      certificate: shown,
      spareId: pushId(9)
    })
    const response = outputs.find((it) => it._tag === "Response")
    assert.isEmpty(outputs.filter((it) => it._tag === "StreamsLifted"))
    return response?.reason ?? response?.status
  }

  it.each([
    ["nothing at all", undefined, 0, { "apns-topic": bundleId }, "MissingProviderToken"],
    ["a topic that it lists", certificate, 0, { "apns-topic": bundleId }, 200],
    [
      "a bearer token that is nonsense, beside it",
      certificate,
      0,
      { "apns-topic": bundleId, authorization: "bearer nonsense" },
      200
    ],
    [
      "another topic that it lists",
      certificate,
      1,
      { "apns-topic": `${bundleId}.voip`, "apns-push-type": "voip" },
      200
    ],
    [
      "a topic that it does not list",
      certificate,
      0,
      { "apns-topic": "uk.example.other" },
      "TopicDisallowed"
    ],
    ["no topic, where it lists two", certificate, 0, {}, "MissingTopic"],
    ["no topic, where it lists one", single, 0, {}, 200],
    ["no topic, for a token of another", single, 1, {}, "DeviceTokenNotForTopic"],
    [
      "a Live Activity, though it lists the topic",
      { ...certificate, topics: [`${bundleId}.push-type.liveactivity`] },
      2,
      {
        "apns-topic": `${bundleId}.push-type.liveactivity`,
        "apns-push-type": "liveactivity",
        "apns-priority": "5"
      },
      "TopicDisallowed"
    ],
    [
      "a location push, though it lists the topic",
      { ...certificate, topics: [`${bundleId}.location-query`] },
      2,
      { "apns-topic": `${bundleId}.location-query`, "apns-push-type": "location" },
      "TopicDisallowed"
    ],
    [
      "one that is not trusted",
      { ...certificate, trusted: false },
      0,
      { "apns-topic": bundleId },
      "BadCertificate"
    ],
    [
      "one for the other world",
      { ...certificate, environments: ["sandbox"] as const },
      0,
      { "apns-topic": bundleId },
      "BadCertificateEnvironment"
    ]
  ] as const)("is shown %s", (_, shown, nth, headers, expected) => {
    assert.strictEqual(ask(shown, nth, headers), expected)
  })
})

const transports = [
  ["ours", Tls.layer],
  ["Node's", Http2.layer]
] as const

for (const [name, transport] of transports) {
  describe(`a sender with a certificate, by ${name}`, () => {
    const sender = (server: Server.Server, certificate: ClientCertificate.ClientCertificate) =>
      Effect.map(authority, ({ ca }) =>
        Apns.Apns.layer.pipe(
          Layer.provide(
            transport({ hosts: { production: server.origin }, ca, certificate, answer: "1 second" })
          ),
          Layer.provideMerge(ProviderToken.ProviderToken.layerCertificate)
        )
      )
    const outcomes = (notifications: ReadonlyArray<Notification.Notification>) =>
      Effect.flatMap(Apns.Apns, (apns) => apns.sendMany(notifications)).pipe(
        Effect.map((all) => all.map(({ verdict }) => ("reason" in verdict ? verdict.reason : verdict._tag)))
      )

    it.live("pushes without a bearer token, to what its certificate covers", () =>
      Effect.gen(function* () {
        const { delivered, server } = yield* apple({ tokens: [...devices(2), known(2)] })
        const said = yield* outcomes([
          alert(0),
          Notification.to(sealed(), token(2), pushId(2)),
          alert(1),
          alert(7)
        ]).pipe(Effect.provide(yield* sender(server, yield* client())))
        assert.deepStrictEqual(said, ["Accepted", "TopicDisallowed", "Accepted", "BadDeviceToken"])
        for (const { headers } of delivered) assert.notProperty(headers, "authorization")
      }).pipe(Effect.scoped)
    )

    it.live("has many streams from the start", () =>
      Effect.gen(function* () {
        const { server } = yield* apple({ tokens: devices(50) })
        yield* server.inject({ _tag: "Silence" })
        yield* outcomes(Array.from({ length: 50 }, (_, n) => alert(n))).pipe(
          Effect.provide(yield* sender(server, yield* client()))
        )
        assert.isAbove((yield* server.counts).mostStreamsAtOnce, 40)
      }).pipe(Effect.scoped)
    )

    const strangers = Effect.flatMap(Authority.make, (it) => it.issue(wish)).pipe(
      Effect.flatMap((pems) => ClientCertificate.ClientCertificate.make(pems))
    )
    for (const [what, certificate, reason] of [
      ["has expired", client({ days: -1 }), "BadCertificate"],
      ["is of another authority", Effect.orDie(strangers), "BadCertificate"],
      ["is for the other world", client({ environments: ["sandbox"] }), "BadCertificateEnvironment"]
    ] as const) {
      it.live(`sends nothing more with a certificate that ${what}, until it is looked after`, () =>
        Effect.gen(function* () {
          const { server } = yield* apple({ tokens: devices(300) })
          yield* Effect.gen(function* () {
            const [first, ...others] = yield* outcomes([alert(0)])
            assert.strictEqual(first, reason)
            assert.isEmpty(others)
            const { requests } = yield* server.counts
            yield* outcomes(Array.from({ length: 300 }, (_, n) => alert(n)))
            assert.strictEqual((yield* server.counts).requests, requests)
            const tokens = yield* ProviderToken.ProviderToken
            assert.propertyVal(yield* tokens.standing, "_tag", "KeyRefused")
            yield* tokens.reinstate
            assert.deepStrictEqual(yield* outcomes([alert(0)]), [reason])
          }).pipe(Effect.provide(yield* sender(server, yield* certificate)))
        }).pipe(Effect.scoped)
      )
    }
  })
}

describe("channels, with a certificate", () => {
  it.live("are those of the apps that it covers", () =>
    Effect.gen(function* () {
      const clock = yield* Clock.Clock
      const server = yield* Server.make({
        authority: yield* authority,
        keys: [],
        now: () => Instant.fromMillis(clock.currentTimeMillisUnsafe()),
        managementPort: 0
      })
      const { ca } = yield* authority
      const certificate = yield* client()
      const to = (production: string) => Tls.layer({ hosts: { production }, ca, certificate })
      const layer = Channels.Channels.layer.pipe(
        Layer.provide(Hosts.layer(to(server.origin), to(server.management!.origin))),
        Layer.provide(ProviderToken.ProviderToken.layerCertificate)
      )
      yield* Effect.gen(function* () {
        const channels = yield* Channels.Channels
        assert.strictEqual((yield* channels.create({ bundleId }, "none"))._tag, "Done")
        const told = yield* channels.create({ bundleId: other }, "none")
        assert(told._tag === "Refused")
        assert.propertyVal(told.verdict, "reason", "TopicMismatch")
      }).pipe(Effect.provide(layer))
    }).pipe(Effect.scoped)
  )
})

describe("the model Apple without sockets", () => {
  it.effect("takes a certificate for a bearer token, and its word for what may be pushed", () =>
    Effect.gen(function* () {
      const delivered: Array<Gate.Accepted> = []
      const { apple, transport } = ModelTransport.make({
        onAccepted: (push) => delivered.push(push),
        certificate: { trusted: true, environments: ["production"], topics }
      })
      yield* apple.register(known(0, { kind: "device" }))
      yield* apple.register(known(2))
      const noToken = Redacted.make("")
      const ask = (notification: Notification.Notification) =>
        Effect.map(transport.exchange(Request.of(notification), noToken), (answer) =>
          answer._tag === "Answered" ? `${answer.status} ${answer.body}` : answer._tag
        )
      assert.match(yield* ask(alert(0)), /^200/)
      assert.match(yield* ask(Notification.to(sealed(), token(2), pushId(2))), /TopicDisallowed/)
      assert.strictEqual(delivered.length, 1)
    })
  )
})
