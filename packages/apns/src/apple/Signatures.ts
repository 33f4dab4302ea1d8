import { Effect } from "effect"
import * as jose from "jose"
import type { Jwt } from "./Jwt.ts"
import { KeyFailed } from "./SigningKey.ts"

/** Says whether a token is signed by the key it names. What has been judged once is remembered, since every push shows it. */
export interface Signatures {
  readonly judge: (jwt: Jwt) => boolean | Promise<boolean>
  /** Learns the public half of a key; it takes the place of a former one of the same name. */
  readonly learn: (key: PublicKey) => Effect.Effect<void, KeyFailed>
}

export interface PublicKey {
  readonly keyId: string
  /** SPKI PEM. */
  readonly publicKey: string
}

/** How many judgements are kept. Senders show few tokens; a flood of forgeries must not fill the memory. */
const remembered = 1000

export const make = Effect.fnUntraced(function* (keys: ReadonlyArray<PublicKey>) {
  const publicKeys = new Map<string, jose.CryptoKey>()
  const judged = new Map<string, boolean>()

  const learn = Effect.fnUntraced(function* ({ keyId, publicKey }: PublicKey) {
    const key = yield* Effect.tryPromise({
      try: () => jose.importSPKI(publicKey, "ES256"),
      catch: (cause) => new KeyFailed({ keyId, cause })
    })
    publicKeys.set(keyId, key)
    judged.clear()
  })
  const judge: Signatures["judge"] = (jwt) => {
    const found = judged.get(jwt.text)
    if (found !== undefined) return found
    const key = publicKeys.get(jwt.keyId)
    return key === undefined ? false : verify(key, jwt)
  }
  const verify = async (key: jose.CryptoKey, jwt: Jwt): Promise<boolean> => {
    const valid = await crypto.subtle
      .verify(
        { name: "ECDSA", hash: "SHA-256" },
        key,
        new Uint8Array(jwt.signature),
        new TextEncoder().encode(jwt.signed)
      )
      .catch(() => false)
    if (judged.size >= remembered) judged.clear()
    judged.set(jwt.text, valid)
    return valid
  }
  for (const key of keys) yield* learn(key)
  const signatures: Signatures = { judge, learn }
  return signatures
})
