import * as Result from "effect/Result"
import type { Environment, PushId } from "../Handling.ts"
import * as Headers from "../Headers.ts"
import type { Broadcast } from "../notifications/Broadcast.ts"
import * as Payload from "../Payload.ts"
import { broadcastLimit } from "../PushType.ts"
import type { Request } from "../Request.ts"
import type { Answer } from "../transport/Transport.ts"
import { told, type Told } from "./Told.ts"

/**
 * Publishing to a channel: one request, however many follow.
 *
 * Apple: "Sending broadcast push notification requests to APNs". The app is in the path, without the suffix of a topic; there
 * is no topic header. The body may be larger than a push's, but what the activity holds may not.
 */
export interface Sealed {
  readonly environment: Environment
  readonly path: string
  readonly headers: Headers.Headers
  readonly body: Uint8Array
}

/** Encodes a broadcast. Fails when the payload is larger than Apple takes. */
export const seal = (it: Broadcast): Result.Result<Sealed, Payload.PayloadTooLarge> =>
  enclose(it, Payload.bytesOf(it.payload))

/** Puts a body under the headers of a broadcast. Fails when it is larger than Apple takes. */
export const enclose = (
  { channel, expiration, priority }: Omit<Broadcast, "_tag" | "payload">,
  body: Uint8Array
): Result.Result<Sealed, Payload.PayloadTooLarge> =>
  Result.map(Payload.within("liveactivity", body, broadcastLimit), () => ({
    environment: channel.environment ?? "production",
    path: `/4/broadcasts/apps/${channel.bundleId}`,
    headers: [
      [":method", "POST"],
      ["apns-push-type", "liveactivity"],
      ["apns-channel-id", channel.id],
      ["apns-priority", String(priority)],
      ["apns-expiration", Headers.expiration(expiration)]
    ],
    body
  }))

/** Goes to the host that takes pushes. */
export const request = (sealed: Sealed, requestId?: PushId): Request => ({
  environment: sealed.environment,
  path: sealed.path,
  pushId: undefined,
  shared: requestId === undefined ? sealed.headers : [...sealed.headers, ["apns-request-id", requestId]],
  body: sealed.body
})

/** Apple has taken a publish; that says nothing about anybody having received it. */
export interface Published {
  /** The key to Apple's delivery log. */
  readonly uniqueId: string | null
}

export const published = (answer: Answer): Told<Published> =>
  told(answer, 200, "", ({ uniqueId = null }): Published => ({ uniqueId }))
