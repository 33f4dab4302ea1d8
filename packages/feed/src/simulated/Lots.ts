import { Chance, type Instant } from "@sightscreen/decider"
import * as Lie from "./Lie.ts"

/** One kind of trouble: how often, and from when until when. */
export interface Fault {
  readonly kind: Lie.Name
  /** The probability of each decision: 0 never, 1 always. */
  readonly rate: number
  readonly from: Instant.Instant
  /** It is over when the feed is healed, whatever stands here. */
  readonly until: Instant.Instant
}

/** What a feed is to do wrong, as data. */
export interface Plan {
  readonly seed: number
  readonly faults: ReadonlyArray<Fault>
  /** From then on the feed tells the truth, and answers at once. */
  readonly healAt: Instant.Instant
}

/**
 * Who decides what goes wrong. A decision follows from the kind and the names of what it is about, and from nothing that
 * was decided before: what is left of a plan decides as it did.
 */
export interface Lots {
  readonly healAt: Instant.Instant
  readonly has: (kind: Lie.Name) => boolean
  readonly decides: (kind: Lie.Name, at: Instant.Instant, ...names: ReadonlyArray<Chance.Name>) => boolean
  /** A whole number from `least` to `most` that goes with a decision: how long, by how much. */
  readonly between: (
    kind: Lie.Name,
    least: number,
    most: number,
    ...names: ReadonlyArray<Chance.Name>
  ) => number
}

export const make = ({ faults, healAt, seed }: Plan): Lots => {
  const byKind = new Map<Lie.Name, Array<Fault>>()
  const lots = new Map<Lie.Name, Chance.Lots>()
  for (const fault of faults) {
    const known = byKind.get(fault.kind)
    if (known === undefined) {
      byKind.set(fault.kind, [fault])
      lots.set(fault.kind, Chance.lots(seed, fault.kind))
    } else known.push(fault)
  }
  return {
    healAt,
    has: (kind) => byKind.has(kind),
    decides: (kind, at, ...names) => {
      if (at >= healAt) return false
      let rate = 0
      for (const one of byKind.get(kind) ?? none)
        if (at >= one.from && at < one.until) rate = Math.max(rate, one.rate)
      return rate > 0 && lots.get(kind)!.unitOf("befalls", ...names) < rate
    },
    between: (kind, least, most, ...names) =>
      least + Math.floor((lots.get(kind)?.unitOf("between", ...names) ?? 0) * (most - least + 1))
  }
}

const none: ReadonlyArray<Fault> = []

/** Every kind, at the rate at which it was seen or is guessed, until the feed heals. */
export const asSeen = (seed: number, from: Instant.Instant, healAt: Instant.Instant): Plan => ({
  seed,
  healAt,
  faults: Lie.names.map((kind) => ({ kind, rate: Lie.of(kind).rate, from, until: healAt }))
})

/** Some kinds, drawn from the seed, at rates that no feed would get away with. */
export const storm = (seed: number, from: Instant.Instant, healAt: Instant.Instant): Plan => ({
  seed,
  healAt,
  faults: Lie.names.flatMap((kind) => {
    const dice = Chance.dice(Chance.of(seed, "storm", kind))
    if (!dice.happens(0.5)) return []
    const [least, most] = Lie.of(kind).rates
    return [{ kind, rate: least + (most - least) * dice.unit(), from, until: healAt }]
  })
})
