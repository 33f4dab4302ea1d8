import * as Schema from "effect/Schema"
import type { BundleId, Environment, PushId } from "../Handling.ts"
import type { Headers } from "../Headers.ts"
import type { Request } from "../Request.ts"
import type { Answer } from "../transport/Transport.ts"
import { type Channel, ChannelId, policyOf, type Storage, storageOf } from "./Channel.ts"
import { headerOf, told, type Told } from "./Told.ts"

/**
 * Creating, reading, listing and deleting channels, as requests and as answers read.
 *
 * Apple: "Sending channel management requests to APNs". The id of a channel is in a header in both directions; a path names
 * the app only.
 */

/** Whose channels, and where. */
export interface App {
  readonly bundleId: BundleId
  /** Production where absent. */
  readonly environment?: Environment
  /** Comes back with the answer; Apple invents one where absent. */
  readonly requestId?: PushId
}

type Named = Pick<Channel, "id"> & App

const utf8 = new TextEncoder()
const nothing = new Uint8Array()

const request = (
  app: App,
  method: "POST" | "GET" | "DELETE",
  path: string,
  headers: Headers = [],
  body: Uint8Array = nothing
): Request => ({
  environment: app.environment ?? "production",
  role: "management",
  path: `/1/apps/${app.bundleId}/${path}`,
  pushId: undefined,
  shared: [
    [":method", method],
    ...headers,
    ...(app.requestId === undefined ? [] : [["apns-request-id", app.requestId] as const])
  ],
  body
})

export const create = (app: App, storage: Storage): Request =>
  request(
    app,
    "POST",
    "channels",
    [["content-type", "application/json"]],
    utf8.encode(JSON.stringify({ "message-storage-policy": policyOf(storage), "push-type": "LiveActivity" }))
  )

export const read = (channel: Named): Request =>
  request(channel, "GET", "channels", [["apns-channel-id", channel.id]])

export const list = (app: App): Request => request(app, "GET", "all-channels")

/** Apple: what a channel has stored may still be delivered for a while. */
export const remove = (channel: Named): Request =>
  request(channel, "DELETE", "channels", [["apns-channel-id", channel.id]])

const isId = Schema.is(ChannelId)

export const created = (answer: Answer): Told<ChannelId> =>
  told(answer, 201, "apns-channel-id", () => {
    const id = headerOf(answer, "apns-channel-id")
    return isId(id) ? id : undefined
  })

export const wasRead = (answer: Answer): Told<Storage> =>
  told(answer, 200, "message-storage-policy", ({ body }) => storageOf(object(body)["message-storage-policy"]))

export const listed = (answer: Answer): Told<ReadonlyArray<ChannelId>> =>
  told(answer, 200, "channels", ({ body }) => {
    const { channels } = object(body)
    return Array.isArray(channels) && channels.every(isId) ? channels : undefined
  })

export const removed = (answer: Answer): Told<true> => told(answer, 204, "", () => true as const)

const object = (body: string): Readonly<Record<string, unknown>> => {
  try {
    const read: unknown = JSON.parse(body)
    return typeof read === "object" && read !== null ? (read as Readonly<Record<string, unknown>>) : {}
  } catch {
    return {}
  }
}
