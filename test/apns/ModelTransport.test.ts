import {
  Apns,
  Broadcast,
  type Channel,
  Channels,
  Delivery,
  type Gate,
  type LiveActivity,
  Management,
  ModelTransport,
  Notification,
  Patience,
  ProviderToken,
  Publish,
  type Reason,
  Request,
  type Told,
  Transport
} from "@sightscreen/apns"
import { Instant } from "@sightscreen/decider"
import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Layer, Redacted, Result } from "effect"
import { base64url } from "jose"
import { TestClock } from "effect/testing"
import { bundleId, known, pushId, sealed, token } from "./support.ts"

/** A model Apple that knows tokens 0 to 4 in production and 5 to 9 in the sandbox, and all that came of it. */
const world = Effect.fnUntraced(function* (more: Partial<ModelTransport.Options> = {}) {
  const told: Array<string> = []
  const clock = yield* Clock.Clock
  const seconds = () => clock.currentTimeMillisUnsafe() / 1000
  const { apple, transport } = ModelTransport.make({
    onAccepted: ({ apnsId }) => told.push(`${seconds()} accepted ${tail(apnsId)}`),
    onPublished: ({ requestId }) => told.push(`${seconds()} published ${tail(requestId)}`),
    onDelivered: (it) =>
      told.push(
        it._tag === "Delivered"
          ? `${it.at / 1000} ${it.device} got ${tail(it.push.apnsId)}`
          : `${it.at / 1000} ${it.device} got publish ${tail(it.publish.requestId)}`
      ),
    ...more
  })
  for (let n = 0; n < 10; n++) {
    yield* apple.register(known(n, { environment: n < 5 ? "production" : "sandbox" }))
  }
  const layer = Layer.mergeAll(Apns.Apns.layer, Channels.Channels.layer).pipe(
    Layer.provideMerge(Layer.succeed(Transport.Transport, transport)),
    Layer.provide(ProviderToken.ProviderToken.layerTest)
  )
  return { apple, layer, told, transport }
})

const tail = (id: string) => id.slice(-1).toLowerCase()

const send = (n: number, more: Partial<LiveActivity.Update> = {}, id = n) =>
  Effect.map(
    Effect.flatMap(Apns.Apns, (apns) =>
      apns.send(Notification.to(sealed(0, { priority: 10, ...more }), token(n), pushId(id)))
    ),
    ({ verdict }) => verdict
  )

const named = (verdict: { readonly _tag: string }) =>
  "reason" in verdict && verdict.reason !== null ? verdict.reason : verdict._tag

const channels = Channels.Channels
const value = <A>(told: Told.Told<A>): A => {
  assert(told._tag === "Done", JSON.stringify(told))
  return told.value
}
const why = <A>(told: Told.Told<A>): unknown => (told._tag === "Refused" ? named(told.verdict) : told._tag)

const bulletin = (channel: Channel.Channel, priority: 5 | 10 = 10) =>
  Result.getOrThrow(
    Publish.seal(
      Broadcast.update({
        timestamp: Instant.toSeconds(Instant.fromSeconds(1_700_000_000)),
        contentState: { runs: 4 },
        priority,
        ...(channel.storage === "none" ? { channel } : { channel, expiration: Instant.fromSeconds(9 * 3600) })
      })
    )
  )
const publish = (channel: Channel.Channel, nth: number, priority: 5 | 10 = 10) =>
  Effect.flatMap(channels, (it) => it.publish(bulletin(channel, priority), pushId(nth)))
const create = <S extends "none" | "latest">(storage: S) =>
  Effect.flatMap(channels, (it) => it.create({ bundleId }, storage))

