import { type Instant, PersistentMap } from "@sightscreen/decider"
import type { Environment } from "../Handling.ts"
import * as PushType from "../PushType.ts"
import type { Reason } from "../Reason.ts"

/** The tokens that Apple has given out, in both of its worlds. */
export type Registry = PersistentMap<string, Known>

/** A token that Apple has given to an app. */
export interface Known {
  readonly token: string
  readonly bundleId: string
  readonly environment: Environment
  readonly kind: Kind
  /** Since when, and why, it no longer works. */
  readonly retired?: Retired
}

export interface Retired {
  readonly since: Instant.Instant
  readonly reason: "Unregistered" | "ExpiredToken"
}

/** What a token is for. Each kind has a topic of its own; that of `mdm` is what stands in `bundleId`. */
export type Kind =
  | "device"
  | "start"
  | "update"
  | "voip"
  | "complication"
  | "fileprovider"
  | "location"
  | "pushtotalk"
  | "widgets"
  | "controls"
  | "mdm"

const suffixes: Record<Kind, string> = {
  device: "",
  start: PushType.rules.liveactivity.suffix,
  update: PushType.rules.liveactivity.suffix,
  voip: PushType.rules.voip.suffix,
  complication: PushType.rules.complication.suffix,
  fileprovider: PushType.rules.fileprovider.suffix,
  location: PushType.rules.location.suffix,
  pushtotalk: PushType.rules.pushtotalk.suffix,
  widgets: PushType.rules.widgets.suffix,
  controls: PushType.rules.controls.suffix,
  mdm: ""
}

export const kinds = Object.keys(suffixes) as ReadonlyArray<Kind>

export const empty: Registry = PersistentMap.empty()

/** Registering a retired token again revives it. */
export const register = (self: Registry, token: Known): Registry => self.set(token.token, token)

/** A token dies once. */
export const retire = (self: Registry, token: string, retired: Retired): Registry => {
  const known = self.get(token)
  return known === undefined ? self : self.set(token, { ...known, retired: known.retired ?? retired })
}

const hex = /^(?:[0-9a-f]{2})+$/

/**
 * Why nothing can be sent to a token; null if it can. Apple: no length is promised.
 *
 * A token that was never registered is unknown, or where strangers are welcome as good as any if it is well formed.
 */
export const check = (
  self: Registry,
  token: string,
  topic: string,
  environment: Environment,
  strangers: "unknown" | "welcome"
): Reason | Retired | null => {
  const known = self.get(token)
  if (known === undefined && strangers === "welcome" && hex.test(token)) return null
  if (known === undefined || known.environment !== environment) return "BadDeviceToken"
  if (topicOf(known) !== topic) return "DeviceTokenNotForTopic"
  return known.retired ?? null
}

const topicOf = ({ bundleId, kind }: Known): string => bundleId + suffixes[kind]
