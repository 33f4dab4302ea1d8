import { Schema } from "effect"

/** Something on the command line, in the environment or in a file that cannot be used, in one line that says which and why. */
export class Mistake extends Schema.TaggedError<Mistake>()("Mistake", {
  subject: Schema.String,
  problem: Schema.String
}) {
  override get message() {
    return `${this.subject}: ${this.problem}`
  }
}
