import { Instant } from "@sightscreen/decider"
import { Ids } from "@sightscreen/domain"
import { Schema } from "effect"

/** What a person could read aloud: no control characters, and no half of a letter. Databases refuse both. */
const readable = Schema.isPattern(/^[^\p{Cc}\p{Cs}]+$/u, { expected: "text without control characters" })

/** A text of so many characters at most. */
export const text = (most: number) => Schema.NonEmptyString.check(Schema.isMaxLength(most), readable)

/** Names as they come from outside. */
export const DeviceId = Ids.DeviceId.check(Schema.isMaxLength(128), readable)

export const MatchId = Ids.MatchId.check(Schema.isMaxLength(128), readable)

export const UserId = Ids.UserId.check(Schema.isMaxLength(256), readable)

export const ActivityId = Ids.ActivityId.check(Schema.isMaxLength(300), readable)

/** A moment, as ISO 8601 has it with its time zone: `2026-06-14T13:30:00Z`. Milliseconds since 1970 behind the border. */
const isoText = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?(?:Z|[+-]\d\d:\d\d)$/

/** As ISO 8601 text in a query. */
export const Moment = Schema.String.check(
  Schema.isMaxLength(32),
  Schema.isPattern(isoText, { expected: "a time such as 2026-06-14T13:30:00Z" })
)

/** Null where the text has the right shape and no such day or hour exists. */
export const instantOf = (moment: string): Instant.Instant | null => {
  const millis = Date.parse(moment)
  return Number.isNaN(millis) ? null : Instant.fromMillis(millis)
}
