import type { Entry } from "./Entry.ts"
import * as Digest from "./Digest.ts"
import * as Line from "./Line.ts"

/** Takes entries as they come. What is done with them is chosen when it is made: not everything is wanted of every run. */
export interface Journal {
  readonly write: (entry: Entry) => void
  /** Null where none was asked for. */
  readonly digest: () => string | null
  /** Empty where they were not to be kept. */
  readonly entries: ReadonlyArray<Entry>
  readonly count: () => number
}

export interface Options {
  /** The name of the run. It costs a third of a fast run: whoever searches for failures does without. */
  readonly digest?: boolean
  /** For reports and for people who ask. */
  readonly keep?: boolean
  /** Hears each entry as it is written. */
  readonly hear?: (entry: Entry) => void
}

export const make = ({ digest = false, hear, keep = false }: Options): Journal => {
  const entries: Array<Entry> = []
  const sum = Digest.begin()
  let count = 0
  return {
    write: (entry) => {
      count++
      if (keep) entries.push(entry)
      if (digest) Digest.add(sum, Line.of(entry))
      hear?.(entry)
    },
    digest: () => (digest ? Digest.text(sum) : null),
    entries,
    count: () => count
  }
}
