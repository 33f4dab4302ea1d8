import * as net from "node:net"
import { Apns, Http2, Notification, Tls } from "@sightscreen/apns"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { play } from "../../apps/bench/src/benches/GoAway.ts"
import { apple, pushId, sealed, sender, token } from "./support.ts"

/** What stands between us and a server, and what it does to the bytes that come back. */
interface Way {
  /** Called for each piece; pieces that it does not give are lost, and the connection stays. */
  readonly back: (bytes: Buffer, so: number, give: (bytes: Buffer) => void, reset: () => void) => void
}

/** After so many bytes nothing comes back any more. */
const holeAfter = (most: number): Way => ({
  back: (bytes, so, give) => {
    if (so < most) give(bytes.subarray(0, most - so))
  }
})

/** A few bytes at a time, and much later. */
const slow: Way = {
  back: (bytes, _, give) => {
    let at = 0
    // @effect-diagnostics-next-line globalTimers:off
    const timer = setInterval(() => {
      give(bytes.subarray(at, at + 20))
      at += 20
      if (at >= bytes.length) clearInterval(timer)
    }, 30)
  }
}

const proxy = Effect.fnUntraced(function* (port: number, wayOf: () => Way) {
  const sockets = new Set<net.Socket>()
  const server = net.createServer((near) => {
    const far = net.connect(port, "127.0.0.1")
    const { back } = wayOf()
    let so = 0
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.setNoDelay(true)
      socket.on("error", () => {})
    }
    near.on("data", (bytes) => void far.write(bytes))
    near.on("close", () => far.destroy())
    far.on("data", (bytes: Buffer) => {
      back(
        bytes,
        so,
        (some) => {
          if (!near.destroyed) near.write(some)
        },
        () => near.resetAndDestroy()
      )
      so += bytes.length
    })
  })
  yield* Effect.acquireRelease(
    Effect.callback<void>((resume) => {
      server.listen(0, "127.0.0.1", () => resume(Effect.void))
    }),
    () =>
      Effect.sync(() => {
        for (const socket of sockets) socket.destroy()
        server.close()
      })
  )
  const address = server.address()
  return `https://127.0.0.1:${typeof address === "object" ? address?.port : 0}`
})

const many = (howMany: number) => {
  const body = sealed()
  return Array.from({ length: howMany }, (_, n) => Notification.to(body, token(n), pushId(n)))
}

const transports = [
  ["ours", Tls.layer],
  ["Node's", Http2.layer]
] as const

const wait = 800
const answer = 500
const times = { connect: "400 millis", wait: `${wait} millis`, answer: `${answer} millis` } as const

