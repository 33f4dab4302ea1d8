import { Instant } from "@sightscreen/decider"

/** A bucket that every request empties by one and time fills again: how Apple's unpublished limits are modelled. */
export interface Bucket {
  readonly level: number
  readonly at: Instant.Instant
}

/** How many may come in a row, and at what rate the bucket recovers. */
export interface Rate {
  readonly burst: number
  readonly perSecond: number
  /** A refusal says when to come again (`Retry-After`); Apple documents no such thing. */
  readonly tells?: boolean
}

/** After how many seconds there is one to take again, where that is told. */
export const retryAfter = (
  { perSecond, tells = false }: Rate,
  { level }: Bucket
): { readonly retryAfter?: number } =>
  tells ? { retryAfter: Math.ceil(Math.max(0, 1 - level) / perSecond) } : {}

/** Takes one out, if there is one. A bucket never seen is full. */
export const spend = (
  rate: Rate,
  before: Bucket | undefined,
  at: Instant.Instant
): readonly [after: Bucket, allowed: boolean] => {
  const { at: last, level: had } = before ?? { level: rate.burst, at }
  const level = Math.min(rate.burst, had + (Math.max(0, at - last) / 1000) * rate.perSecond)
  const allowed = level >= 1
  return [{ level: allowed ? level - 1 : level, at: Instant.later(at, last) }, allowed]
}
