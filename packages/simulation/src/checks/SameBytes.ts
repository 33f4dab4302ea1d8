import { tail } from "../journal/Line.ts"
import type { Check } from "./Check.ts"

interface Said {
  readonly address: string
  /** Null while nothing of it need stay as it was. */
  body: string | null
}

interface State {
  readonly pushes: Map<string, Said>
  readonly bulletins: Map<string, string>
}

/** Whoever decides the same thing again, in another process or after a fall, decides it the same, to the byte. */
export const SameBytes: Check<State> = {
  name: "same-bytes",
  claim:
    "one push has one address and one body, and one stamp has one bulletin, whoever sends it and however often",
  hears: ["Attempted", "BulletinIssued"],
  begin: () => ({ pushes: new Map(), bulletins: new Map() }),
  step: ({ bulletins, pushes }, entry) => {
    if (entry._tag === "Attempted") {
      // A push that only asks whether a token works has no name.
      if (entry.pushId === "") return null
      let push = pushes.get(entry.pushId)
      if (push === undefined) pushes.set(entry.pushId, (push = { address: entry.address, body: null }))
      if (push.address !== entry.address)
        return `${entry.pushId} went to ${tail(push.address)} and to ${tail(entry.address)}`
      // A start shows what is so by then, and a notice says how soon; what Apple has certainly not taken may be said anew.
      const isSaid = entry.taken || entry.heard === "unknown"
      if (push.body !== null)
        return push.body === entry.body ? null : `${entry.pushId} was sent with another body`
      if (isSaid || ofBulletins.has(entry.event)) push.body = entry.body
      return null
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
