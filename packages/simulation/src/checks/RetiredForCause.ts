import { tail } from "../journal/Line.ts"
import type { Check } from "./Check.ts"

interface State {
  /** Attempts, as `push/nth`, that were told of a death before the token was registered: it lives. */
  readonly outdated: Set<string>
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

/** A 410 is the last word; of a 400 it takes two, and of a 410 that is older than the token's registration. */
export const RetiredForCause: Check<State> = {
  name: "retired-for-cause",
  claim: "a token is retired only for what Apple or its phone has said of that very token",
  hears: ["FaultBefell", "Attempted", "TokenRetired"],
  begin: () => ({ outdated: new Set(), gone: new Set(), refused: new Map() }),
  step: ({ gone, outdated, refused }, entry) => {
    if (entry._tag === "FaultBefell") {
      if (entry.kind === "apple.staleGone") outdated.add(entry.what)
      return null
    }
    if (entry._tag === "Attempted") {
      const isOutdated = entry.heard === 410 && outdated.delete(`${entry.pushId}/${entry.attempt}`)
      if (entry.heard === 410 && !isOutdated) gone.add(entry.address)
      if (isOutdated) refused.set(entry.address, (refused.get(entry.address) ?? 0) + 1)
      if (entry.heard === 400 && entry.reason !== null && refusals.has(entry.reason))
        refused.set(entry.address, (refused.get(entry.address) ?? 0) + 1)
      return null
    }
    if (entry._tag !== "TokenRetired" || ours.has(entry.why) || isOver(entry.why)) return null
    if (gone.has(entry.token) || (refused.get(entry.token) ?? 0) >= 2) return null
    return `${tail(entry.token)} was retired for "${entry.why}", which Apple never said of it`
  }
}
