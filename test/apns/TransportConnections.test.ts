import * as net from "node:net"
import { Apns, H2, Http2, Notification, ProviderToken, Tls } from "@sightscreen/apns"
import { Instant } from "@sightscreen/decider"
import { afterEach, assert, describe, it, vi } from "@effect/vitest"
import { Effect, Layer } from "effect"
import type { Connection, Hooks } from "../../packages/apns/src/transport/Connection.ts"
import * as Host from "../../packages/apns/src/transport/Host.ts"
import * as Job from "../../packages/apns/src/transport/Job.ts"
import * as Link from "../../packages/apns/src/transport/Link.ts"
import { serve } from "./h2/server.ts"
import { block, frame, settings } from "./h2/support.ts"
import { apple, authority, pushId, sealed, sender, token } from "./support.ts"

const { Frame, HpackDecoder } = H2
const body = sealed()
const push = (n: number) => Notification.to(body, token(n), pushId(n))
const send = (n: number) => Effect.flatMap(Apns.Apns, (apns) => apns.send(push(n)))

const transports = [
  ["ours", Tls.layer],
  ["Node's", Http2.layer]
] as const

/** A name that leads to one address after another. */
const lookingUp = (addresses: ReadonlyArray<string>) => {
  let asked = 0
  const lookup: net.LookupFunction = (_, options, found) => {
    const address = addresses[Math.min(asked++, addresses.length - 1)]!
    if (options.all === true) found(null, [{ address, family: 4 }])
    else found(null, address, 4)
  }
  return { lookup, asked: () => asked }
}

/** Passes on whatever comes to an address of its own. */
const passing = (address: string, port: number, to: number) =>
  Effect.acquireRelease(
    Effect.callback<() => void>((resume) => {
      const sockets = new Set<net.Socket>()
      const server = net.createServer((near) => {
        const far = net.connect(to, "127.0.0.1")
        for (const one of [near, far]) sockets.add(one.on("error", () => {}))
        near.pipe(far)
        far.pipe(near)
      })
      const close = () => {
        for (const one of sockets) one.destroy()
        server.close()
      }
      server.on("error", () => resume(Effect.succeed(close)))
      server.listen(port, address, () => resume(Effect.succeed(close)))
    }),
    (close) => Effect.sync(close)
  )

for (const [name, transport] of transports) {
  describe(`connections by ${name}`, () => {
    it.live("look their host's name up anew, each of them, and go where it leads by then", () =>
      Effect.gen(function* () {
        const [here, there] = [yield* apple(), yield* apple()]
        const { port } = here.server
        // 127.0.0.2 is this machine too, where the system has more than one address of its own.
        yield* passing("127.0.0.2", port, there.server.port)
        const { asked, lookup } = lookingUp(["127.0.0.1", "127.0.0.2"])
        yield* Effect.gen(function* () {
          assert.strictEqual((yield* send(0)).verdict._tag, "Accepted")
          assert.strictEqual((yield* send(1)).verdict._tag, "Accepted")
          assert.strictEqual(asked(), 1)
          yield* here.server.inject({ _tag: "GoAway", reason: "Shutdown" })
          assert.strictEqual((yield* send(2)).verdict._tag, "Accepted")
          assert.strictEqual(asked(), 2)
        }).pipe(Effect.provide(yield* sender(`https://localhost:${port}`, { lookup }, transport)))
        assert.deepStrictEqual([here.delivered.length, there.delivered.length], [2, 1])
      }).pipe(Effect.scoped)
    )

    it.live("are followed by others when they have grown old, and nothing is lost or doubled", () =>
      Effect.gen(function* () {
        const { delivered, server } = yield* apple({ howMany: 1200 })
        yield* Effect.gen(function* () {
          const apns = yield* Apns.Apns
          for (let round = 0; round < 12; round++) {
            const some = Array.from({ length: 100 }, (_, n) => push(100 * round + n))
            for (const { verdict } of yield* apns.sendMany(some)) assert.strictEqual(verdict._tag, "Accepted")
            yield* Effect.sleep("30 millis")
          }
        }).pipe(Effect.provide(yield* sender(server.origin, { age: "200 millis" }, transport)))
        assert.strictEqual(new Set(delivered.map((it) => it.token)).size, 1200)
        assert.strictEqual(delivered.length, 1200)
        assert.isAtLeast((yield* server.counts).connections, 3)
      }).pipe(Effect.scoped)
    )

    it.live("may go away at any frame, and each push is taken once", () =>
      Effect.forEach(
        Array.from({ length: 30 }, (_, nth) => nth),
        (nth) =>
          Effect.gen(function* () {
            const taken: Array<string> = []
            let heard = 0
            let gone = false
            const decoders = new WeakMap<object, H2.HpackDecoder.Decoder>()
            const highest = new WeakMap<object, number>()
            const last = new WeakMap<object, number>()
            const paths = new WeakMap<object, Map<number, string>>()
            const port = yield* serve({
              begins: (peer) => {
                decoders.set(
                  peer,
                  new HpackDecoder.Decoder({ tableBytes: 4096, listBytes: 65_536, blockBytes: 65_536 })
                )
                paths.set(peer, new Map())
                peer.write(settings([0x3, 1000]))
              },
              hears: (peer, type, flags, stream, payload) => {
                if (type === Frame.headers) {
                  decoders.get(peer)!.decode(payload, 0, payload.length, {
                    field: (field, value) => void (field === ":path" && paths.get(peer)!.set(stream, value))
                  })
                  highest.set(peer, stream)
                }
                const ends = type === Frame.data && (flags & Frame.endStream) !== 0
                if (heard++ >= nth && !gone) {
                  gone = true
                  // Now what it is reading is the last that is answered, now it is not answered any more.
                  const least = Math.max(0, (highest.get(peer) ?? 0) - (nth % 2 === 0 || ends ? 0 : 2))
                  last.set(peer, least)
                  peer.write(frame(Frame.goAway, 0, 0, least.toString(16).padStart(8, "0") + "00000000"))
                }
                if (type === Frame.ping && (flags & Frame.ack) === 0)
                  peer.write(frame(Frame.ping, Frame.ack, 0, payload))
                if (!ends || stream > (last.get(peer) ?? Number.POSITIVE_INFINITY)) return
                taken.push(paths.get(peer)!.get(stream)!)
                peer.write(
                  frame(
                    Frame.headers,
                    Frame.endHeaders | Frame.endStream,
                    stream,
                    block([":status", "200"], ["apns-id", "A"])
                  )
                )
              }
            })
            const { ca } = yield* authority
            const layer = Apns.Apns.layer.pipe(
              Layer.provide(transport({ hosts: { production: `https://127.0.0.1:${port}` }, ca })),
              Layer.provide(ProviderToken.ProviderToken.layerTest)
            )
            const outcomes = yield* Effect.flatMap(Apns.Apns, (apns) =>
              apns.sendMany(Array.from({ length: 15 }, (_, n) => push(n)))
            ).pipe(Effect.provide(layer))
            assert.deepStrictEqual(
              outcomes.map(({ verdict }) => verdict._tag),
              Array.from({ length: 15 }, () => "Accepted"),
              `at frame ${nth}`
            )
            assert.strictEqual(new Set(taken).size, 15, `at frame ${nth}`)
            assert.strictEqual(taken.length, 15, `at frame ${nth}`)
          }).pipe(Effect.scoped),
        { concurrency: 4, discard: true }
      )
    )
  })
}

