import type { Status } from "@sightscreen/domain"

/**
 * Their statuses in our words.
 *
 * The list is theirs; what lies beyond it (a fifth day's stumps, drinks, a super over) is recognised by its words. A status
 * that says nothing to us is null: a match is neither ended nor stopped by a word that nobody knows.
 */
const listed: Readonly<Record<string, Status.Status>> = {
  ns: "scheduled",
  delayed: "delayed",
  "innings break": "innings break",
  "tea break": "tea",
  lunch: "lunch",
  dinner: "dinner",
  "int.": "suspended",
  "postp.": "postponed",
  "cancl.": "cancelled",
  "aban.": "abandoned",
  finished: "finished"
}

const words: ReadonlyArray<readonly [RegExp, Status.Status]> = [
  [/^(\d(st|nd|rd|th) innings|.*super over.*|.*in progress.*|live)$/, "live"],
  [/^stump/, "stumps"],
  [/^drinks/, "drinks"],
  [/^lunch/, "lunch"],
  [/^tea\b/, "tea"],
  [/^dinner/, "dinner"],
  [/^innings? break/, "innings break"],
  [/^(int\b|interrupted|rain|bad light|wet outfield)/, "suspended"],
  [/^delay/, "delayed"],
  [/^not started/, "scheduled"],
  [/^postp/, "postponed"],
  [/^canc/, "cancelled"],
  [/^aban/, "abandoned"],
  [/^(finish|ended|completed|result)/, "finished"]
]

export const read = (said: string): Status.Status | null => {
  const text = said.trim().toLowerCase().replace(/\s+/g, " ")
  return listed[text] ?? words.find(([pattern]) => pattern.test(text))?.[1] ?? null
}
