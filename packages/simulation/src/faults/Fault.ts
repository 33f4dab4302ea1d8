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
  const known = new Map<Kind.Name, Known>()
  for (const fault of faults) {
    const { kind } = fault
    const before = known.get(kind)
    if (before !== undefined) before.all.push(fault)
    else
      known.set(kind, {
        all: [fault],
        befalls: Chance.lots(seed, "fault", kind, "befalls"),
        between: Chance.lots(seed, "fault", kind, "between"),
        count: 0
      })
  }
  const decide = (
    one: Known | undefined,
    at: number,
    phone: number | null,
    names: ReadonlyArray<Chance.Name>
  ): boolean => {
    if (one === undefined || at >= healAt) return false
    const rate = rateOf(one.all, at, phone)
    return rate > 0 && one.befalls.unitOf(...names) < rate
  }
  return {
    has: (kind) => known.has(kind),
    decides: (kind, at, phone, ...names) => decide(known.get(kind), at, phone, names),
    befalls: (kind, at, phone, ...names) => {
      const one = known.get(kind)
      if (one === undefined || !decide(one, at, phone, names)) return false
      one.count++
      return true
    },
    between: (kind, least, most, ...names) => {
      const lots = known.get(kind)?.between ?? Chance.lots(seed, "fault", kind, "between")
      return least + Math.floor(lots.unitOf(...names) * (most - least + 1))
    },
    count: (kind) => {
      const one = known.get(kind)
      if (one !== undefined) one.count++
    },
    counts: () =>
      Object.fromEntries(
        [...known].map(([kind, { count }]) => [kind, count] as const).sort(([a], [b]) => (a < b ? -1 : 1))
      )
  }
}

/** A kind of the scenario: its faults, its lots, and how often it has befallen. */
interface Known {
  readonly all: Array<Fault>
  readonly befalls: Chance.Lots
  readonly between: Chance.Lots
  count: number
}

/** The highest of those that are on. */
const rateOf = (all: ReadonlyArray<Fault>, at: number, phone: number | null): number => {
  let rate = 0
  for (const one of all) {
    if (at < one.from || at >= one.until || one.rate <= rate) continue
    if (one.phones !== undefined && (phone === null || !one.phones.includes(phone))) continue
    rate = one.rate
  }
  return rate
}
