import { tail } from "../journal/Line.ts"
import type { Check } from "./Check.ts"

interface State {
  /** What Apple has said of each token that speaks against it. */
  readonly gone: Set<string>
  readonly refused: Map<string, number>
}

/** What its owner or another token says of it. */
const ours: ReadonlySet<string> = new Set([
  "signed out",
  "disowned",
  "replaced",
  "moved",
  "not seen for 90 days",
  "rotated",
  "superseded"
])

/** Of the token of an activity that is over. */
const isOver = (why: string): boolean => why.startsWith("activity ended")

const refusals: ReadonlySet<string> = new Set(["BadDeviceToken", "DeviceTokenNotForTopic"])

/** A 410 is the last word; of a 400 it takes two. */
export const RetiredForCause: Check<State> = {
  name: "retired-for-cause",
  claim: "a token is retired only for what Apple or its phone has said of that very token",
  hears: ["Attempted", "TokenRetired"],
  begin: () => ({ gone: new Set(), refused: new Map() }),
  step: ({ gone, refused }, entry) => {
    if (entry._tag === "Attempted") {
      if (entry.heard === 410) gone.add(entry.address)
      if (entry.heard === 400 && entry.reason !== null && refusals.has(entry.reason))
        refused.set(entry.address, (refused.get(entry.address) ?? 0) + 1)
      return null
    }
    if (entry._tag !== "TokenRetired" || ours.has(entry.why) || isOver(entry.why)) return null
    if (gone.has(entry.token) || (refused.get(entry.token) ?? 0) >= 2) return null
    return `${tail(entry.token)} was retired for "${entry.why}", which Apple never said of it`
  }
}
