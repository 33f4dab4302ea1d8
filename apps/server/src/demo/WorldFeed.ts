import { Feed, FeedError } from "@sightscreen/feed"
import { Effect, Layer } from "effect"
import * as RealTime from "../RealTime.ts"
import type { WorldClient } from "./WorldClient.ts"

/** A hanging feed is let go, in our time. */
const patience = "8 seconds"

const asked = <A, E>(subject: string, call: Effect.Effect<A, E>): Effect.Effect<A, FeedError.FeedError> =>
  call.pipe(
    Effect.timeout(patience),
    Effect.mapError(
      () =>
        new FeedError.FeedError({
          reason: "unreachable",
          subject,
          problem: "the demo's feed does not answer"
        })
    ),
    RealTime.provide
  )

/** The world's scores, as a feed. */
export const layer = (client: WorldClient): Layer.Layer<Feed.Feed> =>
  Layer.succeed(
    Feed.Feed,
    Feed.Feed.of({
      snapshot: (matchId) => asked(matchId, client.world.snapshot({ params: { matchId } })),
      schedule: () => asked("schedule", client.world.schedule()),
      isMarquee: () => Effect.succeed(true),
      live: asked("live matches", client.world.live())
    })
  )
