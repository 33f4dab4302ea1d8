import { Effect, Result, Schema, SchemaIssue } from "effect"
import { SqlClient, type SqlError, type Statement } from "effect/sql"
import { type Fault, fromSql, type StoreError, UnreadableRow } from "./Fault.ts"

/**
 * What all our tables do alike in SQL: fields to columns, rows in bulk, rows back through their Schema, errors in our words.
 *
 * Any number of rows goes to the database as one parameter of JSON: one statement, prepared once.
 */
type Type = "text" | "int4" | "int8" | "bool" | "json" | "jsonb" | "uuid"

export interface Description<Row, Field extends string> {
  readonly name: string
  readonly row: Schema.ConstraintDecoder<Row>
  readonly fields: Readonly<Record<Field, Type>>
  /** How a row is named in an error. */
  readonly key: (row: Readonly<Record<Field, unknown>>) => string
}

export const open = <Row, const Field extends string>(description: Description<Row, Field>) =>
  Effect.map(SqlClient.SqlClient, (sql) => {
    const { name, row: schema } = description
    const fields = Object.entries<Type>(description.fields)
    const quoted = fields.map(([field, type]) => given(field, type)).join(", ")
    const typed = fields.map(([field, type]) => `"${field}" ${type}`).join(", ")
    const named = fields.map(([field]) => column(field)).join(", ")
    const selected = fields.map(([field, type]) => `${column(field)}${cast[type]} as "${field}"`).join(", ")
    const decode = Schema.decodeUnknownResult(schema)

    const write = <A>(
      operation: string,
      effect: Effect.Effect<A, SqlError.SqlError>
    ): Effect.Effect<A, StoreError> =>
      effect.pipe(
        // Bulk writers may lock rows in different orders. The database picks one of them to give way.
        Effect.retry({ times: 3, while: ({ reason }) => conflicts.has(reason._tag) }),
        Effect.mapError((error) => fromSql(name, operation, error))
      )

    const read = (
      operation: string,
      effect: Effect.Effect<ReadonlyArray<object>, SqlError.SqlError>
    ): Effect.Effect<ReadonlyArray<Row>, Fault> =>
      Effect.flatMap(write(operation, effect), (found) => {
        const rows: Array<Row> = []
        for (const each of found) {
          const decoded = decode(each)
          if (Result.isFailure(decoded)) {
            const key = description.key(each as Record<Field, unknown>)
            return Effect.fail(
              new UnreadableRow({ table: name, key, fields: wrongFields(decoded.failure.issue) })
            )
          }
          rows.push(decoded.success)
        }
        return Effect.succeed(rows)
      })

    /**
     * Deletes some thousands: no statement is long, and nobody waits long for its locks. The condition is said twice: a row
     * that was being changed is looked at again.
     */
    const batch = (which: Statement.Fragment, left: Statement.Fragment): Statement.Fragment =>
      sql`delete from ${sql(name)}
        where ctid = any(array(select ctid from ${sql(name)} where ${which} limit ${batchSize})) and ${which}
        returning ${left}`

    return {
      sql,
      /** The columns, under the names of their fields. */
      all: sql.literal(selected),
      /** The head of an insert; what to do on conflict follows it. */
      insert: (rows: ReadonlyArray<object>): Statement.Fragment =>
        sql`insert into ${sql(name)} (${sql.literal(named)})
          select ${sql.literal(quoted)} from json_to_recordset(${JSON.stringify(rows)}::json) as t(${sql.literal(typed)})`,
      /** Rows of values under the names of their fields, to join with. */
      rows: (...only: ReadonlyArray<Field>) => {
        const shape = only.map((field) => `"${field}" ${description.fields[field]}`).join(", ")
        return (rows: ReadonlyArray<object>): Statement.Fragment =>
          sql`json_to_recordset(${JSON.stringify(rows)}::json) as t(${sql.literal(shape)})`
      },
      /** Assignments that take fields from the row that was to be inserted. */
      take: (...only: ReadonlyArray<Field>): Statement.Fragment =>
        sql.literal(only.map((field) => `${column(field)} = excluded.${column(field)}`).join(", ")),
      write,
      read,
      /** Deletes those that are so, and tells how many. */
      drop: Effect.fnUntraced(function* (operation: string, which: Statement.Fragment) {
        for (let dropped = 0; ;) {
          const [gone] = yield* write(
            operation,
            // Counted by the database: a day's ledger is millions of rows.
            sql<{ readonly count: number }>`
              with gone as (${batch(which, sql`1`)}) select count(*)::float8 as count from gone`
          )
          const count = gone?.count ?? 0
          dropped += count
          if (count < batchSize) return dropped
        }
      }),
      /** The same, and gives the names of those deleted, in their order. */
      dropNamed: Effect.fnUntraced(function* (operation: string, which: Statement.Fragment, field: Field) {
        for (const names: Array<string> = []; ;) {
          const gone = yield* write(
            operation,
            sql<{ readonly name: string }>`${batch(which, sql`${sql.literal(column(field))} as name`)}`
          )
          for (const { name } of gone) names.push(name)
          if (gone.length < batchSize) return names.sort()
        }
      }),
      readOne: (operation: string, effect: Effect.Effect<ReadonlyArray<object>, SqlError.SqlError>) =>
        Effect.map(read(operation, effect), ([first]) => first ?? null),
      /** One after the other among those that name the same thing, and all or nothing. */
      inTurn: <A>(things: ReadonlyArray<string>, effect: Effect.Effect<A, SqlError.SqlError>) =>
        sql.withTransaction(
          Effect.andThen(
            // In the order of what is locked, so that nobody waits for each other in a circle.
            sql`select pg_advisory_xact_lock(lock) from (
              select distinct hashtextextended(thing, 0) as lock
              from unnest(${texts(
                sql,
                things.map((thing) => `${name}/${thing}`)
              )}) as thing order by lock
            ) as locks`,
            effect
          )
        )
    }
  })

