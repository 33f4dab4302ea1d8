import type { Scenario } from "../Scenario.ts"
import type { Deed } from "../scenario/Happening.ts"
import type { Phone } from "../scenario/Phone.ts"
import { type Faults } from "./Fault.ts"
import * as Kind from "./Kind.ts"

/**
 * What of a scenario can be known before it is run: which phones are odd, who does what and when, and when there are outages,
 * pauses and wrong clocks. Both gears carry out the same plan.
 *
 * Each phone, and the server, meets each kind of trouble in each ten minutes by a lot of its own, so that a plan with fewer
 * phones or faults is the rest of the plan with all.
 */
export interface Plan {
  /** As the faults have made them. */
  readonly phones: ReadonlyArray<Phone>
  /** In the order of time. */
  readonly acts: ReadonlyArray<Act>
  readonly windows: (kind: Windowed) => ReadonlyArray<Window>
}

export interface Act {
  /** Milliseconds from the beginning of the world. */
  readonly at: number
  readonly phone: number
  readonly does: Deed
  /** The fault that makes it happen, to be counted then; null for what people do anyway and for what puts an end to a fault. */
  readonly because: Kind.Name | null
}

/** From one millisecond of the world to another, the last not included. */
export interface Window {
  readonly from: number
  readonly until: number
  /** For clocks: by how many milliseconds they are wrong, below zero behind. 0 else. */
  readonly by: number
}

const second = 1000
const minute = 60 * second

/** How long each of these lasts at least and at most. */
const windowed = {
  "apple.outage": [5 * second, 5 * minute],
  "apple.channelLost": [0, 0],
  "process.pause": [5 * second, 2 * minute],
  "process.twoOwners": [minute, 8 * minute],
  "clock.forward": [minute, 15 * minute],
  "clock.backward": [minute, 15 * minute]
} as const satisfies Partial<Readonly<Record<Kind.Name, readonly [number, number]>>>

export type Windowed = keyof typeof windowed

/** What is done to a phone, and what puts an end to it after some milliseconds. */
interface Course {
  readonly does: Deed
  readonly later?: { readonly does: Deed; readonly least: number; readonly most: number }
}

const courses: Partial<Readonly<Record<Kind.Name, Course>>> = {
  "phone.offline": {
    does: "goes offline",
    later: { does: "comes back", least: 5 * second, most: 30 * minute }
  },
  "phone.forceQuit": { does: "force-quits", later: { does: "launches", least: minute, most: 60 * minute } },
  "phone.reinstalled": {
    does: "reinstalls",
    later: { does: "signs in", least: 5 * second, most: 5 * minute }
  },
  "phone.restored": { does: "restores", later: { does: "launches", least: 5 * second, most: 10 * minute } },
  "phone.dismissed": { does: "swipes" },
  "phone.signedOut": {
    does: "signs out",
    later: { does: "signs in", least: 10 * second, most: 20 * minute }
  },
  "phone.notificationsOff": {
    does: "switches notifications off",
    later: { does: "switches notifications on", least: minute, most: 60 * minute }
  },
  "phone.frequentUpdatesOff": {
    does: "switches frequent updates off",
    later: { does: "switches frequent updates on", least: minute, most: 60 * minute }
  },
  "phone.lowPower": {
    does: "saves power",
    later: { does: "stops saving power", least: minute, most: 60 * minute }
  },
  "phone.tokenRotated": { does: "is given another update token" },
  "phone.startTokenChanged": { does: "is given another start token" },
  "phone.tokenSilentlyChanged": { does: "is given another start token unnoticed" }
}

