import { Duration } from "effect"
import type { Check, Terms } from "./Check.ts"

interface State {
  readonly terms: Terms
  /** The stamp of the newest bulletin that has had its time. */
  stamps: Array<{ readonly at: number; readonly stamp: number }>
}

/** A bulletin has so long to come to everybody's screen. */
const patienceMillis = Duration.toMillis(Duration.seconds(60))

/**
 * Once nothing goes wrong any more, everything comes right: while the match goes on, everybody who can be reached shows what
 * is so; when it is over, everybody has the final score, or there is a reason why not.
 */
export const Converges: Check<State> = {
  name: "converges",
  claim: "once healed, every phone that can be reached shows the newest state, and in the end the final one",
  hears: ["BulletinIssued"],
  begin: (terms) => ({ terms, stamps: [] }),
  step: ({ stamps }, entry) => {
    if (entry._tag !== "BulletinIssued") return null
    stamps.push({ at: entry.at, stamp: entry.stamp })
    // What came before the last that has had its time is of no interest any more.
    if (stamps.length > 1 && stamps[1]!.at <= entry.at - patienceMillis) stamps.shift()
    return null
  },
  look: ({ stamps, terms }, view) => {
    if (view.when === "settled") {
      // What was said before may have been lost for good, and in a break nothing more is said for long.
      const due = stamps.findLast(({ at }) => at >= terms.healAt && at <= view.at - patienceMillis)
      if (due === undefined) return []
      return view.phones.flatMap(({ activities, deviceId, fate, online }) => {
        const newest = activities.at(-1)
        return fate === null &&
          newest !== undefined &&
          newest.live &&
          newest.told &&
          online &&
          newest.stamp < due.stamp
          ? [`${deviceId} shows ${newest.stamp}, and ${due.stamp} was due`]
          : []
      })
    }
    return view.phones.flatMap(({ activities, deviceId, fate, online }) => {
      const found: Array<string> = []
      if (fate !== null && (fate._tag === "Wrong" || fate._tag === "Waiting"))
        found.push(`${deviceId} shows ${fate._tag === "Wrong" ? fate.shows : "what is still to come right"}`)
      if (fate?._tag === "Right" && online && activities.some(({ live }) => live))
        found.push(`${deviceId} still has a live activity`)
      return found
    })
  }
}
