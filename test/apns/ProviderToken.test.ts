import { ProviderToken } from "@sightscreen/apns"
import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Layer, Redacted } from "effect"
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
