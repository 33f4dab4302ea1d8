import { tail } from "../journal/Line.ts"
import type { Check } from "./Check.ts"

interface Told {
  stamp: number
  /** Alerts that it has had. */
  readonly alerts: Set<string>
  ended: boolean
}

/**
 * What Apple took for one address, in its order. State may be told again with the stamp that it had: a phone that has had it
 * ignores it. An alert may not come with a stamp that was there before, for it would be ignored as well.
 */
export const StampsRise: Check<Map<string, Told>> = {
  name: "stamps-rise",
  claim: "the stamps of an activity's pushes rise, and nothing but the end again follows an end",
  hears: ["Attempted"],
  begin: () => new Map(),
  step: (told, entry) => {
    if (entry._tag !== "Attempted" || !entry.taken || entry.stamp === null) return null
    const isEnd = entry.event === "end"
    if (!isEnd && entry.event !== "update") return null
    const last = told.get(entry.address)
    if (last === undefined) {
      const alerts = new Set(entry.alert === null ? [] : [entry.pushId])
      told.set(entry.address, { stamp: entry.stamp, alerts, ended: isEnd })
      return null
    }
    const { alerts, ended, stamp } = last
    const isUnheard = entry.alert !== null && !alerts.has(entry.pushId)
    if (entry.alert !== null) alerts.add(entry.pushId)
    last.stamp = Math.max(stamp, entry.stamp)
    last.ended = ended || isEnd
    if (ended && !isEnd)
      return `an ${entry.event} of ${entry.stamp} follows an end for ${tail(entry.address)}`
    if (isUnheard && entry.stamp === stamp)
      return `an alert of ${stamp} follows state of ${stamp} for ${tail(entry.address)}`
    if (entry.stamp < stamp) return `${entry.stamp} follows ${stamp} for ${tail(entry.address)}`
    return null
  }
}
