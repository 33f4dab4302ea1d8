import { createHmac, timingSafeEqual } from "node:crypto"
import { Authorization, Problems } from "@sightscreen/api"
import type { Ids } from "@sightscreen/domain"
import { Effect, Layer, Redacted } from "effect"

/**
 * A development issuer: it vouches for whoever the demo's world says there is.
 *
 * It exists in the demo alone, which listens on loopback alone. Its tokens are a name and a keyed hash of it.
 */
const sign = (secret: string, name: string): string =>
  createHmac("sha256", secret).update(name).digest("base64url")

export const tokenFor = (secret: string, userId: string): string =>
  `${Buffer.from(userId).toString("base64url")}.${sign(secret, userId)}`

const nameIn = (secret: string, token: string): string | null => {
  const [name, proof] = token.split(".")
  if (name === undefined || proof === undefined) return null
  const userId = Buffer.from(name, "base64url").toString()
  const expected = Buffer.from(sign(secret, userId))
  const given = Buffer.from(proof)
  return userId !== "" && given.length === expected.length && timingSafeEqual(given, expected) ? userId : null
}

export const layer = (secret: string): Layer.Layer<Authorization.Authorization> =>
  Layer.succeed(
    Authorization.Authorization,
    Authorization.Authorization.of({
      bearer: (app, { credential }) => {
        const userId = nameIn(secret, Redacted.value(credential))
        return userId === null
          ? Effect.fail(new Problems.Unauthorized({ detail: "the token is not one of this demo's" }))
          : Authorization.asUser(app, userId as Ids.UserId)
      }
    })
  )
