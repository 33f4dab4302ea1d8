import { tail } from "../journal/Line.ts"
import type { Check } from "./Check.ts"

interface State {
  readonly bodies: Map<string, string>
  readonly addresses: Map<string, string>
  readonly bulletins: Map<string, string>
}

/** Whoever decides the same thing again, in another process or after a fall, decides it the same, to the byte. */
export const SameBytes: Check<State> = {
  name: "same-bytes",
  claim:
    "one push has one address and one body, and one stamp has one bulletin, whoever sends it and however often",
  hears: ["Attempted", "BulletinIssued"],
  begin: () => ({ bodies: new Map(), addresses: new Map(), bulletins: new Map() }),
  step: ({ addresses, bodies, bulletins }, entry) => {
    if (entry._tag === "Attempted") {
      // A push that only asks whether a token works has no name.
      if (entry.pushId === "") return null
      const elsewhere = addresses.get(entry.pushId)
      if (elsewhere === undefined) addresses.set(entry.pushId, entry.address)
      else if (elsewhere !== entry.address)
        return `${entry.pushId} went to ${tail(elsewhere)} and to ${tail(entry.address)}`
      const before = bodies.get(entry.pushId)
      // A start shows what is so by then, and a notice says how soon; what Apple has certainly not taken may be said anew.
      const isSaid = entry.taken || entry.heard === "unknown"
      if (before === undefined && (isSaid || ofBulletins.has(entry.event)))
        bodies.set(entry.pushId, entry.body)
      return before !== undefined && before !== entry.body
        ? `${entry.pushId} was sent with another body`
        : null
    }
    if (entry._tag !== "BulletinIssued") return null
    const key = `${entry.matchId}/${entry.stamp}`
    const said = `${entry.sequence} ${entry.score} ${entry.overs} ${entry.event} ${entry.alert} ${entry.ends}`
    const before = bulletins.get(key)
    if (before === undefined) bulletins.set(key, said)
    return before !== undefined && before !== said
      ? `there are two bulletins ${key}: ${before}; ${said}`
      : null
  }
}

const ofBulletins: ReadonlySet<string> = new Set(["update", "end"])
