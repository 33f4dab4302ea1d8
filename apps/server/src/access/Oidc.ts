import { createHash } from "node:crypto"
import { DateTime, Effect, Schema } from "effect"
import * as jose from "jose"

/** Whose tokens are believed, and for whom they must have been made out. */
export interface Oidc {
  readonly issuer: string
  readonly audience: string
  /** Where the issuer's keys are. */
  readonly jwks: URL
  /** Groups of the token's `groups` or `cognito:groups` whose members run the server. */
  readonly operators: Readonly<Record<string, "observer" | "operator" | "admin">>
}

/** What a token says of who holds it. */
export interface Claims {
  readonly subject: string
  readonly groups: ReadonlyArray<string>
}

/** The token is none of ours, or is no longer valid. What was wrong with it is not told to who sent it. */
export class BadToken extends Schema.TaggedError<BadToken>()("BadToken", { why: Schema.String }) {}

/** The issuer's keys are out of reach, and none are at hand. */
export class IssuerAway extends Schema.TaggedError<IssuerAway>()("IssuerAway", { why: Schema.String }) {}

/**
 * The signatures that are accepted. Both are made with a key that only the issuer has; `none`, and signatures by a secret that
 * a public key would be mistaken for, are not among them.
 */
export const algorithms = ["RS256", "ES256"]

/** How far the issuer's clock may be off. */
export const skewSeconds = 30

/** A token that lives longer than a day is a password. */
export const longestSeconds = 24 * 60 * 60

/** Longer ones are not looked at. */
const mostCharacters = 8192

const keysKeptMillis = 10 * 60_000
/** A token with an unknown key has the keys fetched anew, this often at most. */
const askAgainAfterMillis = 30_000
const patienceMillis = 5000

/** A token is judged again after so long, and its end is looked at every time. Who calls at all calls several times. */
const tokensKeptMillis = 5 * 60_000
const mostTokens = 50_000

interface Kept {
  readonly claims: Claims
  readonly untilMillis: number
}

export type Verify = (token: string) => Effect.Effect<Claims, BadToken | IssuerAway>

/** Tokens that were found good, by their digests, for as long as they are and no longer than `tokensKeptMillis`. */
const memory = () => {
  const kept = new Map<string, Kept>()
  return {
    recall: (name: string, nowMillis: number): Claims | null => {
      const found = kept.get(name)
      return found === undefined || found.untilMillis <= nowMillis ? null : found.claims
    },
    keep: (name: string, claims: Claims, expSeconds: number, nowMillis: number): void => {
      const ends = (expSeconds + skewSeconds) * 1000
      kept.delete(name)
      kept.set(name, { claims, untilMillis: Math.min(nowMillis + tokensKeptMillis, ends) })
      const [oldest] = kept.keys()
      if (kept.size > mostTokens && oldest !== undefined) kept.delete(oldest)
    }
  }
}

/** Verifies tokens of one issuer. Keys are fetched when the first token comes, and kept. */
export const make = ({ audience, issuer, jwks }: Oidc): Verify => {
  const keys = jose.createRemoteJWKSet(jwks, {
    cacheMaxAge: keysKeptMillis,
    cooldownDuration: askAgainAfterMillis,
    timeoutDuration: patienceMillis
  })
  const known = memory()
  return (token) =>
    Effect.gen(function* () {
      if (token === "" || token.length > mostCharacters) return yield* new BadToken({ why: "its length" })
      const now = yield* DateTime.now
      const name = createHash("sha256").update(token).digest("base64url")
      const recalled = known.recall(name, DateTime.toEpochMillis(now))
      if (recalled !== null) return recalled
      const { payload } = yield* Effect.tryPromise({
        try: () =>
          jose.jwtVerify(token, keys, {
            issuer,
            algorithms,
            clockTolerance: skewSeconds,
            requiredClaims: ["sub", "exp", "iat"],
            currentDate: DateTime.toDateUtc(now)
          }),
        catch: (error) =>
          refuses(error)
            ? new BadToken({ why: error.code })
            : new IssuerAway({ why: error instanceof Error ? error.message : "no answer" })
      })
      const claims = yield* claimsOf(payload, audience)
      known.keep(name, claims, payload.exp ?? 0, DateTime.toEpochMillis(now))
      return claims
    })
}

const refuses = (error: unknown): error is jose.errors.JOSEError =>
  error instanceof jose.errors.JOSEError &&
  !(error instanceof jose.errors.JWKSTimeout) &&
  !(error instanceof jose.errors.JWKSInvalid) &&
  error.code !== jose.errors.JOSEError.code

const claimsOf = (payload: jose.JWTPayload, audience: string): Effect.Effect<Claims, BadToken> => {
  const { aud, exp = 0, iat = 0, sub = "" } = payload
  // Amazon Cognito's access tokens have no audience, and name the client instead.
  const made = aud === undefined ? payload["client_id"] : aud
  const isOurs = Array.isArray(made) ? made.includes(audience) : made === audience
  if (!isOurs) return Effect.fail(new BadToken({ why: "made out for somebody else" }))
  if (exp - iat > longestSeconds) return Effect.fail(new BadToken({ why: "it lives too long" }))
  if (sub.length === 0 || sub.length > 256 || !/^[^\p{Cc}\p{Cs}]+$/u.test(sub))
    return Effect.fail(new BadToken({ why: "its subject" }))
  const groups = [payload["groups"], payload["cognito:groups"]]
    .flat()
    .filter((group) => typeof group === "string")
  return Effect.succeed({ subject: sub, groups })
}
