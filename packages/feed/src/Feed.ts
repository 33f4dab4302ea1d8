import type { Ids, Outcome, Snapshot, Status } from "@sightscreen/domain"
import { Context, type Effect } from "effect"
import type { FeedError } from "./FeedError.ts"

/** A match as a schedule lists it. */
export interface Listed {
  readonly info: Snapshot.MatchInfo
  readonly status: Status.Status
  readonly outcome: Outcome.Outcome | null
}

/** Where scores come from. What a feed knows is asked for; nothing is pushed. */
export class Feed extends Context.Service<
  Feed,
  {
    /** The whole match as the feed shows it now; null where the feed does not know the match. */
    readonly snapshot: (matchId: Ids.MatchId) => Effect.Effect<Snapshot.Snapshot | null, FeedError>
    /** The matches that the feed's schedule lists, begun or not. */
    readonly schedule: Effect.Effect<ReadonlyArray<Listed>, FeedError>
    /** The matches that have begun; a feed may go on listing one that is over. */
    readonly live: Effect.Effect<ReadonlyArray<Ids.MatchId>, FeedError>
  }
>()("@sightscreen/feed/Feed") {}
