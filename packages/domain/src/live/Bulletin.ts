import { Instant } from "@sightscreen/decider"
import { Schema } from "effect"
import { ContentState } from "../activity/ContentState.ts"
import { Importance } from "../activity/Importance.ts"
import { MatchEvent } from "../events/MatchEvent.ts"
import { MatchId } from "../Ids.ts"

/**
 * What every follower of a match is to see now, decided once.
 *
 * One is issued for each reading that changed something a screen shows. It is whole, never a difference: whoever missed the
 * one before needs only this one.
 */
export const Bulletin = Schema.Struct({
  matchId: MatchId,
  /**
   * Rises with every bulletin of a match, whatever the clocks do (Apple: a push whose `timestamp` is not above the last one
   * is ignored, silently). Shared by all activities of the match.
   */
  stamp: Instant.EpochSeconds,
  at: Instant.Instant,
  content: ContentState,
  /** What leads it; null for a plain change of the score. */
  event: Schema.NullOr(MatchEvent),
  importance: Importance,
  /** What buzzes, if it does. */
  alert: Schema.NullOr(Schema.Struct({ title: Schema.String, body: Schema.String })),
  /** 0 to 100 (Apple: `relevance-score`). */
  relevance: Schema.Int,
  /** When the screen should say that it is out of date (Apple: `stale-date`). */
  staleAt: Instant.EpochSeconds,
  /** The last of its match: activities end with it. */
  final: Schema.Boolean
})
export type Bulletin = typeof Bulletin.Type

/** Names a bulletin: the match and its stamp, which no other bulletin of the match has. */
export const idOf = (self: Bulletin): string => `${self.matchId}/${self.stamp}`
