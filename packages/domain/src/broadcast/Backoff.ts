import { Instant } from "@sightscreen/decider"
import { Duration } from "effect"

/** How long to leave Apple alone, doubling with every refusal up to a limit. */
export interface Backoff {
  readonly first: Duration.Duration
  readonly most: Duration.Duration
}

/**
 * When to try again after so many refusals in a row. `chance`, from 0 up to 1, shifts it within the second half of the wait,
 * so that matches that were refused together do not come back together.
 */
export const until = (
  { first, most }: Backoff,
  refusals: number,
  at: Instant.Instant,
  chance: number
): Instant.Instant => {
  const doubled = Duration.toMillis(first) * 2 ** Math.min(Math.max(refusals, 1) - 1, 30)
  const wait = Math.min(doubled, Duration.toMillis(most))
  return Instant.plus(at, Duration.millis(Math.ceil(wait * (0.5 + 0.5 * chance))))
}
