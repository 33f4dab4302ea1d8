import { Instant } from "@sightscreen/decider"
import { Result, Schema } from "effect"
import * as Headers from "./Headers.ts"
import type { LiveActivity } from "./notifications/LiveActivity.ts"
import * as Payload from "./Payload.ts"
import type { PushType } from "./PushType.ts"
import type { DeviceToken } from "./Token.ts"

/**
 * A push in three states: a *message* says something to nobody in particular; *sealed*, it is bytes and headers that a
 * whole cohort shares; a *notification* is a sealed message with an address on it.
 *
 * Sealing costs an encoding, addressing costs nothing: one sealed message goes to two phones or two million.
 */

/** Where a token works: builds from the store use `production`, builds from Xcode use `sandbox`. */
export const Environment = Schema.Literals(["production", "sandbox"])
export type Environment = typeof Environment.Type

/** The app's bundle ID, without the suffix that a topic adds. */
export const BundleId = Schema.String.pipe(
  Schema.check(Schema.isPattern(/^[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*$/)),
  Schema.brand("BundleId")
)
export type BundleId = typeof BundleId.Type

/**
 * The name of one push to one token (Apple: `apns-id`), chosen by the sender so that a repeat is recognisable.
 *
 * Apple: a canonical lower-case UUID. Answers carry it in capitals.
 */
export const PushId = Schema.String.pipe(
  Schema.check(Schema.isPattern(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/)),
  Schema.brand("PushId")
)
export type PushId = typeof PushId.Type

const utf8 = new TextEncoder()

/** Pushes with the same collapse id replace one another on the device. Apple: at most 64 bytes, not characters. */
export const CollapseId = Schema.String.pipe(
  Schema.check(
    Schema.isNonEmpty(),
    Schema.makeFilter((text) => utf8.encode(text).length <= 64, { expected: "at most 64 bytes of UTF-8" }),
    // A header is printable ASCII on the wire; anything else is refused by HTTP before Apple sees it.
    Schema.isPattern(/^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/)
  ),
  Schema.brand("CollapseId")
)
export type CollapseId = typeof CollapseId.Type

/**
 * How long Apple may keep trying: until an instant, or a single attempt.
 *
 * An instant and never a length of time: `apns-expiration: 300` means five past midnight in 1970.
 */
export type Expiration = Instant.Instant | "once"

/** How a message is to be handled, whatever it says. */
export interface Handling {
  readonly bundleId: BundleId
  /** Decides which of Apple's hosts the push goes to; production where absent. */
  readonly environment?: Environment
  readonly priority: 5 | 10
  readonly expiration: Expiration
  readonly collapseId?: CollapseId
}

/** Everything that can be said, a variant for each file in `notifications/`. */
export type Message = LiveActivity

const pushTypes: Record<Message["_tag"], PushType> = { LiveActivity: "liveactivity" }

export const pushTypeOf = (message: Message): PushType => pushTypes[message._tag]

/** A message as bytes, ready for any number of tokens. */
export interface Sealed {
  readonly pushType: PushType
  readonly environment: Environment
  /** The headers that are the same for every token. */
  readonly headers: Headers.Headers
  readonly body: Uint8Array
}

/** Encodes a message once for its whole cohort. Fails when the payload is larger than Apple takes. */
export const seal = (message: Message): Result.Result<Sealed, Payload.PayloadTooLarge> => {
  const pushType = pushTypeOf(message)
  return Result.map(Payload.encode(pushType, message.payload), (body) => ({
    pushType,
    environment: message.environment ?? "production",
    headers: Headers.shared(pushType, message),
    body
  }))
}

/** A sealed message and the phone it goes to. */
export interface Notification {
  readonly token: DeviceToken
  /** Apple invents one where it is absent. */
  readonly pushId?: PushId
  readonly sealed: Sealed
}

export const to = (sealed: Sealed, token: DeviceToken, pushId?: PushId): Notification =>
  pushId === undefined ? { token, sealed } : { token, pushId, sealed }
