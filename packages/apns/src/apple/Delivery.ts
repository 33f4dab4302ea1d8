import { Instant } from "@sightscreen/decider"
import { HashSet } from "effect"
import type { Published } from "./Channels.ts"
import type { Accepted } from "./Gate.ts"
import { count, countBroadcast, discard, miss, type Output } from "./Delivery/Fate.ts"
import {
  change,
  type Delivery,
  type Device,
  deviceOf,
  lineOf,
  never,
  type Stepped
} from "./Delivery/State.ts"
import { accept, clear, disconnect, movesOf, pass, rouse } from "./Delivery/Travel.ts"

export type { Broadcasts, Counts, Delivered, Output, Reached, Why, WhyMissed } from "./Delivery/Fate.ts"
export { type Delivery, direct, make, rough, type Rules, rules } from "./Delivery/State.ts"

/**
 * What becomes of a push, or of a publish to a channel, between Apple's 200 and a device.
 *
 * Apple: "Viewing the status of push notifications", "Troubleshooting push notifications" and "Sending broadcast push
 * notification requests to APNs". Best effort all the way: one push is kept for each app on a device, and for 30 days at
 * most; one publish for each channel, if the channel stores at all, and for 8 h at most; what does not hurry is delivered in
 * bursts; order is not promised. Chance comes from a seed in the state, so the same inputs meet the same fate.
 *
 * It hears what Apple has taken, what happens to devices, and the time.
 */
export type Input =
  | Accepted
  | Published
  /** An app on a device has been given a token. */
  | { readonly _tag: "Attached"; readonly token: string; readonly device: string; readonly bundleId: string }
  /** The app is gone. */
  | { readonly _tag: "Detached"; readonly at: Instant.Instant; readonly token: string }
  /** A device follows a channel. What was published before is not for it. */
  | { readonly _tag: "Subscribed"; readonly device: string; readonly channelId: string }
  | {
      readonly _tag: "Unsubscribed"
      readonly at: Instant.Instant
      readonly device: string
      readonly channelId: string
    }
  | { readonly _tag: "Connected"; readonly at: Instant.Instant; readonly device: string }
  | { readonly _tag: "Disconnected"; readonly at: Instant.Instant; readonly device: string }
  /** In use, or in a pocket: what never wakes a device waits until it is awake. */
  | { readonly _tag: "Woke"; readonly at: Instant.Instant; readonly device: string }
  | { readonly _tag: "Slept"; readonly at: Instant.Instant; readonly device: string }
  | {
      readonly _tag: "Allowed"
      readonly at: Instant.Instant
      readonly device: string
      readonly bundleId: string
      readonly allowed: boolean
    }
  | { readonly _tag: "Ticked"; readonly at: Instant.Instant }

/** Time passes first: whatever is due by the instant of an input comes before the input itself. */
export const step = (self: Delivery, input: Input): Stepped => {
  if (input._tag === "Attached") return [attach(self, input), []]
  if (input._tag === "Subscribed") return [subscribe(self, input), []]
  const [passed, before] = pass(self, input.at)
  const [next, outputs] = take(passed, input)
  const [settled, after] = pass(next, input.at)
  return [settled, [...before, ...outputs, ...after]]
}

/** What is under way or waits. */
export const pending = (self: Delivery): number =>
  self.flights.size + self.devices.values().reduce((sum, { slots }) => sum + slots.size, 0)

/** Whether anybody is known to have a token. */
export const knows = (self: Delivery, token: string): boolean => self.tokens.has(token)

/** When time alone next changes something; null while only events can. */
export const nextDue = (self: Delivery): Instant.Instant | null => {
  let next = never
  for (const { arrivesAt } of self.flights.values()) next = Math.min(next, arrivesAt)
  return finite(Math.min(next, movesOf(self)))
}

/** The same at no cost, and now and then too early: something was due then, and has been taken back since. */
export const noEarlier = (self: Delivery): Instant.Instant | null => finite(Math.min(self.lands, self.moves))

const finite = (millis: number) => (Number.isFinite(millis) ? Instant.fromMillis(millis) : null)