/** What a phone is for as long as the world lasts. */
const oddities: Partial<Readonly<Record<Kind.Name, (faults: Faults, phone: number) => Partial<Phone>>>> = {
  "phone.startSwallowed": () => ({ startToken: "swallowed" }),
  "phone.startTokenNever": () => ({ startToken: "never" }),
  "phone.updateTokenLate": (faults, phone) => ({
    tokenAfter: faults.between("phone.updateTokenLate", 10 * second, 10 * minute, phone)
  }),
  "phone.updateTokenNever": () => ({ tokenAfter: null }),
  "phone.noRoom": () => ({ most: 0 }),
  "phone.clockWrong": (faults, phone) => ({
    clockAheadMillis: faults.between("phone.clockWrong", -10 * minute, 10 * minute, phone)
  }),
  "phone.hardlyWoken": () => ({ wakesAnHour: 0 })
}

const slotsBefore = (millis: number): number => Math.ceil(millis / Kind.slotMillis)

export const make = (scenario: Scenario, faults: Faults): Plan => {
  const { happenings, healAt } = scenario
  const acts: Array<Act> = happenings.map((one) => ({ ...one, because: null }))
  const someCourses = Object.entries(courses).filter(([kind]) => faults.has(kind as Kind.Name))
  const someOddities = Object.entries(oddities).filter(([kind]) => faults.has(kind as Kind.Name))
  const phones = scenario.phones.map((phone): Phone => {
    let odd = phone
    for (const [name, oddity] of someOddities) {
      const kind = name as Kind.Name
      if (!faults.decides(kind, 0, phone.number, phone.number)) continue
      faults.count(kind)
      odd = { ...odd, ...oddity(faults, phone.number) }
    }
    for (const [name, course] of someCourses)
      plan(acts, faults, name as Kind.Name, course, phone.number, healAt)
    return odd
  })
  const windows = new Map<Windowed, ReadonlyArray<Window>>()
  return {
    phones,
    acts: acts.sort(inTime),
    windows: (kind) => {
      const known = windows.get(kind)
      if (known !== undefined) return known
      const found = windowsOf(faults, kind, healAt)
      windows.set(kind, found)
      return found
    }
  }
}

const plan = (
  acts: Array<Act>,
  faults: Faults,
  kind: Kind.Name,
  { does, later }: Course,
  phone: number,
  healAt: number
): void => {
  for (let slot = 0; slot < slotsBefore(healAt); slot++) {
    const at = slot * Kind.slotMillis + faults.between(kind, 0, Kind.slotMillis - 1, phone, slot, "at")
    if (!faults.decides(kind, at, phone, phone, slot)) continue
    acts.push({ at, phone, does, because: kind })
    if (later === undefined) continue
    const until = at + faults.between(kind, later.least, later.most, phone, slot, "for")
    acts.push({ at: Math.min(until, Math.max(healAt, at + 1)), phone, does: later.does, because: null })
  }
}

const windowsOf = (faults: Faults, kind: Windowed, healAt: number): ReadonlyArray<Window> => {
  if (!faults.has(kind)) return []
  const [least, most] = windowed[kind]
  const found: Array<Window> = []
  for (let slot = 0; slot < slotsBefore(healAt); slot++) {
    const from = slot * Kind.slotMillis + faults.between(kind, 0, Kind.slotMillis - 1, slot, "at")
    if (!faults.decides(kind, from, null, slot)) continue
    const until = Math.min(healAt, from + faults.between(kind, least, most, slot, "for"))
    const by = kind.startsWith("clock.") ? faults.between(kind, second, 10 * minute, slot, "by") : 0
    found.push({ from, until, by: kind === "clock.backward" ? -by : by })
  }
  return found
}

/** By how many milliseconds the server's clock may be wrong at most, in either direction, and between two readings of it. */
export const clockErrorMillis = (faults: Faults, healAt: number): number =>
  (["clock.forward", "clock.backward"] as const).reduce(
    (sum, kind) =>
      sum + windowsOf(faults, kind, healAt).reduce((most, { by }) => Math.max(most, Math.abs(by)), 0),
    0
  )

const inTime = (one: Act, other: Act): number => one.at - other.at || one.phone - other.phone
