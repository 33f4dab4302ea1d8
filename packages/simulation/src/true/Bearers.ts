import { ProviderToken } from "@sightscreen/apns"
import { Effect, Layer, Redacted } from "effect"

/**
 * Bearer tokens as a fleet has them: kept by the rules of the real ones, and signed at once, by nobody.
 *
 * Where processes keep their token together outlives them all, so that a fall does not cost a new one.
 */
export const keyId = "TRUEGEAR01"
export const teamId = "SIGHTSCREEN"

export interface Bearers {
  readonly layer: (process: number) => Layer.Layer<ProviderToken.ProviderToken>
}

export const make = (minted: (process: number, issuedAt: number) => void): Effect.Effect<Bearers> =>
  Effect.map(ProviderToken.storeMemory, (store) => ({
    layer: (process) =>
      Layer.effect(
        ProviderToken.ProviderToken,
        ProviderToken.makeWith(
          {
            keyId,
            sign: (now) =>
              Effect.sync(() => {
                minted(process, now)
                return Redacted.make(jwt(Math.floor(now / 1000)), { label: "provider-token" })
              })
          },
          { store }
        )
      )
  }))

/** A JWT but for its signature, which is nothing in the right length. */
const jwt = (issuedAt: number): string =>
  [
    base64url(JSON.stringify({ alg: "ES256", kid: keyId })),
    base64url(JSON.stringify({ iss: teamId, iat: issuedAt })),
    unsigned
  ].join(".")

const base64url = (ascii: string): string =>
  btoa(ascii).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "")

const unsigned = base64url("\0".repeat(64))

/** When a bearer token says that it was made, in seconds. */
export const issuedAtOf = (bearer: Redacted.Redacted<string>): number => {
  const text = Redacted.value(bearer)
  const known = lately.get(text)
  if (known !== undefined) return known
  const claims = JSON.parse(atob(text.split(".")[1]!)) as { readonly iat: number }
  if (lately.size > 16) lately.clear()
  lately.set(text, claims.iat)
  return claims.iat
}

const lately = new Map<string, number>()
