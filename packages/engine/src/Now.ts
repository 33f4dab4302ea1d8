import { Instant } from "@sightscreen/decider"
import { Clock, Effect } from "effect"

/** The world's time, as an instant. */
export const now: Effect.Effect<Instant.Instant> = Effect.map(Clock.currentTimeMillis, Instant.fromMillis)
