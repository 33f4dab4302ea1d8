import type { Instant } from "@sightscreen/decider"
import type { Published } from "../Channels.ts"
import type { Accepted } from "../Gate.ts"
import type { Cargo, Delivery, Stepped } from "./State.ts"

/**
 * What becomes of pushes and publishes in the end, told one by one and counted.
 *
 * Apple: "Viewing the status of push notifications" has the same figures.
 */
/** A push has arrived. */
export interface Delivered {
  readonly _tag: "Delivered"
  readonly at: Instant.Instant
  readonly device: string
  readonly push: Accepted
  /** The push on the screen, with the same collapse id, that it replaces. */
  readonly replaces: string | null
}

/** A publish has arrived at one of those who follow its channel. */
export interface Reached {
  readonly _tag: "Reached"
  readonly at: Instant.Instant
  readonly device: string
  readonly publish: Published
}

export type Output =
  | Delivered
  | Reached
  | { readonly _tag: "Discarded"; readonly at: Instant.Instant; readonly push: Accepted; readonly why: Why }
  | {
      readonly _tag: "Missed"
      readonly at: Instant.Instant
      readonly device: string
      readonly publish: Published
      readonly why: WhyMissed
    }

/** Apple's own metrics, as counters. Every push received is delivered, discarded or still waiting. */
export interface Counts {
  readonly received: number
  readonly delivered: number
  /** Times a push began to wait, because its device was off or saved power. */
  readonly storedOffline: number
  readonly storedPower: number
  readonly discarded: Readonly<Record<Why, number>>
}

/** The same for publishes. Every copy that is addressed to somebody has reached them, is missed or still waits. */
export interface Broadcasts {
  readonly published: number
  /** Copies: one for each device that followed at that moment. */
  readonly addressed: number
  readonly reached: number
  /** Times a copy began to wait. */
  readonly stored: number
  readonly missed: Readonly<Record<WhyMissed, number>>
}

export type WhyMissed =
  /** The device was not connected, and the channel stores nothing. */
  | "offline"
  /** It was connected, and gone before its turn came. */
  | "not-kept"
  | "expired"
  | "overwritten"
  /** It stopped following while it waited. */
  | "unsubscribed"

export type Why =
  /** Its time was over before its device came. */
  | "expired"
  /** Its app is gone, or the token was never known. */
  | "unregistered"
  | "disabled"
  /** A newer push for the same app took its place. */
  | "overwritten"
  /** It could not be delivered at once and was not to be kept. */
  | "not-kept"

/** Gives up what cannot wait any longer, whatever it is. */
export const drop = (
  self: Delivery,
  device: string,
  cargo: Cargo,
  why: Why & WhyMissed,
  at: Instant.Instant
): Stepped => (cargo._tag === "Accepted" ? discard(self, cargo, why, at) : miss(self, device, cargo, why, at))

export const miss = (
  self: Delivery,
  device: string,
  publish: Published,
  why: WhyMissed,
  at: Instant.Instant
): Stepped => {
  const { missed } = self.broadcasts
  return [
    countBroadcast(self, { missed: { ...missed, [why]: missed[why] + 1 } }),
    [{ _tag: "Missed", at, device, publish, why }]
  ]
}

export const discard = (self: Delivery, push: Accepted, why: Why, at: Instant.Instant): Stepped => [
  count(self, { discarded: { ...self.counts.discarded, [why]: self.counts.discarded[why] + 1 } }),
  [{ _tag: "Discarded", at, push, why }]
]

export const count = (self: Delivery, counts: Partial<Counts>): Delivery => ({
  ...self,
  counts: { ...self.counts, ...counts }
})

export const countBroadcast = (self: Delivery, broadcasts: Partial<Broadcasts>): Delivery => ({
  ...self,
  broadcasts: { ...self.broadcasts, ...broadcasts }
})

export const countStored = (
  self: Delivery,
  cargo: Cargo,
  stored: "storedPower" | "storedOffline"
): Delivery =>
  cargo._tag === "Accepted"
    ? count(self, { [stored]: self.counts[stored] + 1 })
    : countBroadcast(self, { stored: self.broadcasts.stored + 1 })
