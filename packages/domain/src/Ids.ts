import { Schema } from "effect"

/* Names of things, branded so that one cannot be passed for another. */

/** A match, named by its feed: `1512773`, or `replay-1512773` for a replay beside live matches. */
export const MatchId = Schema.NonEmptyString.pipe(Schema.brand("MatchId"))
export type MatchId = typeof MatchId.Type

/** A player, named by the feed within a match; what is shown is the player's name. */
export const PlayerId = Schema.NonEmptyString.pipe(Schema.brand("PlayerId"))
export type PlayerId = typeof PlayerId.Type

/** A person who follows matches. */
export const UserId = Schema.NonEmptyString.pipe(Schema.brand("UserId"))
export type UserId = typeof UserId.Type

/** One installation of the app on one phone (Apple: `identifierForVendor`); a new installation is a new device. */
export const DeviceId = Schema.NonEmptyString.pipe(Schema.brand("DeviceId"))
export type DeviceId = typeof DeviceId.Type

/** One Live Activity of one match on one device, in one generation. */
export const ActivityId = Schema.NonEmptyString.pipe(Schema.brand("ActivityId"))
export type ActivityId = typeof ActivityId.Type

/** One push, derived from its cause and its address, so that a repeat is recognisably the same push. A UUID (Apple: `apns-id`). */
export const PushId = Schema.NonEmptyString.pipe(Schema.brand("PushId"))
export type PushId = typeof PushId.Type
