import { ProviderToken, SigningKey } from "@sightscreen/apns"
import { Instant } from "@sightscreen/decider"
import { assert, describe, it } from "@effect/vitest"
import { Clock, ConfigProvider, Effect, FileSystem, Layer, PlatformError, Random, Redacted } from "effect"
import { TestClock } from "effect/testing"
import * as jose from "jose"
import { signingKey } from "./support.ts"

const layer = Layer.unwrap(
  Effect.map(Effect.orDie(signingKey), ({ credentials }) => ProviderToken.ProviderToken.layer(credentials))
)

const current = Effect.flatMap(ProviderToken.ProviderToken, (tokens) => tokens.current)
const text = Effect.map(current, Redacted.value)
const forget = Effect.flatMap(ProviderToken.ProviderToken, (tokens) =>
  Effect.flatMap(tokens.current, tokens.forget)
)

describe("ProviderToken", () => {
  it.effect("is what Apple asks for, and verifies with the public key", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(1_700_000_000_999)
      const { credentials, publicKey } = yield* signingKey
      const jwt = yield* text
      const read = yield* Effect.promise(async () =>
        jose.compactVerify(jwt, await jose.importSPKI(publicKey, "ES256"))
      )
      assert.deepStrictEqual(read.protectedHeader as unknown, { alg: "ES256", kid: credentials.keyId })
      assert.deepStrictEqual(JSON.parse(new TextDecoder().decode(read.payload)), {
        iss: credentials.teamId,
        iat: 1_700_000_000
      })
      assert.strictEqual(jose.base64url.decode(jwt.split(".")[2]!).length, 64)
    }).pipe(Effect.provide(layer))
  )

  it.effect("is kept for 49 minutes and renewed after 50", () =>
    Effect.gen(function* () {
      const first = yield* text
      yield* TestClock.adjust("49 minutes")
      assert.strictEqual(yield* text, first)
      yield* TestClock.adjust("1 minute")
      assert.notStrictEqual(yield* text, first)
    }).pipe(Effect.provide(layer))
  )

  it.effect("is minted once for a hundred who ask at the same time", () =>
    Effect.gen(function* () {
      const all = yield* Effect.all(Array<typeof text>(100).fill(text), { concurrency: "unbounded" })
      assert.strictEqual(new Set(all).size, 1)
    }).pipe(Effect.provide(layer))
  )

  it.effect("is not minted again within 20 minutes, but the wish to forget it is remembered", () =>
    Effect.gen(function* () {
      const first = yield* text
      yield* TestClock.adjust("5 minutes")
      assert.strictEqual(yield* forget, "TooYoung")
      assert.strictEqual(yield* text, first)
      yield* TestClock.adjust("14 minutes")
      assert.strictEqual(yield* text, first)
      yield* TestClock.adjust("1 minute")
      assert.notStrictEqual(yield* text, first)
    }).pipe(Effect.provide(layer))
  )

  it.effect(
    "is minted anew when forgotten after 20 minutes, and a late wish does not cost its successor",
    () =>
      Effect.gen(function* () {
        const tokens = yield* ProviderToken.ProviderToken
        const first = yield* tokens.current
        yield* TestClock.adjust("30 minutes")
        assert.strictEqual(yield* tokens.forget(first), "Forgotten")
        const second = yield* text
        assert.notStrictEqual(second, Redacted.value(first))
        assert.strictEqual(yield* tokens.forget(first), "Replaced")
        yield* TestClock.adjust("49 minutes")
        assert.strictEqual(yield* text, second)
      }).pipe(Effect.provide(layer))
  )

  it.effect("is minted at most three times an hour however often it is forgotten", () =>
    Effect.gen(function* () {
      const minted = new Set<string>()
      for (let minute = 0; minute < 60; minute++) {
        minted.add(yield* text)
        yield* forget
        yield* TestClock.adjust("1 minute")
      }
      assert.strictEqual(minted.size, 3)
    }).pipe(Effect.provide(layer))
  )

  it.effect("is minted anew when the clock is set far back", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(10 * 3_600_000)
      const first = yield* text
      yield* TestClock.setTime(0)
      assert.strictEqual(yield* Clock.currentTimeMillis, 0)
      assert.notStrictEqual(yield* text, first)
    }).pipe(Effect.provide(layer))
  )

  it.effect("hides itself from logs", () =>
    Effect.gen(function* () {
      const jwt = yield* current
      assert.notInclude(JSON.stringify({ jwt }) + String(jwt), Redacted.value(jwt))
    }).pipe(Effect.provide(layer))
  )

  for (const [what, pem] of [
    ["no PEM", "hello"],
    ["a PEM of rubbish", "-----BEGIN PRIVATE KEY-----\naGVsbG8=\n-----END PRIVATE KEY-----"],
    ["another kind of key", "-----BEGIN EC PRIVATE KEY-----\naGVsbG8=\n-----END EC PRIVATE KEY-----"]
  ] as const) {
    it.effect(`finds out that a key file is ${what} when the layer is built`, () =>
      Effect.gen(function* () {
        const broken = ProviderToken.ProviderToken.layer({
          teamId: "TEAM",
          keyId: "KEYID",
          privateKey: Redacted.make(pem)
        })
        const error = yield* Effect.flip(Effect.scoped(Layer.build(broken)))
        assert.strictEqual(error._tag, "KeyUnreadable")
        assert.include(error.message, "KEYID")
        assert.notInclude(JSON.stringify(error) + String(error.cause), "aGVsbG8")
      })
    )
  }

  it.effect("refuses a key on another curve", () =>
    Effect.gen(function* () {
      const { privateKey } = yield* Effect.promise(() => jose.generateKeyPair("ES384", { extractable: true }))
      const pem = yield* Effect.promise(() => jose.exportPKCS8(privateKey))
      const broken = ProviderToken.ProviderToken.layer({
        teamId: "TEAM",
        keyId: "KEYID",
        privateKey: Redacted.make(pem)
      })
      const error = yield* Effect.flip(Effect.scoped(Layer.build(broken)))
      assert.strictEqual(error._tag, "KeyUnreadable")
    })
  )
})

