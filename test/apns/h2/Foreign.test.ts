import * as http2 from "node:http2"
import { Http2, type Request, Tls, Transport } from "@sightscreen/apns"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import { authority } from "../support.ts"
import { request } from "./support.ts"

/** A server that is not ours: Node's own, which reads a body and says how long it was. */
const foreign = Effect.fnUntraced(function* (settings: http2.Settings) {
  const { ca, certificate, privateKey } = yield* authority
  const server = http2.createSecureServer({ cert: certificate, key: Redacted.value(privateKey), settings })
  server.on("stream", (stream, headers) => {
    stream.on("error", () => {})
    let bytes = 0
    stream.on("data", (chunk: Buffer) => (bytes += chunk.length))
    stream.on("end", () => {
      stream.respond({ ":status": 200, "apns-id": String(bytes), "apns-unique-id": headers["apns-topic"] })
      stream.end("x".repeat(bytes > 9 ? 100_000 : 10))
    })
  })
  const port = yield* Effect.acquireRelease(
    Effect.callback<number>((resume) => {
      server.listen(0, "127.0.0.1", () => {
        const address = server.address()
        resume(Effect.succeed(typeof address === "object" ? (address?.port ?? 0) : 0))
      })
    }),
    () => Effect.sync(() => void server.close())
  )
  return { origin: `https://127.0.0.1:${port}`, ca }
})

const cases: ReadonlyArray<readonly [string, http2.Settings]> = [
  ["as it comes", {}],
  ["with windows of a hundred bytes", { initialWindowSize: 100 }],
  ["without a header table", { headerTableSize: 0 }],
  ["with a small header table", { headerTableSize: 100 }],
  ["with large frames", { maxFrameSize: 1 << 20, initialWindowSize: 1 << 20 }],
  ["with two streams", { maxConcurrentStreams: 2 }]
]

describe("Node's own server", () => {
  for (const [what, settings] of cases) {
    for (const [name, { layer }] of [["ours", Tls] as const, ["Node's", Http2] as const]) {
      it.live(`${what} is understood by ${name}, with bodies from nothing to several windows`, () =>
        Effect.gen(function* () {
          const { ca, origin } = yield* foreign(settings)
          const sizes = [0, 1, 9, 100, 4096, 65_535, 65_536, 200_000]
          const requests = sizes.map((size, nth): Request.Request => request(nth, Buffer.alloc(size, "x")))
          const answers = yield* Effect.flatMap(Transport.Transport, (transport) =>
            Effect.forEach(requests, (each) => transport.exchange(each, Redacted.make("token")), {
              concurrency: 4
            })
          ).pipe(Effect.provide(layer({ hosts: { production: origin }, ca })))
          answers.forEach((answer, nth) => {
            assert(answer._tag === "Answered", JSON.stringify(answer))
            assert.strictEqual(answer.apnsId, String(sizes[nth]))
            assert.strictEqual(answer.uniqueId, "uk.example.cricket.push-type.liveactivity")
            if (sizes[nth]! <= 9) assert.strictEqual(answer.body, "x".repeat(10))
          })
        }).pipe(Effect.scoped)
      )
    }
  }
})
