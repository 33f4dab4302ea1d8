import * as Result from "effect/Result"
import * as Body from "./Body.ts"
import type { Environment, PushId } from "./Handling.ts"
import * as Headers from "./Headers.ts"
import * as Likeness from "./Likeness.ts"
import type { Alert } from "./notifications/Alert.ts"
import type { Background } from "./notifications/Background.ts"
import type { Complication } from "./notifications/Complication.ts"
import type { Controls } from "./notifications/Controls.ts"
import type { FileProvider } from "./notifications/FileProvider.ts"
import type { LiveActivity } from "./notifications/LiveActivity.ts"
import type { Location } from "./notifications/Location.ts"
import type { Mdm } from "./notifications/Mdm.ts"
import type { PushToTalk } from "./notifications/PushToTalk.ts"
import type { Voip } from "./notifications/Voip.ts"
import type { Widgets } from "./notifications/Widgets.ts"
import * as Payload from "./Payload.ts"
import { type PushType, rulesOf } from "./PushType.ts"
import type { DeviceToken } from "./Token.ts"

/**
 * A push in three states: a *message* says something to nobody in particular; *sealed*, it is bytes and headers that a
 * whole cohort shares; a *notification* is a sealed message with an address on it.
 *
 * Sealing costs an encoding, addressing costs nothing: one sealed message goes to two phones or two million.
 */

export * from "./Handling.ts"

/** Everything that can be said to a token, a variant for each file in `notifications/`. A `Broadcast` has no token. */
export type Message =
  | Alert
  | Background
  | Complication
  | Controls
  | FileProvider
  | LiveActivity
  | Location
  | Mdm
  | PushToTalk
  | Voip
  | Widgets

const pushTypes: Record<Message["_tag"], PushType> = {
  Alert: "alert",
  Background: "background",
  Complication: "complication",
  Controls: "controls",
  FileProvider: "fileprovider",
  LiveActivity: "liveactivity",
  Location: "location",
  Mdm: "mdm",
  PushToTalk: "pushtotalk",
  Voip: "voip",
  Widgets: "widgets"
}

export const pushTypeOf = (message: Message): PushType => pushTypes[message._tag]

/** A message as bytes, ready for any number of tokens. */
export interface Sealed {
  readonly pushType: PushType
  readonly environment: Environment
  /** The headers that are the same for every token. */
  readonly headers: Headers.Headers
  readonly body: Uint8Array
  /** The same body, where it is one of a pattern: a transport that writes many of them writes only where they differ. */
  readonly filled?: Body.Filled
}

/** Encodes a message once for its whole cohort. Fails when the payload is larger than Apple takes. */
export const seal = (message: Message): Result.Result<Sealed, Payload.PayloadTooLarge> => {
  const pushType = pushTypeOf(message)
  return enclose(
    pushType,
    message.environment,
    Headers.shared(pushType, message),
    memory.encode(message.payload)
  )
}

const memory = new Likeness.Memory()

/** Puts a body under its headers. Fails when it is larger than Apple takes. */
export const enclose = (
  pushType: PushType,
  environment: Environment = "production",
  headers: Headers.Headers,
  body: Body.Body
): Result.Result<Sealed, Payload.PayloadTooLarge> => {
  const { limit } = rulesOf(pushType)
  if (body.length > limit) {
    return Result.fail(new Payload.PayloadTooLarge({ pushType, bytes: body.length, limit }))
  }
  return Result.succeed(
    body instanceof Body.Filled
      ? new Poured(pushType, environment, headers, body)
      : { pushType, environment, headers, body }
  )
}

/** The very same for the other of Apple's worlds. A sealed message is not to be copied by its keys: its body may be made late. */
export const inEnvironment = (sealed: Sealed, environment: Environment): Sealed =>
  sealed.filled === undefined
    ? { pushType: sealed.pushType, environment, headers: sealed.headers, body: sealed.body }
    : new Poured(sealed.pushType, environment, sealed.headers, sealed.filled)

/** Sealed with a body of a pattern, which is made into bytes for those alone who ask for them. */
class Poured implements Sealed {
  readonly pushType: PushType
  readonly environment: Environment
  readonly headers: Headers.Headers
  readonly filled: Body.Filled
  #bytes: Uint8Array | undefined = undefined

  constructor(pushType: PushType, environment: Environment, headers: Headers.Headers, filled: Body.Filled) {
    this.pushType = pushType
    this.environment = environment
    this.headers = headers
    this.filled = filled
  }

  get body(): Uint8Array {
    return (this.#bytes ??= Body.bytesOf(this.filled))
  }
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
