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
  /** `subject` is the match that it is about, or what else was asked for. */
  readonly decides: (
    kind: Lie.Name,
    at: Instant.Instant,
    subject: string,
    ...names: ReadonlyArray<Chance.Name>
  ) => boolean
  /** A whole number from `least` to `most` that goes with a decision: how long, by how much. */
  readonly between: (
    kind: Lie.Name,
    least: number,
    most: number,
    subject: string,
    ...names: ReadonlyArray<Chance.Name>
  ) => number
}

export const make = ({ faults, healAt, seed }: Plan): Lots => {
  const byKind = new Map<Lie.Name, Array<Fault>>()
  for (const fault of faults) {
    const known = byKind.get(fault.kind)
    if (known === undefined) byKind.set(fault.kind, [fault])
    else known.push(fault)
  }
  const befalls = heads(seed, "befalls")
  const measures = heads(seed, "between")
  return {
    healAt,
    has: (kind) => byKind.has(kind),
    decides: (kind, at, subject, ...names) => {
      const all = byKind.get(kind)
      if (all === undefined || at >= healAt) return false
      let rate = 0
      for (const one of all) if (at >= one.from && at < one.until) rate = Math.max(rate, one.rate)
      return rate > 0 && befalls(kind, subject).unitOf(...names) < rate
    },
    between: (kind, least, most, subject, ...names) =>
      least + Math.floor(measures(kind, subject).unitOf(...names) * (most - least + 1))
  }
}

/** Lots whose names begin alike are cast by the thousand. */
const heads = (seed: number, use: string) => {
  const known = new Map<Lie.Name, Map<string, Chance.Lots>>()
  return (kind: Lie.Name, subject: string): Chance.Lots => {
    let bySubject = known.get(kind)
    if (bySubject === undefined) known.set(kind, (bySubject = new Map()))
    let lots = bySubject.get(subject)
    if (lots === undefined) bySubject.set(subject, (lots = Chance.lots(seed, kind, use, subject)))
    return lots
  }
}

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
