import { Schema } from "effect"

const instead = "Install PostgreSQL and set DATABASE_URL to use your own server."

/** PostgreSQL could not be brought up here. Nothing that it says is secret. */
export class EmbeddedPostgresFailed extends Schema.TaggedError<EmbeddedPostgresFailed>()(
  "EmbeddedPostgresFailed",
  {
    step: Schema.Literals(["find programs", "find a folder", "initdb", "start"]),
    detail: Schema.String,
    /** What a person can do about it. */
    remedy: Schema.String
  }
) {
  override get message(): string {
    return `embedded PostgreSQL, step "${this.step}": ${this.detail} ${this.remedy}`
  }
}

export const failed = (
  step: EmbeddedPostgresFailed["step"],
  detail: string,
  remedy = instead
): EmbeddedPostgresFailed => new EmbeddedPostgresFailed({ step, detail: detail.trim(), remedy })