/** A host whose connections do nothing, and what it has asked of them. */
const playing = (chance: number, more: Partial<Host.Options> = {}) => {
  let hooks: Hooks | undefined
  let opened = 0
  let retired = false
  const connection: Connection = {
    id: 1,
    link: () => Link.opened(Instant.fromMillis(0)),
    served: () => false,
    room: () => 0,
    ready: () => false,
    busy: () => 0,
    saturated: () => false,
    answers: () => 0,
    lightMillis: () => 0,
    loadedMillis: () => 0,
    carried: () => false,
    send: () => false,
    tick: () => {},
    retire: () => {
      retired = true
    },
    destroy: () => {}
  }
  const host = Host.make({
    open: (_, __, given) => {
      opened++
      hooks = given
      return connection
    },
    origin: "https://localhost",
    ca: undefined,
    certificate: undefined,
    lookup: undefined,
    ageMillis: 1_000_000,
    connectMillis: 1000,
    waitMillis: 1e9,
    answerMillis: 1000,
    mostConnections: 1,
    spareMillis: 1e9,
    maxWaiting: 10,
    manners: Link.manners,
    backoff: { firstMillis: 100, capMillis: 2000 },
    random: () => chance,
    nextId: () => 1,
    ...more
  })
  host.submit(Job.push(push(0), "bearer x", Instant.fromMillis(performance.now()), () => {}))
  return {
    host,
    opened: () => opened,
    retired: () => retired,
    open: () => hooks!.opened(connection),
    lose: () => {
      hooks!.left(connection)
      hooks!.closed(connection)
    }
  }
}

describe("the age of a connection", () => {
  /** After what share of its greatest age a connection is let go, where chance says so. */
  const letGo = (chance: number): number => {
    const born = performance.now()
    const { host, open, retired } = playing(chance)
    open()
    for (let share = 0.5; share < 1.1; share += 0.01) {
      host.tick(Instant.fromMillis(born + share * 1_000_000))
      if (retired()) return share
    }
    return Number.POSITIVE_INFINITY
  }

  it("is cut by up to a quarter, so that those opened together do not go together", () => {
    assert.closeTo(letGo(0), 1, 0.02)
    assert.closeTo(letGo(0.5), 0.875, 0.02)
    assert.closeTo(letGo(0.999), 0.75, 0.02)
  })
})

describe("connecting again", () => {
  afterEach(() => void vi.useRealTimers())

  /** The pauses between attempts that all fail, in milliseconds. */
  const pauses = (chance: number): ReadonlyArray<number> => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] })
    const { lose, opened } = playing(chance)
    const found: Array<number> = []
    for (let nth = 1; nth <= 7; nth++) {
      assert.strictEqual(opened(), nth)
      lose()
      let millis = 0
      for (; opened() === nth && millis < 10_000; millis += 10) vi.advanceTimersByTime(10)
      found.push(millis)
    }
    return found
  }

  it("waits longer each time, up to a limit, and half of it by chance", () => {
    assert.deepStrictEqual(pauses(0), [50, 100, 200, 400, 800, 1000, 1000])
    assert.deepStrictEqual(pauses(0.9999), [100, 200, 400, 800, 1600, 2000, 2000])
  })
})
