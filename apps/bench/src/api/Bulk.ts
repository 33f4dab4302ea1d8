import { Effect } from "effect"
import { SqlClient } from "effect/sql"

/**
 * How long the database takes for the rows that a fan-out of starts has written, where they are there already and have only to
 * be copied: page by page in the same sizes, into tables with the same indexes, each page committed as it is in life.
 */
const page = 500

const tables = [
  ["activities", "activity_id"],
  ["recoveries", "device_id"],
  ["deliveries", "push_id"],
  ["decisions", "at"]
] as const

/** Seconds. */
export const seconds = Effect.fnUntraced(function* (matchId: string) {
  const sql = yield* SqlClient.SqlClient
  const run = (text: string) => sql.unsafe(text).unprepared
  yield* run("drop schema if exists bulk cascade")
  yield* run("create schema bulk")
  let most = 0
  for (const [name, key] of tables) {
    const which = name === "recoveries" ? "" : `where match_id = '${matchId}'`
    yield* run(`create table bulk.${name} (like public.${name} including all)`)
    yield* run(
      `create table bulk.from_${name} as select row_number() over (order by ${key})::int as nth, t.* from public.${name} t ${which}`
    )
    yield* run(`create unique index on bulk.from_${name} (nth)`)
    const [{ count } = { count: 0 }] = yield* sql.unsafe<{ readonly count: number }>(
      `select count(*)::int as count from bulk.from_${name}`
    ).unprepared
    most = Math.max(most, count)
  }
  const columns = new Map<string, string>()
  for (const [name] of tables) {
    const found = yield* sql.unsafe<{ readonly list: string }>(
      `select string_agg(quote_ident(column_name), ', ' order by ordinal_position) as list
       from information_schema.columns where table_schema = 'public' and table_name = '${name}' and is_identity = 'NO'`
    ).unprepared
    columns.set(name, found[0]?.list ?? "*")
  }
  const begun = performance.now()
  for (let from = 0; from < most; from += page) {
    for (const [name] of tables) {
      const list = columns.get(name)!
      yield* run(
        `insert into bulk.${name} (${list}) select ${list} from bulk.from_${name} where nth > ${from} and nth <= ${from + page}`
      )
      // A start is asked for in a step of its own, after its activity is there.
      if (name === "activities")
        yield* run(
          `update bulk.activities a set version = a.version + 1, status = f.status, state = f.state, cohort = f.cohort, updated_at = f.updated_at
           from bulk.from_activities f where f.nth > ${from} and f.nth <= ${from + page} and a.activity_id = f.activity_id`
        )
    }
  }
  const took = (performance.now() - begun) / 1000
  yield* run("drop schema bulk cascade")
  return took
})
