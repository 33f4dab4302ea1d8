import {
  Apns,
  type Gate,
  type Http2,
  Notification,
  ProviderToken,
  Request,
  type Server,
  Transport
} from "@sightscreen/apns"
import { Instant } from "@sightscreen/decider"
import { assert, describe, it } from "@effect/vitest"
import { Clock, Duration, Effect, Exit, Fiber, Layer, Redacted, Scope } from "effect"
import * as jose from "jose"
import { apple, authority, known, pushId, sealed, sender as senderBy, signingKey, token } from "../support.ts"

const tags = (outcomes: ReadonlyArray<Apns.Outcome>) => {
  const counted: Record<string, number> = {}
  for (const { verdict } of outcomes) counted[verdict._tag] = (counted[verdict._tag] ?? 0) + 1
  return counted
}

const many = (howMany: number) => {
  const body = sealed()
  return Array.from({ length: howMany }, (_, n) => Notification.to(body, token(n), pushId(n)))
}
const one = (n = 0) => Notification.to(sealed(), token(n), pushId(n))

const send = (notification: Notification.Notification) =>
  Effect.flatMap(Apns.Apns, (apns) => apns.send(notification))
const sendMany = (notifications: ReadonlyArray<Notification.Notification>) =>
  Effect.flatMap(Apns.Apns, (apns) => apns.sendMany(notifications))

/** Every token delivered to, once each. */
const once = (delivered: ReadonlyArray<Gate.Accepted>) => {
  const tokens = delivered.map((push) => push.token)
  assert.strictEqual(new Set(tokens).size, tokens.length, "a push was delivered twice")
  return tokens.length
}

const until = (what: Effect.Effect<boolean>): Effect.Effect<void> =>
  Effect.flatMap(what, (done) => (done ? Effect.void : Effect.andThen(Effect.sleep(5), until(what))))

const seconds = (from: number) => (performance.now() - from) / 1000

const requested = (server: Server.Server, howMany: number) =>
  until(Effect.map(server.counts, ({ requests }) => requests >= howMany))

/** Numbers that look like chance and are the same each time. */
const chance = (seed: number) => () => {
  seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
  return seed / 2 ** 32
}

