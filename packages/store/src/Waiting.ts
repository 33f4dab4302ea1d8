import { Instant } from "@sightscreen/decider"

/** How many of something wait, and since when the oldest of them does. */
export interface Waiting {
  readonly count: number
  readonly since: Instant.Instant | null
}

export const nothing: Waiting = { count: 0, since: null }

export const of = (times: ReadonlyArray<Instant.Instant>): Waiting =>
  times.length === 0
    ? nothing
    : { count: times.length, since: times.reduce((a, b) => (Instant.isBefore(b, a) ? b : a)) }

/** As the database counts: `count` and `since` as doubles. */
export interface Row {
  readonly count: number
  readonly since: number | null
}

export const ofRows = ([row]: ReadonlyArray<Row>): Waiting =>
  row === undefined
    ? nothing
    : { count: row.count, since: row.since === null ? null : Instant.fromMillis(row.since) }
