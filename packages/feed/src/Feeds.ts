import type { Ids } from "@sightscreen/domain"
import { Effect, Result } from "effect"
import type { Feed } from "./Feed.ts"
import type { FeedError } from "./FeedError.ts"

/**
 * Two feeds as one: matches whose ids begin with a prefix come from one of them, all others from the other.
 *
 * Neither is worse off for the other's troubles: a list is what those that answer list, and fails only with both.
 */
export const both = (
  main: Feed["Service"],
  other: { readonly prefix: string; readonly feed: Feed["Service"] }
): Feed["Service"] => {
  const of = (matchId: Ids.MatchId) => (matchId.startsWith(other.prefix) ? other.feed : main)
  const joined = <A>(
    ask: (feed: Feed["Service"]) => Effect.Effect<ReadonlyArray<A>, FeedError>
  ): Effect.Effect<ReadonlyArray<A>, FeedError> =>
    Effect.gen(function* () {
      const [first, second] = yield* Effect.all([Effect.result(ask(main)), Effect.result(ask(other.feed))], {
        concurrency: 2
      })
      if (Result.isFailure(first)) {
        if (Result.isFailure(second)) return yield* first.failure
        yield* Effect.logWarning(first.failure.message)
        return second.success
      }
      if (Result.isFailure(second)) {
        yield* Effect.logWarning(second.failure.message)
        return first.success
      }
      return [...first.success, ...second.success]
    })
  return {
    snapshot: (matchId) => of(matchId).snapshot(matchId),
    schedule: (window) => joined((feed) => feed.schedule(window)),
    live: joined((feed) => feed.live),
    isMarquee: (matchId) => of(matchId).isMarquee(matchId)
  }
}
