import { Schema } from "effect"

/**
 * No snapshot could be had, and why.
 *
 * `unreadable`: what came is not what was expected; asking again helps only if the feed mends it. `unreachable`: nothing
 * came. `refused`: the feed would not serve us (key, plan, unknown match). `exhausted`: the allowance of calls is spent.
 */
export class FeedError extends Schema.TaggedError<FeedError>()("FeedError", {
  reason: Schema.Literals(["unreadable", "unreachable", "refused", "exhausted"]),
  /** The match or file in question. */
  subject: Schema.String,
  /** One line that a person can act on. */
  problem: Schema.String
}) {
  override get message(): string {
    return `${this.subject}: ${this.problem}`
  }
}

export const unreadable = (subject: string, problem: string): FeedError =>
  new FeedError({ reason: "unreadable", subject, problem })
