import {
  Alert,
  Apns,
  Background,
  Complication,
  Controls,
  Delivery,
  FileProvider,
  type Gate,
  LiveActivity,
  Location,
  Mdm,
  Notification,
  Patience,
  PushToTalk,
  PushType,
  Server,
  SigningKey,
  Voip,
  Widgets
} from "@sightscreen/apns"
import { Instant } from "@sightscreen/decider"
import { assert, describe, it } from "@effect/vitest"
import { Clock, Duration, Effect, Exit, Fiber, Redacted, Result, Schema, Scope } from "effect"
import * as jose from "jose"
import { createSign } from "node:crypto"
import * as http2 from "node:http2"
import * as net from "node:net"
import * as tls from "node:tls"
import { apple, authority, bundleId, known, pushId, sealed, sender, signingKey, token } from "./support.ts"

/** A bare client, closed with the scope. */
const connect = Effect.fnUntraced(function* (origin: string) {
  const { ca } = yield* authority
  return yield* Effect.acquireRelease(
    Effect.callback<http2.ClientHttp2Session, Error>((resume) => {
      const session = http2.connect(origin, { ca })
      session.on("error", (error) => resume(Effect.fail(error)))
      session.once("remoteSettings", () => resume(Effect.succeed(session)))
    }),
    (session) => Effect.sync(() => session.destroy())
  )
})

const post = (session: http2.ClientHttp2Session, headers: http2.OutgoingHttpHeaders, body = "") =>
  Effect.callback<{ readonly status: number; readonly body: string; readonly code: number }>((resume) => {
    const stream = session.request({ ":method": "POST", ...headers })
    let status = 0
    let text = ""
    stream.on("error", () => {})
    stream.on("response", (response) => {
      status = Number(response[":status"])
    })
    stream.setEncoding("utf8")
    stream.on("data", (chunk: string) => {
      text += chunk
    })
    stream.on("close", () => resume(Effect.succeed({ status, body: text, code: stream.rstCode ?? 0 })))
    stream.end(body)
  })

const topic = Schema.decodeSync(Mdm.Topic)("com.apple.mgmt.External.0a1b")