describe("a model Apple in virtual time", () => {
  it.effect("serves both hosts, and each token at its own", () =>
    Effect.gen(function* () {
      const { layer } = yield* world()
      const verdicts = Effect.forEach([1, 6], (n) =>
        Effect.forEach(["production", "sandbox"] as const, (environment) => send(n, { environment }))
      )
      assert.deepStrictEqual((yield* verdicts.pipe(Effect.provide(layer))).flat().map(named), [
        "Accepted",
        "BadDeviceToken",
        "BadDeviceToken",
        "Accepted"
      ])
    })
  )

  it.effect("gives the key to the delivery log in the sandbox only", () =>
    Effect.gen(function* () {
      const { transport } = yield* world()
      const uniqueId = (n: number, environment: "production" | "sandbox") =>
        transport
          .exchange(
            Request.of(Notification.to(sealed(0, { environment }), token(n))),
            Redacted.make("test-token")
          )
          .pipe(Effect.map((answer) => answer._tag === "Answered" && answer.uniqueId))
      assert.isUndefined(yield* uniqueId(1, "production"))
      assert.isString(yield* uniqueId(6, "sandbox"))
    })
  )

  it.effect("says when and why a token died, until it is registered again", () =>
    Effect.gen(function* () {
      const { apple, layer } = yield* world()
      const since = Instant.fromMillis(123)
      yield* Effect.gen(function* () {
        yield* apple.retire(token(1), "ExpiredToken", since)
        assert.deepStrictEqual(yield* send(1), {
          _tag: "TokenDead",
          status: 410,
          reason: "ExpiredToken",
          since
        })
        yield* apple.register(known(1))
        assert.strictEqual((yield* send(1))._tag, "Accepted")
        yield* TestClock.adjust("1 minute")
        yield* apple.retire(token(1))
        assert.deepInclude(yield* send(1), { reason: "Unregistered", since: Instant.fromMillis(60_000) })
      }).pipe(Effect.provide(layer))
    })
  )

  it.effect("keeps channels, and takes what is published to them", () =>
    Effect.gen(function* () {
      const { apple, layer, told, transport } = yield* world()
      yield* Effect.gen(function* () {
        const it = yield* channels
        const [none, latest] = [value(yield* create("none")), value(yield* create("latest"))]
        assert.notStrictEqual(none.id, latest.id)
        assert.sameMembers([...value(yield* it.list({ bundleId }))], [none.id, latest.id])
        assert.strictEqual(value(yield* it.read(latest)), "latest")
        assert.isString(value(yield* publish(none, 1)).uniqueId)
        assert.isTrue(value(yield* it.remove(none)))
        assert.strictEqual(why(yield* publish(none, 2)), "ChannelNotRegistered")
        assert.strictEqual(why(yield* it.read({ ...latest, environment: "sandbox" })), "ChannelNotRegistered")
        assert.deepStrictEqual(
          (yield* apple.channels).map(({ id, policy }) => [id, policy]),
          [[latest.id, 1]]
        )
      }).pipe(Effect.provide(layer))
      assert.deepStrictEqual(told, ["0 published 1"])
      assert.deepInclude(yield* apple.counts, { requests: 8, accepted: 0, published: 1 })
      const answer = yield* transport.exchange(
        Management.list({ bundleId, requestId: pushId(7) }),
        Redacted.make("test-token")
      )
      assert(answer._tag === "Answered")
      assert.deepStrictEqual(answer.headers, { "apns-request-id": pushId(7) })
    })
  )

  it.effect("brings a publish to those who follow, as the channel stores it and the devices are there", () =>
    Effect.gen(function* () {
      const { apple, layer, told } = yield* world({ delivery: {} })
      yield* Effect.forkChild(apple.run)
      yield* Effect.gen(function* () {
        const [none, latest] = [value(yield* create("none")), value(yield* create("latest"))]
        for (const { id } of [none, latest]) {
          assert.isTrue(yield* apple.subscribe("phone", id))
          assert.isTrue(yield* apple.subscribe("tablet", id, "production"))
        }
        assert.isFalse(yield* apple.subscribe("phone", "bm93aGVyZQ=="))
        assert.isFalse(yield* apple.subscribe("phone", none.id, "sandbox"))
        yield* apple.unsubscribe("tablet", none.id)
        yield* publish(none, 1)
        yield* TestClock.adjust("1 second")
        yield* publish(none, 2, 5)
        yield* TestClock.adjust("1 second")
        yield* publish(none, 3, 5)
        yield* TestClock.adjust("3 seconds")
        yield* apple.deliver({ _tag: "Disconnected", at: Instant.fromSeconds(5), device: "phone" })
        yield* publish(none, 4)
        yield* publish(latest, 5)
        yield* publish(latest, 6)
        yield* TestClock.adjust("5 seconds")
        yield* apple.deliver({ _tag: "Connected", at: Instant.fromSeconds(10), device: "phone" })
      }).pipe(Effect.provide(layer))
      assert.deepStrictEqual(
        told.filter((line) => line.includes("got")),
        [
          "0 phone got publish 1",
          "5 phone got publish 3",
          "5 tablet got publish 5",
          "5 tablet got publish 6",
          "10 phone got publish 6"
        ]
      )
      assert.deepInclude(yield* apple.broadcasts, { published: 6, addressed: 8, reached: 5 })
    })
  )

  it.effect("lets what is stored outlive its channel, eight hours at most", () =>
    Effect.gen(function* () {
      const { apple, layer, told } = yield* world({ delivery: {} })
      yield* Effect.forkChild(apple.run)
      const offline = Effect.gen(function* () {
        const latest = value(yield* create("latest"))
        const at = Instant.fromMillis(yield* Clock.currentTimeMillis)
        yield* apple.subscribe("phone", latest.id)
        yield* apple.deliver({ _tag: "Disconnected", at, device: "phone" })
        yield* publish(latest, 1)
        yield* Effect.flatMap(channels, (it) => it.remove(latest))
      }).pipe(Effect.provide(layer))
      const back = Effect.flatMap(Clock.currentTimeMillis, (millis) =>
        apple.deliver({ _tag: "Connected", at: Instant.fromMillis(millis), device: "phone" })
      )
      yield* offline
      yield* TestClock.adjust("7 hours")
      yield* back
      assert.deepStrictEqual(told.slice(1), ["25200 phone got publish 1"])
      yield* offline
      yield* TestClock.adjust("8 hours")
      yield* back
      assert.strictEqual((yield* apple.broadcasts).missed.expired, 1)
    })
  )

  it.effect(
    "brings pushes to their devices by itself when it is run: late, in bursts, once they are there",
    () =>
      Effect.gen(function* () {
        const { apple, layer, told } = yield* world({
          delivery: { rules: Delivery.rules({ latencyMillis: 500 }), deviceOf: () => "phone" }
        })
        yield* Effect.forkChild(apple.run)
        yield* Effect.gen(function* () {
          const expiration = Instant.fromSeconds(3600)
          yield* send(1)
          yield* send(2, { priority: 5 })
          yield* TestClock.adjust("6 seconds")
          yield* apple.deliver({ _tag: "Disconnected", at: Instant.fromSeconds(6), device: "phone" })
          yield* send(3, { expiration })
          yield* send(4, { expiration })
          yield* TestClock.adjust("60 seconds")
          yield* apple.deliver({ _tag: "Connected", at: Instant.fromSeconds(66), device: "phone" })
          yield* TestClock.adjust("1 second")
        }).pipe(Effect.provide(layer))
        // A priority 5 push accepted on the mark of a burst leaves with it.
        assert.deepStrictEqual(told, [
          "0 accepted 1",
          "0 accepted 2",
          "0.5 phone got 1",
          "0.5 phone got 2",
          "6 accepted 3",
          "6 accepted 4",
          "66.5 phone got 4"
        ])
        assert.deepInclude(yield* apple.deliveries, { received: 4, delivered: 3, storedOffline: 2 })
      })
  )

  it.effect("says nothing of deliveries unless it is to model them", () =>
    Effect.gen(function* () {
      const { apple, layer, told } = yield* world()
      yield* send(1).pipe(Effect.provide(layer))
      yield* TestClock.adjust("1 hour")
      assert.deepStrictEqual(told, ["0 accepted 1"])
      assert.strictEqual((yield* apple.deliveries).received, 0)
    })
  )

  it.effect("judges JWTs where it has keys: their age, how often they are minted, whose they are", () =>
    Effect.gen(function* () {
      const key: Gate.Key = { keyId: "KEY0000001", teamId: "TEAM000001" }
      const { apple, transport } = yield* world({
        keys: [key],
        isSigned: ({ signature }) => signature[0] === 7
      })
      const minted = (iat: number, keyId = key.keyId, byte = 7) =>
        Redacted.make(
          [
            base64url.encode(JSON.stringify({ alg: "ES256", kid: keyId })),
            base64url.encode(JSON.stringify({ iss: key.teamId, iat })),
            base64url.encode(new Uint8Array(64).fill(byte))
          ].join(".")
        )
      let connection = 0
      const answer = (jwt: Redacted.Redacted<string>) =>
        Effect.map(transport.exchange(Request.of(Notification.to(sealed(), token(1))), jwt), (it) => {
          assert(it._tag === "Answered")
          connection = it.connection
          return it.body === "" ? it.status : (JSON.parse(it.body) as { reason: string }).reason
        })
      assert.strictEqual(yield* answer(minted(0)), 200)
      assert.strictEqual(yield* answer(minted(600)), "TooManyProviderTokenUpdates")
      assert.strictEqual(yield* answer(minted(0, key.keyId, 8)), "InvalidProviderToken")
      yield* TestClock.adjust("61 minutes")
      assert.strictEqual(yield* answer(minted(0)), "ExpiredProviderToken")
      assert.strictEqual(yield* answer(minted(3600)), "ExpiredProviderToken")
      const wedged = connection
      yield* transport.disown(minted(0), wedged)
      assert.strictEqual(yield* answer(minted(3600)), 200)
      assert.notStrictEqual(connection, wedged)
      yield* apple.revoke(key.keyId)
      assert.strictEqual(yield* answer(minted(3600)), "InvalidProviderToken")
      yield* apple.issue({ ...key, keyId: "KEY0000002" })
      assert.strictEqual(yield* answer(minted(3600, "KEY0000002")), 200)
    })
  )

  it.effect("closes a connection that makes too many mistakes", () =>
    Effect.gen(function* () {
      const { apple, layer } = yield* world({ rules: { patience: Patience.rules({ limit: 10 }) } })
      yield* Effect.gen(function* () {
        for (const n of [50, 51, 52]) assert.strictEqual(named(yield* send(n)), "BadDeviceToken")
        assert.strictEqual((yield* send(1))._tag, "Accepted")
      }).pipe(Effect.provide(layer))
      assert.strictEqual((yield* apple.counts).sentAway, 1)
    })
  )
})