describe("every push ends within its deadline and a second", () => {
  const ways: ReadonlyArray<readonly [string, Way]> = [
    ["nothing comes back at all", holeAfter(0)],
    ["the server falls silent within the handshake", holeAfter(300)],
    ["the server falls silent at the end of the handshake", holeAfter(1100)],
    ["the server falls silent about its SETTINGS", holeAfter(1700)],
    ["the server falls silent among its answers", holeAfter(2400)],
    ["the server takes its time over everything", slow]
  ]
  for (const [name, transport] of transports) {
    for (const [what, way] of ways) {
      it.live(`when ${what}, by ${name}`, () =>
        Effect.gen(function* () {
          const { delivered, server } = yield* apple({ howMany: 100 })
          const origin = yield* proxy(server.port, () => way)
          yield* Effect.gen(function* () {
            const apns = yield* Apns.Apns
            const from = performance.now()
            const [batch, ...singly] = yield* Effect.all(
              [
                apns.sendMany(many(60).slice(0, 30)),
                ...many(60)
                  .slice(30)
                  .map((one) => Effect.map(apns.send(one), (outcome) => [outcome]))
              ],
              { concurrency: "unbounded" }
            )
            assert.isBelow(performance.now() - from, wait + answer + 1000)
            const outcomes = [...batch!, ...singly.flat()]
            assert.strictEqual(outcomes.length, 60)
            const got = new Set(delivered.map((push) => push.token))
            for (const { token, verdict } of outcomes) {
              if (verdict._tag === "Accepted") assert.isTrue(got.has(token))
              else {
                assert(verdict._tag === "Unanswered")
                if (verdict.unprocessed) assert.isFalse(got.has(token), "unprocessed, yet delivered")
              }
            }
          }).pipe(Effect.provide(yield* sender(origin, times, transport)))
        }).pipe(Effect.scoped)
      )
    }
  }

  for (const [name, transport] of transports) {
    it.live(`and a server that falls silent is left after five seconds, by ${name}`, () =>
      Effect.gen(function* () {
        const { server } = yield* apple()
        let open = true
        const origin = yield* proxy(server.port, () => {
          const heard = open
          return { back: (bytes, _, give) => (open || !heard ? give(bytes) : undefined) }
        })
        yield* Effect.gen(function* () {
          const apns = yield* Apns.Apns
          const [first, second, third] = many(3)
          assert.strictEqual((yield* apns.send(first!)).verdict._tag, "Accepted")
          open = false
          const from = performance.now()
          assert.deepStrictEqual((yield* apns.send(second!)).verdict, {
            _tag: "Unanswered",
            unprocessed: false,
            why: "lost"
          })
          const seconds = (performance.now() - from) / 1000
          assert.isAbove(seconds, 4)
          assert.isBelow(seconds, 6.5)
          assert.strictEqual((yield* apns.send(third!)).verdict._tag, "Accepted")
        }).pipe(Effect.provide(yield* sender(origin, { answer: "30 seconds" }, transport)))
      }).pipe(Effect.scoped)
    )
  }
})

describe("a connection that is reset while both sides write", () => {
  for (const [name, transport] of transports) {
    it.live(
      `tells the answers that came before, and calls no other push unprocessed that was, by ${name}`,
      () =>
        Effect.gen(function* () {
          const howMany = 900
          const { delivered, server } = yield* apple({ howMany })
          let resets = 0
          const origin = yield* proxy(server.port, () => ({
            back: (bytes, so, give, reset) => {
              give(bytes)
              if (so + bytes.length < 12_000 || resets > 0) return
              resets++
              reset()
            }
          }))
          yield* Effect.gen(function* () {
            const apns = yield* Apns.Apns
            const outcomes = yield* apns.sendMany(many(howMany))
            assert.strictEqual(resets, 1)
            const got = new Set(delivered.map((push) => push.token))
            const unknown = outcomes.filter(({ token, verdict }) => {
              if (verdict._tag === "Accepted") assert.isTrue(got.has(token), "accepted, not delivered")
              else {
                assert(verdict._tag === "Unanswered", verdict._tag)
                if (verdict.unprocessed) assert.isFalse(got.has(token), "unprocessed, yet delivered")
                assert.strictEqual(verdict.why, "lost")
              }
              return verdict._tag === "Unanswered"
            })
            assert.strictEqual(outcomes.length, howMany)
            // What was passed on holds more than a hundred answers, whatever is lost of the others.
            assert.isBelow(unknown.length, howMany - 100)
            assert.strictEqual(
              delivered.length,
              new Set(delivered.map(({ token }) => token)).size,
              "repeated"
            )
          }).pipe(Effect.provide(yield* sender(origin, { connections: 1, answer: "30 seconds" }, transport)))
        }).pipe(Effect.scoped)
    )
  }
})

describe("a server that goes away again and again", () => {
  for (const seed of [1, 2, 3]) {
    it.live(`loses nothing, fails nothing and repeats nothing of 20,000 pushes (seed ${seed})`, () =>
      Effect.map(Effect.scoped(play(20_000, 40, seed)), (said) =>
        assert.match(said, /^20000 accepted, 0 failed, 0 lost, 0 repeated; 40 GOAWAYs/)
      )
    )
  }
})