describe("a model Apple on a socket", () => {
  it.live("announces what Apple announces, one stream included, and answers pings", () =>
    Effect.gen(function* () {
      const { server } = yield* apple()
      const session = yield* connect(server.origin)
      const { headerTableSize, initialWindowSize, maxConcurrentStreams, maxFrameSize, maxHeaderListSize } =
        session.remoteSettings
      assert.deepStrictEqual(
        { headerTableSize, initialWindowSize, maxConcurrentStreams, maxFrameSize, maxHeaderListSize },
        {
          headerTableSize: 4096,
          initialWindowSize: 65_535,
          maxConcurrentStreams: 1,
          maxFrameSize: 16_384,
          maxHeaderListSize: 8000
        }
      )
      yield* Effect.callback<void>((resume) => {
        session.ping(() => resume(Effect.void))
      })
    }).pipe(Effect.scoped)
  )

  it.live("judges authentication before topic, token and payload", () =>
    Effect.gen(function* () {
      const { server } = yield* apple()
      const session = yield* connect(server.origin)
      assert.deepStrictEqual(yield* post(session, { ":path": "/3/device/aaaa" }, "{}"), {
        status: 403,
        body: '{"reason":"MissingProviderToken"}',
        code: 0
      })
    }).pipe(Effect.scoped)
  )

  it.live("speaks nothing but HTTP/2", () =>
    Effect.gen(function* () {
      const { server } = yield* apple()
      const { ca } = yield* authority
      const ended = yield* Effect.callback<string>((resume) => {
        const socket = tls.connect({ port: server.port, host: "127.0.0.1", ca, ALPNProtocols: ["http/1.1"] })
        socket.on("secureConnect", () => socket.write("GET / HTTP/1.1\r\nhost: x\r\n\r\n"))
        socket.on("data", (data) => resume(Effect.succeed(String(data))))
        socket.on("error", () => resume(Effect.succeed("")))
        socket.on("close", () => resume(Effect.succeed("")))
      })
      assert.strictEqual(ended, "")
    }).pipe(Effect.scoped)
  )

  it.live("says why it goes away", () =>
    Effect.gen(function* () {
      const { server } = yield* apple()
      const session = yield* connect(server.origin)
      const said = Effect.callback<string>((resume) => {
        session.once("goaway", (_code, _last, data) => resume(Effect.succeed(String(data))))
      })
      const heard = yield* Effect.forkChild(said, { startImmediately: true })
      yield* server.inject({ _tag: "GoAway", reason: "IdleTimeout" })
      assert.strictEqual(yield* Fiber.join(heard), '{"reason":"IdleTimeout"}')
    }).pipe(Effect.scoped)
  )

  it.live("frees its port when its scope closes, with clients still there", () =>
    Effect.gen(function* () {
      const life = yield* Scope.make()
      const { server } = yield* apple().pipe(Scope.provide(life))
      yield* connect(server.origin)
      // One has connected and says nothing at all.
      yield* Effect.acquireRelease(
        Effect.callback<net.Socket>((resume) => {
          const socket = net.connect(server.port, "127.0.0.1", () => resume(Effect.succeed(socket)))
          socket.on("error", () => {})
        }),
        (socket) => Effect.sync(() => socket.destroy())
      )
      yield* Scope.close(life, Exit.void)
      const again = yield* apple({ port: server.port })
      assert.strictEqual(again.server.port, server.port)
    }).pipe(Effect.scoped)
  )

  it.live("says so when its port is taken or a key cannot be read", () =>
    Effect.gen(function* () {
      const { server } = yield* apple()
      const taken = yield* Effect.flip(apple({ port: server.port }))
      assert.strictEqual(taken._tag, "ListenFailed")
      const { credentials } = yield* signingKey
      const options: Server.Options = {
        authority: yield* authority,
        keys: [{ ...credentials, publicKey: "rubbish" }],
        now: () => 0 as never
      }
      assert.strictEqual((yield* Effect.flip(Server.make(options)))._tag, "KeyFailed")
    }).pipe(Effect.scoped)
  )

  it.live("takes a push of every kind", () =>
    Effect.gen(function* () {
      const common = { bundleId, expiration: Instant.fromSeconds(2_000_000_000) } as const
      const state = { timestamp: Instant.toSeconds(Instant.fromSeconds(1_700_000_000)), contentState: {} }
      const alert = { title: "Toss", body: "India bat" }
      const messages: ReadonlyArray<readonly [Gate.Kind, Notification.Message]> = [
        ["device", Alert.alert({ ...common, alert })],
        ["device", Background.wake(common)],
        ["voip", Voip.ring({ callId: "1", handle: "a", callerName: "A" }, { bundleId })],
        ["update", LiveActivity.update({ ...common, ...state, priority: 5 })],
        ["start", LiveActivity.start({ ...common, ...state, attributesType: "M", attributes: {}, alert })],
        ["pushtotalk", PushToTalk.talk({ bundleId, custom: { activeSpeaker: "A" } })],
        ["location", Location.query({ ...common, priority: 10 })],
        ["complication", Complication.refresh({ ...common, priority: 5, custom: { runs: 1 } })],
        ["fileprovider", FileProvider.changed({ ...common, priority: 5 })],
        ["controls", Controls.reload({ ...common, priority: 5 })],
        ["widgets", Widgets.reload({ ...common, priority: 5 })],
        ["mdm", Mdm.checkIn({ topic, pushMagic: "m", expiration: "once" })]
      ]
      const { delivered, server } = yield* apple({
        tokens: messages.map(([kind], n) => known(n, { kind, ...(kind === "mdm" && { bundleId: topic }) }))
      })
      const outcomes = yield* Effect.flatMap(Apns.Apns, (apns) =>
        apns.sendMany(
          messages.map(([, message], n) =>
            Notification.to(Result.getOrThrow(Notification.seal(message)), token(n), pushId(n))
          )
        )
      ).pipe(Effect.provide(yield* sender(server.origin)))
      for (const { verdict } of outcomes)
        assert.strictEqual(verdict._tag, "Accepted", JSON.stringify(verdict))
      assert.sameMembers([...new Set(delivered.map(({ pushType }) => pushType))], [...PushType.all])
    }).pipe(Effect.scoped)
  )

  it.live("delivers what it accepts, once the device is there", () =>
    Effect.gen(function* () {
      const outputs: Array<Delivery.Output> = []
      const { server } = yield* apple({
        delivery: { deviceOf: () => "phone", onOutput: (output) => outputs.push(output) }
      })
      const now = Instant.fromMillis(yield* Clock.currentTimeMillis)
      const soon = Instant.plus(now, Duration.minutes(1))
      yield* server.deliver({ _tag: "Disconnected", at: now, device: "phone" })
      const push = (runs: number) =>
        Notification.to(
          sealed(runs, { priority: 10, expiration: Instant.plus(soon, Duration.hours(1)) }),
          token(1),
          pushId(runs)
        )
      yield* Effect.flatMap(Apns.Apns, (apns) => Effect.andThen(apns.send(push(1)), apns.send(push(2)))).pipe(
        Effect.provide(yield* sender(server.origin))
      )
      assert.deepStrictEqual(
        outputs.map((output) => "why" in output && output.why),
        ["overwritten"]
      )
      yield* server.deliver({ _tag: "Connected", at: soon, device: "phone" })
      const last = outputs.at(-1)!
      assert(last._tag === "Delivered")
      assert.strictEqual(last.push.apnsId, pushId(2).toUpperCase())
      const { delivered, received, storedOffline } = yield* server.deliveries
      assert.deepStrictEqual(
        { delivered, received, storedOffline },
        { delivered: 1, received: 2, storedOffline: 2 }
      )
    }).pipe(Effect.scoped)
  )
})

