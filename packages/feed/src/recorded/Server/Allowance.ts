import { Instant } from "@sightscreen/decider"
import { Duration } from "effect"

/** The calls that one key has made to one endpoint in its hour, which begins with the first of them. */
export interface Allowance {
  readonly began: Instant.Instant
  readonly used: number
}

export const hour = Duration.hours(1)

/** Counts a call. What remains is below nothing where it is one too many. */
export const take = (
  self: Allowance | undefined,
  limit: number,
  at: Instant.Instant
): readonly [Allowance, remaining: number] => {
  const isOver = self === undefined || !Instant.isBefore(at, Instant.plus(self.began, hour))
  const next = isOver ? { began: at, used: 1 } : { began: self.began, used: self.used + 1 }
  return [next, limit - next.used]
}

/** Whole seconds until the hour ends. */
export const secondsLeft = ({ began }: Allowance, at: Instant.Instant): number =>
  Math.max(0, Math.ceil(Duration.toSeconds(Instant.since(Instant.plus(began, hour), at))))
