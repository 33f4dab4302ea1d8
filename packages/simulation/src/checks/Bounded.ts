import type { Check, Terms } from "./Check.ts"

/** Rows of activities that a phone may have of a match: one for each life it was given, over all restarts of a long day. */
const activitiesEach = 12

export const Bounded: Check<Terms> = {
  name: "bounded",
  claim: "no more is under way than there is room for, and rows are no more than phones account for",
  hears: ["Attempted"],
  begin: (terms) => terms,
  step: (terms, entry) =>
    entry._tag === "Attempted" && entry.underWay > terms.mostUnderWay
      ? `${entry.underWay} requests were under way at once`
      : null,
  look: ({ phones }, { tables }) => {
    const { activities, pending } = tables
    const found: Array<string> = []
    if (activities.length > phones * activitiesEach)
      found.push(`${activities.length} rows of activities for ${phones} phones`)
    if (pending > 100) found.push(`${pending} editions wait`)
    return found
  }
}