/** A bearer token of the test's key, with a claim of one's own. */
const bearer = Effect.fnUntraced(function* () {
  const { credentials } = yield* signingKey
  const now = yield* Clock.currentTimeMillis
  const jwt = yield* Effect.promise(async () =>
    new jose.SignJWT()
      .setProtectedHeader({ alg: "ES256", kid: credentials.keyId })
      .setIssuer(credentials.teamId)
      .setIssuedAt(Math.floor(now / 1000))
      .sign(await jose.importPKCS8(Redacted.value(credentials.privateKey), "ES256"))
  )
  return `bearer ${jwt}`
})

const good = (authorization: string, n = 0): http2.OutgoingHttpHeaders => ({
  ":path": `/3/device/${token(n)}`,
  authorization,
  "apns-push-type": "liveactivity",
  "apns-topic": `${bundleId}.push-type.liveactivity`,
  "apns-priority": "5",
  "apns-expiration": "0"
})

const goaway = (session: http2.ClientHttp2Session) =>
  Effect.forkChild(
    Effect.callback<string>((resume) => {
      session.once("goaway", (_code, _last, data) => resume(Effect.succeed(String(data))))
    }),
    { startImmediately: true }
  )

/** How many streams the server allows, once it says so anew. */
const allowance = (session: http2.ClientHttp2Session) =>
  Effect.forkChild(
    Effect.callback<number | undefined>((resume) => {
      session.once("remoteSettings", (it) => resume(Effect.succeed(it.maxConcurrentStreams)))
    }),
    { startImmediately: true }
  )

