import type { Instant } from "@sightscreen/decider"
import { type Activity, isLeft } from "./Activity.ts"

/**
 * Which activity a phone is to have, going by the last one that it had of the match.
 *
 * One at a time, and never one that its owner has left, unless they have come back since.
 */
export type Next =
  /** A new one, of the next generation. */
  | "begin"
  /** It was given up; what has changed since may be worth another try. */
  | "try again"
  /** It waits for its turn, and may be asked for. */
  | "ask"
  /** It is there, or is not to be. */
  | "leave"

export interface Wish {
  /** When the owner began to follow the match. */
  readonly followedAt: Instant.Instant
  /** Somebody asks just now: a person who follows, or a start token that is new. */
  readonly insistent: boolean
}

export const next = (last: Activity | null, { followedAt, insistent }: Wish): Next => {
  if (last === null) return "begin"
  switch (last._tag) {
    case "Pending":
    case "TokenInvalid":
      return "ask"
    case "Active":
      return "leave"
    case "Failed":
      if (insistent) return "try again"
      return last.ranAt === undefined ? "leave" : "ask"
    case "Ended":
      if (last.reason === "match over") return "leave"
      // It would push out what it gave way to; only who asks for it has it back.
      if (last.reason === "yielded") return insistent || followedAt > last.at ? "begin" : "leave"
      return isLeft(last) && followedAt <= last.at ? "leave" : "begin"
  }
}
