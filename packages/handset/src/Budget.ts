import { Instant } from "@sightscreen/decider"
import { Duration } from "effect"

/**
 * So many in any hour, counted back from now: how a phone limits pushes that hurry and apps that want to be woken.
 *
 * Apple publishes no number for either; whoever asks brings one.
 */
export type Budget = ReadonlyArray<Instant.Instant>

const hour = Duration.hours(1)

/** With one more spent; null where the hour has no more to give. What is refused costs nothing. */
export const spend = (self: Budget, most: number, at: Instant.Instant): Budget | null => {
  const since = Instant.minus(at, hour)
  const recent = self.filter((spent) => spent > since)
  if (recent.length >= most) return null
  recent.push(at)
  return recent
}
