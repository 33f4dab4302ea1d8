import { Instant } from "@sightscreen/decider"
import { Duration } from "effect"

/** How long the final score stays on the lock screen (Apple: four hours at most). */
export const dismissAfter = Duration.minutes(15)

export const dismissalOf = (at: Instant.Instant): Instant.EpochSeconds =>
  Instant.toSeconds(Instant.plus(at, dismissAfter))
