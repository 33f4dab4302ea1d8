import type { Ids } from "@sightscreen/domain"
import { Context, Data, type Effect, type Schema } from "effect"

export interface CacheStats {
  readonly name: string
  readonly entries: number
  readonly hits: number
  readonly misses: number
}

/** The feed does not answer. */
export class FeedDeskFailed extends Data.TaggedError("FeedDeskFailed")<{ readonly problem: string }> {}

/**
 * What operators may ask of the feed beside its matches: what it gave, letter by letter, and what is remembered of it.
 *
 * Asked for as an optional service: not every feed has raw fixtures, or caches.
 */
export class FeedDesk extends Context.Service<
  FeedDesk,
  {
    /** Dates as `YYYY-MM-DD`. Nothing in it is secret. */
    readonly fixtures: (asked: {
      readonly from: string | null
      readonly to: string | null
      readonly limit: number
    }) => Effect.Effect<ReadonlyArray<Schema.Json>, FeedDeskFailed>
    /** Forgets what is remembered of a match, or everything, and tells how much that was. */
    readonly clear: (matchId: Ids.MatchId | null) => Effect.Effect<number>
    readonly stats: Effect.Effect<ReadonlyArray<CacheStats>>
  }
>()("@sightscreen/engine/FeedDesk") {}
