import { Ids } from "@sightscreen/domain"
import { Schema } from "effect"

/** What a person could read aloud: no control characters, and no half of a letter. Databases refuse both. */
const readable = Schema.isPattern(/^[^\p{Cc}\p{Cs}]+$/u, { expected: "text without control characters" })

/** A text of so many characters at most. */
export const text = (most: number) => Schema.NonEmptyString.check(Schema.isMaxLength(most), readable)

/** Names as they come from outside. */
export const DeviceId = Ids.DeviceId.check(Schema.isMaxLength(128), readable)

export const MatchId = Ids.MatchId.check(Schema.isMaxLength(128), readable)
