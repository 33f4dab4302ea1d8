import {
  Alert,
  Apns,
  Background,
  Complication,
  Controls,
  type Delivery,
  FileProvider,
  type Gate,
  LiveActivity,
  Location,
  Mdm,
  Notification,
  PushToTalk,
  PushType,
  Server,
  Voip,
  Widgets
} from "@sightscreen/apns"
import { Instant } from "@sightscreen/decider"
import { assert, describe, it } from "@effect/vitest"
import { Clock, Duration, Effect, Exit, Fiber, Result, Schema, Scope } from "effect"
import * as http2 from "node:http2"
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
        outputs.map((output) => output._tag === "Discarded" && output.why),
        ["overwritten"]
      )
      yield* server.deliver({ _tag: "Connected", at: soon, device: "phone" })
      const last = outputs.at(-1)!
      assert.strictEqual(last._tag, "Delivered")
      assert.strictEqual(last.push.apnsId, pushId(2).toUpperCase())
      const { delivered, received, storedOffline } = yield* server.deliveries
      assert.deepStrictEqual(
        { delivered, received, storedOffline },
        { delivered: 1, received: 2, storedOffline: 2 }
      )
    }).pipe(Effect.scoped)
  )
})
