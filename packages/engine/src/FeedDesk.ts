import type { Ids } from "@sightscreen/domain"
import { SportMonks } from "@sightscreen/feed"
import { Clock, Context, Data, DateTime, Duration, Effect, Layer, Option, type Schema } from "effect"

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
>()("@sightscreen/engine/FeedDesk") {
  /** Both days are among those asked for; without them it is today. */
  static readonly sportmonks = Layer.effect(
    FeedDesk,
    Effect.map(SportMonks.Raw, ({ fixtures, forget, remembered }) =>
      FeedDesk.of({
        fixtures: Effect.fnUntraced(function* ({ from, limit, to }) {
          const now = yield* Clock.currentTimeMillis
          const first = from === null ? now : millisOf(from)
          const last = to === null ? Math.max(now, first ?? now) : millisOf(to)
          if (first === null || last === null)
            return yield* new FeedDeskFailed({ problem: "dates are written as 2026-06-14" })
          // The end of the feed's span is exclusive at midnight.
          const span = { from: day(first), to: day(last + Duration.toMillis(Duration.days(1))), limit }
          return yield* Effect.mapError(
            fixtures(span),
            (error) => new FeedDeskFailed({ problem: error.message })
          )
        }),
        clear: forget,
        stats: remembered
      })
    )
  )
}

const day = (millis: number): string => DateTime.formatIsoDateUtc(DateTime.makeUnsafe(millis))

const millisOf = (date: string): number | null =>
  Option.getOrNull(Option.map(DateTime.make(`${date}T00:00:00Z`), DateTime.toEpochMillis))
