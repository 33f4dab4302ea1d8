import { Duration } from "effect"
import { tail } from "../journal/Line.ts"
import type { Check } from "./Check.ts"

interface State {
  readonly running: Set<number>
  /** Whoever cannot read the ledger sends to everybody again, and so do two at once. */
  blindUntil: number
}

const aWhile = Duration.toMillis(Duration.minutes(10))

/** After a fall the ledger tells who has had an alert: nobody of them is sent it once more. */
export const LedgerHeeded: Check<State> = {
  name: "ledger-heeded",
  claim: "an alert that the ledger says Apple has taken is not sent again",
  hears: ["Attempted", "FaultBefell", "ProcessStarted", "ProcessCrashed"],
  begin: () => ({ running: new Set(), blindUntil: 0 }),
  step: (state, entry) => {
    const { running } = state
    switch (entry._tag) {
      case "FaultBefell":
        if (entry.kind.startsWith("store.") && entry.what.startsWith("deliveries.knows"))
          state.blindUntil = Math.max(state.blindUntil, entry.at + aWhile)
        return null
      case "ProcessStarted":
        running.add(entry.process)
        if (running.size > 1) state.blindUntil = Math.max(state.blindUntil, entry.at + aWhile)
        return null
      case "ProcessCrashed":
        if (running.size > 1) state.blindUntil = Math.max(state.blindUntil, entry.at + aWhile)
        running.delete(entry.process)
        return null
      case "Attempted":
        // Whoever joins a channel is told what stands by publishing it again.
        return entry.recorded &&
          entry.route === "token" &&
          entry.alert !== null &&
          entry.event === "update" &&
          entry.at >= state.blindUntil
          ? `the alert of ${entry.stamp} went to ${tail(entry.address)} again`
          : null
      default:
        return null
    }
  }
}
