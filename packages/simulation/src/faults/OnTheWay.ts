import type { Faults } from "./Fault.ts"
import { straight, type Trip } from "../Between.ts"

/**
 * What goes wrong on the way from Apple to a phone, and from a phone to the server. Both gears ask here.
 */

const second = 1000
const liesAboutFor = 300 * second

/**
 * How many milliseconds each copy of a delivery takes on top; empty for one that is lost. What befalls is counted.
 *
 * A start does not come twice: it would start twice, and nobody has seen that. `nth` is which attempt at the push it is.
 */
export const travel = (
  faults: Faults,
  it: {
    readonly at: number
    readonly pushId: string
    readonly phone: number
    readonly nth: number
    readonly isStart: boolean
  }
): ReadonlyArray<number> => {
  if (!mayErr(faults)) return atOnce
  const { at, isStart, nth, phone, pushId } = it
  if (faults.befalls("delivery.lost", at, phone, pushId, phone, nth)) return lost
  const millis = faults.befalls("delivery.late", at, phone, pushId, phone, nth)
    ? faults.between("delivery.late", second, 30 * second, pushId, phone, nth)
    : 0
  if (!isStart && faults.befalls("delivery.twice", at, phone, pushId, phone, nth))
    return [millis, millis + faults.between("delivery.twice", 0, 20 * second, pushId, phone, nth)]
  return millis === 0 ? atOnce : [millis]
}

const mayErr = ({ has }: Faults): boolean =>
  has("delivery.lost") || has("delivery.late") || has("delivery.twice")

const lost: ReadonlyArray<number> = []
const atOnce: ReadonlyArray<number> = [0]

/**
 * How an attempt at a report goes. What befalls is counted; what cannot be overtaken (`mayWait`) is not. A second copy comes
 * with the first; of an update token (`mayLieAbout`) it may also lie about for minutes, until the phone has another.
 */
export const trip = (
  faults: Faults,
  it: {
    readonly at: number
    readonly phone: number
    readonly report: string
    readonly attempt: number
    readonly mayWait: boolean
    readonly mayLieAbout: boolean
  }
): Trip => {
  const { at, attempt, mayLieAbout, mayWait, phone, report } = it
  const befalls = (
    kind:
      | "network.delay"
      | "network.duplicateReport"
      | "network.loss"
      | "network.lostAnswer"
      | "network.reorder"
  ) => faults.befalls(kind, at, phone, report, attempt)
  const aside = attempt === 1 && mayWait && befalls("network.reorder")
  const delayMillis =
    (aside ? faults.between("network.reorder", second, 20 * second, report) : 0) +
    (befalls("network.delay") ? faults.between("network.delay", second, 120 * second, report, attempt) : 0)
  const lost = befalls("network.loss") ? "there" : befalls("network.lostAnswer") ? "back" : null
  const isTwice = lost !== "there" && befalls("network.duplicateReport")
  const latest = mayLieAbout ? liesAboutFor : 0
  const twice = isTwice ? faults.between("network.duplicateReport", 0, latest, report, attempt) : null
  return delayMillis === 0 && lost === null && twice === null && !aside
    ? straight
    : { delayMillis, lost, twice, aside }
}
