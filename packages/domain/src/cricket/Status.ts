import { Schema } from "effect"

/** Where a match stands, in one word. */
export const Status = Schema.Literals([
  "scheduled",
  "delayed",
  "live",
  "innings break",
  "drinks",
  "lunch",
  "tea",
  "dinner",
  "stumps",
  "suspended",
  "postponed",
  "abandoned",
  "cancelled",
  "finished"
])
export type Status = typeof Status.Type

export const Phase = Schema.Literals(["pre", "live", "innings_break", "completed", "abandoned"])
export type Phase = typeof Phase.Type

export const Interruption = Schema.Literals(["none", "delayed", "break", "suspended", "stumps", "postponed"])
export type Interruption = typeof Interruption.Type

interface Meaning {
  readonly phase: Phase
  readonly interruption: Interruption
  /** Nothing more is to come. */
  readonly over: boolean
}

const table: Readonly<Record<Status, Meaning>> = {
  scheduled: { phase: "pre", interruption: "none", over: false },
  delayed: { phase: "pre", interruption: "delayed", over: false },
  live: { phase: "live", interruption: "none", over: false },
  "innings break": { phase: "innings_break", interruption: "none", over: false },
  drinks: { phase: "live", interruption: "break", over: false },
  lunch: { phase: "live", interruption: "break", over: false },
  tea: { phase: "live", interruption: "break", over: false },
  dinner: { phase: "live", interruption: "break", over: false },
  stumps: { phase: "live", interruption: "stumps", over: false },
  suspended: { phase: "live", interruption: "suspended", over: false },
  postponed: { phase: "pre", interruption: "postponed", over: false },
  abandoned: { phase: "abandoned", interruption: "none", over: true },
  cancelled: { phase: "abandoned", interruption: "none", over: true },
  finished: { phase: "completed", interruption: "none", over: true }
}

/** A delay after the first ball is a stoppage of a live match, whatever the feed calls it. */
export const phase = (self: Status, begun: boolean): Phase =>
  self === "delayed" && begun ? "live" : table[self].phase

export const interruption = (self: Status, begun: boolean): Interruption =>
  self === "delayed" && begun ? "suspended" : table[self].interruption

export const isOver = (self: Status): boolean => table[self].over
