import { Effect, Option, Stream } from "effect"

/** Rows in the order of their keys, a page at a time: those whose key comes after `after`, at most `limit` of them. */
export interface Page {
  readonly limit: number
  readonly after: string | null
}

/** All pages, one after the other. Rows that come or go meanwhile may or may not be among them; no row comes twice. */
export const stream = <Row, E, R>(
  read: (page: Page) => Effect.Effect<ReadonlyArray<Row>, E, R>,
  key: (row: Row) => string,
  limit = 1000
): Stream.Stream<Row, E, R> =>
  Stream.paginate(null as string | null, (after) =>
    Effect.map(read({ limit, after }), (rows) => {
      const last = rows.at(-1)
      return [
        rows,
        last === undefined || rows.length < limit ? Option.none() : Option.some(key(last))
      ] as const
    })
  )