describe("a model Apple's connections", () => {
  it.live(
    "refuse streams beyond the one that they have at first, and take them after a good bearer token",
    () =>
      Effect.gen(function* () {
        const { server } = yield* apple()
        const { ca } = yield* authority
        const authorization = yield* bearer()
        // Node assumes a hundred streams until it is told otherwise.
        const session = yield* Effect.acquireRelease(
          Effect.sync(() => http2.connect(server.origin, { ca })),
          (session) => Effect.sync(() => session.destroy())
        )
        session.on("error", () => {})
        const five = Effect.forEach([0, 1, 2, 3, 4], (n) => post(session, good(authorization, n), "{}"), {
          concurrency: "unbounded"
        })
        const first = yield* five
        assert.deepStrictEqual(
          first.map(({ code, status }) => (status === 200 ? 200 : code)),
          [200, ...Array<number>(4).fill(http2.constants.NGHTTP2_REFUSED_STREAM)]
        )
        assert.deepStrictEqual(
          (yield* five).map(({ status }) => status),
          [200, 200, 200, 200, 200]
        )
      }).pipe(Effect.scoped)
  )

  it.live("need TLS 1.2 at least", () =>
    Effect.gen(function* () {
      const { server } = yield* apple()
      const { ca } = yield* authority
      const agreed = (maxVersion: tls.SecureVersion) =>
        Effect.callback<string | null>((resume) => {
          const socket = tls.connect({
            port: server.port,
            host: "127.0.0.1",
            ca,
            ALPNProtocols: ["h2"],
            minVersion: "TLSv1",
            maxVersion,
            ciphers: "DEFAULT@SECLEVEL=0"
          })
          const say = (what: string | null) => {
            socket.destroy()
            resume(Effect.succeed(what))
          }
          socket.on("secureConnect", () => say(socket.getProtocol()))
          socket.on("error", () => say("refused"))
          socket.on("close", () => say("refused"))
        })
      assert.strictEqual(yield* agreed("TLSv1.1"), "refused")
      assert.strictEqual(yield* agreed("TLSv1.2"), "TLSv1.2")
      assert.strictEqual(yield* agreed("TLSv1.3"), "TLSv1.3")
    }).pipe(Effect.scoped)
  )

  it.live("pay no heed to PRIORITY frames", () =>
    Effect.gen(function* () {
      const { server } = yield* apple()
      const { ca } = yield* authority
      const frame = (type: number, stream: number, payload: Buffer) => {
        const head = Buffer.alloc(9)
        head.writeUIntBE(payload.length, 0, 3)
        head.writeUInt8(type, 3)
        head.writeUInt32BE(stream, 5)
        return Buffer.concat([head, payload])
      }
      const opaque = Buffer.from("pinging!")
      const heard = yield* Effect.callback<Buffer>((resume) => {
        const socket = tls.connect({ port: server.port, host: "127.0.0.1", ca, ALPNProtocols: ["h2"] })
        let bytes = Buffer.alloc(0)
        socket.on("error", () => {})
        socket.on("close", () => resume(Effect.succeed(bytes)))
        socket.on("data", (data: Buffer) => {
          bytes = Buffer.concat([bytes, data])
          if (bytes.includes(opaque)) socket.destroy()
        })
        socket.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
        socket.write(frame(4, 0, Buffer.alloc(0)))
        socket.write(frame(2, 1, Buffer.from([0x80, 0, 0, 3, 200])))
        socket.write(frame(6, 0, opaque))
      })
      assert.isTrue(heard.includes(opaque))
    }).pipe(Effect.scoped)
  )

  it.live("are told to go when they have been idle", () =>
    Effect.gen(function* () {
      const { server } = yield* apple({ idle: "150 millis" })
      const session = yield* connect(server.origin)
      assert.strictEqual(yield* Fiber.join(yield* goaway(session)), '{"reason":"IdleTimeout"}')
    }).pipe(Effect.scoped)
  )

  it.live("are closed after too many mistakes, and told which was the last", () =>
    Effect.gen(function* () {
      const { server } = yield* apple({ rules: { patience: Patience.rules({ limit: 9, slows: false }) } })
      const authorization = yield* bearer()
      const session = yield* connect(server.origin)
      const told = yield* goaway(session)
      for (const n of [50, 51]) {
        assert.strictEqual(
          (yield* post(session, good(authorization, n), "{}")).body,
          '{"reason":"BadDeviceToken"}'
        )
      }
      assert.strictEqual(yield* Fiber.join(told), '{"reason":"BadDeviceToken"}')
      assert.strictEqual((yield* server.counts).sentAway, 1)
    }).pipe(Effect.scoped)
  )

  it.live("have a single stream after a rejection, and a thousand after the next push accepted", () =>
    Effect.gen(function* () {
      const { server } = yield* apple({ rules: { patience: Patience.rules() } })
      const authorization = yield* bearer()
      const session = yield* connect(server.origin)
      const lifted = yield* allowance(session)
      yield* post(session, good(authorization), "{}")
      assert.strictEqual(yield* Fiber.join(lifted), 1000)
      const cut = yield* allowance(session)
      yield* post(session, good(authorization), "")
      assert.strictEqual(yield* Fiber.join(cut), 1)
      const restored = yield* allowance(session)
      yield* post(session, good(authorization), "{}")
      assert.strictEqual(yield* Fiber.join(restored), 1000)
    }).pipe(Effect.scoped)
  )

  it.live("are turned away when they come too fast, where that is asked for", () =>
    Effect.gen(function* () {
      const { server } = yield* apple({ reconnects: { burst: 2, perSecond: 0 } })
      yield* connect(server.origin)
      yield* connect(server.origin)
      assert.strictEqual((yield* Effect.exit(connect(server.origin)))._tag, "Failure")
      const { connections, turnedAway } = yield* server.counts
      assert.deepStrictEqual({ connections, turnedAway }, { connections: 2, turnedAway: 1 })
    }).pipe(Effect.scoped)
  )

  it.live("may be left half open: nothing comes back, not even a ping", () =>
    Effect.gen(function* () {
      const { server } = yield* apple({ relay: true })
      const authorization = yield* bearer()
      const session = yield* connect(server.origin)
      assert.strictEqual((yield* post(session, good(authorization), "{}")).status, 200)
      yield* server.inject({ _tag: "HalfOpen" })
      const pong = Effect.callback<string>((resume) => {
        session.ping((error) => resume(Effect.succeed(error === null ? "pong" : "error")))
      })
      const silent = Effect.timeoutOrElse(pong, {
        duration: "200 millis",
        orElse: () => Effect.succeed("silence")
      })
      assert.strictEqual(yield* silent, "silence")
      assert.isFalse(session.closed || session.destroyed)
      const another = yield* connect(server.origin)
      assert.strictEqual((yield* post(another, good(authorization), "{}")).status, 200)
    }).pipe(Effect.scoped)
  )

  it.live("may have single streams reset, before or after the push has had its effect", () =>
    Effect.gen(function* () {
      const { delivered, server } = yield* apple()
      const authorization = yield* bearer()
      const session = yield* connect(server.origin)
      const sent = post(session, good(authorization), "{}")
      yield* sent
      yield* server.inject({ _tag: "Reset", processed: false, times: 1 })
      yield* server.inject({ _tag: "Reset", processed: true, times: 1 })
      assert.strictEqual((yield* sent).code, http2.constants.NGHTTP2_REFUSED_STREAM)
      assert.strictEqual(delivered.length, 1)
      assert.strictEqual((yield* sent).code, http2.constants.NGHTTP2_INTERNAL_ERROR)
      assert.strictEqual(delivered.length, 2)
      assert.strictEqual((yield* sent).status, 200)
    }).pipe(Effect.scoped)
  )

  it.live("may answer some late, and others meanwhile", () =>
    Effect.gen(function* () {
      const { server } = yield* apple()
      const authorization = yield* bearer()
      const session = yield* connect(server.origin)
      yield* post(session, good(authorization), "{}")
      yield* server.inject({ _tag: "Stall", millis: 300, tokens: new Set([token(1)]) })
      const from = performance.now()
      const late = yield* Effect.forkChild(post(session, good(authorization, 1), "{}"), {
        startImmediately: true
      })
      assert.strictEqual((yield* post(session, good(authorization, 2), "{}")).status, 200)
      assert.isBelow(performance.now() - from, 250)
      assert.strictEqual((yield* Fiber.join(late)).status, 200)
      assert.isAtLeast(performance.now() - from, 290)
    }).pipe(Effect.scoped)
  )
})

