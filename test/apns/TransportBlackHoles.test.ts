import { spawn } from "node:child_process"
import * as net from "node:net"
import { Apns, H2, Http2, Notification, ProviderToken, Tls } from "@sightscreen/apns"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, type Scope } from "effect"
import { listening, portOf, type Script, serve } from "./h2/server.ts"
import { block, frame, settings } from "./h2/support.ts"
import { authority, pushId, sealed, token } from "./support.ts"

const { Frame } = H2

const hello = settings([0x3, 1000])
const taken = block([":status", "200"], ["apns-id", "A"])
const whole = Frame.endHeaders | Frame.endStream
const isRequest = (type: number) => type === Frame.headers
const ends = (type: number, flags: number) => type === Frame.data && (flags & Frame.endStream) !== 0

/** Servers that stop being of use at one place or another, and never say so. */
const scripts: Readonly<Record<string, Script>> = {
  "says nothing once TLS is there": { begins: () => {} },
  "says half a SETTINGS": { begins: ({ write }) => write(hello.subarray(0, 12)) },
  "says SETTINGS and hears nothing more": {
    begins: ({ socket, write }) => {
      write(hello)
      socket.pause()
    }
  },
  "answers no request, not even pings": { begins: ({ write }) => write(hello) },
  "answers pings alone": {
    begins: ({ write }) => write(hello),
    hears: ({ write }, type, flags) => {
      if (type === Frame.ping && (flags & Frame.ack) === 0)
        write(frame(Frame.ping, Frame.ack, 0, "0000000000000000"))
    }
  },
  "says half the head of an answer": {
    begins: ({ write }) => write(hello),
    hears: ({ write }, type, flags, stream) => {
      if (ends(type, flags)) write(frame(Frame.headers, 0, stream, taken.subarray(0, 3)))
    }
  },
  "says half a frame": {
    begins: ({ write }) => write(hello),
    hears: ({ write }, type, flags, stream) => {
      if (ends(type, flags)) write(frame(Frame.headers, whole, stream, taken).subarray(0, 11))
    }
  },
  "says the head of a refusal and never its reason": {
    begins: ({ write }) => write(hello),
    hears: ({ write }, type, flags, stream) => {
      if (ends(type, flags)) write(frame(Frame.headers, Frame.endHeaders, stream, block([":status", "400"])))
    }
  },
  "says a reason a byte at a time, for ever": {
    begins: ({ write }) => write(hello),
    hears: ({ every, write }, type, flags, stream) => {
      if (!ends(type, flags)) return
      write(frame(Frame.headers, Frame.endHeaders, stream, block([":status", "400"])))
      every(50, () => write(frame(Frame.data, 0, stream, "7b")))
    }
  },
  "says that it goes on, for ever": {
    begins: ({ write }) => write(hello),
    hears: ({ every, write }, type, _, stream) => {
      if (isRequest(type)) {
        every(50, () => write(frame(Frame.headers, Frame.endHeaders, stream, block([":status", "103"]))))
      }
    }
  },
  "keeps its windows shut": { begins: ({ write }) => write(settings([0x3, 1000], [0x4, 0])) },
  "opens its windows by a byte now and then": {
    begins: ({ every, write }) => {
      write(settings([0x3, 1000], [0x4, 1]))
      every(100, () => write(frame(Frame.windowUpdate, 0, 1, "00000001")))
    }
  },
  "allows no stream": { begins: ({ write }) => write(settings([0x3, 0])) },
  "refuses every stream": {
    begins: ({ write }) => write(hello),
    hears: ({ write }, type, _, stream) => {
      if (isRequest(type)) write(frame(Frame.rstStream, 0, stream, "00000007"))
    }
  },
  "goes away at once, and stays": {
    begins: ({ write }) => write(hello, frame(Frame.goAway, 0, 0, "0000000000000000"))
  },
  "hangs up after each request": {
    begins: ({ write }) => write(hello),
    hears: ({ socket }, type) => {
      if (isRequest(type)) socket.destroy()
    }
  },
  "speaks something else": { begins: ({ write }) => write(Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n")) }
}

/** What a server sends back unread has its wait twice. */
const sendingBack = new Set(["refuses every stream", "goes away at once, and stays"])

const wait = 700
const answer = 500

interface To {
  readonly origin: string
  readonly lookup?: net.LookupFunction
}

/** Every push has its outcome in time, singly and in a batch, and none of them is called taken. */
const resolves = (
  what: string,
  transport: (options: Http2.Options) => ReturnType<typeof Tls.layer>,
  { origin, lookup }: To
) =>
  Effect.gen(function* () {
    const { ca } = yield* authority
    const layer = Apns.Apns.layer.pipe(
      Layer.provide(
        transport({
          hosts: { production: origin },
          ca,
          connect: "400 millis",
          wait,
          answer,
          drain: "100 millis",
          ...(lookup !== undefined && { lookup })
        })
      ),
      Layer.provide(ProviderToken.ProviderToken.layerTest)
    )
    const body = sealed()
    const push = (n: number) => Notification.to(body, token(n), pushId(n))
    yield* Effect.gen(function* () {
      const apns = yield* Apns.Apns
      const from = performance.now()
      const outcomes = yield* Effect.all(
        [
          apns.sendMany(Array.from({ length: 20 }, (_, n) => push(n))),
          ...Array.from({ length: 10 }, (_, n) =>
            Effect.map(apns.send(push(20 + n)), (outcome): ReadonlyArray<Apns.Outcome> => [outcome])
          )
        ],
        { concurrency: "unbounded" }
      )
      const took = performance.now() - from
      const deadline = (sendingBack.has(what) ? 2 * wait : wait) + answer
      assert.isBelow(took, deadline + 1000, `a server that ${what}`)
      const all = outcomes.flat()
      assert.lengthOf(all, 30)
      for (const { verdict } of all) assert.strictEqual(verdict._tag, "Unanswered", `a server that ${what}`)
    }).pipe(Effect.provide(layer))
  })

/** A port whose queue of connections is full, so that the system does not answer one more. */
const fullPort: Effect.Effect<number, never, Scope.Scope> = Effect.gen(function* () {
  const code = `
    const net = require("node:net"), fs = require("node:fs")
    const server = net.createServer().listen({ port: 0, host: "127.0.0.1", backlog: 1 }, () => {
      fs.writeSync(1, String(server.address().port) + "\\n")
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60000)
    })`
  const child = yield* Effect.acquireRelease(
    Effect.sync(() => spawn(process.execPath, ["-e", code], { stdio: ["ignore", "pipe", "ignore"] })),
    (child) => Effect.sync(() => void child.kill("SIGKILL"))
  )
  const port = yield* Effect.callback<number>((resume) => {
    child.stdout.once("data", (bytes: Buffer) => resume(Effect.succeed(Number(bytes.toString()))))
  })
  const fillers = Array.from({ length: 8 }, () => net.connect(port, "127.0.0.1").on("error", () => {}))
  yield* Effect.addFinalizer(() => Effect.sync(() => fillers.forEach((one) => one.destroy())))
  yield* Effect.sleep("200 millis")
  assert.isTrue(
    fillers.some((one) => one.connecting),
    "the system has answered every connection"
  )
  return port
})

for (const [name, transport] of [
  ["ours", Tls.layer],
  ["Node's", Http2.layer]
] as const) {
  describe(`every push ends within its deadline and a second, by ${name}`, () => {
    it.live("whatever a server says and does not say", () =>
      Effect.forEach(
        Object.entries(scripts),
        ([what, script]) =>
          Effect.gen(function* () {
            yield* resolves(what, transport, { origin: `https://127.0.0.1:${yield* serve(script)}` })
          }).pipe(Effect.scoped),
        { concurrency: 6, discard: true }
      )
    )

    it.live("where a name is never looked up, or does not exist", () =>
      Effect.all(
        [
          resolves("has no name yet", transport, { origin: "https://localhost:1", lookup: () => {} }),
          resolves("has no name", transport, {
            origin: "https://localhost:1",
            lookup: (_, __, found) =>
              found(Object.assign(new Error("ENOTFOUND"), { code: "ENOTFOUND" }), "", 0)
          })
        ],
        { concurrency: 2, discard: true }
      )
    )

    it.live("where nobody answers a connection, or nobody listens", () =>
      Effect.gen(function* () {
        const port = yield* fullPort
        yield* Effect.all(
          [
            resolves("lets nobody in", transport, { origin: `https://127.0.0.1:${port}` }),
            resolves("is not there", transport, { origin: "https://127.0.0.1:1" })
          ],
          { concurrency: 2, discard: true }
        )
      }).pipe(Effect.scoped)
    )

    it.live("where TLS never gets anywhere", () =>
      Effect.gen(function* () {
        const sockets = new Set<net.Socket>()
        const silent = net.createServer((socket) => sockets.add(socket.on("error", () => {})))
        yield* listening(silent, sockets)
        yield* resolves("knows no TLS", transport, { origin: `https://127.0.0.1:${portOf(silent)}` })
      }).pipe(Effect.scoped)
    )
  })
}
