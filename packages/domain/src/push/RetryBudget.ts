import { Schema } from "effect"

/**
 * How many pushes may be sent again: one for every ten that were sent, whatever happens.
 *
 * Retries are for accidents. When everything fails they are what keeps it failing, so they are paid for with sends: attempts
 * stay below 1.1 for each push, but for a few at the start.
 */
export const RetryBudget = Schema.Struct({ credit: Schema.Finite })
export type RetryBudget = typeof RetryBudget.Type

/** Retries that each send pays for. */
export const ratio = 0.1

/** What a quiet time saves up, and what there is at the start: enough for a handful of phones, too little for a storm. */
export const most = 1000
export const initial: RetryBudget = { credit: 20 }

export const sent = (self: RetryBudget, count: number): RetryBudget => ({
  credit: Math.min(most, self.credit + count * ratio)
})

/** As many of those wanted as there is credit for. They will be counted as sent like all others, and are to pay for none. */
export const spend = (self: RetryBudget, wanted: number): readonly [RetryBudget, granted: number] => {
  const granted = Math.max(0, Math.min(wanted, Math.floor(self.credit)))
  return [{ credit: self.credit - granted * (1 + ratio) }, granted]
}
