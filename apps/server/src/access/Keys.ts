import { createHash, randomBytes, timingSafeEqual } from "node:crypto"
import { Instant } from "@sightscreen/decider"
import { ApiKeys, type Fault } from "@sightscreen/store"
import { Clock, Effect, Redacted } from "effect"

/**
 * Keys of operators: `ssk_<id>_<secret>`. The id may be seen, the secret is shown once, and a hash of it is kept.
 *
 * The secret has 256 bits of chance, so a plain hash is as good as a slow one: there is nothing to guess.
 */
export interface Made {
  readonly keyId: string
  readonly key: Redacted.Redacted<string>
}

const hashOf = (secret: string): string => createHash("sha256").update(secret).digest("hex")

const shape = /^ssk_([0-9a-f]{12})_([A-Za-z0-9_-]{43})$/

export const make = (
  name: string,
  role: ApiKeys.ApiKey["role"]
): Effect.Effect<Made, Fault.Fault, ApiKeys.ApiKeys> =>
  Effect.gen(function* () {
    const keys = yield* ApiKeys.ApiKeys
    const createdAt = Instant.fromMillis(yield* Clock.currentTimeMillis)
    const keyId = randomBytes(6).toString("hex")
    const secret = randomBytes(32).toString("base64url")
    yield* keys.add({ keyId, name, role, hash: hashOf(secret), createdAt, revokedAt: null })
    return { keyId, key: Redacted.make(`ssk_${keyId}_${secret}`) }
  })

/** Whose key it is; null for one that is not known, or not any more. */
export const holder = (
  given: Redacted.Redacted<string>
): Effect.Effect<ApiKeys.ApiKey | null, Fault.Fault, ApiKeys.ApiKeys> =>
  Effect.gen(function* () {
    const [, keyId, secret] = shape.exec(Redacted.value(given)) ?? []
    if (keyId === undefined || secret === undefined) return null
    const keys = yield* ApiKeys.ApiKeys
    const found = yield* keys.get(keyId)
    // As much work for an id that is not there, so that nobody learns which are.
    const expected = Buffer.from(found?.hash ?? hashOf(""))
    const isRight = timingSafeEqual(Buffer.from(hashOf(secret)), expected)
    return isRight && found !== null && found.revokedAt === null ? found : null
  })
