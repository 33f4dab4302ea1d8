import { Instant } from "@sightscreen/decider"
import { Duration } from "effect"

/**
 * How often, and after how long, a push that got no good answer is sent again.
 *
 * A routine update never is: the next one says more. The same bytes go out under the same name, so that a phone that has had
 * them ignores them. What must be told is tried until an outage of minutes has passed, and no longer than it is of use; an
 * activity that is not ended stays on a lock screen for hours.
 */
export type Kind =
  | "start"
  | "update"
  | "alert"
  | "end"
  /** Wakes an app, unseen (Apple: a background push). */
  | "wake"
  /** The same, and the app is to end what no push reaches: nobody says it again. */
  | "errand"
  /** An ordinary alert to a phone: that a match is about to begin, or that it cannot be shown without help. */
  | "notice"

const minutesOfOutage = [
  Duration.millis(500),
  Duration.seconds(2),
  Duration.seconds(5),
  Duration.seconds(15),
  Duration.seconds(30),
  Duration.seconds(60)
]

export const delays: Readonly<Record<Kind, ReadonlyArray<Duration.Duration>>> = {
  // A start has a timer of its own: the activity's patience.
  start: [],
  update: [],
  // Apple delivers few of them anyway.
  wake: [],
  errand: minutesOfOutage,
  alert: minutesOfOutage,
  notice: minutesOfOutage,
  end: [
    Duration.seconds(1),
    Duration.seconds(5),
    Duration.seconds(15),
    Duration.seconds(30),
    Duration.seconds(60)
  ]
}

/** The longest that Apple is left alone at its own word. Apple: trouble of its own may be tried again after 15 minutes. */
export const longestRest = Duration.minutes(15)

/** Until when Apple is left alone, where it has asked to be: `notBefore`, as far as that is believed. */
export const rest = (notBefore: Instant.Instant | null, at: Instant.Instant): Instant.Instant | null =>
  notBefore === null || notBefore <= at
    ? null
    : Instant.fromMillis(Math.min(notBefore, Instant.plus(at, longestRest)))

/**
 * Whether a push is held back until Apple may be asked again, which keeps whatever is told after it waiting too. What has no
 * patience is not. An alert is for a minute: the other phones of its match are not to stand still for one that rests longer.
 */
export const waitsFor = (
  kind: Kind,
  rest: Instant.Instant,
  { at, until }: Pick<Refused, "at" | "until">
): boolean =>
  delays[kind].length > 0 &&
  Instant.isBefore(rest, until) &&
  (kind !== "alert" || rest <= Instant.plus(at, mostHeldUp))

const mostHeldUp = Duration.minutes(1)

/** A push that was answered now, and may be worth another try. */
export interface Refused {
  readonly at: Instant.Instant
  /** Past this it is of no use. */
  readonly until: Instant.Instant
  /** The earliest time that Apple has named. */
  readonly notBefore: Instant.Instant | null
  /** A number from 0 up to 1. */
  readonly chance: number
}

/**
 * When a push is sent again that has been so `tries` times; null where it is not. Anywhere within the delay, so that those who
 * failed together do not come back together, and never sooner than Apple asks.
 */
export const next = (
  kind: Kind,
  tries: number,
  { at, chance, notBefore, until }: Refused
): Instant.Instant | null => {
  const delay = delays[kind][tries]
  if (delay === undefined) return null
  const asked = rest(notBefore, at)
  if (asked !== null && !waitsFor(kind, asked, { at, until })) return null
  const floor = asked ?? at
  return Instant.isBefore(until, Instant.plus(floor, delay))
    ? null
    : Instant.fromMillis(Math.ceil(floor + Duration.toMillis(delay) * chance))
}

/** The kind of token that a push goes to. */
export const tokenKind = {
  start: "start",
  update: "update",
  alert: "update",
  end: "update",
  wake: "alert",
  errand: "alert",
  notice: "alert"
} as const satisfies Readonly<Record<Kind, string>>
