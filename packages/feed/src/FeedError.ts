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
    return oneLine(`${this.subject}: ${this.problem}`)
  }
}

/** Whatever names and paths hold. */
export const oneLine = (text: string): string => text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ")

export const unreadable = (subject: string, problem: string): FeedError =>
  new FeedError({ reason: "unreadable", subject, problem })
