import { Instant } from "@sightscreen/decider"
import * as Dice from "../Dice.ts"
import { count, countBroadcast, countStored, drop, type Output } from "./Fate.ts"
import {
  type Address,
  type Cargo,
  change,
  type Delivery,
  type Device,
  deviceOf,
  type Flight,
  never,
  type Slot,
  type Stepped
} from "./State.ts"

/** How cargo travels: it leaves when its device can take it, waits in a line of one until then, and lands after a while. */
/** Sends something on its way, or lets it wait. */
export const accept = (
  self: Delivery,
  address: Address,
  cargo: Cargo,
  { keep, until }: { readonly keep: boolean; readonly until: number }
): Stepped => {
  const { at } = cargo
  const { burstMillis } = self.rules
  const device = deviceOf(self, address.device)
  const burst = priorityOf(cargo) === 10 || burstMillis <= 0 ? at : Math.ceil(at / burstMillis) * burstMillis
  const busy = device.busyUntil.get(address.line) ?? at
  const slot: Slot = {
    cargo,
    keep,
    until: Instant.fromMillis(until),
    due: Instant.fromMillis(Math.max(burst, busy))
  }
  if (ready(device, slot) && slot.due <= at) {
    const { ackMillis, late, latencyMillis } = self.rules
    // What takes no time is there in the same breath.
    return latencyMillis <= 0 && ackMillis <= 0 && late.chance <= 0
      ? land(self, { ...address, slot, arrivesAt: at })
      : fly(self, { ...address, slot }, at)
  }
  // A burst is an attempt in slow motion; a device that is off is none.
  if (!device.online && !keep) return drop(self, address.device, cargo, "not-kept", at)
  const stored = !device.online ? "storedOffline" : priorityOf(cargo) === 10 ? undefined : "storedPower"
  return wait(self, address, slot, stored, at)
}

export const priorityOf = (cargo: Cargo) => Number(cargo.headers["apns-priority"] ?? "10")

/** Apple: priority 1 never wakes a device. */
export const ready = (device: Device, { cargo }: Slot) =>
  device.online && (device.awake || priorityOf(cargo) !== 1)

export const departure = (device: Device, slot: Slot): number =>
  ready(device, slot) ? Instant.later(slot.due, device.since) : Number.POSITIVE_INFINITY

/** Takes the place in its line of one, whoever was there; mostly. */
export const wait = (
  before: Delivery,
  to: Address,
  slot: Slot,
  stored: "storedPower" | "storedOffline" | undefined,
  at: Instant.Instant
): Stepped => {
  const self = stored === undefined ? before : countStored(before, slot.cargo, stored)
  const older = deviceOf(self, to.device).slots.get(to.line)
  if (older === undefined) return [put(self, to, slot), []]
  // Of a channel it is the most recent publish that is stored, without exception.
  const chance = slot.cargo._tag === "Accepted" ? self.rules.keepOlderChance : 0
  const [rolled, keepOlder] = roll(self, chance)
  return keepOlder
    ? drop(rolled, to.device, slot.cargo, "overwritten", at)
    : drop(put(rolled, to, slot), to.device, older.cargo, "overwritten", at)
}

export const put = (self: Delivery, { device, line }: Address, slot: Slot): Delivery => {
  const next = change(self, device, (it) => ({ ...it, slots: it.slots.set(line, slot) }))
  const moves = Math.min(next.moves, departure(deviceOf(next, device), slot), slot.until)
  return { ...next, moves }
}

/** What waits for a device may leave now. */
export const rouse = (self: Delivery, id: string, as: Partial<Device>): Delivery => {
  const next = change(self, id, (device) => ({ ...device, ...as }))
  return { ...next, moves: Math.min(next.moves, soonest(deviceOf(next, id))) }
}

export const fly = (self: Delivery, flight: Omit<Flight, "arrivesAt">, at: Instant.Instant): Stepped => {
  const { ackMillis, late, latencyMillis } = self.rules
  const [rolled, isLate] = roll(self, late.chance)
  const arrivesAt = Instant.fromMillis(at + latencyMillis + (isLate ? late.millis : 0))
  const next =
    ackMillis <= 0
      ? rolled
      : change(rolled, flight.device, (it) => ({
          ...it,
          busyUntil: it.busyUntil.set(flight.line, Instant.fromMillis(at + ackMillis))
        }))
  const departed = next.departures + 1
  return [
    {
      ...next,
      flights: next.flights.set(departed, { ...flight, arrivesAt }),
      departures: departed,
      lands: Math.min(next.lands, arrivesAt)
    },
    []
  ]
}

