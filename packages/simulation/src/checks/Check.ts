import type { Instant } from "@sightscreen/decider"
import type { Entry, Tag } from "../journal/Entry.ts"
import type { View } from "./View.ts"

/**
 * Something that must hold of every run, whatever happens in it: a fold over the journal that says where it does not.
 *
 * A state belongs to its fold, which may change it in place; nobody else looks into it. A step costs the same however long
 * the run is, and is taken only for entries that the check `hears`: checks are on in the fastest of runs.
 */
export interface Check<State> {
  readonly name: string
  /** What must hold, in a sentence. */
  readonly claim: string
  readonly hears: ReadonlyArray<Tag>
  readonly begin: (terms: Terms) => State
  /** What this entry proves wrong; null where it proves nothing. */
  readonly step: (state: State, entry: Entry) => string | null
  /** What a view proves wrong. */
  readonly look?: (state: State, view: View) => ReadonlyArray<string>
}

/** What a check may know of a run before it begins. */
export interface Terms {
  readonly matchId: string
  readonly begins: Instant.Instant
  readonly healAt: Instant.Instant
  /** When the feed comes to say that the match is over. */
  readonly overAt: Instant.Instant
  readonly phones: number
  /** Requests that a process may have under way at once. */
  readonly mostUnderWay: number
  /** By how much the server's clock may be wrong, in milliseconds. */
  readonly clockErrorMillis: number
}

export interface Violation {
  readonly check: string
  readonly at: Instant.Instant
  /** The running number of the entry, from 0; of the last one before it where a view has shown it. */
  readonly entry: number
  readonly what: string
}

/** Keeps the types of a check to itself, so that many can stand in one list. */
export interface Running {
  readonly name: string
  readonly hears: ReadonlyArray<Tag>
  readonly step: (entry: Entry) => string | null
  readonly look: (view: View) => ReadonlyArray<string>
}

export const run = <State>(check: Check<State>, terms: Terms): Running => {
  const state = check.begin(terms)
  return {
    name: check.name,
    hears: check.hears,
    step: (entry) => check.step(state, entry),
    look: (view) => check.look?.(state, view) ?? nothing
  }
}

const nothing: ReadonlyArray<string> = []
