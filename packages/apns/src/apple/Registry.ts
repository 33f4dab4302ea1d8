import type { Instant } from "@sightscreen/decider"
import { HashMap, Option } from "effect"
import type { Environment } from "../Handling.ts"
import * as PushType from "../PushType.ts"
import type { Reason } from "../Reason.ts"

/** The tokens that Apple has given out, in both of its worlds. */
export type Registry = HashMap.HashMap<string, Known>

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

export const empty: Registry = HashMap.empty()

/** Registering a retired token again revives it. */
export const register = (self: Registry, token: Known): Registry => HashMap.set(self, token.token, token)

/** A token dies once. */
export const retire = (self: Registry, token: string, retired: Retired): Registry =>
  HashMap.modify(self, token, (known) => ({ ...known, retired: known.retired ?? retired }))

const hex = /^(?:[0-9a-f]{2})+$/

/** Why nothing can be sent to a token; nothing if it can. Apple: no length is promised. */
export const check = (
  self: Registry,
  token: string,
  {
    environment,
    strangers,
    topic
  }: {
    readonly topic: string
    readonly environment: Environment
    /** Whether a token that was never registered is unknown, or as good as any if it is well formed. */
    readonly strangers: "unknown" | "welcome"
  }
): { readonly reason: Reason; readonly since?: Instant.Instant } | undefined => {
  const known = Option.getOrUndefined(HashMap.get(self, token))
  if (known === undefined && strangers === "welcome" && hex.test(token)) return undefined
  if (known === undefined || known.environment !== environment) return { reason: "BadDeviceToken" }
  if (known.bundleId + suffixes[known.kind] !== topic) return { reason: "DeviceTokenNotForTopic" }
  return known.retired && { reason: known.retired.reason, since: known.retired.since }
}
