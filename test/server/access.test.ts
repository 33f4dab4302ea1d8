import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { ApiKeys, Store } from "@sightscreen/store"
import { Clock, Effect, Exit, Layer, Redacted, Result } from "effect"
import * as jose from "jose"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import * as Keys from "../../apps/server/src/access/Keys.ts"
import * as Oidc from "../../apps/server/src/access/Oidc.ts"
import * as RealTime from "../../apps/server/src/RealTime.ts"

const issuer = "https://issuer.example"
const audience = "the app"

interface Issuer {
  readonly url: URL
  readonly asked: () => number
  readonly sign: (claims: jose.JWTPayload, header?: Partial<jose.JWTHeaderParameters>) => Promise<string>
  readonly rsa: jose.CryptoKey
  readonly ec: jose.CryptoKey
  readonly publicPem: string
  readonly close: () => void
}

let it_: Issuer

beforeAll(async () => {
  const rsa = await jose.generateKeyPair("RS256", { extractable: true })
  const ec = await jose.generateKeyPair("ES256", { extractable: true })
  const keys = await Promise.all(
    (
      [
        ["r", "RS256", rsa],
        ["e", "ES256", ec]
      ] as const
    ).map(async ([kid, alg, { publicKey }]) => ({
      ...(await jose.exportJWK(publicKey)),
      kid,
      alg,
      use: "sig"
    }))
  )
  let asked = 0
  const server = createServer((_, response) => {
    asked += 1
    response.setHeader("content-type", "application/json").end(JSON.stringify({ keys }))
  })
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done))
  const { port } = server.address() as AddressInfo
  it_ = {
    url: new URL(`http://127.0.0.1:${port}/keys`),
    asked: () => asked,
    rsa: rsa.privateKey,
    ec: ec.privateKey,
    publicPem: await jose.exportSPKI(rsa.publicKey),
    sign: (claims, header = {}) =>
      new jose.SignJWT(claims)
        .setProtectedHeader({ alg: "RS256", kid: "r", ...header })
        .sign(header.alg === "ES256" ? ec.privateKey : rsa.privateKey),
    close: () => server.close()
  }
})
afterAll(() => it_.close())

const now = Math.floor(RealTime.clock.currentTimeMillisUnsafe() / 1000)
const good = { sub: "ann", iss: issuer, aud: audience, iat: now, exp: now + 3600 }

const verifier = () => Oidc.make({ issuer, audience, jwks: it_.url, operators: {} })
const verify = (token: string, by = verifier()) => Effect.runPromise(Effect.result(by(token)))

const refused = async (token: string, what: string) => {
  const result = await verify(token)
  assert.isTrue(Result.isFailure(result), what)
  assert.strictEqual(Result.isFailure(result) && result.failure._tag, "BadToken", what)
}

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url")