const take = (
  self: Delivery,
  input: Exclude<Input, { readonly _tag: "Attached" | "Subscribed" }>
): Stepped => {
  switch (input._tag) {
    case "Accepted":
      return receive(self, input)
    case "Published":
      return fanOut(self, input)
    case "Detached":
      return detach(self, input.token, input.at)
    case "Unsubscribed":
      return unsubscribe(self, input.device, input.channelId, input.at)
    case "Connected":
      return [rouse(self, input.device, { online: true, since: input.at }), []]
    case "Disconnected":
      return disconnect(self, input.device, input.at)
    case "Woke":
      return [rouse(self, input.device, { awake: true, since: input.at }), []]
    case "Slept":
      return [change(self, input.device, (device) => ({ ...device, awake: false })), []]
    case "Allowed":
      return [change(self, input.device, (device) => allow(device, input.bundleId, input.allowed)), []]
    case "Ticked":
      return [self, []]
  }
}

const attach = (self: Delivery, { bundleId, device, token }: Extract<Input, { _tag: "Attached" }>) => ({
  ...change(self, device, (it) => it),
  tokens: self.tokens.set(token, { device, bundleId })
})

const subscribersOf = (self: Delivery, channelId: string): HashSet.HashSet<string> =>
  self.subscribers.get(channelId) ?? HashSet.empty()

const subscribe = (self: Delivery, { channelId, device }: Extract<Input, { _tag: "Subscribed" }>) => ({
  ...change(self, device, (it) => it),
  subscribers: self.subscribers.set(channelId, HashSet.add(subscribersOf(self, channelId), device))
})

const unsubscribe = (self: Delivery, device: string, channelId: string, at: Instant.Instant): Stepped => {
  const left = HashSet.remove(subscribersOf(self, channelId), device)
  const subscribers =
    HashSet.size(left) === 0 ? self.subscribers.remove(channelId) : self.subscribers.set(channelId, left)
  const address = { device, line: lineOf(channelId) }
  const slot = deviceOf(self, device).slots.get(address.line)
  const next = { ...self, subscribers }
  return slot?.cargo._tag === "Published"
    ? miss(clear(next, address), device, slot.cargo, "unsubscribed", at)
    : [next, []]
}

const allow = (device: Device, bundleId: string, allowed: boolean): Device => {
  const others = device.disabled.filter((it) => it !== bundleId)
  return { ...device, disabled: allowed ? others : [...others, bundleId] }
}

const receive = (before: Delivery, push: Accepted): Stepped => {
  const self = count(before, { received: before.counts.received + 1 })
  const { at } = push
  const owner = self.tokens.get(push.token)
  if (owner === undefined) return discard(self, push, "unregistered", at)
  const { disabled } = deviceOf(self, owner.device)
  if (push.pushType === "alert" && disabled.includes(owner.bundleId)) {
    return discard(self, push, "disabled", at)
  }
  const expiration = push.headers["apns-expiration"]
  const until = at + self.rules.keepMillis
  return accept(self, { device: owner.device, line: owner.bundleId }, push, {
    keep: expiration !== "0",
    until: expiration === undefined || expiration === "0" ? until : Math.min(until, Number(expiration) * 1000)
  })
}

/** Apple: who is not connected misses what a channel does not store. */
const fanOut = (before: Delivery, publish: Published): Stepped => {
  const { at, channelId, until } = publish
  const line = lineOf(channelId)
  const devices = [...subscribersOf(before, channelId)]
  const { addressed, published } = before.broadcasts
  let state = countBroadcast(before, { published: published + 1, addressed: addressed + devices.length })
  const outputs: Array<Output> = []
  for (const device of devices) {
    const fate = { keep: until !== null, until: until ?? at + state.rules.keepMillis }
    const [next, said] =
      until === null && !deviceOf(state, device).online
        ? miss(state, device, publish, "offline", at)
        : accept(state, { device, line }, publish, fate)
    state = next
    for (const one of said) outputs.push(one)
  }
  return [state, outputs]
}

const detach = (self: Delivery, token: string, at: Instant.Instant): Stepped => {
  const owner = self.tokens.get(token)
  if (owner === undefined) return [self, []]
  const address = { device: owner.device, line: owner.bundleId }
  const gone: Delivery = { ...self, tokens: self.tokens.remove(token) }
  const slot = deviceOf(gone, address.device).slots.get(address.line)
  return slot?.cargo._tag === "Accepted" && slot.cargo.token === token
    ? discard(clear(gone, address), slot.cargo, "unregistered", at)
    : [gone, []]
}
