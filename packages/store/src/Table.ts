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
      readOne: (operation: string, effect: Effect.Effect<ReadonlyArray<object>, SqlError.SqlError>) =>
        Effect.map(read(operation, effect), ([first]) => first ?? null),
      /** One after the other among those that name the same thing, and all or nothing. */
      inTurn: <A>(things: ReadonlyArray<string>, effect: Effect.Effect<A, SqlError.SqlError>) =>
        sql.withTransaction(
          Effect.andThen(
            Effect.forEach(
              [...new Set(things)].sort(),
              (thing) => sql`select pg_advisory_xact_lock(hashtextextended(${`${name}/${thing}`}, 0))`,
              { discard: true }
            ),
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
