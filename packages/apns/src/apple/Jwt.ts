import { Result } from "effect"
import { base64url } from "jose"

/**
 * Reads a provider token as Apple reads it: form only, no judgement of age or key, and no cryptography.
 *
 * Apple: `authorization: bearer <header>.<claims>.<signature>`, each part base64url, `alg` ES256.
 */
export interface Jwt {
  /** The token itself, which tells two tokens apart. Never shown. */
  readonly text: string
  readonly keyId: string
  readonly teamId: string
  /** The claim `iat`: seconds since 1970. */
  readonly issuedAtSeconds: number
  /** What the signature signs, as ASCII. */
  readonly signed: string
  /** R and S, 32 bytes each. */
  readonly signature: Uint8Array
}

/** The header is absent or blank; or holds something that is no ES256 token. */
export type Unreadable = "Missing" | "Invalid"

/** Takes the value of the `authorization` header. The scheme may be in any letter case. */
export const parse = (authorization: string | undefined): Result.Result<Jwt, Unreadable> => {
  const text = (authorization ?? "").trim()
  if (text === "" || /^bearer$/i.test(text)) return Result.fail("Missing")
  const token = /^bearer +(\S+)$/i.exec(text)?.[1]
  if (token === undefined) return Result.fail("Invalid")
  const [head, claims, signature, ...more] = token.split(".")
  if (head === undefined || claims === undefined || signature === undefined || more.length > 0) {
    return Result.fail("Invalid")
  }
  const { alg, kid } = object(head)
  const { iat, iss } = object(claims)
  // A widely used library sends it as a decimal string, and Apple takes it.
  const issuedAt = typeof iat === "string" && /^\d+$/.test(iat) ? Number(iat) : iat
  const bytes = decode(signature)
  const rs = bytes === undefined ? undefined : joined(bytes)
  return alg === "ES256" &&
    typeof kid === "string" &&
    typeof iss === "string" &&
    typeof issuedAt === "number" &&
    Number.isFinite(issuedAt) &&
    rs !== undefined
    ? Result.succeed({
        text: token,
        keyId: kid,
        teamId: iss,
        issuedAtSeconds: issuedAt,
        signed: `${head}.${claims}`,
        signature: rs
      })
    : Result.fail("Invalid")
}

const decode = (part: string): Uint8Array | undefined => {
  try {
    return base64url.decode(part)
  } catch {
    return undefined
  }
}

const utf8 = new TextDecoder()

const object = (part: string): Readonly<Record<string, unknown>> => {
  try {
    const read: unknown = JSON.parse(utf8.decode(decode(part)))
    return typeof read === "object" && read !== null ? (read as Readonly<Record<string, unknown>>) : {}
  } catch {
    return {}
  }
}

/**
 * A signature as R and S side by side (RFC 7518, 3.4). Apple also takes DER, which its own recipe with `openssl dgst`
 * produces.
 */
export const joined = (signature: Uint8Array): Uint8Array | undefined => {
  if (signature.length === 64) return signature
  if (signature[0] !== 0x30 || signature[1] !== signature.length - 2) return undefined
  const r = integer(signature, 2)
  const s = r === undefined ? undefined : integer(signature, r.next)
  if (r === undefined || s === undefined || s.next !== signature.length) return undefined
  const both = new Uint8Array(64)
  both.set(r.digits, 32 - r.digits.length)
  both.set(s.digits, 64 - s.digits.length)
  return both
}

const integer = (der: Uint8Array, at: number) => {
  const length = der[at + 1]
  if (der[at] !== 0x02 || length === undefined || length === 0 || length > 33) return undefined
  const next = at + 2 + length
  // A leading zero keeps a positive number from looking negative.
  const digits = der.subarray(at + 2 + (der[at + 2] === 0 ? 1 : 0), next)
  return digits.length > 32 || next > der.length ? undefined : { digits, next }
}
