import * as Schema from "effect/Schema"
import type { BundleId, Environment } from "../Handling.ts"

/**
 * A broadcast channel: one push to it reaches every Live Activity that has subscribed to it (iOS 18).
 *
 * Apple: the id is random, belongs to one app and one environment, and lives until it is deleted. What a channel stores is
 * decided when it is created and never changes.
 */
export type Channel = Unstored | Stored

interface Common {
  readonly id: ChannelId
  readonly bundleId: BundleId
  /** Production where absent. */
  readonly environment?: Environment
}

/** A publish reaches the devices that are connected at that moment. For what is soon replaced, such as a score. */
export interface Unstored extends Common {
  readonly storage: "none"
}

/** The latest publish is kept for devices that are offline, 8 h at most. */
export interface Stored extends Common {
  readonly storage: "latest"
}

export const Storage = Schema.Literals(["none", "latest"])
export type Storage = typeof Storage.Type

/** Apple: base64, and of no length to be relied on. It travels in the header `apns-channel-id`, never in a path. */
export const ChannelId = Schema.String.pipe(
  Schema.check(Schema.isPattern(/^[A-Za-z0-9+/_-]{1,512}={0,2}$/)),
  Schema.brand("ChannelId")
)
export type ChannelId = typeof ChannelId.Type

/** Apple's `message-storage-policy`. */
export const policyOf = (storage: Storage): 0 | 1 => (storage === "none" ? 0 : 1)

export const storageOf = (policy: unknown): Storage | undefined =>
  policy === 0 ? "none" : policy === 1 ? "latest" : undefined
