import { Duration } from "effect"
import type { Check, Terms } from "./Check.ts"
import * as Dead from "./Dead.ts"

interface State {
  readonly terms: Terms
  /** Ends that Apple took, by push; what was lost on the way, by push and phone; and phones that an end did not come to. */
  readonly ends: Set<string>
  readonly lost: Map<string, Array<string>>
  readonly bereft: Set<string>
  readonly dead: Dead.Dead
  /** Tokens and channels to which Apple called the last end wrong, which was not: the same is not said again. */
  readonly spoilt: Set<string>
  /** When an app was last asked, in silence, to end what it shows. */
  readonly recalled: Map<string, number>
  /** When the match was last said to be over. */
  overAt: number
  /** Of bulletins, from the newest one that has had its time. */
  readonly stamps: Array<{ readonly at: number; readonly stamp: number }>
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
  hears: ["BulletinIssued", "Attempted", "Discarded", "Missed", "FaultBefell"],
  begin: (terms) => ({
    terms,
    ends: new Set(),
    lost: new Map(),
    bereft: new Set(),
    dead: Dead.none(),
    spoilt: new Set(),
    recalled: new Map(),
    overAt: Infinity,
    stamps: []
  }),
  step: (state, entry) => {
    const { bereft, dead, ends, lost, recalled, spoilt, stamps } = state
    switch (entry._tag) {
      case "Attempted":
        Dead.hear(dead, entry)
        if (entry.event === "background" && entry.deviceId !== null && Dead.wasAsked(entry))
          recalled.set(entry.deviceId, entry.at)
        if (entry.event !== "end") return null
        if (entry.heard === 413 || (entry.heard === 400 && !Dead.isOfTheAddress(entry)))
          spoilt.add(entry.address)
        if (!entry.taken) return null
        spoilt.delete(entry.address)
        ends.add(entry.pushId)
        for (const deviceId of lost.get(entry.pushId) ?? []) bereft.add(deviceId)
        return null
      case "Discarded":
      case "Missed": {
        // What is lost at once is lost before whoever sent it has heard that it was taken.
        const deviceId = entry.deviceId ?? ""
        if (ends.has(entry.pushId)) bereft.add(deviceId)
        else lost.set(entry.pushId, [...(lost.get(entry.pushId) ?? []), deviceId])
        return null
      }
      case "FaultBefell":
        if (entry.kind === "apple.channelLost") Dead.add(dead, entry.what)
        return null
      case "BulletinIssued":
        if (entry.ends !== null) state.overAt = entry.at
        stamps.push({ at: entry.at, stamp: entry.stamp })
        // What came before the last that has had its time is of no interest any more.
        if (stamps.length > 1 && stamps[1]!.at <= entry.at - patienceMillis) stamps.shift()
        return null
      default:
        return null
    }
  },
  look: ({ bereft, dead, overAt, recalled, spoilt, stamps, terms }, view) => {
    if (view.when === "settled") {
      // What was said before may have been lost for good, and in a break nothing more is said for long.
      const due = stamps.findLast(({ at }) => at >= terms.healAt && at <= view.at - patienceMillis)
      if (due === undefined) return []
      return view.phones.flatMap(({ activities, deviceId, fate, online }) => {
        const newest = activities.findLast(({ live }) => live)
        return fate === null && newest !== undefined && newest.told && online && newest.stamp < due.stamp
          ? [`${deviceId} shows ${newest.stamp}, and ${due.stamp} was due`]
          : []
      })
    }
    return view.phones.flatMap(({ activities, deviceId, fate, forceQuit, online, userId }) => {
      const found: Array<string> = []
      if (fate !== null && (fate._tag === "Wrong" || fate._tag === "Waiting"))
        found.push(`${deviceId} shows ${fate._tag === "Wrong" ? fate.shows : "what is still to come right"}`)
      // Where no push goes to what it shows, the most that can be done is to ask its app, or to show another.
      const asked = recalled.get(deviceId)
      const isAsked = asked !== undefined && (asked >= overAt || userId === null)
      const isReplaced = fate?._tag === "Right"
      const stays = activities.some(
        ({ address, live, told }) =>
          live && told && !spoilt.has(address) && !(Dead.has(dead, address) && (isAsked || isReplaced))
      )
      if (stays && online && !forceQuit && !bereft.has(deviceId) && fate?._tag !== "Wrong")
        found.push(`${deviceId} still has a live activity`)
      return found
    })
  }
}
