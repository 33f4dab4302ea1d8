import { Schema } from "effect"

/** A push token as apps report it: hex digits, in either case, of no fixed length (Apple); 512 at most here. */
export const Token = Schema.String.check(
  Schema.isPattern(/^(?:[0-9a-fA-F]{2}){1,256}$/, { expected: "an even number of up to 512 hex digits" })
)

export const Environment = Schema.Literals(["production", "sandbox"])

/** Letters, digits, hyphens and dots, as Apple has bundle identifiers. */
export const BundleId = Schema.String.check(
  Schema.isPattern(/^[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*$/),
  Schema.isMaxLength(155)
)

/** A token with where it works: the same letters elsewhere are another address. */
export const Address = Schema.Struct({ token: Token, environment: Environment, bundleId: BundleId })
