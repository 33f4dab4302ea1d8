import { Instant } from "@sightscreen/decider"
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type { CryptoKey } from "jose"
import { SignJWT } from "jose/jwt/sign"
import { importPKCS8 } from "jose/key/import"

/** The key that a team signs with: where it comes from, what may be wrong with it, and how it signs. */

/** What Apple gives a team to sign with: the `.p8` file, its key id and the team's id. */
export interface Credentials {
  readonly teamId: string
  readonly keyId: string
  /**
   * PKCS#8 PEM of a P-256 private key, as in Apple's `.p8` file. Settings often hold it in one line, with `\n` spelled out;
   * that is understood.
   */
  readonly privateKey: Redacted.Redacted<string>
}

/** The key is not a PKCS#8 PEM of a P-256 private key. Found when the layer is built, before anything is sent. */
export class KeyUnreadable extends Schema.TaggedError<KeyUnreadable>()("KeyUnreadable", {
  keyId: Schema.String,
  /** What it seems to be instead. */
  hint: Schema.optionalKey(Schema.String),
  cause: Schema.Defect()
}) {
  override get message() {
    const hint = this.hint === undefined ? "" : `: ${this.hint}`
    return `key ${this.keyId} is not a PKCS#8 PEM of a P-256 private key (Apple's .p8 file)${hint}`
  }
}

/** Apple will have nothing signed with this key, as its answer to a push has said. */
export class KeyRefused extends Schema.TaggedError<KeyRefused>()("KeyRefused", {
  keyId: Schema.String,
  reason: Schema.String,
  since: Instant.Instant
}) {
  override get message() {
    return this.keyId === "certificate"
      ? `Apple refuses the client certificate (${this.reason}); check its date, its environment and who has signed it`
      : `Apple refuses key ${this.keyId} (${this.reason}); check the file, the key id and the team id`
  }
}

/** A key that could be read would not sign, or must not, since Apple refuses it (the cause is then a {@link KeyRefused}). */
export class SigningFailed extends Schema.TaggedError<SigningFailed>()("SigningFailed", {
  keyId: Schema.String,
  cause: Schema.Defect()
}) {
  override get message() {
    return this.cause instanceof KeyRefused ? this.cause.message : `key ${this.keyId} would not sign`
  }
}

/** Credentials with the key in a file. Apple names the file after the key: `AuthKey_<key id>.p8`. */
export const fromFile = Effect.fnUntraced(function* (it: {
  readonly teamId: string
  readonly keyId?: string
  readonly path: string
}): Effect.fn.Return<Credentials, KeyUnreadable, FileSystem.FileSystem> {
  const { path, teamId } = it
  const keyId = it.keyId ?? /AuthKey_([A-Z0-9]{10})\.p8$/.exec(path)?.[1]
  if (keyId === undefined) {
    const hint = `nothing says its id, neither a setting nor the name of the file ${path}`
    return yield* new KeyUnreadable({ keyId: "(unnamed)", hint, cause: undefined })
  }
  const files = yield* FileSystem.FileSystem
  const pem = yield* Effect.mapError(
    files.readFileString(path),
    (cause) => new KeyUnreadable({ keyId, hint: `the file ${path} cannot be read`, cause })
  )
  return yield* checked({ teamId, keyId, privateKey: Redacted.make(pem, { label: "private-key" }) })
})

/**
 * Credentials from settings: `APNS_TEAM_ID`, and either `APNS_KEY` (the PEM itself) with `APNS_KEY_ID`, or `APNS_KEY_PATH`
 * with an id or with the name Apple gave the file.
 */
export const fromConfig = Effect.gen(function* () {
  const { keyId, path, pem, teamId } = yield* settings
  if (pem === undefined) {
    return yield* fromFile({ teamId, path: path ?? "", ...(keyId !== undefined && { keyId }) })
  }
  return yield* checked({ teamId, keyId: keyId ?? "(unnamed)", privateKey: pem })
})

const settings = Config.all({
  teamId: Config.NonEmptyString("APNS_TEAM_ID"),
  keyId: Config.withDefault(Config.NonEmptyString("APNS_KEY_ID"), undefined),
  pem: Config.withDefault(Config.Redacted("APNS_KEY"), undefined),
  path: Config.withDefault(Config.NonEmptyString("APNS_KEY_PATH"), undefined)
})

const checked = (credentials: Credentials) => Effect.as(readKey(credentials), credentials)

const pemOf = (credentials: Credentials) =>
  Redacted.value(credentials.privateKey)
    .replaceAll(/\\r|\r/g, "")
    .replaceAll("\\n", "\n")
    .trim()

export const readKey = (credentials: Credentials) =>
  Effect.tryPromise({
    try: () => importPKCS8(pemOf(credentials), "ES256"),
    catch: (cause) => {
      const hint = hintOf(pemOf(credentials))
      return new KeyUnreadable({ keyId: credentials.keyId, ...(hint !== undefined && { hint }), cause })
    }
  })

/** What people paste instead of the key. The text itself is never shown. */
const hintOf = (text: string): string | undefined => {
  if (text === "") return "there is nothing in it"
  if (text.includes("EC PRIVATE KEY")) return "it is in the older SEC 1 form"
  if (text.includes("PUBLIC KEY")) return "it is the public half"
  if (text.includes("CERTIFICATE")) return "it is a certificate"
  if (text.includes("ENCRYPTED")) return "it is locked with a password"
  if (!text.includes("BEGIN")) return "it may be the path of the file and not what is in it"
  return undefined
}

/** Apple: header `alg` and `kid`, claims `iss` and `iat` in seconds, nothing else. */
export const sign = (credentials: Credentials, key: CryptoKey, now: number) =>
  Effect.tryPromise({
    try: () =>
      new SignJWT()
        .setProtectedHeader({ alg: "ES256", kid: credentials.keyId })
        .setIssuer(credentials.teamId)
        .setIssuedAt(Math.floor(now / 1000))
        .sign(key),
    catch: (cause) => new SigningFailed({ keyId: credentials.keyId, cause })
  }).pipe(Effect.map((jwt) => Redacted.make(jwt, { label: "provider-token" })))