const refuse = (status: number, reason: Reason.Reason | "Teapot") =>
  ({ _tag: "Refuse", status, reason }) as const

describe("what goes wrong with a model Apple", () => {
  /** A push, a publish and the reading of a channel. */
  const three = (channel: Channel.Channel) =>
    Effect.all([
      Effect.map(send(1), named),
      Effect.map(publish(channel, 2), why),
      Effect.map(
        Effect.flatMap(channels, (it) => it.read(channel)),
        why
      )
    ])

  const faults: ReadonlyArray<
    readonly [what: string, faults: ModelTransport.Fault | ReadonlyArray<ModelTransport.Fault>, string]
  > = [
    [
      "may befall everything",
      refuse(503, "ServiceUnavailable"),
      "ServiceUnavailable ServiceUnavailable ServiceUnavailable"
    ],
    [
      "may befall publishes alone",
      { ...refuse(429, "TooManyRequests"), errands: ["publish"] },
      "Accepted TooManyRequests Done"
    ],
    [
      "may befall what is not a push",
      { ...refuse(400, "FeatureNotEnabled"), errands: ["publish", "management"] },
      "Accepted FeatureNotEnabled FeatureNotEnabled"
    ],
    [
      "may befall a token alone",
      { ...refuse(429, "TooManyRequests"), tokens: new Set([token(1)]) },
      "TooManyRequests Done Done"
    ],
    [
      "may befall another token",
      { ...refuse(429, "TooManyRequests"), tokens: new Set([token(2)]) },
      "Accepted Done Done"
    ],
    [
      "may befall one environment",
      { ...refuse(500, "InternalServerError"), environment: "sandbox" },
      "Accepted Done Done"
    ],
    [
      "may befall the first alone",
      { ...refuse(500, "InternalServerError"), times: 1 },
      "InternalServerError Done Done"
    ],
    [
      "may spare the first",
      { ...refuse(500, "InternalServerError"), after: 1 },
      "Accepted InternalServerError InternalServerError"
    ],
    [
      "may be several things",
      [
        { ...refuse(400, "ChannelNotRegistered"), errands: ["publish"] },
        { _tag: "Unreachable", errands: ["management"] }
      ],
      "Accepted ChannelNotRegistered Unanswered"
    ],
    ["may be silence", { _tag: "Mute", errands: ["publish", "management"] }, "Accepted Unanswered Unanswered"]
  ]
  for (const [what, fault, expected] of faults) {
    it.effect(`${what}, until it is healed`, () =>
      Effect.gen(function* () {
        const { apple, layer } = yield* world()
        yield* Effect.gen(function* () {
          const channel = value(yield* create("none"))
          yield* apple.inject(fault)
          assert.strictEqual((yield* three(channel)).join(" "), expected)
          yield* apple.inject({ _tag: "Heal" })
          assert.strictEqual((yield* three(channel)).join(" "), "Accepted Done Done")
        }).pipe(Effect.provide(layer))
      })
    )
  }

  it.effect("may befall one channel and not another", () =>
    Effect.gen(function* () {
      const { apple, layer } = yield* world()
      yield* Effect.gen(function* () {
        const [one, other] = [value(yield* create("none")), value(yield* create("none"))]
        yield* apple.inject({ ...refuse(429, "TooManyRequests"), channels: new Set([one.id]) })
        assert.deepStrictEqual(
          [why(yield* publish(one, 1)), why(yield* publish(other, 2))],
          ["TooManyRequests", "Done"]
        )
      }).pipe(Effect.provide(layer))
    })
  )

  it.effect("may be a channel that is gone, for good, and nothing else with it", () =>
    Effect.gen(function* () {
      const { apple, layer } = yield* world()
      yield* Effect.gen(function* () {
        const [one, other] = [value(yield* create("none")), value(yield* create("none"))]
        yield* apple.inject({ ...refuse(500, "InternalServerError"), errands: ["push"] })
        yield* apple.inject({ _tag: "LoseChannel", channelId: one.id })
        assert.strictEqual(named(yield* send(1)), "InternalServerError")
        yield* apple.inject({ _tag: "Heal" })
        assert.strictEqual(
          (yield* three(one)).join(" "),
          "Accepted ChannelNotRegistered ChannelNotRegistered"
        )
        assert.strictEqual((yield* three(other)).join(" "), "Accepted Done Done")
        assert.strictEqual((yield* apple.channels).length, 1)
      }).pipe(Effect.provide(layer))
    })
  )

  it.effect("reaches Apple when only the answer is lost, and not when Apple is unreachable", () =>
    Effect.gen(function* () {
      const { apple, layer, told } = yield* world()
      yield* Effect.gen(function* () {
        const channel = value(yield* create("none"))
        yield* apple.inject({ _tag: "Mute" })
        yield* publish(channel, 1)
        yield* apple.inject({ _tag: "Unreachable" })
        yield* publish(channel, 2)
      }).pipe(Effect.provide(layer))
      assert.deepStrictEqual(told, ["0 published 1"])
    })
  )

  it.effect("befalls by chance as the seed has it: some, and the same again", () =>
    Effect.gen(function* () {
      const story = Effect.fnUntraced(function* (seed: number) {
        const { apple, layer } = yield* world({ seed })
        yield* apple.inject({ ...refuse(503, "ServiceUnavailable"), chance: 0.3 })
        const verdicts = yield* Effect.forEach(
          Array.from({ length: 200 }, (_, n) => n),
          (n) => send(n % 5)
        ).pipe(Effect.provide(layer))
        return verdicts.map(({ _tag }) => _tag)
      })
      const first = yield* story(1)
      const trouble = first.filter((tag) => tag === "AppleDown").length
      assert.isAbove(trouble, 30)
      assert.isBelow(trouble, 90)
      assert.deepStrictEqual(yield* story(1), first)
      assert.notDeepEqual(yield* story(2), first)
    })
  )
})
