import { Duration } from "effect"
import type { Check, Terms } from "./Check.ts"

interface State {
  readonly terms: Terms
  /** The stamp of the newest bulletin that has had its time. */
  /** Ends that Apple took, by push, and phones that one of them did not come to. */
  readonly ends: Set<string>
  readonly bereft: Set<string>
  /** Tokens that Apple has called dead: nobody can end what they were of. */
  readonly dead: Set<string>
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
  hears: ["BulletinIssued", "Attempted", "Discarded", "Missed"],
  begin: (terms) => ({ terms, ends: new Set(), bereft: new Set(), dead: new Set(), stamps: [] }),
  step: ({ bereft, dead, ends, stamps }, entry) => {
    if (entry._tag === "Attempted" && entry.event === "end" && entry.taken) ends.add(entry.pushId)
    if (entry._tag === "Attempted" && entry.heard === 410) dead.add(entry.address)
    if ((entry._tag === "Discarded" || entry._tag === "Missed") && ends.has(entry.pushId))
      bereft.add(entry.deviceId ?? "")
    if (entry._tag !== "BulletinIssued") return null
    stamps.push({ at: entry.at, stamp: entry.stamp })
    // What came before the last that has had its time is of no interest any more.
    if (stamps.length > 1 && stamps[1]!.at <= entry.at - patienceMillis) stamps.shift()
    return null
  },
  look: ({ bereft, dead, stamps, terms }, view) => {
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
    return view.phones.flatMap(({ activities, deviceId, fate, forceQuit, online }) => {
      const found: Array<string> = []
      if (fate !== null && (fate._tag === "Wrong" || fate._tag === "Waiting"))
        found.push(`${deviceId} shows ${fate._tag === "Wrong" ? fate.shows : "what is still to come right"}`)
      const stays = activities.some(({ address, live, told }) => live && told && !dead.has(address))
      if (stays && online && !forceQuit && !bereft.has(deviceId) && fate?._tag !== "Wrong")
        found.push(`${deviceId} still has a live activity`)
      return found
    })
  }
}