/** Texts in a parameter, as an array: with `= any(…)` an index is still read in its order. */
export const texts = (sql: SqlClient.SqlClient, values: Iterable<string>): Statement.Fragment =>
  sql`array(select json_array_elements_text(${JSON.stringify([...values])}::json))`

/** The last row for each key, in the order in which the keys first came: a statement may touch a row once only. */
export const lastOfEach = <Row>(rows: ReadonlyArray<Row>, key: (row: Row) => string): ReadonlyArray<Row> => [
  ...new Map(rows.map((row) => [key(row), row])).values()
]

/**
 * Of several rows for one key the first counts; the others come again. Both in the order of their keys: writers that lock
 * rows in one order do not wait for each other in a circle.
 */
export const apart = <Row>(rows: ReadonlyArray<Row>, key: (row: Row) => string) => {
  const seen = new Set<string>()
  const first: Array<Row> = []
  const again: Array<Row> = []
  for (const row of inOrder(rows, key)) {
    ;(seen.has(key(row)) ? again : first).push(row)
    seen.add(key(row))
  }
  return { first, again }
}

export const inOrder = <Row>(rows: ReadonlyArray<Row>, key: (row: Row) => string): ReadonlyArray<Row> =>
  rows.toSorted((a, b) => {
    const [left, right] = [key(a), key(b)]
    return left < right ? -1 : left > right ? 1 : 0
  })

const batchSize = 5000

const column = (field: string): string => field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

/** The value of a field in the rows that are handed in. A `json` of null is a value; it would come as none. */
const given = (field: string, type: Type): string =>
  type === "json" ? `coalesce("${field}", 'null'::json)` : `"${field}"`

/** An int8 would come as a bigint; instants are exact as doubles. */
const cast: Readonly<Record<Type, string>> = {
  text: "",
  int4: "",
  int8: "::float8",
  bool: "",
  json: "",
  jsonb: "",
  uuid: "::text"
}

const conflicts: ReadonlySet<SqlError.SqlError["reason"]["_tag"]> = new Set([
  "DeadlockError",
  "SerializationError"
])

const locate = SchemaIssue.makeFormatterStandardSchemaV1()

const wrongFields = (issue: SchemaIssue.Issue): ReadonlyArray<string> => [
  ...new Set(locate(issue).issues.map(({ path }) => (path ?? []).map((step) => String(step)).join(".")))
]
