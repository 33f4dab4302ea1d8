import { Schema } from "effect"
import { Delivery } from "./Delivery.ts"

/**
 * One over as a feed tells it.
 *
 * Whether it is complete is the umpire's count, not ours: miscounted overs of five or seven legal balls are cricket, and
 * the feed's word is taken for it.
 */
export const Over = Schema.Struct({
  /** From 0. */
  number: Schema.Int,
  deliveries: Schema.Array(Delivery),
  complete: Schema.Boolean
})
export type Over = typeof Over.Type
