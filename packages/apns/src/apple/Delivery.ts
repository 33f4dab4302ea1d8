import { Instant, type Step } from "@sightscreen/decider"
import { HashMap, Option } from "effect"
import type { Accepted } from "./Gate.ts"

/**
 * What becomes of a push between Apple's 200 and a device.
 *
 * Apple: "Viewing the status of push notifications" and "Troubleshooting push notifications". Best effort all the way: one
 * push is kept for each app on a device, and for 30 days at most; what does not hurry is delivered in bursts; order is not
 * promised. Chance comes from a seed in the state, so the same inputs meet the same fate.
 */
export interface Delivery {
  readonly rules: Rules
  readonly seed: number
  readonly tokens: HashMap.HashMap<string, Address>
  readonly devices: HashMap.HashMap<string, Device>
  readonly flights: ReadonlyArray<Flight>
  readonly counts: Counts
}

export interface Rules {
  /** How long what does not hurry may be held, to be delivered together. */
  readonly burstMillis: number
  /** How long a device takes to acknowledge. Meanwhile the next push for the same app waits, alone. */
  readonly ackMillis: number
  /** From Apple to the device. */
  readonly latencyMillis: number
  /** How often a push is late by so much more that others may overtake it. */
  readonly late: { readonly chance: number; readonly millis: number }
  /** How often the older of two pushes is kept. Apple: mostly the latest. */
  readonly keepOlderChance: number
  readonly keepMillis: number
}

const dayMillis = 86_400_000

/** Without chance or delay, but for the bursts. */
export const rules = (some: Partial<Rules> = {}): Rules => ({
  burstMillis: 5000,
  ackMillis: 0,
  latencyMillis: 0,
  late: { chance: 0, millis: 0 },
  keepOlderChance: 0,
  keepMillis: 30 * dayMillis,
  ...some
})

/** A bad day. */
export const rough: Rules = rules({
  ackMillis: 200,
  latencyMillis: 80,
  late: { chance: 0.1, millis: 2000 },
  keepOlderChance: 0.05
})

interface Address {
  readonly device: string
  readonly bundleId: string
}

interface Device {
  readonly online: boolean
  readonly awake: boolean
  /** When it last came online or woke: nothing that waited for that is delivered before. */
  readonly since: Instant.Instant
  /** The apps whose notifications the person has switched off. */
  readonly disabled: ReadonlyArray<string>
  /** One for each app. */
  readonly slots: HashMap.HashMap<string, Slot>
  /** Until when the last push for an app is unacknowledged. */
  readonly busyUntil: HashMap.HashMap<string, Instant.Instant>
  /** What is on the screen, by app and collapse id. */
  readonly shown: HashMap.HashMap<string, string>
}

/** A push that waits for its device. */
interface Slot {
  readonly push: Accepted
  readonly until: Instant.Instant
  /** Apple: an expiration of 0 allows one attempt and no keeping. */
  readonly keep: boolean
  /** Not before. */
  readonly due: Instant.Instant
}

