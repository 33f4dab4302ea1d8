import { Instant } from "@sightscreen/decider"
import { Duration } from "effect"
import type * as Match from "../cricket/Match.ts"
import { interruption, isOver } from "../cricket/Status.ts"

/** How long to wait before the next look at a match that goes on. */
export interface Paces {
  readonly live: Duration.Duration
  /** With balls, for the match everybody watches. */
  readonly marquee: Duration.Duration
}

/** Where whoever runs the server has no wishes of their own. */
export const paces: Paces = { live: Duration.seconds(5), marquee: Duration.millis(2500) }

/** Nothing can happen that cannot wait a minute: rain, lunch, before the day. */
export const idle = Duration.seconds(60)
/** How long before the scheduled start the close look begins. */
export const warmUp = Duration.minutes(15)
/** A match that has not begun so long after its scheduled start is not waited for. */
export const lateStart = Duration.hours(6)

/**
 * How often it is looked for matches that have gone live: closely while one is due, rarely while none is. What happens
 * without being on any schedule is found within a minute.
 */
export const discovery = {
  due: Duration.seconds(5),
  rounds: Duration.seconds(30),
  idle: Duration.seconds(60)
}

export const of = (
  match: Match.Match | null,
  isMarquee: boolean,
  at: Instant.Instant,
  { live, marquee }: Paces = paces
): Duration.Duration => {
  if (match === null || isOver(match.status)) return idle
  const begun = match.innings.length > 0
  if (interruption(match.status, begun) !== "none") return idle
  if (!begun && Instant.isBefore(at, Instant.minus(match.info.startsAt, warmUp))) return idle
  return isMarquee ? marquee : live
}
