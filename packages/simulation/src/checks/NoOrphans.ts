import { Duration } from "effect"
import type { Check, Terms } from "./Check.ts"

interface State {
  readonly terms: Terms
  /** Since when a process runs whose first reading is awaited. */
  waitingSince: number | null
  /** How long the first reading may take: one that is up already reads at its own pace. */
  patience: number
  /** When a second process was last seen beside the first. */
  readonly running: Set<number>
  crowdedUntil: number
}

/** A process that finds the match alone takes it up within seconds. */
const takenUpWithin = Duration.toMillis(Duration.seconds(15))
/** In a break the feed is read once a minute. */
const readWithin = Duration.toMillis(Duration.seconds(80))
/** One that another was seen to tell is left alone for longer. */
const leftAloneFor = Duration.toMillis(Duration.minutes(3))

export const NoOrphans: Check<State> = {
  name: "no-orphans",
  claim: "no channel is forgotten, and no match is left untold while a process runs and nothing goes wrong",
  hears: ["ProcessStarted", "ProcessCrashed", "FaultBefell", "FeedAnswered", "Healed"],
  begin: (terms) => ({
    terms,
    waitingSince: null,
    patience: takenUpWithin,
    running: new Set(),
    crowdedUntil: 0
  }),
  step: (state, entry) => {
    const { running, terms } = state
    switch (entry._tag) {
      case "ProcessStarted":
        running.add(entry.process)
        if (running.size > 1) state.crowdedUntil = entry.at + leftAloneFor
        if (running.size === 1 && entry.at >= terms.healAt) {
          state.waitingSince = entry.at
          state.patience = takenUpWithin
        }
        return null
      case "ProcessCrashed":
        if (running.size > 1) state.crowdedUntil = entry.at + leftAloneFor
        running.delete(entry.process)
        if (running.size === 0) state.waitingSince = null
        return null
      case "FaultBefell":
        // Somebody else seems to have saved the match.
        if (entry.kind === "store.conflict") state.crowdedUntil = entry.at + leftAloneFor
        return null
      case "Healed":
        if (running.size > 0) {
          state.waitingSince = entry.at
          state.patience = readWithin
        }
        return null
      case "FeedAnswered": {
        const since = state.waitingSince
        state.waitingSince = null
        if (since === null || since >= terms.overAt || since < state.crowdedUntil) return null
        const late = entry.at - Math.max(since, terms.begins) - state.patience
        return late > 0 && since >= terms.healAt
          ? `nobody read the feed for ${Math.round((entry.at - since) / 1000)} s`
          : null
      }
      default:
        return null
    }
  },
  look: (_, { channels, when }) =>
    // By then every match has been over for longer than its end is told again, and sweeps have looked several times.
    when === "end"
      ? channels.map(
          ({ channelId, known }) => `channel ${channelId} was ${known ? "not deleted" : "forgotten"}`
        )
      : []
}
