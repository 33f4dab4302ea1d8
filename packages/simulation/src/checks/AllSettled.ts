import type { Check } from "./Check.ts"

/** At the end nothing is left half done. */
export const AllSettled: Check<null> = {
  name: "all-settled",
  claim:
    "in the end every activity has ended, every edition was sent or has expired, and no match is being told",
  hears: [],
  begin: () => null,
  step: () => null,
  look: (_, { phones, tables, when }) => {
    if (when !== "end") return []
    const found: Array<string> = []
    for (const { activityId, status } of tables.activities)
      if (status !== "ended" && status !== "failed") found.push(`${activityId} is ${status}`)
    if (tables.matches > 0) found.push("the match is still being told")
    if (tables.pending > 0) found.push(`${tables.pending} editions still wait`)
    for (const { deviceId, online, untold } of phones)
      if (untold > 0 && online) found.push(`${deviceId} has ${untold} reports that nobody acknowledged`)
    return found
  }
}