/** Lands what is due and lets go what has waited long enough, until nothing more happens at this instant. */
export const pass = (self: Delivery, at: Instant.Instant): Stepped => {
  if (at < self.lands && at < self.moves) return [self, []]
  let state = self
  const outputs: Array<Output> = []
  const say = ([next, said]: Stepped) => {
    state = next
    outputs.push(...said)
  }
  if (state.lands <= at) {
    const [due, rest] = partition(state.flights.entries(), ([, { arrivesAt }]) => arrivesAt <= at)
    const lands = rest.reduce((soonest, [, { arrivesAt }]) => Math.min(soonest, arrivesAt), never)
    state = { ...state, flights: without(state.flights, due), lands }
    const inOrder = due.sort(([m, a], [n, b]) => a.arrivesAt - b.arrivesAt || m - n)
    for (const [, flight] of inOrder) say(land(state, flight))
  }
  let released = false
  if (state.moves <= at) {
    for (const [id, device] of state.devices.entries()) {
      for (const [line, slot] of device.slots.entries()) {
        const address = { device: id, line }
        const leaves = departure(device, slot)
        if (leaves <= Math.min(at, slot.until)) {
          released = true
          say(fly(clear(state, address), { ...address, slot }, Instant.fromMillis(leaves)))
        } else if (slot.until <= at) {
          const { cargo, until } = slot
          say(drop(clear(state, address), id, cargo, "expired", Instant.later(until, cargo.at)))
        }
      }
    }
    state = { ...state, moves: movesOf(state) }
  }
  if (released) say(pass(state, at))
  return [state, outputs]
}

export const movesOf = (self: Delivery): number => {
  let next = never
  for (const device of self.devices.values()) next = Math.min(next, soonest(device))
  return next
}

export const soonest = (device: Device): number => {
  let next = never
  for (const slot of device.slots.values()) next = Math.min(next, departure(device, slot), slot.until)
  return next
}

export const clear = (self: Delivery, { device, line }: Address): Delivery =>
  change(self, device, (it) => ({ ...it, slots: it.slots.remove(line) }))

export const land = (self: Delivery, flight: Flight): Stepped => {
  const { arrivesAt, device, line, slot } = flight
  if (slot.cargo._tag === "Published") {
    return [
      countBroadcast(self, { reached: self.broadcasts.reached + 1 }),
      [{ _tag: "Reached", at: arrivesAt, device, publish: slot.cargo }]
    ]
  }
  const push = slot.cargo
  const collapseId = push.headers["apns-collapse-id"]
  const key = `${line}/${collapseId}`
  const { shown } = deviceOf(self, device)
  const replaces = collapseId === undefined ? null : (shown.get(key) ?? null)
  const next =
    collapseId === undefined
      ? self
      : change(self, device, (it) => ({ ...it, shown: it.shown.set(key, push.apnsId) }))
  return [
    count(next, { delivered: next.counts.delivered + 1 }),
    [{ _tag: "Delivered", at: arrivesAt, device, push, replaces }]
  ]
}

/** What is under way to a device that goes off comes back, to be kept or not. */
export const disconnect = (self: Delivery, id: string, at: Instant.Instant): Stepped => {
  const lost = self.flights.entries().filter(([, { device }]) => device === id)
  const slots = deviceOf(self, id)
    .slots.entries()
    .filter(([, slot]) => !slot.keep)
  let state: Delivery = {
    ...change(self, id, (it) => ({ ...it, online: false })),
    flights: without(self.flights, lost)
  }
  const outputs: Array<Output> = []
  const say = ([next, said]: Stepped) => {
    state = next
    outputs.push(...said)
  }
  for (const [line, slot] of slots) {
    say(drop(clear(state, { device: id, line }), id, slot.cargo, "not-kept", at))
  }
  for (const [, { line, slot }] of lost.sort(([m], [n]) => m - n)) {
    const waiting = deviceOf(state, id).slots.get(line)
    if (!slot.keep) say(drop(state, id, slot.cargo, "not-kept", at))
    // It is older than whatever has come to wait since.
    else if (waiting !== undefined) say(drop(state, id, slot.cargo, "overwritten", at))
    else say(wait(state, { device: id, line }, slot, "storedOffline", at))
  }
  return [state, outputs]
}

const without = (
  flights: Delivery["flights"],
  some: ReadonlyArray<readonly [number, Flight]>
): Delivery["flights"] => some.reduce((left, [number]) => left.remove(number), flights)

export const partition = <A>(all: ReadonlyArray<A>, is: (a: A) => boolean) =>
  [all.filter(is), all.filter((a) => !is(a))] as const

export const roll = (self: Delivery, chance: number): readonly [Delivery, boolean] => {
  const [seed, happens] = Dice.roll(self.seed, chance)
  return [seed === self.seed ? self : { ...self, seed }, happens]
}
