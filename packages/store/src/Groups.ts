import type { Page } from "./Page.ts"

/**
 * Keys in groups, each group in the order of its keys: what an index is to the tables in the database, for the tables in
 * memory. Rows come in bursts and are read in pages, so a group is put in order when it is next read.
 */
export interface Groups {
  readonly add: (group: string, key: string) => void
  readonly remove: (group: string, key: string) => void
  /** The keys of a group that come after one, or all of them. */
  readonly after: (group: string, key: string | null) => Iterable<string>
}

interface Group {
  readonly keys: Set<string>
  sorted: ReadonlyArray<string> | null
}

export const make = (): Groups => {
  const groups = new Map<string, Group>()
  return {
    add: (name, key) => {
      const group = groups.get(name)
      if (group === undefined) groups.set(name, { keys: new Set([key]), sorted: null })
      else if (!group.keys.has(key)) {
        group.keys.add(key)
        group.sorted = null
      }
    },
    remove: (name, key) => {
      const group = groups.get(name)
      if (group === undefined || !group.keys.delete(key)) return
      group.sorted = null
      if (group.keys.size === 0) groups.delete(name)
    },
    after: function* (name, key) {
      const group = groups.get(name)
      if (group === undefined) return
      const sorted = (group.sorted ??= [...group.keys].sort())
      for (let at = key === null ? 0 : placeAfter(sorted, key); at < sorted.length; at++) yield sorted[at]!
    }
  }
}

/** The first rows of a page that pass. */
export const page = <Row>(
  groups: Groups,
  group: string,
  { after, limit }: Page,
  pick: (key: string) => Row | null
): ReadonlyArray<Row> => {
  const rows: Array<Row> = []
  for (const key of groups.after(group, after)) {
    if (rows.length >= limit) break
    const row = pick(key)
    if (row !== null) rows.push(row)
  }
  return rows
}

const placeAfter = (sorted: ReadonlyArray<string>, key: string): number => {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (sorted[middle]! <= key) low = middle + 1
    else high = middle
  }
  return low
}
