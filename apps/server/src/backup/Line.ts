import { Schema } from "effect"

/**
 * A backup is lines of JSON, compressed: a head, then each table by its name with its rows below, then a foot.
 *
 * Rows are as PostgreSQL writes them. The foot tells how many there were and the digest of all lines before it, so that a
 * file that breaks off, or was changed, is known for what it is.
 */
export const format = 1

export const Head = Schema.Struct({
  backup: Schema.Literal("sightscreen"),
  format: Schema.Int,
  /** The last migration that the database had seen. */
  migration: Schema.Int,
  madeAt: Schema.String
})
export type Head = typeof Head.Type

export const Foot = Schema.Struct({
  rows: Schema.Record(Schema.String, Schema.Int),
  sha256: Schema.String
})
export type Foot = typeof Foot.Type

/** A line that is none of the others is a row. */
export const Line = Schema.Union([
  Schema.Struct({ head: Head }),
  Schema.Struct({ table: Schema.String }),
  Schema.Struct({ foot: Foot }),
  Schema.Struct({ row: Schema.Unknown })
])

/** The file cannot be used, or the database cannot take it. Nothing was changed. */
export class CannotRestore extends Schema.TaggedError<CannotRestore>()("CannotRestore", {
  file: Schema.String,
  problem: Schema.String
}) {
  override get message() {
    return `${this.file}: ${this.problem}`
  }
}

export class CannotBackUp extends Schema.TaggedError<CannotBackUp>()("CannotBackUp", {
  file: Schema.String,
  problem: Schema.String
}) {
  override get message() {
    return `${this.file}: ${this.problem}`
  }
}