describe("a user's token", () => {
  it("says who it is, signed in either way that is believed", async () => {
    for (const header of [{}, { alg: "ES256", kid: "e" }]) {
      const result = await verify(await it_.sign({ ...good, groups: ["a"], "cognito:groups": ["b"] }, header))
      assert.deepStrictEqual(Result.getOrThrow(result), { subject: "ann", groups: ["a", "b"] })
    }
  })

  it("may name the client in place of an audience, as Cognito's access tokens do", async () => {
    const { aud: _, ...others } = good
    const mine = await verify(await it_.sign({ ...others, client_id: audience }))
    assert.isTrue(Result.isSuccess(mine))
    await refused(await it_.sign({ ...others, client_id: "another app" }), "another client")
    await refused(await it_.sign({ ...good, aud: "another app", client_id: audience }), "both")
  })

  const wrong: Readonly<Record<string, jose.JWTPayload>> = {
    "of another issuer": { ...good, iss: "https://evil.example" },
    "made out for somebody else": { ...good, aud: ["x", "y"] },
    "made out for nobody": { sub: "ann", iss: issuer, iat: now, exp: now + 60 },
    expired: { ...good, iat: now - 7200, exp: now - Oidc.skewSeconds - 5 },
    "not valid yet": { ...good, nbf: now + Oidc.skewSeconds + 60 },
    "without an end": { sub: "ann", iss: issuer, aud: audience, iat: now },
    "without a beginning": { sub: "ann", iss: issuer, aud: audience, exp: now + 60 },
    "without a subject": { iss: issuer, aud: audience, iat: now, exp: now + 60 },
    "with a subject of nothing": { ...good, sub: "" },
    "with a subject that hides something": { ...good, sub: "an\u0000n" },
    "with a subject without end": { ...good, sub: "a".repeat(257) },
    "that lives too long": { ...good, exp: now + Oidc.longestSeconds + 60 }
  }

  for (const what of Object.keys(wrong))
    it(`is refused ${what}`, async () => refused(await it_.sign(wrong[what] ?? {}), what))

  it("bears clocks that are a little off, and no more", async () => {
    const late = await verify(await it_.sign({ ...good, iat: now - 100, exp: now - Oidc.skewSeconds + 10 }))
    assert.isTrue(Result.isSuccess(late))
    const early = await verify(await it_.sign({ ...good, nbf: now + Oidc.skewSeconds - 10 }))
    assert.isTrue(Result.isSuccess(early))
  })

  it("is refused unsigned, signed with what everybody knows, or changed since", async () => {
    const unsigned = `${encode({ alg: "none" })}.${encode(good)}.`
    await refused(unsigned, "none")
    await refused(`${encode({ alg: "NoNe", kid: "r" })}.${encode(good)}.`, "NoNe")
    const confused = await new jose.SignJWT(good)
      .setProtectedHeader({ alg: "HS256", kid: "r" })
      .sign(new TextEncoder().encode(it_.publicPem))
    await refused(confused, "HS256 with the public key")
    const [header, , signature] = (await it_.sign(good)).split(".")
    await refused(`${header}.${encode({ ...good, sub: "eve" })}.${signature}`, "another payload")
    const strong = await new jose.SignJWT(good)
      .setProtectedHeader({ alg: "PS256", kid: "r" })
      .sign(await jose.importPKCS8(await jose.exportPKCS8(it_.rsa), "PS256"))
    await refused(strong, "an algorithm that is not on the list")
    await refused(await it_.sign(good, { kid: "unknown" }), "an unknown key")
    await refused(await it_.sign(good, { kid: "e" }), "another key's name")
    const own = await jose.generateKeyPair("RS256")
    const embedded = await new jose.SignJWT(good)
      .setProtectedHeader({ alg: "RS256", jwk: await jose.exportJWK(own.publicKey) })
      .sign(own.privateKey)
    await refused(embedded, "a key that it brings along")
  })

  it("that was found good is remembered, and not beyond its end", async () => {
    const by = verifier()
    const ends = now + 2 - Oidc.skewSeconds
    const token = await it_.sign({ ...good, iat: ends - 60, exp: ends })
    const at = (seconds: number) =>
      Effect.runPromise(
        Effect.result(by(token)).pipe(
          Effect.provideService(Clock.Clock, {
            ...RealTime.clock,
            currentTimeMillis: Effect.succeed((now + seconds) * 1000)
          })
        )
      )
    assert.isTrue(Result.isSuccess(await at(0)))
    assert.isTrue(Result.isSuccess(await at(1)))
    assert.isTrue(Result.isFailure(await at(3)))
    const [header, payload, signature] = token.split(".")
    await refused(`${header}.${payload}.${"A".repeat(signature!.length)}`, "with another signature")
  })

  it("is refused where it is none", async () => {
    for (const text of ["", "a", "a.b.c", "..", "{}", "x".repeat(10_000), "ü.ü.ü"]) await refused(text, text)
  })

  it("has the issuer asked for its keys once", async () => {
    const by = verifier()
    const before = it_.asked()
    const token = await it_.sign(good)
    const all = await Promise.all(Array.from({ length: 50 }, () => verify(token, by)))
    assert.isTrue(all.every(Result.isSuccess))
    for (const kid of ["x", "y", "z"]) await verify(await it_.sign(good, { kid }), by)
    assert.isAtMost(it_.asked() - before, 2)
  })

  it("is neither good nor bad while the issuer's keys are out of reach", async () => {
    const away = Oidc.make({ issuer, audience, jwks: new URL("http://127.0.0.1:1/keys"), operators: {} })
    const result = await verify(await it_.sign(good), away)
    assert.strictEqual(Result.isFailure(result) && result.failure._tag, "IssuerAway")
  })
})

describe("an operator's key", () => {
  const run = <A, E>(effect: Effect.Effect<A, E, ApiKeys.ApiKeys>) =>
    Effect.runPromiseExit(Effect.provide(effect, Layer.fresh(Store.layerMemory)))

  it("names its holder until it is revoked, and is kept as a hash alone", async () => {
    const exit = await run(
      Effect.gen(function* () {
        const { key, keyId } = yield* Keys.make("Ann", "operator")
        const keys = yield* ApiKeys.ApiKeys
        const secret = Redacted.value(key).split("_").slice(2).join("_")
        assert.notInclude(JSON.stringify(yield* keys.all), secret)
        assert.strictEqual((yield* Keys.holder(key))?.name, "Ann")
        const others = [
          "",
          "ssk_",
          `ssk_${keyId}_`,
          `ssk_${keyId}_${"A".repeat(43)}`,
          `ssk_000000000000_${secret}`,
          `${Redacted.value(key)}x`
        ]
        for (const other of others) assert.isNull(yield* Keys.holder(Redacted.make(other)), other)
        yield* keys.revoke(keyId, 1 as never)
        assert.isNull(yield* Keys.holder(key))
      })
    )
    assert.isTrue(Exit.isSuccess(exit), String(exit))
  })
})
