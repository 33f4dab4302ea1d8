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

/** The kind of token that a push goes to. */
export const tokenKind = {
  start: "start",
  update: "update",
  alert: "update",
  end: "update",
  wake: "alert",
  notice: "alert"
} as const satisfies Readonly<Record<Kind, string>>
