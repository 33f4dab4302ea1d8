import { Duration } from "effect"
import type { Check, Terms } from "./Check.ts"

interface State {
  readonly terms: Terms
  /** When the last one of each key was made. */
  readonly minted: Map<string, number>
  /** Until then Apple wants no new one: it has said so. */
  pausedUntil: number
  /** When the one was made that says so of itself. */
  readonly madeAt: Map<number, number>
}

/** Apple: no new one within 20 minutes. */
const restMillis = Duration.toMillis(Duration.minutes(20))
const oldestMillis = Duration.toMillis(Duration.minutes(55))
/** Apple: an hour. Who is told 429 TooManyProviderTokenUpdates goes on with the token there is. */
const lastsMillis = Duration.toMillis(Duration.minutes(60))

export const FewBearers: Check<State> = {
  name: "few-bearers",
  claim:
    "one bearer token in 20 minutes for each key, and none older than 55 minutes, or an hour where Apple wants no new one",
  hears: ["BearerMinted", "Attempted", "Managed"],
  begin: (terms) => ({ terms, minted: new Map(), madeAt: new Map(), pausedUntil: 0 }),
  step: (state, entry) => {
    const { madeAt, minted, terms } = state
    if (entry._tag === "BearerMinted") {
      const before = minted.get(entry.keyId)
      minted.set(entry.keyId, entry.at)
      madeAt.set(Math.floor(entry.issuedAt / 1000), entry.at)
      return before !== undefined && entry.at - before < restMillis - terms.clockErrorMillis
        ? `a bearer token of ${entry.keyId} was made ${Math.round((entry.at - before) / 1000)} s after the one before`
        : null
    }
    // Of a channel's management the journal has no reason.
    if (entry._tag === "Managed") {
      if (entry.heard === 429) state.pausedUntil = entry.at + restMillis
      return null
    }
    if (entry._tag !== "Attempted") return null
    const oldest = entry.at < state.pausedUntil ? lastsMillis : oldestMillis
    if (entry.reason === "TooManyProviderTokenUpdates") state.pausedUntil = entry.at + restMillis
    const made = madeAt.get(entry.bearerIssuedAt)
    return made !== undefined && entry.at - made > oldest + terms.clockErrorMillis
      ? `a bearer token of ${Math.round((entry.at - made) / 60_000)} minutes was shown`
      : null
  }
}