const make = (options?: ProviderToken.Options) =>
  Effect.flatMap(signingKey, ({ credentials }) => ProviderToken.make(credentials, options))
const value = (tokens: ProviderToken.Tokens) => Effect.map(tokens.current, Redacted.value)
const issuedAt = (jwt: string): number => jose.decodeJwt(jwt).iat!

describe("a token that Apple refuses", () => {
  it.effect("pauses minting and not sending, and brings its predecessor back while that lasts", () =>
    Effect.gen(function* () {
      const tokens = yield* make()
      const first = yield* value(tokens)
      yield* TestClock.adjust("50 minutes")
      const second = yield* tokens.current
      assert.notStrictEqual(Redacted.value(second), first)
      assert.deepStrictEqual(yield* tokens.refused(second, "TooManyProviderTokenUpdates"), {
        _tag: "MintingPaused",
        until: Instant.fromMillis(70 * 60_000)
      })
      assert.strictEqual(yield* value(tokens), first)
      yield* TestClock.adjust("8 minutes")
      assert.strictEqual(yield* value(tokens), first)
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(yield* value(tokens), Redacted.value(second))
      yield* TestClock.adjust("40 minutes")
      assert.strictEqual(yield* value(tokens), Redacted.value(second))
      assert.deepStrictEqual(yield* tokens.standing, { _tag: "Good" })
      yield* TestClock.adjust("1 minute")
      assert.notStrictEqual(yield* value(tokens), Redacted.value(second))
    })
  )

  it.effect("does not keep its predecessor past its time once the pause is over", () =>
    Effect.gen(function* () {
      const tokens = yield* make()
      const first = yield* tokens.current
      yield* TestClock.adjust("22 minutes")
      assert.strictEqual(yield* tokens.forget(first), "Forgotten")
      const second = yield* tokens.current
      yield* TestClock.adjust("6 minutes")
      yield* tokens.refused(second, "TooManyProviderTokenUpdates")
      assert.strictEqual(yield* value(tokens), Redacted.value(first))
      yield* TestClock.adjust("21 minutes")
      assert.strictEqual(yield* value(tokens), Redacted.value(first))
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(yield* value(tokens), Redacted.value(second))
    })
  )

  it.effect("is kept past its time while minting is paused, but not past its hour", () =>
    Effect.gen(function* () {
      const tokens = yield* make()
      const first = yield* tokens.current
      yield* TestClock.adjust("45 minutes")
      yield* tokens.refused(first, "TooManyProviderTokenUpdates")
      yield* TestClock.adjust("13 minutes")
      assert.strictEqual(yield* value(tokens), Redacted.value(first))
      yield* TestClock.adjust("1 minute")
      assert.notStrictEqual(yield* value(tokens), Redacted.value(first))
    })
  )

  for (const reason of ["InvalidProviderToken", "Forbidden"]) {
    it.effect(`stops everything that would be sent with its key, and says so (${reason})`, () =>
      Effect.gen(function* () {
        const { credentials } = yield* signingKey
        const tokens = yield* make()
        const standing: ProviderToken.Standing = {
          _tag: "KeyRefused",
          keyId: credentials.keyId,
          reason,
          since: Instant.fromMillis(0)
        }
        assert.deepStrictEqual(yield* tokens.refused(yield* tokens.current, reason), standing)
        const error = yield* Effect.flip(tokens.current)
        assert.instanceOf(error.cause, ProviderToken.KeyRefused)
        assert.include(error.message, `Apple refuses key ${credentials.keyId} (${reason})`)
        yield* TestClock.adjust("2 hours")
        assert.deepStrictEqual(yield* tokens.standing, standing)
        yield* tokens.reinstate
        assert.isString(yield* value(tokens))
      })
    )
  }

  it.effect("is forgotten when it has expired, and unknown tokens and other reasons change nothing", () =>
    Effect.gen(function* () {
      const tokens = yield* make()
      const first = yield* tokens.current
      yield* TestClock.adjust("30 minutes")
      for (const reason of ["BadDeviceToken", "TooManyRequests", "SomethingNew"])
        yield* tokens.refused(first, reason)
      yield* tokens.refused(Redacted.make("another"), "InvalidProviderToken")
      assert.strictEqual(yield* value(tokens), Redacted.value(first))
      assert.deepStrictEqual(yield* tokens.refused(first, "ExpiredProviderToken"), { _tag: "Good" })
      assert.notStrictEqual(yield* value(tokens), Redacted.value(first))
    })
  )
})

