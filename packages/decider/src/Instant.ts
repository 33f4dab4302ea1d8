import * as Duration from "effect/Duration"
import * as Schema from "effect/Schema"

/**
 * A moment as data: whole milliseconds since 1970-01-01T00:00:00Z.
 *
 * Instants are compared and added to, never asked for: whoever decides is told the time.
 */
export const Instant = Schema.Int.pipe(
  Schema.check(Schema.isGreaterThanOrEqualTo(0)),
  Schema.brand("Instant")
)
export type Instant = typeof Instant.Type

/** Whole seconds since 1970, the unit of every time that Apple reads from a push (Apple: `timestamp`, `stale-date`, `apns-expiration`). */
export const EpochSeconds = Schema.Int.pipe(
  Schema.check(Schema.isGreaterThanOrEqualTo(0)),
  Schema.brand("EpochSeconds")
)
export type EpochSeconds = typeof EpochSeconds.Type

/** Takes whole milliseconds as they come from a clock; a fraction is cut off. */
export const fromMillis = (millis: number): Instant => Math.trunc(millis) as Instant

export const fromSeconds = (seconds: number): Instant => (seconds * 1000) as Instant

/** The second that an instant lies in, cut off, as Apple counts. */
export const toSeconds = (self: Instant): EpochSeconds => Math.floor(self / 1000) as EpochSeconds

export const plus = (self: Instant, duration: Duration.Duration): Instant =>
  (self + Duration.toMillis(duration)) as Instant

export const minus = (self: Instant, duration: Duration.Duration): Instant =>
  Math.max(0, self - Duration.toMillis(duration)) as Instant

/** How long after `earlier` this is; zero if it is not after. */
export const since = (self: Instant, earlier: Instant): Duration.Duration =>
  Duration.millis(Math.max(0, self - earlier))

export const isBefore = (self: Instant, other: Instant): boolean => self < other

export const later = (self: Instant, other: Instant): Instant => (self < other ? other : self)
