import { Chance } from "@sightscreen/decider"
import { Schema } from "effect"
import * as Kind from "./Kind.ts"

/**
 * One kind of trouble in one scenario: how often, from when until when, and for whom.
 *
 * Whether it befalls something is a lot that follows from the scenario's seed, the kind and the name of what it is decided
 * about, and from nothing else: a scenario from which phones, faults or balls were taken decides the rest as before.
 */
export const Fault = Schema.Struct({
  kind: Schema.Literals(Kind.names),
  /** The probability of each decision: 0 never, 1 always. */
  rate: Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1 })),
  /** Milliseconds from the beginning of the world. It is over when the world heals, whatever stands here. */
  from: Schema.Int,
  until: Schema.Int,
  /** The numbers of the phones that it may befall; all where absent. */
  phones: Schema.optionalKey(Schema.Array(Schema.Int))
})
export type Fault = typeof Fault.Type

/**
 * What is on, asked for often: decides what befalls and counts it.
 *
 * One for each run. `at` is in milliseconds from the beginning of the world, `phone` the number of the phone that it is
 * about, where it is about one. The names after that are what `Kind.per` says; they must not differ by gear, by what was
 * decided before, or by what else is in the scenario.
 */
export interface Faults {
  /** Whether any fault of the kind is in the scenario: nothing else need be worked out where none is. */
  readonly has: (kind: Kind.Name) => boolean
  /** Casts the lot, and counts nothing: for plans, which are carried out later or never. */
  readonly decides: (
    kind: Kind.Name,
    at: number,
    phone: number | null,
    ...names: ReadonlyArray<Chance.Name>
  ) => boolean
  /** Casts the lot. What comes up is counted: ask only where the fault is then carried out. */
  readonly befalls: (
    kind: Kind.Name,
    at: number,
    phone: number | null,
    ...names: ReadonlyArray<Chance.Name>
  ) => boolean
  /** A whole number from `least` to `most` that goes with a decision: how long, by how much. */
  readonly between: (
    kind: Kind.Name,
    least: number,
    most: number,
    ...names: ReadonlyArray<Chance.Name>
  ) => number
  /** Counts one that was decided elsewhere (in a plan) and has now happened. */
  readonly count: (kind: Kind.Name) => void
  /** How often each kind of the scenario has happened; 0 for those that have not. */
  readonly counts: () => Readonly<Record<string, number>>
}

export const make = (seed: number, faults: ReadonlyArray<Fault>, healAt: number): Faults => {
  const byKind = new Map<Kind.Name, Array<Fault>>()
  const lots = new Map<Kind.Name, Chance.Lots>()
  const counts = new Map<Kind.Name, number>()
  for (const fault of faults) {
    const known = byKind.get(fault.kind)
    if (known === undefined) byKind.set(fault.kind, [fault])
    else known.push(fault)
    counts.set(fault.kind, 0)
  }
  const lotsOf = (kind: Kind.Name): Chance.Lots => {
    let found = lots.get(kind)
    if (found === undefined) {
      found = Chance.lots(seed, "fault", kind)
      lots.set(kind, found)
    }
    return found
  }
  const count = (kind: Kind.Name) => void counts.set(kind, (counts.get(kind) ?? 0) + 1)
  const decides: Faults["decides"] = (kind, at, phone, ...names) => {
    const all = byKind.get(kind)
    if (all === undefined || at >= healAt) return false
    let rate = 0
    for (const one of all) {
      if (at < one.from || at >= one.until) continue
      if (one.phones !== undefined && (phone === null || !one.phones.includes(phone))) continue
      rate = Math.max(rate, one.rate)
    }
    return rate > 0 && lotsOf(kind).unitOf("befalls", ...names) < rate
  }
  return {
    has: (kind) => byKind.has(kind),
    decides,
    befalls: (kind, at, phone, ...names) => {
      if (!decides(kind, at, phone, ...names)) return false
      count(kind)
      return true
    },
    between: (kind, least, most, ...names) =>
      least + Math.floor(lotsOf(kind).unitOf("between", ...names) * (most - least + 1)),
    count,
    counts: () => Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)))
  }
}
