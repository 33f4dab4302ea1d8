import type { Check } from "./Check.ts"

interface State {
  readonly seen: Set<string>
  /** What starts say. Whoever is started again, because the activity before has gone, is told again that it is there. */
  readonly starts: Set<string>
}

/** An alert is known by its stamp and its title, on whichever activity of the phone it comes. */
export const AlertOnce: Check<State> = {
  name: "alert-once",
  claim: "nobody is told the same thing twice",
  hears: ["Attempted", "PhoneSaid"],
  begin: () => ({ seen: new Set(), starts: new Set() }),
  step: ({ seen, starts }, entry) => {
    if (entry._tag === "Attempted") {
      if (entry.event === "start" && entry.alert !== null) starts.add(entry.alert)
      return null
    }
    if (entry._tag !== "PhoneSaid") return null
    const { output } = entry
    if (output._tag !== "AlertShown") return null
    const activity = starts.has(output.title) ? output.activityId : ""
    const key = `${entry.deviceId} ${activity} ${output.timestamp} ${output.title}`
    if (seen.has(key)) return `${entry.deviceId} buzzed twice for "${output.title}" of ${output.timestamp}`
    seen.add(key)
    return null
  }
}
