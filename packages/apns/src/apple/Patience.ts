import { Instant } from "@sightscreen/decider"
import type { Reason } from "../Reason.ts"

/**
 * How long Apple bears with a connection that keeps making mistakes.
 *
 * Apple: a 4xx slows a provider down, too many of them disconnect it, `BadDeviceToken` sooner than others, and 410 is no
 * error. Nothing more is published, so all numbers here are rules. That one rejection leaves a single stream until a push
 * is accepted again was seen in 2016.
 */
export interface Patience {
  /** Mistakes that are not forgiven yet. */
  readonly score: number
  readonly at: Instant.Instant
  /** A single stream is left. */
  readonly slowed: boolean
}

export interface Rules {
  /** The score at which a connection is sent away; null for never. */
  readonly limit: number | null
  readonly weights: { readonly badDeviceToken: number; readonly other: number }
  /** How much of the score each second forgives. */
  readonly perSecond: number
  /** Whether a rejection takes all streams but one, until something is accepted. */
  readonly slows: boolean
}

export const rules = (some: Partial<Rules> = {}): Rules => ({
  limit: 100,
  weights: { badDeviceToken: 5, other: 1 },
  perSecond: 1,
  slows: true,
  ...some
})

export const fresh: Patience = { score: 0, at: Instant.fromMillis(0), slowed: false }

/** What an answer does to its connection. */
export type Effect = "slow" | "restore" | "send-away"

export const judge = (
  rules: Rules,
  self: Patience,
  answer: { readonly at: Instant.Instant; readonly status: number; readonly reason?: Reason }
): readonly [Patience, Effect | null] => {
  const at = Instant.later(answer.at, self.at)
  const forgiven = Math.max(0, self.score - ((at - self.at) / 1000) * rules.perSecond)
  if (answer.status < 400) {
    return [{ score: forgiven, at, slowed: false }, self.slowed ? "restore" : null]
  }
  const weight = weightOf(rules, answer)
  const score = forgiven + weight
  if (rules.limit !== null && weight > 0 && score >= rules.limit) {
    return [{ score, at, slowed: self.slowed }, "send-away"]
  }
  const slows = rules.slows && weight > 0
  return [{ score, at, slowed: self.slowed || slows }, slows && !self.slowed ? "slow" : null]
}

/** What Apple itself is to blame for is held against nobody. */
const weightOf = (
  { weights }: Rules,
  { reason, status }: { readonly status: number; readonly reason?: Reason }
): number =>
  status === 410 || status >= 500 ? 0 : reason === "BadDeviceToken" ? weights.badDeviceToken : weights.other