describe("a fleet", () => {
  it.effect("renews at moments of its own between 40 and 50 minutes", () =>
    Effect.gen(function* () {
      const ages = new Set<number>()
      for (let n = 0; n < 5; n++) {
        const tokens = yield* make({ jitter: true })
        const first = yield* value(tokens)
        let age = 0
        while ((yield* value(tokens)) === first) {
          yield* TestClock.adjust("30 seconds")
          age += 0.5
        }
        assert.isAtLeast(age, 40)
        assert.isAtMost(age, 50.5)
        ages.add(age)
      }
      assert.isAbove(ages.size, 1)
    }).pipe(Random.withSeed("jitter"))
  )

  /** Somebody whose clock is wrong. */
  const skewed = (millis: number) => (clock: Clock.Clock) =>
    Object.assign(Object.create(clock) as Clock.Clock, {
      currentTimeMillisUnsafe: () => clock.currentTimeMillisUnsafe() + millis,
      currentTimeMillis: Effect.map(clock.currentTimeMillis, (now) => now + millis)
    })

  it.effect(
    "mints at most twice an hour in 24 hours of restarts and wrong clocks, and never twice in 20 minutes",
    () =>
      Effect.gen(function* () {
        const epoch = 1_700_000_000
        yield* TestClock.setTime(epoch * 1000)
        const store = yield* ProviderToken.storeMemory
        const start = make({ jitter: true, store })
        const fleet = yield* Effect.all(Array.from({ length: 20 }, () => start))
        const skews = yield* Effect.forEach(fleet, () => Random.nextBetween(-300_000, 300_000))
        const mints: Array<number> = []
        const seen = new Set<string>()
        for (let minute = 0; minute < 24 * 60; minute++) {
          for (const n of fleet.keys()) if ((yield* Random.next) < 1 / 30) fleet[n] = yield* start
          const shown = yield* Effect.forEach(
            fleet,
            (tokens, n) => Effect.updateService(value(tokens), Clock.Clock, skewed(skews[n]!)),
            { concurrency: "unbounded" }
          )
          for (const jwt of shown) {
            assert.isBelow(Math.abs(epoch + minute * 60 - issuedAt(jwt)), 3600)
            if (!seen.has(jwt)) mints.push(issuedAt(jwt))
            seen.add(jwt)
          }
          yield* TestClock.adjust("1 minute")
        }
        assert.isAbove(mints.length, 24)
        for (const [n, at] of mints.entries()) {
          assert.isAtLeast((mints[n + 1] ?? Infinity) - at, 20 * 60)
          assert.isAtMost(mints.filter((other) => other >= at && other < at + 3600).length, 2)
        }
      }).pipe(Random.withSeed("fleet"))
  )

  it.effect("takes the token of whoever was quicker", () =>
    Effect.gen(function* () {
      const memory = yield* ProviderToken.storeMemory
      // Both look before either has left a token.
      const slow: ProviderToken.Store = { ...memory, load: Effect.tap(memory.load, () => Effect.yieldNow) }
      const [a, b] = [yield* make({ store: slow }), yield* make({ store: slow })]
      const [first, second] = yield* Effect.all([value(a), value(b)], { concurrency: "unbounded" })
      assert.strictEqual(first, second)
    })
  )

  it.effect("keeps the tokens of several keys apart, and those of one key together", () =>
    Effect.gen(function* () {
      const a = (yield* signingKey).credentials
      const b = (yield* SigningKey.make({ keyId: "SECONDKEY1", teamId: "SECONDTEAM" })).credentials
      yield* Effect.gen(function* () {
        const tokens = yield* ProviderToken.ProviderTokens
        const of = (name: string) => Effect.flatMap(tokens.of(name), value)
        assert.strictEqual(yield* of("cricket"), yield* of("scores"))
        assert.strictEqual(jose.decodeJwt(yield* of("guests")).iss, "SECONDTEAM")
        const guests = yield* tokens.of("guests")
        yield* guests.refused(yield* guests.current, "Forbidden")
        assert.isString(yield* of("cricket"))
        assert.strictEqual(
          (yield* Effect.flip(tokens.of("guests").pipe(Effect.flatMap(value))))._tag,
          "SigningFailed"
        )
        const unknown = yield* Effect.flip(tokens.of("tennis"))
        assert.strictEqual(
          unknown.message,
          "there is no key called tennis; there are cricket, scores, guests"
        )
      }).pipe(Effect.provide(ProviderToken.ProviderTokens.layer({ cricket: a, scores: a, guests: b })))
    })
  )

  it.effect("finds a bad key among several at the start", () =>
    Effect.gen(function* () {
      const good = (yield* signingKey).credentials
      const bad = { ...good, keyId: "BADKEY0001", privateKey: Redacted.make("") }
      const error = yield* Effect.flip(
        Effect.scoped(Layer.build(ProviderToken.ProviderTokens.layer({ good, bad })))
      )
      assert.include(error.message, "BADKEY0001")
    })
  )
})

