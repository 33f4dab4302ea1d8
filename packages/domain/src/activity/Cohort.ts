import { Schema } from "effect"

/**
 * Phones that are sent the very same bytes.
 *
 * A bulletin is turned into a body once for each cohort, not for each phone: two thousand followers or two million share a
 * few of them.
 */
export const Cohort = Schema.Struct({
  /** By update token, or by the match's broadcast channel. */
  route: Schema.Literals(["token", "channel"]),
  /** The version of the content state that the app was built with. */
  schema: Schema.Int
})
export type Cohort = typeof Cohort.Type

/** The version of the content state that this server writes. */
export const currentSchema = 1

export const tokens: Cohort = { route: "token", schema: currentSchema }

export const nameOf = (self: Cohort): string => `${self.route}/${self.schema}`
