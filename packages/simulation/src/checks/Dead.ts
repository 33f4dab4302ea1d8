import type * as Entry from "../journal/Entry.ts"

/** Addresses to which no push goes any more by Apple's own word, whatever is on a screen there. */
export interface Dead {
  readonly addresses: Set<string>
  /** Called dead once as of a moment that may be long ago, so that it counts for nothing alone. */
  readonly doubted: Set<string>
}

export const none = (): Dead => ({ addresses: new Set(), doubted: new Set() })

export const add = ({ addresses }: Dead, address: string): void => void addresses.add(address)

export const has = ({ addresses }: Dead, address: string): boolean => addresses.has(address)

/** Apple: `ExpiredToken` is the last word of a token. `Unregistered` is that where it is said again. */
export const hear = (
  self: Dead,
  { address, heard, reason }: Pick<Entry.Attempted, "address" | "heard" | "reason">
): void => {
  if (heard !== 410) return
  if (reason === "ExpiredToken" || self.doubted.has(address)) self.addresses.add(address)
  else self.doubted.add(address)
}

/** A silent push went out, or was called wrong, which it was not: it is not said again. */
export const wasAsked = ({ heard, taken }: Pick<Entry.Attempted, "heard" | "taken">): boolean =>
  taken || heard === "unknown" || heard === 400 || heard === 413

/** What Apple says of tokens and channels, and not of what is pushed. */
export const isOfTheAddress = ({ reason }: Pick<Entry.Attempted, "reason">): boolean =>
  reason !== null && refusals.has(reason)

const refusals: ReadonlySet<string> = new Set([
  "BadDeviceToken",
  "DeviceTokenNotForTopic",
  "ChannelNotRegistered"
])
