import { Instant } from "@sightscreen/decider"
import type { Ids, Snapshot } from "@sightscreen/domain"
import { Clock, Effect, Layer } from "effect"
import { Feed } from "../Feed.ts"
import type { Recording } from "./Recording.ts"
import * as Timeline from "./Timeline.ts"

/** Recordings as a feed: matches that are played again, at times of our choosing. */

/** One snapshot for each ball, as a reader sees who never misses one. */
export const ballByBall = (
  recording: Recording,
  options: Timeline.Options = {}
): ReadonlyArray<Snapshot.Snapshot> => {
  const timeline = Timeline.make(recording, options)
  return timeline.times.map((at, position) => Timeline.snapshot(timeline, position, at))
}

/** One snapshot each time that the feed comes to show something else: balls, breaks, the end. */
export const everyChange = (
  recording: Recording,
  options: Timeline.Options = {}
): ReadonlyArray<Snapshot.Snapshot> => {
  const timeline = Timeline.make(recording, options)
  return Timeline.changes(timeline).map((instant) => at(timeline, instant))
}

/** What a poll sees. Polls may come at any pace; each shares all it can with the one before. */
export const at = (timeline: Timeline.Timeline, instant: Instant.Instant): Snapshot.Snapshot =>
  Timeline.snapshot(timeline, Timeline.positionAt(timeline, instant), instant)

/** Plays the timelines by the clock. */
export const layer = (timelines: Iterable<Timeline.Timeline>): Layer.Layer<Feed> => {
  const matches = new Map<Ids.MatchId, Timeline.Timeline>()
  for (const timeline of timelines) matches.set(timeline.info.matchId, timeline)
  const now = Effect.map(Clock.currentTimeMillis, Instant.fromMillis)
  return Layer.succeed(Feed, {
    snapshot: (matchId) =>
      Effect.map(now, (instant) => {
        const timeline = matches.get(matchId)
        return timeline === undefined ? null : at(timeline, instant)
      }),
    schedule: () =>
      Effect.map(now, (instant) =>
        [...matches.values()].map((timeline) => {
          const { outcome, status } = at(timeline, instant)
          return { info: timeline.info, status, outcome }
        })
      ),
    live: Effect.map(now, (instant) =>
      [...matches].flatMap(([matchId, timeline]) => (Timeline.isLive(timeline, instant) ? [matchId] : []))
    ),
    isMarquee: () => Effect.succeed(true)
  })
}
