import { Ids, type Outcome } from "@sightscreen/domain"
import { type Recording, Timeline } from "@sightscreen/feed"
import { Instant } from "@sightscreen/decider"
import { Schema } from "effect"

/** Where a scenario's match comes from. */
export const MatchSource = Schema.TaggedUnion({
  /** A tape that comes with the feed, by its number or alias. */
  Bundled: { name: Schema.NonEmptyString },
  /** A tape of one's own. The digest of its text says whether it is still the same. */
  File: { path: Schema.NonEmptyString, digest: Schema.NonEmptyString },
  /** A match that invents itself. */
  Generated: {
    format: Schema.Literals(["t20", "odi", "test", "hundred"]),
    seed: Schema.Int,
    drama: Schema.String
  }
})
export type MatchSource = typeof MatchSource.Type

/** A match, and how it is laid out in time. */
export const Match = Schema.Struct({
  source: MatchSource,
  /** Only the first so many balls are played, and no result comes of it; all where null. */
  deliveries: Schema.NullOr(Schema.Int),
  /** From the beginning of the world to the first ball, in milliseconds. */
  startsAfter: Schema.Int,
  ballMillis: Schema.Int,
  breakMillis: Schema.Int
})
export type Match = typeof Match.Type

/** When the world of every scenario begins. */
export const worldBegins = Instant.fromMillis(1_760_000_000_000)

export const matchId = "the-match" as Ids.MatchId

/** The match in time. Its name is always {@link matchId}. */
export const timelineOf = (self: Match, recording: Recording.Recording): Timeline.Timeline =>
  Timeline.make(self.deliveries === null ? recording : cut(recording, self.deliveries), {
    matchId,
    startsAt: Instant.fromMillis(worldBegins + self.startsAfter),
    ballMillis: self.ballMillis,
    breakMillis: self.breakMillis
  })

/** The first so many balls of a match, which is then given up. */
export const cut = (recording: Recording.Recording, deliveries: number): Recording.Recording => {
  let left = deliveries
  const innings: Array<Recording.Innings> = []
  for (const one of recording.innings) {
    if (left <= 0) break
    const overs: Array<Recording.Innings["overs"][number]> = []
    for (const over of one.overs) {
      if (left <= 0) break
      const some = over.deliveries.slice(0, left)
      left -= some.length
      overs.push(
        some.length === over.deliveries.length ? over : { ...over, deliveries: some, complete: false }
      )
    }
    const isWhole =
      overs.length === one.overs.length &&
      overs.at(-1)?.deliveries.length === one.overs.at(-1)?.deliveries.length
    innings.push(isWhole ? one : { ...one, overs, declared: false, penalties: { ...one.penalties, post: 0 } })
  }
  return left > 0 ? recording : { ...recording, innings, outcome: givenUp }
}

const givenUp: Outcome.Outcome = { _tag: "NoResult", method: null }