/** What every transport must do, whoever talks HTTP/2 in it. */
export const suite = (
  name: string,
  transport: (options: Http2.Options) => Layer.Layer<Transport.Transport>
) => {
  const sender = (origin: string, more?: Partial<Http2.Options>) => senderBy(origin, more, transport)

  describe(`${name} with a model Apple on loopback`, () => {
    it.live("carries 500 pushes over one held connection, and each arrives once, as it was sent", () =>
      Effect.gen(function* () {
        const { delivered, server } = yield* apple({ howMany: 500 })
        yield* Effect.gen(function* () {
          assert.deepStrictEqual(tags(yield* sendMany(many(500))), { Accepted: 500 })
          const last = yield* send(one(7))
          assert(last.verdict._tag === "Accepted")
          assert.strictEqual(last.verdict.apnsId, pushId(7))
          const unnamed = yield* send({ ...one(8), pushId: pushId(0xabcdef) })
          assert(unnamed.verdict._tag === "Accepted")
          assert.strictEqual(
            unnamed.verdict.apnsId,
            pushId(0xabcdef),
            "as it was sent, though Apple answers in capitals"
          )
        }).pipe(Effect.provide(yield* sender(server.origin)))
        assert.strictEqual(once(delivered.slice(0, 500)), 500)
        assert.deepStrictEqual(delivered[0]!.payload, {
          aps: { timestamp: 1_700_000_000, event: "update", "content-state": { runs: 0 } }
        })
        assert.strictEqual((yield* server.counts).connections, 1)
      }).pipe(Effect.scoped)
    )

    it.live("carries far more than a connection's streams, and none is refused", () =>
      Effect.gen(function* () {
        const { delivered, server } = yield* apple({ howMany: 2500 })
        const outcomes = yield* sendMany(many(2500)).pipe(Effect.provide(yield* sender(server.origin)))
        assert.deepStrictEqual(tags(outcomes), { Accepted: 2500 })
        assert.strictEqual(once(delivered), 2500)
      }).pipe(Effect.scoped)
    )

    it.live("opens a single stream until a connection has answered one", () =>
      Effect.gen(function* () {
        const { server } = yield* apple({ howMany: 50 })
        yield* server.inject({ _tag: "Silence" })
        const layer = yield* sender(server.origin, { answer: "300 millis", wait: "600 millis" })
        const outcomes = yield* sendMany(many(50)).pipe(Effect.provide(layer))
        assert.deepStrictEqual(tags(outcomes), { Unanswered: 50 })
        assert.strictEqual((yield* server.counts).mostStreamsAtOnce, 1)
      }).pipe(Effect.scoped)
    )

    it.live("shows no refused stream to anybody while the limit jumps about", () =>
      Effect.gen(function* () {
        const { delivered, server } = yield* apple({ howMany: 1000 })
        const jumping = Effect.gen(function* () {
          for (const streams of [1, 1000, 3, 200, 1, 1000]) {
            yield* server.inject({ _tag: "Limit", streams })
            yield* Effect.sleep(15)
          }
        })
        yield* Effect.gen(function* () {
          yield* send(one())
          const fiber = yield* Effect.forkChild(jumping)
          assert.deepStrictEqual(tags(yield* sendMany(many(1000).slice(1))), { Accepted: 999 })
          yield* Fiber.join(fiber)
        }).pipe(Effect.provide(yield* sender(server.origin)))
        assert.strictEqual(once(delivered), 1000)
      }).pipe(Effect.scoped)
    )

    for (const nth of [1, 2, 150, 300]) {
      it.live(`loses and doubles nothing when the server goes away at request ${nth} of 300`, () =>
        Effect.gen(function* () {
          const { delivered, server } = yield* apple({ howMany: 300 })
          yield* server.inject({ _tag: "GoAwayAtRequest", nth })
          const outcomes = yield* sendMany(many(300)).pipe(Effect.provide(yield* sender(server.origin)))
          assert.deepStrictEqual(tags(outcomes), { Accepted: 300 })
          assert.strictEqual(once(delivered), 300)
          assert.isAtMost((yield* server.counts).connections, 2)
        }).pipe(Effect.scoped)
      )
    }

    it.live("loses and doubles nothing at whichever of a dozen requests the server goes away", () =>
      Effect.gen(function* () {
        for (let nth = 1; nth <= 12; nth++) {
          const { delivered, server } = yield* apple({ howMany: 12 })
          yield* server.inject({ _tag: "GoAwayAtRequest", nth })
          const outcomes = yield* sendMany(many(12)).pipe(Effect.provide(yield* sender(server.origin)))
          assert.deepStrictEqual(tags(outcomes), { Accepted: 12 })
          assert.strictEqual(once(delivered), 12)
        }
      }).pipe(Effect.scoped)
    )

    it.live("loses and doubles nothing when the server shuts down politely under load", () =>
      Effect.gen(function* () {
        const { delivered, server } = yield* apple({ howMany: 1000 })
        yield* Effect.gen(function* () {
          const sending = yield* Effect.forkChild(sendMany(many(1000)))
          yield* requested(server, 100)
          yield* server.inject({ _tag: "GoAway", reason: "Shutdown" })
          assert.deepStrictEqual(tags(yield* Fiber.join(sending)), { Accepted: 1000 })
        }).pipe(Effect.provide(yield* sender(server.origin)))
        assert.strictEqual(once(delivered), 1000)
      }).pipe(Effect.scoped)
    )

    it.live(
      "says that nobody knows when the connection is cut under a push, and goes on with a new one",
      () =>
        Effect.gen(function* () {
          const { server } = yield* apple()
          yield* Effect.gen(function* () {
            yield* send(one())
            yield* server.inject({ _tag: "Silence" })
            const sending = yield* Effect.forkChild(send(one(1)))
            yield* requested(server, 2)
            yield* server.inject({ _tag: "Heal" })
            yield* server.inject({ _tag: "Cut" })
            assert.deepStrictEqual((yield* Fiber.join(sending)).verdict, {
              _tag: "Unanswered",
              unprocessed: false,
              why: "lost"
            })
            assert.strictEqual((yield* send(one(2))).verdict._tag, "Accepted")
          }).pipe(Effect.provide(yield* sender(server.origin)))
        }).pipe(Effect.scoped)
    )

    it.live("ends every wait when the server dies, and recovers when another takes its port", () =>
      Effect.gen(function* () {
        const firstLife = yield* Scope.make()
        const first = yield* apple().pipe(Scope.provide(firstLife))
        yield* Effect.gen(function* () {
          assert.strictEqual((yield* send(one())).verdict._tag, "Accepted")
          yield* Scope.close(firstLife, Exit.void)
          const from = performance.now()
          assert.deepStrictEqual((yield* send(one(1))).verdict, {
            _tag: "Unanswered",
            unprocessed: true,
            why: "no-connection"
          })
          assert.isBelow(seconds(from), 5)
          yield* apple({ port: first.server.port })
          assert.strictEqual((yield* send(one(2))).verdict._tag, "Accepted")
        }).pipe(
          Effect.provide(yield* sender(first.server.origin, { wait: "1 second", reconnect: "200 millis" }))
        )
      }).pipe(Effect.scoped)
    )

    it.live("ends the wait for a silent server in real time, however fast the world's clock runs", () =>
      Effect.gen(function* () {
        const { server } = yield* apple()
        yield* server.inject({ _tag: "Silence" })
        const real = yield* Clock.Clock
        const from = performance.now()
        const outcome = yield* send(one()).pipe(
          Effect.provide(yield* sender(server.origin, { answer: "500 millis" })),
          Effect.provideService(Clock.Clock, {
            ...real,
            currentTimeMillisUnsafe: () => real.currentTimeMillisUnsafe() * 60,
            sleep: (duration) => real.sleep(Duration.divideUnsafe(duration, 60))
          })
        )
        assert.deepStrictEqual(outcome.verdict, { _tag: "Unanswered", unprocessed: false, why: "deadline" })
        assert.isAbove(seconds(from), 0.4)
        assert.isBelow(seconds(from), 5)
      }).pipe(Effect.scoped)
    )

    it.live("leaves a connection that answers no pushes, though it may answer pings", () =>
      Effect.gen(function* () {
        const { server } = yield* apple()
        yield* Effect.gen(function* () {
          yield* send(one())
          yield* server.inject({ _tag: "Silence" })
          yield* send(one(1))
          yield* server.inject({ _tag: "Heal" })
          assert.strictEqual((yield* send(one(2))).verdict._tag, "Accepted")
          assert.strictEqual((yield* server.counts).connections, 2)
        }).pipe(Effect.provide(yield* sender(server.origin, { answer: "200 millis" })))
      }).pipe(Effect.scoped)
    )

    it.live("lets go at once when the caller is interrupted", () =>
      Effect.gen(function* () {
        const { server } = yield* apple()
        yield* Effect.gen(function* () {
          yield* server.inject({ _tag: "Silence" })
          const sending = yield* Effect.forkChild(send(one()))
          yield* requested(server, 1)
          yield* Fiber.interrupt(sending)
          yield* server.inject({ _tag: "Heal" })
          assert.strictEqual((yield* send(one(1))).verdict._tag, "Accepted")
        }).pipe(Effect.provide(yield* sender(server.origin)))
      }).pipe(Effect.scoped)
    )

    it.live("lets what is under way finish before its layer closes", () =>
      Effect.gen(function* () {
        const { delivered, server } = yield* apple({ howMany: 300 })
        const life = yield* Scope.make()
        const services = yield* Layer.buildWithScope(yield* sender(server.origin), life)
        yield* send(one()).pipe(Effect.provide(services))
        const sending = yield* Effect.forkChild(sendMany(many(300).slice(1)).pipe(Effect.provide(services)))
        yield* requested(server, 2)
        yield* Scope.close(life, Exit.void)
        const outcomes = yield* Fiber.join(sending)
        const { Accepted = 0 } = tags(outcomes)
        assert.strictEqual(once(delivered), Accepted + 1)
        for (const { verdict } of outcomes) {
          if (verdict._tag !== "Accepted") {
            assert.deepStrictEqual(verdict, { _tag: "Unanswered", unprocessed: true, why: "closed" })
          }
        }
      }).pipe(Effect.scoped)
    )

    it.live("does not talk to a server that its authority has not signed", () =>
      Effect.gen(function* () {
        const { server } = yield* apple()
        const { credentials } = yield* signingKey
        const layer = Apns.Apns.layer.pipe(
          Layer.provide(transport({ hosts: { production: server.origin }, wait: "500 millis" })),
          Layer.provide(ProviderToken.ProviderToken.layer(credentials))
        )
        const { verdict } = yield* send(one()).pipe(Effect.provide(layer))
        assert.deepStrictEqual(verdict, { _tag: "Unanswered", unprocessed: true, why: "no-connection" })
        assert.strictEqual((yield* server.counts).requests, 0)
      }).pipe(Effect.scoped)
    )

    it.live("turns away what it cannot hold or has no host for", () =>
      Effect.gen(function* () {
        const { server } = yield* apple({ howMany: 50 })
        yield* Effect.gen(function* () {
          const sandbox = Notification.to(sealed(0, { environment: "sandbox" }), token(0))
          assert.propertyVal((yield* send(sandbox)).verdict, "why", "no-host")
          const outcomes = yield* Effect.forEach(many(10), send, { concurrency: "unbounded" })
          assert.deepStrictEqual(
            outcomes.map(({ verdict }) => verdict._tag),
            [...Array<string>(3).fill("Accepted"), ...Array<string>(7).fill("Unanswered")]
          )
          assert.propertyVal(outcomes[9]!.verdict, "why", "queue-full")
          assert.deepStrictEqual(
            tags(yield* sendMany(many(50))),
            { Accepted: 50 },
            "a batch waits in no line"
          )
          const mixed = yield* sendMany([sandbox, one(), sandbox])
          assert.deepStrictEqual(
            mixed.map(({ verdict }) => ("why" in verdict ? verdict.why : verdict._tag)),
            ["no-host", "Accepted", "no-host"]
          )
        }).pipe(Effect.provide(yield* sender(server.origin, { maxWaiting: 3, connections: 1 })))
      }).pipe(Effect.scoped)
    )
  })

  describe(`${name} on a bad day`, () => {
    for (const seed of [1, 2]) {
      it.live(`delivers nothing twice, and nothing that is called unprocessed (day ${seed})`, () =>
        Effect.gen(function* () {
          const howMany = 1500
          const { delivered, server } = yield* apple({ howMany })
          const next = chance(seed)
          const trouble: Effect.Effect<never> = Effect.forever(
            Effect.gen(function* () {
              const faults: ReadonlyArray<Server.Fault> = [
                { _tag: "Cut" },
                { _tag: "GoAway", reason: "Shutdown" },
                { _tag: "GoAwayAtRequest", nth: 1 + Math.floor(next() * 50) },
                { _tag: "Limit", streams: 1 + Math.floor(next() * 20) },
                { _tag: "Limit", streams: 1000 }
              ]
              yield* server.inject(faults[Math.floor(next() * faults.length)]!)
              yield* Effect.sleep(5 + next() * 40)
            })
          )
          const outcomes = yield* sendMany(many(howMany)).pipe(
            Effect.raceFirst(trouble),
            Effect.provide(yield* sender(server.origin, { reconnect: "100 millis" }))
          )
          once(delivered)
          const got = new Set(delivered.map((push) => push.token))
          for (const { token, verdict } of outcomes) {
            if (verdict._tag === "Accepted") assert.isTrue(got.has(token), "accepted, not delivered")
            else {
              assert(verdict._tag === "Unanswered", verdict._tag)
              if (verdict.unprocessed) assert.isFalse(got.has(token), "unprocessed, yet delivered")
            }
          }
        }).pipe(Effect.scoped)
      )
    }
  })

  describe(`Apns by ${name}`, () => {
    it.live("reports when a dead token died, to the millisecond", () =>
      Effect.gen(function* () {
        const { server } = yield* apple()
        const since = Instant.fromMillis(1_699_999_999_123)
        yield* server.retire(token(3), since, "ExpiredToken")
        const outcome = yield* send(one(3)).pipe(Effect.provide(yield* sender(server.origin)))
        assert.deepStrictEqual(outcome, {
          token: token(3),
          pushId: pushId(3),
          verdict: { _tag: "TokenDead", status: 410, reason: "ExpiredToken", since }
        })
      }).pipe(Effect.scoped)
    )

    it.live("keeps outcomes in the order of the notifications, good and bad together", () =>
      Effect.gen(function* () {
        const { server } = yield* apple({ tokens: [known(0), known(2), known(4, { kind: "device" })] })
        const outcomes = yield* sendMany(many(5)).pipe(Effect.provide(yield* sender(server.origin)))
        assert.deepStrictEqual(
          outcomes.map(({ verdict }) => ("reason" in verdict ? verdict.reason : verdict._tag)),
          ["Accepted", "BadDeviceToken", "Accepted", "BadDeviceToken", "DeviceTokenNotForTopic"]
        )
        assert.deepStrictEqual(
          outcomes.map((outcome) => outcome.token),
          many(5).map((notification) => notification.token)
        )
      }).pipe(Effect.scoped)
    )

    it.live("does not repeat what Apple has answered with trouble", () =>
      Effect.gen(function* () {
        const { server } = yield* apple()
        yield* server.inject({ _tag: "Refuse", status: 503, reason: "ServiceUnavailable", times: 1 })
        const outcome = yield* send(one()).pipe(Effect.provide(yield* sender(server.origin)))
        assert.deepStrictEqual(outcome.verdict, {
          _tag: "AppleDown",
          status: 503,
          reason: "ServiceUnavailable"
        })
        assert.strictEqual((yield* server.counts).requests, 1)
      }).pipe(Effect.scoped)
    )

    it.live("tells how long a server asks to be left alone, in seconds or until a date", () =>
      Effect.gen(function* () {
        const { server } = yield* apple()
        const refuse = (status: number, reason: string, retryAfter: string) =>
          server.inject({ _tag: "Refuse", status, reason, retryAfter, times: 1 })
        yield* Effect.gen(function* () {
          yield* refuse(503, "ServiceUnavailable", "120")
          assert.deepStrictEqual((yield* send(one())).verdict, {
            _tag: "AppleDown",
            status: 503,
            reason: "ServiceUnavailable",
            retryAfter: { _tag: "Wait", millis: 120_000 }
          })
          yield* refuse(429, "TooManyRequests", "Fri, 31 Dec 1999 23:59:59 GMT")
          const [outcome] = yield* sendMany([one()])
          assert(outcome?.verdict._tag === "SlowDown")
          // Node's server sends its own date, and that one lies long after the one it names.
          assert.deepStrictEqual(outcome.verdict.retryAfter, { _tag: "Wait", millis: 0 })
          yield* refuse(503, "Shutdown", "soon")
          assert.notProperty((yield* send(one())).verdict, "retryAfter")
        }).pipe(Effect.provide(yield* sender(server.origin)))
      }).pipe(Effect.scoped)
    )

    /** Gives an hour-old token until that is forgotten. */
    const good = Effect.succeed<ProviderToken.Standing>({ _tag: "Good" })
    const staleAtFirst = Effect.gen(function* () {
      const { credentials } = yield* signingKey
      const now = yield* Clock.currentTimeMillis
      const sign = (iat: number) =>
        Effect.promise(async () =>
          Redacted.make(
            await new jose.SignJWT()
              .setProtectedHeader({ alg: "ES256", kid: credentials.keyId })
              .setIssuer(credentials.teamId)
              .setIssuedAt(iat)
              .sign(await jose.importPKCS8(Redacted.value(credentials.privateKey), "ES256"))
          )
        )
      const stale = yield* sign(Math.floor(now / 1000) - 3700)
      const fresh = yield* sign(Math.floor(now / 1000))
      let current = stale
      let forgotten = 0
      const layer = Layer.succeed(ProviderToken.ProviderToken, {
        current: Effect.sync(() => current),
        forget: (jwt) =>
          Effect.sync(() => {
            if (jwt !== stale || current !== stale) return "Replaced"
            current = fresh
            forgotten++
            return "Forgotten"
          }),
        refused: () => good,
        standing: good,
        reinstate: Effect.void
      })
      return { layer, forgotten: () => forgotten }
    })

    it.live("renews an expired bearer token once for all, and repeats each push on a new connection", () =>
      Effect.gen(function* () {
        const { delivered, server } = yield* apple({ howMany: 200 })
        const { ca } = yield* authority
        const stale = yield* staleAtFirst
        const layer = Apns.Apns.layer.pipe(
          Layer.provide(transport({ hosts: { production: server.origin }, ca })),
          Layer.provide(stale.layer)
        )
        const outcomes = yield* sendMany(many(200)).pipe(Effect.provide(layer))
        assert.deepStrictEqual(tags(outcomes), { Accepted: 200 })
        assert.strictEqual(once(delivered), 200)
        assert.strictEqual(stale.forgotten(), 1)
        assert.strictEqual((yield* server.counts).connections, 2)
      }).pipe(Effect.scoped)
    )

    for (const reason of ["InvalidProviderToken", "Forbidden"]) {
      it.live(`sends nothing more with a key that Apple refuses, until it is looked after (${reason})`, () =>
        Effect.gen(function* () {
          const { server } = yield* apple({ howMany: 3000 })
          yield* Effect.gen(function* () {
            const tokens = yield* ProviderToken.ProviderToken
            yield* server.inject({ _tag: "Refuse", status: 403, reason, times: 1 })
            const outcomes = yield* sendMany(many(3000))
            assert.deepStrictEqual(outcomes[0]!.verdict, { _tag: "Unauthorised", status: 403, reason })
            const { requests } = yield* server.counts
            assert.isBelow(requests, 10)
            const held = { _tag: "Unanswered", unprocessed: true, why: "key-refused" } as const
            for (const { verdict } of outcomes.slice(requests)) assert.deepStrictEqual(verdict, held)
            assert.deepStrictEqual((yield* send(one())).verdict, held)
            assert.strictEqual((yield* tokens.standing)._tag, "KeyRefused")
            assert.strictEqual((yield* server.counts).requests, requests, "nothing is sent with it")
            yield* tokens.reinstate
            assert.strictEqual((yield* send(one())).verdict._tag, "Accepted")
          }).pipe(Effect.provide(yield* sender(server.origin)))
        }).pipe(Effect.scoped)
      )
    }

    it.live("goes on sending while the minting of bearer tokens is paused", () =>
      Effect.gen(function* () {
        const { delivered, server } = yield* apple({ howMany: 300 })
        yield* Effect.gen(function* () {
          const tokens = yield* ProviderToken.ProviderToken
          yield* server.inject({
            _tag: "Refuse",
            status: 429,
            reason: "TooManyProviderTokenUpdates",
            times: 1
          })
          const outcomes = yield* sendMany(many(300))
          assert.deepStrictEqual(tags(outcomes), { SlowDown: 1, Accepted: 299 })
          assert.strictEqual(once(delivered), 299)
          assert.strictEqual((yield* tokens.standing)._tag, "MintingPaused")
        }).pipe(Effect.provide(yield* sender(server.origin)))
      }).pipe(Effect.scoped)
    )

    it.live("tells outcomes as they come, of any iterable, and keeps none", () =>
      Effect.gen(function* () {
        const { delivered, server } = yield* apple({ howMany: 2500 })
        const told = new Set<string>()
        let closed = false
        function* source() {
          try {
            yield* many(2500)
          } finally {
            closed = true
          }
        }
        yield* Effect.flatMap(Apns.Apns, (apns) =>
          apns.sendMany(source(), (outcomes) => {
            assert.isAtMost(outcomes.length, 1000)
            for (const { token, verdict } of outcomes) {
              assert.strictEqual(verdict._tag, "Accepted")
              told.add(token)
            }
          })
        ).pipe(Effect.provide(yield* sender(server.origin)))
        assert.strictEqual(told.size, 2500)
        assert.strictEqual(once(delivered), 2500)
        assert.isTrue(closed)
      }).pipe(Effect.scoped)
    )

    it.live("gives up after one repeat when the clocks disagree", () =>
      Effect.gen(function* () {
        const clock = yield* Clock.Clock
        const { server } = yield* apple({
          now: () => Instant.fromMillis(clock.currentTimeMillisUnsafe() + 3_700_000)
        })
        const { verdict } = yield* send(one()).pipe(Effect.provide(yield* sender(server.origin)))
        assert.deepStrictEqual(verdict, { _tag: "AuthExpired", status: 403, reason: "ExpiredProviderToken" })
        assert.strictEqual((yield* server.counts).requests, 2)
      }).pipe(Effect.scoped)
    )
  })

  describe(`${name} as a transport`, () => {
    it.live("carries what HTTP/2 cannot carry as data too", () =>
      Effect.gen(function* () {
        const { server } = yield* apple()
        yield* Effect.gen(function* () {
          const transport = yield* Transport.Transport
          const request = Request.of(one())
          const broken = { ...request, shared: [...request.shared, ["connection", "close"] as const] }
          assert.deepStrictEqual(yield* transport.exchange(broken, Redacted.make("x")), {
            _tag: "NotProcessed",
            why: "unsendable"
          })
          assert.strictEqual((yield* send(one())).verdict._tag, "Accepted")
        }).pipe(Effect.provide(yield* sender(server.origin)))
      }).pipe(Effect.scoped)
    )
  })
}
