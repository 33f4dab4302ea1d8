import type { Instant } from "@sightscreen/decider"
import type { Ids, Outcome, Snapshot, Status } from "@sightscreen/domain"
import { Context, type Effect } from "effect"
import type { FeedError } from "./FeedError.ts"

/** A match as a schedule lists it. */
export interface Listed {
  readonly info: Snapshot.MatchInfo
  readonly status: Status.Status
  readonly outcome: Outcome.Outcome | null
}

/** From then on, and before then. */
export interface Window {
  readonly from: Instant.Instant
  readonly to: Instant.Instant
}

/** Where scores come from. What a feed knows is asked for; nothing is pushed. */
export class Feed extends Context.Service<
  Feed,
  {
    /** The whole match as the feed shows it now; null where the feed does not know the match. */
    readonly snapshot: (matchId: Ids.MatchId) => Effect.Effect<Snapshot.Snapshot | null, FeedError>
    /** The matches that the feed's schedule lists, begun or not, at least those that start within the window. */
    readonly schedule: (window: Window) => Effect.Effect<ReadonlyArray<Listed>, FeedError>
    /** The matches that have begun; a feed may go on listing one that is over. */
    readonly live: Effect.Effect<ReadonlyArray<Ids.MatchId>, FeedError>
    /** Whether it is one of those that the feed tells ball by ball, which are read at the quick pace. */
    readonly isMarquee: (matchId: Ids.MatchId) => Effect.Effect<boolean>
  }
>()("@sightscreen/feed/Feed") {}
