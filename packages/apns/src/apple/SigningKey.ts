import { Effect, Redacted, Schema } from "effect"
import * as jose from "jose"
import type { Credentials } from "../ProviderToken.ts"

/** A signing key as a model Apple hands it out: the sender's credentials, and the half that Apple keeps. */
export interface SigningKey {
  readonly credentials: Credentials
  /** SPKI PEM. */
  readonly publicKey: string
}

/** The platform would not make or read a P-256 key. */
export class KeyFailed extends Schema.TaggedError<KeyFailed>()("KeyFailed", {
  keyId: Schema.String,
  cause: Schema.Defect()
}) {}

/** Apple: a key id and a team id have ten characters each. */
export const make = (
  ids: { readonly keyId: string; readonly teamId: string } = { keyId: "SIGHTKEY01", teamId: "SIGHTTEAM1" }
): Effect.Effect<SigningKey, KeyFailed> =>
  Effect.tryPromise({
    try: async () => {
      const { privateKey, publicKey } = await jose.generateKeyPair("ES256", { extractable: true })
      return {
        credentials: { ...ids, privateKey: Redacted.make(await jose.exportPKCS8(privateKey)) },
        publicKey: await jose.exportSPKI(publicKey)
      }
    },
    catch: (cause) => new KeyFailed({ keyId: ids.keyId, cause })
  })
