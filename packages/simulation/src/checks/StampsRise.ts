import { tail } from "../journal/Line.ts"
import type { Check } from "./Check.ts"

interface Told {
  stamp: number
  pushId: string
  ended: boolean
}

/**
 * What Apple took for one address, in its order. A repeat of the last push has the stamp that it had; a phone that has had
 * it ignores it.
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
      told.set(entry.address, { stamp: entry.stamp, pushId: entry.pushId, ended: isEnd })
      return null
    }
    const { ended, stamp } = last
    last.stamp = Math.max(stamp, entry.stamp)
    last.pushId = entry.pushId
    last.ended = ended || isEnd
    if (ended && !isEnd)
      return `an ${entry.event} of ${entry.stamp} follows an end for ${tail(entry.address)}`
    if (entry.stamp < stamp) return `${entry.stamp} follows ${stamp} for ${tail(entry.address)}`
    return null
  }
}
