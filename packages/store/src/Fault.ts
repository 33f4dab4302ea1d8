import { Predicate, Schema } from "effect"
import type { SqlError } from "effect/sql"

/**
 * The database did not do what it was asked.
 *
 * The cause tells what the database said, without what it quotes: rows hold the tokens of people's phones.
 */
export class StoreError extends Schema.TaggedError<StoreError>()("StoreError", {
  table: Schema.String,
  operation: Schema.String,
  /** The same again may well succeed. */
  retryable: Schema.Boolean,
  cause: Schema.Defect()
}) {
  override get message(): string {
    return `${this.table}.${this.operation}: ${this.cause instanceof Error ? this.cause.message : "failed"}`
  }
}

/** A row was found that is not what its table should hold: another version wrote it, or a hand. */
export class UnreadableRow extends Schema.TaggedError<UnreadableRow>()("UnreadableRow", {
  table: Schema.String,
  key: Schema.String,
  /** The fields that are wrong. Their values are not told. */
  fields: Schema.Array(Schema.String)
}) {
  override get message(): string {
    return `${this.table} holds a row that cannot be read: ${this.key}, at ${this.fields.join(", ")}`
  }
}

export type Fault = StoreError | UnreadableRow

export const fromSql = (
  table: string,
  operation: string,
  { isRetryable, reason }: SqlError.SqlError
): StoreError => {
  const { cause } = reason
  const code = Predicate.hasProperty(cause, "code") ? String(cause.code) : ""
  const words = Predicate.hasProperty(cause, "message") ? String(cause.message) : (reason.message ?? "")
  // Class 22 is about a value, and quotes it ("invalid input syntax for type …").
  const said = code.startsWith("22") ? "a value was refused" : words
  return new StoreError({
    table,
    operation,
    retryable: isRetryable,
    cause: new Error([reason._tag, code, said].filter((part) => part !== "").join(" "))
  })
}
