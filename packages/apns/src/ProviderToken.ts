import { Clock, Context, Effect, Layer, Redacted, Schema, Semaphore } from "effect"
import * as jose from "jose"

/** What Apple gives a team to sign with: the `.p8` file, its key id and the team's id. */
export interface Credentials {
  readonly teamId: string
  readonly keyId: string
  /** PKCS#8 PEM of a P-256 private key, as in Apple's `.p8` file. */
  readonly privateKey: Redacted.Redacted<string>
}

/** The key file is not a PKCS#8 PEM of a P-256 private key. Found when the layer is built, before anything is sent. */
export class KeyUnreadable extends Schema.TaggedError<KeyUnreadable>()("KeyUnreadable", {
  keyId: Schema.String,
  cause: Schema.Defect()
}) {
  override get message() {
    return `key ${this.keyId} is not a PKCS#8 PEM of a P-256 private key (Apple's .p8 file)`
  }
}

/** A key that could be read would not sign. */
export class SigningFailed extends Schema.TaggedError<SigningFailed>()("SigningFailed", {
  keyId: Schema.String,
  cause: Schema.Defect()
}) {
  override get message() {
    return `key ${this.keyId} would not sign`
  }
}

/**
 * What became of a wish to forget a token.
 *
 * - `Forgotten`: the next `current` mints a new one.
 * - `Replaced`: another one is current already; there was nothing to forget.
 * - `TooYoung`: Apple allows no new one yet. `current` keeps giving this one until it is 20 minutes old, then mints.
 */
export type Forgotten = "Forgotten" | "Replaced" | "TooYoung"

interface Held {
  readonly jwt: Redacted.Redacted<string>
  readonly issuedAt: number
  /** Somebody wants it forgotten. */
  readonly spent: boolean
}

/**
 * The bearer token every push carries: kept for most of its hour and shared by every push.
 *
 * Apple: a token is refused when an hour old, and renewing it more than once in 20 minutes is refused too. Minting follows
 * the token's own age alone, so no burst of refusals can cause a burst of minting.
 */
export class ProviderToken extends Context.Service<
  ProviderToken,
  {
    readonly current: Effect.Effect<Redacted.Redacted<string>, SigningFailed>
    /** Says that Apple has called this very token expired. Naming it keeps late answers from costing its successor. */
    readonly forget: (jwt: Redacted.Redacted<string>) => Effect.Effect<Forgotten>
  }
>()("@sightscreen/apns/ProviderToken") {
  static readonly renewAfterMillis = 50 * 60 * 1000
  static readonly keepAtLeastMillis = 20 * 60 * 1000

  static readonly layer = (credentials: Credentials) =>
    Layer.effect(
      ProviderToken,
      Effect.gen(function* () {
        const key = yield* readKey(credentials)
        const oneAtATime = yield* Semaphore.make(1)
        let held: Held | undefined

        const kept = (now: number): Held | undefined => {
          if (held === undefined) return undefined
          // A clock set back by much makes the token's age negative; it is then as useless as an old one.
          const age = Math.abs(now - held.issuedAt)
          return age < (held.spent ? ProviderToken.keepAtLeastMillis : ProviderToken.renewAfterMillis)
            ? held
            : undefined
        }

        const mint = Effect.gen(function* () {
          const now = yield* Clock.currentTimeMillis
          const minted = kept(now)
          if (minted !== undefined) return minted.jwt
          const jwt = yield* sign(credentials, key, now)
          held = { jwt, issuedAt: now, spent: false }
          return jwt
        }).pipe(oneAtATime.withPermits(1))

        return ProviderToken.of({
          current: Effect.flatMap(Clock.currentTimeMillis, (now) => {
            const found = kept(now)
            return found === undefined ? mint : Effect.succeed(found.jwt)
          }),
          forget: (jwt) =>
            Effect.map(Clock.currentTimeMillis, (now): Forgotten => {
              if (held === undefined || Redacted.value(held.jwt) !== Redacted.value(jwt)) return "Replaced"
              held = { ...held, spent: true }
              return kept(now) === undefined ? "Forgotten" : "TooYoung"
            })
        })
      })
    )

  /** A token that no real Apple accepts, for worlds that do not check signatures. */
  static readonly layerTest = Layer.succeed(ProviderToken, {
    current: Effect.succeed(Redacted.make("test-token")),
    forget: () => Effect.succeed("TooYoung")
  })
}

const readKey = (credentials: Credentials) =>
  Effect.tryPromise({
    try: () => jose.importPKCS8(Redacted.value(credentials.privateKey).trim(), "ES256"),
    catch: (cause) => new KeyUnreadable({ keyId: credentials.keyId, cause })
  })

/** Apple: header `alg` and `kid`, claims `iss` and `iat` in seconds, nothing else. */
const sign = (credentials: Credentials, key: jose.CryptoKey, now: number) =>
  Effect.tryPromise({
    try: () =>
      new jose.SignJWT()
        .setProtectedHeader({ alg: "ES256", kid: credentials.keyId })
        .setIssuer(credentials.teamId)
        .setIssuedAt(Math.floor(now / 1000))
        .sign(key),
    catch: (cause) => new SigningFailed({ keyId: credentials.keyId, cause })
  }).pipe(Effect.map((jwt) => Redacted.make(jwt, { label: "provider-token" })))
