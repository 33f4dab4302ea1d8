import { Instant, PersistentMap, type Step } from "@sightscreen/decider"
import type { HashSet } from "effect"
import type { Published } from "../Channels.ts"
import type { Accepted } from "../Gate.ts"
import type { Broadcasts, Counts, Output } from "./Fate.ts"

/** What is known of devices, and what waits for them or is under way: the state of `Delivery`. */
export interface Delivery {
  readonly rules: Rules
  readonly seed: number
  readonly tokens: PersistentMap<string, { readonly device: string; readonly bundleId: string }>
  /** The devices that follow a channel, by its id. */
  readonly subscribers: PersistentMap<string, HashSet.HashSet<string>>
  readonly devices: PersistentMap<string, Device>
  /** In the order of their departure, by running number. */
  readonly flights: PersistentMap<number, Flight>
  readonly departures: number
  /** Nothing lands, and nothing that waits changes, before these instants (milliseconds; infinite for never). */
  readonly lands: number
  readonly moves: number
  readonly counts: Counts
  readonly broadcasts: Broadcasts
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

export const dayMillis = 86_400_000

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

/** At once, if it can be: what needs no burst, no delay and no chance. */
export const direct: Rules = rules({ burstMillis: 0 })

/** A bad day. */
export const rough: Rules = rules({
  ackMillis: 200,
  latencyMillis: 80,
  late: { chance: 0.1, millis: 2000 },
  keepOlderChance: 0.05
})

/** What is delivered. */
export type Cargo = Accepted | Published

/** Where cargo waits: each device has a line of one for each app, and for each channel that it follows. */
export interface Address {
  readonly device: string
  /** A bundle ID, or `channel/` and an id. */
  readonly line: string
}

export const lineOf = (channelId: string) => `channel/${channelId}`

export interface Device {
  readonly online: boolean
  readonly awake: boolean
  /** When it last came online or woke: nothing that waited for that is delivered before. */
  readonly since: Instant.Instant
  /** The apps whose notifications the person has switched off. */
  readonly disabled: ReadonlyArray<string>
  /** By line. */
  readonly slots: PersistentMap<string, Slot>
  /** Until when the last delivery from a line is unacknowledged. */
  readonly busyUntil: PersistentMap<string, Instant.Instant>
  /** What is on the screen, by app and collapse id. */
  readonly shown: PersistentMap<string, string>
}

/** Something that waits for its device. */
export interface Slot {
  readonly cargo: Cargo
  readonly until: Instant.Instant
  /** Apple: an expiration of 0 allows one attempt and no keeping. */
  readonly keep: boolean
  /** Not before. */
  readonly due: Instant.Instant
}

/** Something under way to its device. */
export interface Flight extends Address {
  readonly slot: Slot
  readonly arrivesAt: Instant.Instant
}

export const never = Number.POSITIVE_INFINITY

export const make = (some: Rules = rules(), seed = 1): Delivery => ({
  rules: some,
  seed,
  tokens: PersistentMap.empty(),
  subscribers: PersistentMap.empty(),
  devices: PersistentMap.empty(),
  flights: PersistentMap.empty(),
  departures: 0,
  lands: never,
  moves: never,
  counts: {
    received: 0,
    delivered: 0,
    storedOffline: 0,
    storedPower: 0,
    discarded: { expired: 0, unregistered: 0, disabled: 0, overwritten: 0, "not-kept": 0 }
  },
  broadcasts: {
    published: 0,
    addressed: 0,
    reached: 0,
    stored: 0,
    missed: { offline: 0, "not-kept": 0, expired: 0, overwritten: 0, unsubscribed: 0 }
  }
})

export type Stepped = Step.Step<Delivery, Output>

export const fresh: Device = {
  online: true,
  awake: true,
  since: Instant.fromMillis(0),
  disabled: [],
  slots: PersistentMap.empty(),
  busyUntil: PersistentMap.empty(),
  shown: PersistentMap.empty()
}

export const deviceOf = (self: Delivery, id: string): Device => self.devices.get(id) ?? fresh

export const change = (self: Delivery, id: string, to: (device: Device) => Device): Delivery => ({
  ...self,
  devices: self.devices.set(id, to(deviceOf(self, id)))
})
