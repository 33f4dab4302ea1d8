import type { Check } from "./Check.ts"

/** An alert is known by its stamp and its title: a start and the alert after it may share a second. */
export const AlertOnce: Check<Set<string>> = {
  name: "alert-once",
  claim: "nobody is told the same thing twice",
  hears: ["PhoneSaid"],
  begin: () => new Set(),
  step: (seen, entry) => {
    if (entry._tag !== "PhoneSaid") return null
    const { output } = entry
    if (output._tag !== "AlertShown") return null
    const key = `${entry.deviceId} ${output.timestamp} ${output.title}`
    if (seen.has(key)) return `${entry.deviceId} buzzed twice for "${output.title}" of ${output.timestamp}`
    seen.add(key)
    return null
  }
}
