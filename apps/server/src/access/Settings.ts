import { Config, Effect, Option } from "effect"
import { BadSetting } from "../Settings.ts"
import type { Oidc } from "./Oidc.ts"

const variable = (name: string) =>
  Config.option(Config.String(name)).pipe(Config.map(Option.filter((value) => value.trim() !== "")))

const isLoopback = ({ hostname }: URL): boolean =>
  hostname === "127.0.0.1" || hostname === "localhost" || hostname === "[::1]"

/** Keys that come over an open line are anybody's. */
const address = (name: string, text: string): Effect.Effect<URL, BadSetting> => {
  const url = URL.canParse(text) ? new URL(text) : null
  if (url === null) return Effect.fail(new BadSetting({ name, problem: "it is not an address" }))
  return url.protocol === "https:" || (url.protocol === "http:" && isLoopback(url))
    ? Effect.succeed(url)
    : Effect.fail(new BadSetting({ name, problem: "only https:// addresses are believed" }))
}

const roles = {
  OIDC_ADMIN_GROUP: "admin",
  OIDC_OPERATOR_GROUP: "operator",
  OIDC_OBSERVER_GROUP: "observer"
} as const

/**
 * The issuer, as the environment names it: OIDC_ISSUER, OIDC_AUDIENCE, and OIDC_JWKS_URL where the keys are not at the usual
 * place. None where no issuer is named.
 */
export const oidc: Effect.Effect<Option.Option<Oidc>, BadSetting | Config.ConfigError> = Effect.gen(
  function* () {
    const issuer = yield* variable("OIDC_ISSUER")
    const audience = yield* variable("OIDC_AUDIENCE")
    const keys = yield* variable("OIDC_JWKS_URL")
    if (Option.isNone(issuer)) {
      const stray = Option.isSome(audience) ? "OIDC_AUDIENCE" : Option.isSome(keys) ? "OIDC_JWKS_URL" : null
      if (stray !== null)
        return yield* new BadSetting({ name: stray, problem: "it wants OIDC_ISSUER as well" })
      return Option.none()
    }
    if (Option.isNone(audience))
      return yield* new BadSetting({
        name: "OIDC_AUDIENCE",
        problem: "without it the tokens of every other app of the issuer would be let in"
      })
    yield* address("OIDC_ISSUER", issuer.value)
    const jwks = yield* address(
      "OIDC_JWKS_URL",
      Option.getOrElse(keys, () => `${issuer.value.replace(/\/$/, "")}/.well-known/jwks.json`)
    )
    const operators: Record<string, "observer" | "operator" | "admin"> = {}
    for (const [name, role] of Object.entries(roles)) {
      const group = yield* variable(name)
      if (Option.isSome(group)) operators[group.value] = role
    }
    return Option.some({ issuer: issuer.value, audience: audience.value, jwks, operators })
  }
)