describe("a model Apple's keys", () => {
  it.live("may be revoked, and made while it stands", () =>
    Effect.gen(function* () {
      const { server } = yield* apple()
      const { credentials, publicKey } = yield* signingKey
      const authorization = yield* bearer()
      const session = yield* connect(server.origin)
      const answer = Effect.map(post(session, good(authorization), "{}"), ({ body }) => body)
      assert.strictEqual(yield* answer, "")
      yield* server.revoke(credentials.keyId)
      assert.strictEqual(yield* answer, '{"reason":"InvalidProviderToken"}')
      yield* server.issue({ ...credentials, publicKey })
      assert.strictEqual(yield* answer, "")
      const other = yield* SigningKey.make()
      yield* server.issue({ ...credentials, publicKey: other.publicKey })
      assert.strictEqual(yield* answer, '{"reason":"InvalidProviderToken"}')
      const failed = yield* Effect.flip(server.issue({ ...credentials, publicKey: "rubbish" }))
      assert.strictEqual(failed._tag, "KeyFailed")
    }).pipe(Effect.scoped)
  )

  it.live("sign in DER as well", () =>
    Effect.gen(function* () {
      const { server } = yield* apple()
      const { credentials } = yield* signingKey
      const signed = (yield* bearer()).split(" ")[1]!.split(".").slice(0, 2).join(".")
      const der = createSign("sha256").update(signed).sign(Redacted.value(credentials.privateKey))
      const session = yield* connect(server.origin)
      const { status } = yield* post(session, good(`bearer ${signed}.${der.toString("base64url")}`), "{}")
      assert.strictEqual(status, 200)
    }).pipe(Effect.scoped)
  )
})

