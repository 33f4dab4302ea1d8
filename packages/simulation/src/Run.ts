import type { Instant } from "@sightscreen/decider"
import type { Violation } from "./checks/index.ts"
import type { View } from "./checks/View.ts"
import type { Gear } from "./faults/Kind.ts"
import type { Entry } from "./journal/Entry.ts"
import type { Scenario } from "./Scenario.ts"
import type { MatchSource } from "./scenario/MatchSource.ts"

/** What came of a scenario, in figures: what `run` prints as JSON, but for what only whoever started it knows. */
export interface Summary {
  readonly seed: number
  readonly gear: Gear
  /** The name of the journal; null where none was worked out. */
  readonly digest: string | null
  readonly match: {
    readonly source: MatchSource
    readonly title: string
    readonly format: string
    readonly deliveries: number
    readonly result: string
  }
  readonly virtualSeconds: number
  readonly pushes: Pushes
  readonly phones: {
    readonly total: number
    readonly showingFinalState: number
    /** Not showing it, for a reason that no server could mend. */
    readonly explained: number
  }
  /** How often each kind of the scenario has happened. */
  readonly faults: Readonly<Record<string, number>>
  /** Every check, in their order. */
  readonly checks: ReadonlyArray<{ readonly name: string; readonly violations: number }>
  readonly verdict: "pass" | "fail"
}

export interface Pushes {
  /** Attempts at Apple, publishes to channels included. */
  readonly sent: number
  /** By event, for Live Activities; by push type else. */
  readonly byKind: Readonly<Record<string, number>>
  readonly byPriority: Readonly<Record<string, number>>
  /** By what the server heard: `200`, `429 TooManyRequests`, `not processed`, `unknown`. */
  readonly byVerdict: Readonly<Record<string, number>>
}

export interface Run {
  readonly scenario: Scenario
  readonly summary: Summary
  /** The first hundred at most. */
  readonly violations: ReadonlyArray<Violation>
  /** Everything that happened; empty unless it was to be kept. */
  readonly entries: ReadonlyArray<Entry>
  readonly began: Instant.Instant
  readonly end: View
}

/** What is wanted of a run beyond its figures. */
export interface Wants {
  readonly digest?: boolean
  readonly entries?: boolean
}

/** Counts pushes as they are made. */
export const tally = (): { readonly hear: (entry: Entry) => void; readonly pushes: () => Pushes } => {
  let sent = 0
  const byKind = new Map<string, number>()
  const byPriority = new Map<string, number>()
  const byVerdict = new Map<string, number>()
  const count = (counts: Map<string, number>, key: string) => void counts.set(key, (counts.get(key) ?? 0) + 1)
  return {
    hear: (entry) => {
      if (entry._tag !== "Attempted") return
      sent++
      count(byKind, entry.event)
      count(byPriority, String(entry.priority))
      count(byVerdict, entry.reason === null ? String(entry.heard) : `${entry.heard} ${entry.reason}`)
    },
    pushes: () => ({
      sent,
      byKind: record(byKind),
      byPriority: record(byPriority),
      byVerdict: record(byVerdict)
    })
  }
}

const record = (counts: ReadonlyMap<string, number>): Readonly<Record<string, number>> =>
  Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)))
