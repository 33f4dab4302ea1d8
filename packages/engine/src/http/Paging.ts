import { Pages } from "@sightscreen/api"
import type { Page } from "@sightscreen/store"

interface Asked {
  readonly limit?: number
  readonly after?: string
}

/** One row more than is asked for: whether there is a next page is then known. */
export const pageOf = ({ after, limit = Pages.usual }: Asked): Page.Page => ({
  limit: limit + 1,
  after: after ?? null
})

/** The rows that were asked for, and where the next page begins. */
export const cut = <Row>(
  rows: ReadonlyArray<Row>,
  { limit = Pages.usual }: Asked,
  key: (row: Row) => string
): { readonly rows: ReadonlyArray<Row>; readonly next: string | null } => {
  const kept = rows.slice(0, limit)
  const last = kept.at(-1)
  return { rows: kept, next: rows.length > limit && last !== undefined ? key(last) : null }
}

/** A page of what is at hand anyway, in the order of its names. */
export const among = <Row>(rows: ReadonlyArray<Row>, query: Asked, key: (row: Row) => string) => {
  const { after = "" } = query
  const later = rows.filter((row) => key(row) > after)
  return cut(
    later.toSorted((a, b) => (key(a) < key(b) ? -1 : 1)),
    query,
    key
  )
}

/** A page of what is at hand anyway, by the number of the last row of the page before. */
export const slice = <Row>(rows: ReadonlyArray<Row>, { after, limit = Pages.usual }: Asked) => {
  const from = after === undefined ? 0 : /^\d{1,9}$/.test(after) ? Number(after) : rows.length
  const until = from + limit
  return { rows: rows.slice(from, until), next: until < rows.length ? `${until}` : null }
}