describe("Apple's two worlds on sockets", () => {
  const both = Effect.fnUntraced(function* (more: Partial<Server.Options> = {}) {
    const key = yield* signingKey
    const clock = yield* Clock.Clock
    return yield* Server.personas({
      authority: yield* authority,
      keys: [{ ...key.credentials, publicKey: key.publicKey }],
      now: () => Instant.fromMillis(clock.currentTimeMillisUnsafe()),
      tokens: [known(0), known(1, { environment: "sandbox" })],
      managed: true,
      ...more
    })
  })

  it.live("share a registry, and take each token in its own", () =>
    Effect.gen(function* () {
      const { production, sandbox } = yield* both()
      const authorization = yield* bearer()
      const answers = Effect.forEach([production, sandbox], ({ origin }) =>
        Effect.gen(function* () {
          const session = yield* connect(origin)
          return [
            (yield* post(session, good(authorization, 0), "{}")).status,
            (yield* post(session, good(authorization, 1), "{}")).status
          ]
        })
      )
      assert.deepStrictEqual(yield* answers, [
        [200, 400],
        [400, 200]
      ])
      yield* sandbox.register(known(0, { environment: "sandbox" }))
      yield* production.register(known(1))
      assert.deepStrictEqual(yield* answers, [
        [400, 200],
        [200, 400]
      ])
    }).pipe(Effect.scoped)
  )

  it.live("keep their channels apart, and bring publishes to who follows", () =>
    Effect.gen(function* () {
      const reached: Array<string> = []
      const { production, sandbox } = yield* both({
        delivery: { rules: Delivery.direct },
        onDelivered: (it) => reached.push(`${it._tag} ${it.device}`)
      })
      const authorization = yield* bearer()
      const managing = yield* connect(sandbox.management!.origin)
      const created = yield* Effect.callback<http2.IncomingHttpHeaders>((resume) => {
        const stream = managing.request({
          ":method": "POST",
          ":path": `/1/apps/${bundleId}/channels`,
          authorization
        })
        stream.on("response", (headers) => resume(Effect.succeed(headers)))
        stream.end('{"message-storage-policy":0,"push-type":"LiveActivity"}')
      })
      const channelId = String(created["apns-channel-id"])
      assert.isFalse(yield* production.subscribe("phone", channelId))
      assert.isTrue(yield* sandbox.subscribe("phone", channelId))
      const publish = Effect.fnUntraced(function* (origin: string) {
        const session = yield* connect(origin)
        return yield* post(
          session,
          {
            ":path": `/4/broadcasts/apps/${bundleId}`,
            authorization,
            "apns-channel-id": channelId,
            "apns-push-type": "liveactivity",
            "apns-expiration": "0",
            "apns-priority": "10"
          },
          "{}"
        )
      })
      assert.strictEqual((yield* publish(production.origin)).body, '{"reason":"ChannelNotRegistered"}')
      assert.strictEqual((yield* publish(sandbox.origin)).status, 200)
      assert.deepStrictEqual(reached, ["Reached phone"])
      yield* sandbox.unsubscribe("phone", channelId)
      assert.strictEqual((yield* publish(sandbox.origin)).status, 200)
      assert.strictEqual(reached.length, 1)
      yield* sandbox.inject({ _tag: "LoseChannel", channelId })
      assert.strictEqual((yield* publish(sandbox.origin)).body, '{"reason":"ChannelNotRegistered"}')
      assert.deepStrictEqual(yield* sandbox.channels, [])
      assert.deepInclude(yield* sandbox.counts, { published: 2, accepted: 0 })
    }).pipe(Effect.scoped)
  )

  it.live("bring what waits for a burst to its device when the time has come", () =>
    Effect.gen(function* () {
      const arrived: Array<string> = []
      const { production } = yield* both({
        delivery: { rules: Delivery.rules({ burstMillis: 200 }), deviceOf: () => "phone" },
        onDelivered: ({ device }) => arrived.push(device)
      })
      const session = yield* connect(production.origin)
      yield* post(session, good(yield* bearer()), "{}")
      yield* Effect.sleep(400)
      assert.deepStrictEqual(arrived, ["phone"])
    }).pipe(Effect.scoped)
  )
})