/** A push under way to its device. */
interface Flight extends Address {
  readonly slot: Slot
  readonly arrivesAt: Instant.Instant
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

export type Input =
  | Accepted
  /** An app on a device has been given a token. */
  | { readonly _tag: "Attached"; readonly token: string; readonly device: string; readonly bundleId: string }
  /** The app is gone. */
  | { readonly _tag: "Detached"; readonly at: Instant.Instant; readonly token: string }
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

export type Output =
  | {
      readonly _tag: "Delivered"
      readonly at: Instant.Instant
      readonly device: string
      readonly push: Accepted
      /** The push on the screen, with the same collapse id, that it replaces. */
      readonly replaces: string | null
    }
  | { readonly _tag: "Discarded"; readonly at: Instant.Instant; readonly push: Accepted; readonly why: Why }

export const make = (some: Rules = rules(), seed = 1): Delivery => ({
  rules: some,
  seed,
  tokens: HashMap.empty(),
  devices: HashMap.empty(),
  flights: [],
  counts: {
    received: 0,
    delivered: 0,
    storedOffline: 0,
    storedPower: 0,
    discarded: { expired: 0, unregistered: 0, disabled: 0, overwritten: 0, "not-kept": 0 }
  }
})

type Stepped = Step.Step<Delivery, Output>

/** Time passes first: whatever is due by the instant of an input comes before the input itself. */
export const step = (self: Delivery, input: Input): Stepped => {
  if (input._tag === "Attached") return [attach(self, input), []]
  const [passed, before] = pass(self, input.at)
  const [next, outputs] = take(passed, input)
  const [settled, after] = pass(next, input.at)
  return [settled, [...before, ...outputs, ...after]]
}

/** Pushes that are under way or wait. */
export const pending = (self: Delivery): number =>
  self.flights.length +
  [...HashMap.values(self.devices)].reduce((sum, { slots }) => sum + HashMap.size(slots), 0)

/** When time alone next changes something; null while only events can. */
export const nextDue = (self: Delivery): Instant.Instant | null => {
  let next = Number.POSITIVE_INFINITY
  for (const { arrivesAt } of self.flights) next = Math.min(next, arrivesAt)
  for (const device of HashMap.values(self.devices)) {
    for (const slot of HashMap.values(device.slots)) {
      next = Math.min(next, departure(device, slot), slot.until)
    }
  }
  return Number.isFinite(next) ? Instant.fromMillis(next) : null
}

const take = (self: Delivery, input: Exclude<Input, { readonly _tag: "Attached" }>): Stepped => {
  switch (input._tag) {
    case "Accepted":
      return receive(self, input)
    case "Detached":
      return detach(self, input.token, input.at)
    case "Connected":
      return [change(self, input.device, (device) => ({ ...device, online: true, since: input.at })), []]
    case "Disconnected":
      return disconnect(self, input.device, input.at)
    case "Woke":
      return [change(self, input.device, (device) => ({ ...device, awake: true, since: input.at })), []]
    case "Slept":
      return [change(self, input.device, (device) => ({ ...device, awake: false })), []]
    case "Allowed":
      return [change(self, input.device, (device) => allow(device, input.bundleId, input.allowed)), []]
    case "Ticked":
      return [self, []]
  }
}

const attach = (self: Delivery, { bundleId, device, token }: Address & { readonly token: string }) => ({
  ...change(self, device, (it) => it),
  tokens: HashMap.set(self.tokens, token, { device, bundleId })
})

const fresh: Device = {
  online: true,
  awake: true,
  since: Instant.fromMillis(0),
  disabled: [],
  slots: HashMap.empty(),
  busyUntil: HashMap.empty(),
  shown: HashMap.empty()
}

const deviceOf = (self: Delivery, id: string): Device =>
  Option.getOrElse(HashMap.get(self.devices, id), () => fresh)

const change = (self: Delivery, id: string, to: (device: Device) => Device): Delivery => ({
  ...self,
  devices: HashMap.set(self.devices, id, to(deviceOf(self, id)))
})

const allow = (device: Device, bundleId: string, allowed: boolean): Device => {
  const others = device.disabled.filter((it) => it !== bundleId)
  return { ...device, disabled: allowed ? others : [...others, bundleId] }
}

const discard = (self: Delivery, push: Accepted, why: Why, at: Instant.Instant): Stepped => [
  count(self, { discarded: { ...self.counts.discarded, [why]: self.counts.discarded[why] + 1 } }),
  [{ _tag: "Discarded", at, push, why }]
]

const count = (self: Delivery, counts: Partial<Counts>): Delivery => ({
  ...self,
  counts: { ...self.counts, ...counts }
})

const receive = (before: Delivery, push: Accepted): Stepped => {
  const self = count(before, { received: before.counts.received + 1 })
  const { at } = push
  const address = Option.getOrUndefined(HashMap.get(self.tokens, push.token))
  if (address === undefined) return discard(self, push, "unregistered", at)
  const device = deviceOf(self, address.device)
  if (push.pushType === "alert" && device.disabled.includes(address.bundleId)) {
    return discard(self, push, "disabled", at)
  }
  const slot = slotOf(self.rules, push, device, address)
  if (ready(device, slot) && slot.due <= at) return fly(self, { ...address, slot }, at)
  // A burst is an attempt in slow motion; a device that is off is none.
  if (!device.online && !slot.keep) return discard(self, push, "not-kept", at)
  const stored = !device.online ? "storedOffline" : priorityOf(push) === 10 ? undefined : "storedPower"
  return wait(self, address, slot, stored, at)
}

const slotOf = ({ burstMillis, keepMillis }: Rules, push: Accepted, device: Device, to: Address): Slot => {
  const { at } = push
  const expiration = push.headers["apns-expiration"]
  const longest = at + keepMillis
  const until = expiration === undefined ? longest : Math.min(longest, Number(expiration) * 1000)
  const burst = priorityOf(push) === 10 || burstMillis <= 0 ? at : Math.ceil(at / burstMillis) * burstMillis
  const busy = Option.getOrElse(HashMap.get(device.busyUntil, to.bundleId), () => at)
  const keep = expiration !== "0"
  return {
    push,
    keep,
    until: Instant.fromMillis(keep ? until : longest),
    due: Instant.fromMillis(Math.max(burst, busy))
  }
}

const priorityOf = (push: Accepted) => Number(push.headers["apns-priority"] ?? "10")

/** Apple: priority 1 never wakes a device. */
const ready = (device: Device, { push }: Slot) => device.online && (device.awake || priorityOf(push) !== 1)

const departure = (device: Device, slot: Slot): number =>
  ready(device, slot) ? Instant.later(slot.due, device.since) : Number.POSITIVE_INFINITY

/** Takes its app's place in the line of one, whoever was there; mostly. */
const wait = (
  before: Delivery,
  to: Address,
  slot: Slot,
  stored: "storedPower" | "storedOffline" | undefined,
  at: Instant.Instant
): Stepped => {
  const self = stored === undefined ? before : count(before, { [stored]: before.counts[stored] + 1 })
  const older = Option.getOrUndefined(HashMap.get(deviceOf(self, to.device).slots, to.bundleId))
  if (older === undefined) return [put(self, to, slot), []]
  const [rolled, keepOlder] = roll(self, self.rules.keepOlderChance)
  return keepOlder
    ? discard(rolled, slot.push, "overwritten", at)
    : discard(put(rolled, to, slot), older.push, "overwritten", at)
}

const put = (self: Delivery, { bundleId, device }: Address, slot: Slot): Delivery =>
  change(self, device, (it) => ({ ...it, slots: HashMap.set(it.slots, bundleId, slot) }))

const fly = (self: Delivery, flight: Omit<Flight, "arrivesAt">, at: Instant.Instant): Stepped => {
  const { ackMillis, late, latencyMillis } = self.rules
  const [rolled, isLate] = roll(self, late.chance)
  const arrivesAt = Instant.fromMillis(at + latencyMillis + (isLate ? late.millis : 0))
  const busyUntil = Instant.fromMillis(at + ackMillis)
  const next = change(rolled, flight.device, (it) => ({
    ...it,
    busyUntil: HashMap.set(it.busyUntil, flight.bundleId, busyUntil)
  }))
  return [{ ...next, flights: [...next.flights, { ...flight, arrivesAt }] }, []]
}

/** Lands what is due and lets go what has waited long enough, until nothing more happens at this instant. */
const pass = (self: Delivery, at: Instant.Instant): Stepped => {
  let state = self
  const outputs: Array<Output> = []
  const say = ([next, said]: Stepped) => {
    state = next
    outputs.push(...said)
  }
  const due = state.flights.filter(({ arrivesAt }) => arrivesAt <= at)
  if (due.length > 0) {
    state = { ...state, flights: state.flights.filter(({ arrivesAt }) => arrivesAt > at) }
    for (const flight of [...due].sort((a, b) => a.arrivesAt - b.arrivesAt)) say(land(state, flight))
  }
  let released = false
  for (const [id, device] of state.devices) {
    for (const [bundleId, slot] of device.slots) {
      const address = { device: id, bundleId }
      const leaves = departure(device, slot)
      if (leaves <= Math.min(at, slot.until)) {
        released = true
        say(fly(clear(state, address), { ...address, slot }, Instant.fromMillis(leaves)))
      } else if (slot.until <= at) {
        say(discard(clear(state, address), slot.push, "expired", Instant.later(slot.until, slot.push.at)))
      }
    }
  }
  if (released) say(pass(state, at))
  return [state, outputs]
}

const clear = (self: Delivery, { bundleId, device }: Address): Delivery =>
  change(self, device, (it) => ({ ...it, slots: HashMap.remove(it.slots, bundleId) }))

const land = (self: Delivery, { arrivesAt, bundleId, device, slot: { push } }: Flight): Stepped => {
  const collapseId = push.headers["apns-collapse-id"]
  const key = `${bundleId}/${collapseId}`
  const { shown } = deviceOf(self, device)
  const replaces = collapseId === undefined ? null : Option.getOrNull(HashMap.get(shown, key))
  const next =
    collapseId === undefined
      ? self
      : change(self, device, (it) => ({ ...it, shown: HashMap.set(it.shown, key, push.apnsId) }))
  return [
    count(next, { delivered: next.counts.delivered + 1 }),
    [{ _tag: "Delivered", at: arrivesAt, device, push, replaces }]
  ]
}

/** What is under way to a device that goes off comes back, to be kept or not. */
const disconnect = (self: Delivery, id: string, at: Instant.Instant): Stepped => {
  const [lost, flights] = partition(self.flights, ({ device }) => device === id)
  const slots = [...deviceOf(self, id).slots].filter(([, slot]) => !slot.keep)
  let state: Delivery = { ...change(self, id, (it) => ({ ...it, online: false })), flights }
  const outputs: Array<Output> = []
  const say = ([next, said]: Stepped) => {
    state = next
    outputs.push(...said)
  }
  for (const [bundleId, slot] of slots) {
    say(discard(clear(state, { device: id, bundleId }), slot.push, "not-kept", at))
  }
  for (const { bundleId, slot } of lost) {
    const waiting = Option.getOrUndefined(HashMap.get(deviceOf(state, id).slots, bundleId))
    if (!slot.keep) say(discard(state, slot.push, "not-kept", at))
    // It is older than whatever has come to wait since.
    else if (waiting !== undefined) say(discard(state, slot.push, "overwritten", at))
    else say(wait(state, { device: id, bundleId }, slot, "storedOffline", at))
  }
  return [state, outputs]
}

const detach = (self: Delivery, token: string, at: Instant.Instant): Stepped => {
  const address = Option.getOrUndefined(HashMap.get(self.tokens, token))
  if (address === undefined) return [self, []]
  const gone: Delivery = { ...self, tokens: HashMap.remove(self.tokens, token) }
  const slot = Option.getOrUndefined(HashMap.get(deviceOf(gone, address.device).slots, address.bundleId))
  return slot?.push.token === token
    ? discard(clear(gone, address), slot.push, "unregistered", at)
    : [gone, []]
}

const partition = <A>(all: ReadonlyArray<A>, is: (a: A) => boolean) =>
  [all.filter(is), all.filter((a) => !is(a))] as const

/** One throw of the dice (mulberry32), none where the outcome is certain. */
const roll = (self: Delivery, chance: number): readonly [Delivery, boolean] => {
  if (chance <= 0) return [self, false]
  const seed = (self.seed + 0x6d2b79f5) | 0
  let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed)
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
  const fraction = ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  return [{ ...self, seed }, fraction < chance]
}
