import { Duration } from "effect"
import type { Check, Terms } from "./Check.ts"

interface State {
  readonly terms: Terms
  /** When the last one of each key was made. */
  readonly minted: Map<string, number>
  /** When the one was made that says so of itself. */
  readonly madeAt: Map<number, number>
}

/** Apple: no new one within 20 minutes. */
const restMillis = Duration.toMillis(Duration.minutes(20))
const oldestMillis = Duration.toMillis(Duration.minutes(55))

export const FewBearers: Check<State> = {
  name: "few-bearers",
  claim: "one bearer token in 20 minutes for each key, and none older than 55 minutes",
  hears: ["BearerMinted", "Attempted"],
  begin: (terms) => ({ terms, minted: new Map(), madeAt: new Map() }),
  step: ({ madeAt, minted, terms }, entry) => {
    if (entry._tag === "BearerMinted") {
      const before = minted.get(entry.keyId)
      minted.set(entry.keyId, entry.at)
      madeAt.set(Math.floor(entry.issuedAt / 1000), entry.at)
      return before !== undefined && entry.at - before < restMillis - terms.clockErrorMillis
        ? `a bearer token of ${entry.keyId} was made ${Math.round((entry.at - before) / 1000)} s after the one before`
        : null
    }
    if (entry._tag !== "Attempted") return null
    const made = madeAt.get(entry.bearerIssuedAt)
    return made !== undefined && entry.at - made > oldestMillis + terms.clockErrorMillis
      ? `a bearer token of ${Math.round((entry.at - made) / 60_000)} minutes was shown`
      : null
  }
}
