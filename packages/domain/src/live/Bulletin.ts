import type { Instant } from "@sightscreen/decider"
import type * as Budget from "../activity/Budget.ts"
import type { ContentState } from "../activity/ContentState.ts"
import type { Shown } from "../activity/Display.ts"
import type { Importance } from "../activity/Importance.ts"
import type * as Match from "../cricket/Match.ts"
import type { MatchEvent } from "../events/MatchEvent.ts"
import type { MatchId } from "../Ids.ts"
import type { Ends } from "./Ending.ts"

/**
 * What every follower of a match is to see now, decided once.
 *
 * One is issued for each reading that changed something a screen shows. It is whole, never a difference: whoever missed the
 * one before needs only this one.
 */
export interface Bulletin {
  readonly matchId: MatchId
  /**
   * Rises with every bulletin of a match, whatever the clocks do (Apple: a push whose `timestamp` is not above the last one
   * is ignored, silently). Shared by all activities of the match.
   */
  readonly stamp: Instant.EpochSeconds
  readonly at: Instant.Instant
  /** In English; other languages are worded from it, the match and what it leads with. */
  readonly content: ContentState
  readonly match: Match.Match
  readonly shown: Shown | null
  /** What leads it; null for a plain change of the score. */
  readonly event: MatchEvent | null
  /** What buzzes, if it does; in English. */
  readonly alert: { readonly title: string; readonly body: string } | null
  /** How loud it wants to be. */
  readonly importance: Importance
  /** What the budget lets it have, by level. */
  readonly priority: Readonly<Record<Budget.Level, Budget.Priority>>
  /** 0 to 100 (Apple: `relevance-score`). */
  readonly relevance: number
  /** When the screen should say that it is out of date (Apple: `stale-date`). */
  readonly staleAt: Instant.EpochSeconds
  /** Activities end with it; null while the day goes on. */
  readonly ends: Ends | null
}

/** Names a bulletin: the match and its stamp, which no other bulletin of the match has. */
export const idOf = (self: Bulletin): string => `${self.matchId}/${self.stamp}`

/** A whole second that rises, whatever the clock does. `last` is 0 before the first. */
export const nextStamp = (last: number, now: Instant.EpochSeconds): Instant.EpochSeconds =>
  Math.max(now, last + 1) as Instant.EpochSeconds