describe("a key", () => {
  const files = (content: Readonly<Record<string, string>>) =>
    FileSystem.layerNoop({
      readFileString: (path) =>
        content[path] === undefined
          ? Effect.fail(
              PlatformError.systemError({
                _tag: "NotFound",
                module: "FileSystem",
                method: "readFileString",
                pathOrDescriptor: path
              })
            )
          : Effect.succeed(content[path])
    })
  const pem = Effect.map(signingKey, ({ credentials }) => Redacted.value(credentials.privateKey))
  const signs = (credentials: ProviderToken.Credentials) =>
    Effect.flatMap(ProviderToken.make(credentials), value)

  it.effect("may be one line with its line ends spelled out", () =>
    Effect.gen(function* () {
      const { credentials } = yield* signingKey
      for (const end of ["\\n", "\\r\\n", "\r\n"]) {
        const oneLine = (yield* pem).trim().replaceAll("\n", end)
        assert.isString(yield* signs({ ...credentials, privateKey: Redacted.make(`  ${oneLine}  `) }))
      }
    })
  )

  it.effect("is read from the file that Apple names after it", () =>
    Effect.gen(function* () {
      const path = "keys/AuthKey_ABCDE12345.p8"
      const read = ProviderToken.fromFile({ teamId: "SIGHTTEAM1", path })
      const credentials = yield* Effect.provide(read, files({ [path]: yield* pem }))
      assert.strictEqual(credentials.keyId, "ABCDE12345")
      assert.isString(yield* signs(credentials))
      const missing = yield* Effect.flip(Effect.provide(read, files({})))
      assert.include(missing.message, `the file ${path} cannot be read`)
      const unnamed = ProviderToken.fromFile({ teamId: "SIGHTTEAM1", path: "key.p8" })
      assert.include((yield* Effect.flip(Effect.provide(unnamed, files({})))).message, "nothing says its id")
    })
  )

  const configured = (
    env: Readonly<Record<string, string>>,
    content: Readonly<Record<string, string>> = {}
  ) =>
    ProviderToken.fromConfig.pipe(
      Effect.provide(files(content)),
      Effect.provideService(ConfigProvider.ConfigProvider, ConfigProvider.fromEnv({ env }))
    )

  it.effect("is read from settings, as it is or as a path", () =>
    Effect.gen(function* () {
      const env = { APNS_TEAM_ID: "SIGHTTEAM1", APNS_KEY_ID: "SIGHTKEY01" }
      const oneLine = (yield* pem).replaceAll("\n", "\\n")
      assert.isString(yield* signs(yield* configured({ ...env, APNS_KEY: oneLine })))
      const byPath = configured({ ...env, APNS_KEY_PATH: "key.p8" }, { "key.p8": yield* pem })
      assert.strictEqual((yield* byPath).keyId, "SIGHTKEY01")
      assert.strictEqual((yield* Effect.flip(configured({})))._tag, "ConfigError")
    })
  )

  for (const [text, hint] of [
    ["", "there is nothing in it"],
    ["/run/secrets/AuthKey_ABCDE12345.p8", "it may be the path"],
    ["-----BEGIN EC PRIVATE KEY-----", "the older SEC 1 form"],
    ["-----BEGIN PUBLIC KEY-----", "the public half"],
    ["-----BEGIN CERTIFICATE-----", "a certificate"]
  ] as const) {
    it.effect(`that is none is told by what it seems to be: ${hint}`, () =>
      Effect.gen(function* () {
        const broken = { teamId: "TEAM", keyId: "KEYID", privateKey: Redacted.make(text) }
        const error = yield* Effect.flip(ProviderToken.make(broken))
        assert.include(error.message, hint)
        if (text !== "") assert.notInclude(error.message, text)
      })
    )
  }
})