describe("what a model Apple tells a log", () => {
  it.live("is each request and its answer, and no token", () =>
    Effect.gen(function* () {
      const lines: Array<Server.Exchange> = []
      const { server } = yield* apple({ onAnswered: (it) => lines.push(it) })
      const authorization = yield* bearer()
      const session = yield* connect(server.origin)
      yield* post(session, good(authorization), "{}")
      yield* post(session, { ...good(authorization), ":path": `/device/${token(0)}/${token(1)}` }, "{}")
      yield* post(session, { ...good(authorization), ":path": "/3/device/abcdefgh" }, "{}")
      yield* server.inject({ _tag: "Reset", processed: false })
      yield* post(session, good(authorization), "{}")
      const tail = token(0).slice(-6)
      assert.deepStrictEqual(
        lines.map(({ method, path, pushType, reason, status }) => [method, path, pushType, status, reason]),
        [
          ["POST", `/3/device/…${tail}`, "liveactivity", 200, null],
          ["POST", `/device/…${tail}/…${token(1).slice(-6)}`, "liveactivity", 404, "BadPath"],
          ["POST", "/3/device/…efgh", "liveactivity", 400, "BadDeviceToken"],
          ["POST", `/3/device/…${tail}`, "liveactivity", null, null]
        ]
      )
    }).pipe(Effect.scoped)
  )
})
