import { Schema } from "effect"
import { text } from "./Names.ts"

/** The most rows that a list gives at once. */
export const most = 100
export const usual = 50

/** Which page of a list is asked for: so many rows, after the place that the page before named as `next`. */
export const query = {
  limit: Schema.optionalKey(
    Schema.FiniteFromString.check(Schema.isInt(), Schema.isBetween({ minimum: 1, maximum: most }))
  ),
  after: Schema.optionalKey(text(512))
}

/** Where the next page begins; null after the last one. */
export const next = Schema.NullOr(Schema.String)
