import { Schema } from "effect"

/** The demo cannot be played, or not any longer, in one line. */
export class CannotPlay extends Schema.TaggedError<CannotPlay>()("CannotPlay", { problem: Schema.String }) {
  override get message() {
    return this.problem
  }
}
