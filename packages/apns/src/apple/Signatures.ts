import { Effect } from "effect"
import * as jose from "jose"
import type { Jwt } from "./Jwt.ts"
import { KeyFailed } from "./SigningKey.ts"

/** Says whether a token is signed by the key it names. What has been judged once is remembered, since every push shows it. */
export type Signatures = (jwt: Jwt) => boolean | Promise<boolean>

/** How many judgements are kept. Senders show few tokens; a flood of forgeries must not fill the memory. */
const remembered = 1000

export const make = Effect.fnUntraced(function* (
  keys: ReadonlyArray<{ readonly keyId: string; readonly publicKey: string }>
) {
  const publicKeys = new Map<string, jose.CryptoKey>()
  for (const { keyId, publicKey } of keys) {
    const key = yield* Effect.tryPromise({
      try: () => jose.importSPKI(publicKey, "ES256"),
      catch: (cause) => new KeyFailed({ keyId, cause })
    })
    publicKeys.set(keyId, key)
  }
  const judged = new Map<string, boolean>()

  const signatures: Signatures = (jwt) => {
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
  return signatures
})
