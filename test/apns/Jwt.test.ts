import { Jwt } from "@sightscreen/apns"
import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { base64url } from "jose"
import { createSign, generateKeyPairSync, verify } from "node:crypto"

const part = (value: unknown) => base64url.encode(JSON.stringify(value))
const signature = base64url.encode(new Uint8Array(64).fill(7))
const head = { alg: "ES256", kid: "KEY0000001" }
const claims = { iss: "TEAM000001", iat: 1_700_000_000 }
const token = (h: unknown = head, c: unknown = claims, s = signature) => `${part(h)}.${part(c)}.${s}`

describe("Jwt", () => {
  it("is read whatever the letter case of its scheme", () => {
    for (const scheme of ["bearer", "Bearer", "BEARER"]) {
      const jwt = Result.getOrThrow(Jwt.parse(`${scheme} ${token()}`))
      assert.deepInclude(jwt, { keyId: "KEY0000001", teamId: "TEAM000001", issuedAtSeconds: 1_700_000_000 })
    }
  })

  it("may carry its time as a decimal string", () => {
    const jwt = Result.getOrThrow(Jwt.parse(`bearer ${token(head, { ...claims, iat: "1700000000" })}`))
    assert.strictEqual(jwt.issuedAtSeconds, 1_700_000_000)
  })

  for (const header of [undefined, "", "  ", "bearer", "Bearer "]) {
    it(`is missing from ${JSON.stringify(header)}`, () => {
      assert.deepStrictEqual(Jwt.parse(header), Result.fail("Missing"))
    })
  }

  const invalid: Readonly<Record<string, string>> = {
    "another scheme": `basic ${token()}`,
    "no scheme": token(),
    "two parts": `bearer ${token().split(".").slice(0, 2).join(".")}`,
    "four parts": `bearer ${token()}.x`,
    "another algorithm": `bearer ${token({ ...head, alg: "HS256" })}`,
    "no key": `bearer ${token({ alg: "ES256" })}`,
    "no team": `bearer ${token(head, { iat: 1 })}`,
    "no time": `bearer ${token(head, { iss: "T" })}`,
    "a time in words": `bearer ${token(head, { ...claims, iat: "noon" })}`,
    "parts that are no JSON": `bearer eA.eA.${signature}`,
    "a JSON null": `bearer ${token(null)}`,
    "a short signature": `bearer ${token(head, claims, "AAAA")}`,
    "a signature that is no base64url": `bearer ${token(head, claims, "**")}`
  }
  for (const [what, header] of Object.entries(invalid)) {
    it(`is invalid with ${what}`, () => {
      assert.deepStrictEqual(Jwt.parse(header), Result.fail("Invalid"))
    })
  }

  it("reads signatures in DER as R and S, whatever their lengths", () => {
    const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" })
    const lengths = new Set<number>()
    for (let i = 0; i < 600; i++) {
      const data = Buffer.from(`push ${i}`)
      const der = createSign("sha256").update(data).sign(privateKey)
      lengths.add(der.length)
      const joined = Jwt.joined(der)!
      assert.isTrue(verify("sha256", data, { key: publicKey, dsaEncoding: "ieee-p1363" }, joined))
    }
    assert.isAbove(lengths.size, 2)
  })

  for (const bytes of [
    [],
    [0x30],
    [0x30, 0],
    [0x30, 4, 2, 1, 1, 2],
    [0x30, 6, 2, 1, 1, 2, 9, 1],
    Array(65).fill(0)
  ]) {
    it(`finds no signature in ${bytes.length} odd bytes`, () => {
      assert.isUndefined(Jwt.joined(Uint8Array.from(bytes as Array<number>)))
    })
  }
})
