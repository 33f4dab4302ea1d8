import type { Fault } from "./faults/Fault.ts"
import type { Scenario } from "./Scenario.ts"

/**
 * Cuts a scenario that fails down to a small one that still fails.
 *
 * Nothing in a scenario leans on the rest of it, so parts are simply taken away, large ones first, as long as it goes on
 * failing: faults, phones, what people do, the last balls of the match, and in the end the time in which a fault is on.
 */
export interface Options {
  /** Whether a scenario still fails in the way that is looked for. */
  readonly fails: (scenario: Scenario) => boolean
  /** How many scenarios may be tried. */
  readonly most: number
  /** Asked before each try: enough time was spent. Always `false` where absent. */
  readonly isEnough?: () => boolean
  /** Balls of the match when it is whole: what is cut is counted from there. */
  readonly deliveries: number
  /** Told of each scenario that failed and is smaller than all before. */
  readonly onSmaller?: (scenario: Scenario, tried: number) => void
}

export interface Shrunk {
  readonly scenario: Scenario
  /** How many scenarios were tried. */
  readonly tried: number
  /** Whether nothing was left to try; false where that was enough first. */
  readonly done: boolean
}

/** What a reader has to keep in mind: the smaller, the better. */
export const size = ({ faults, happenings, match, phones }: Scenario): number =>
  faults.length + phones.length + happenings.length + (match.deliveries ?? 0)

export const shrink = (
  from: Scenario,
  { deliveries, fails, isEnough = () => false, most, onSmaller }: Options
): Shrunk => {
  let scenario = from
  let tried = 0
  let cut = false
  /** Takes a smaller scenario if it fails too. */
  const accept = (candidate: Scenario): boolean => {
    if (cut || tried >= most || isEnough()) {
      cut = true
      return false
    }
    tried++
    if (!fails(candidate)) return false
    scenario = candidate
    onSmaller?.(scenario, tried)
    return true
  }
  for (let before: Scenario | null = null; before !== scenario;) {
    before = scenario
    if (scenario.shuffle) accept({ ...scenario, shuffle: false })
    fewer(scenario.faults, (faults) => accept({ ...scenario, faults }))
    fewer(scenario.phones, (phones) => accept(withPhones(scenario, phones)))
    fewer(scenario.happenings, (happenings) => accept({ ...scenario, happenings }))
    shorter(scenario.match.deliveries ?? deliveries, (balls) =>
      accept({ ...scenario, match: { ...scenario.match, deliveries: balls } })
    )
    for (let nth = 0; nth < scenario.faults.length; nth++) {
      narrower(scenario.faults[nth]!, (fault) =>
        accept({ ...scenario, faults: scenario.faults.with(nth, fault) })
      )
    }
  }
  return { scenario, tried, done: !cut }
}

/** Tries to do without large parts of a list, then without smaller ones, down to single members. */
const fewer = <A>(all: ReadonlyArray<A>, accept: (some: ReadonlyArray<A>) => boolean): void => {
  let kept = all
  for (let part = kept.length; part >= 1; part = Math.floor(part / 2)) {
    for (let start = 0; start < kept.length;) {
      const some = [...kept.slice(0, start), ...kept.slice(start + part)]
      if (accept(some)) kept = some
      else start += part
    }
  }
}

/** Tries ever longer beginnings of the match until one fails, each by half of what is left to the whole. */
const shorter = (whole: number, accept: (balls: number) => boolean): void => {
  for (let balls = 0; balls < whole; balls += Math.max(1, Math.ceil((whole - balls) / 2))) {
    if (accept(balls)) return
  }
}

/** Halves the time in which a fault is on, from either side, while it goes on failing. */
const narrower = (fault: Fault, accept: (fault: Fault) => boolean): void => {
  let { from, until } = fault
  const least = 1000
  while (until - from > least) {
    const middle = from + Math.floor((until - from) / 2)
    if (accept({ ...fault, from, until: middle })) until = middle
    else if (accept({ ...fault, from: middle, until })) from = middle
    else return
  }
}

/** Nobody who is gone does anything, and nothing is meant for them. */
const withPhones = (scenario: Scenario, phones: Scenario["phones"]): Scenario => {
  const left = new Set(phones.map(({ number }) => number))
  return {
    ...scenario,
    phones,
    happenings: scenario.happenings.filter(({ phone }) => left.has(phone)),
    faults: scenario.faults.map((fault) =>
      fault.phones === undefined ? fault : { ...fault, phones: fault.phones.filter((one) => left.has(one)) }
    )
  }
}
