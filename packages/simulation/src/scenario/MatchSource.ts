import { Ids, type Outcome, Wording } from "@sightscreen/domain"
import { Drama, Play, type Recording, Timeline } from "@sightscreen/feed"
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
    /** What it is to have in it, beside what chance brings. */
    dramas: Schema.Array(Schema.Literals(Object.keys(Drama.dramas) as Array<Drama.Drama>))
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

export type Generated = Extract<MatchSource, { readonly _tag: "Generated" }>

/** A match that invents itself, and how it went in time. */
export const played = ({ dramas, format, seed }: Generated): Play.Play => Play.of(seed, { format, dramas })

/** The match in time. Its name is always {@link matchId}. One that invents itself has a pace, days and rain of its own. */
export const timelineOf = (self: Match, recording: Recording.Recording): Timeline.Timeline =>
  Timeline.make(self.deliveries === null ? recording : cut(recording, self.deliveries), {
    ballMillis: self.ballMillis,
    breakMillis: self.breakMillis,
    ...(self.source._tag === "Generated" ? played(self.source).timing : {}),
    matchId,
    startsAt: Instant.fromMillis(worldBegins + self.startsAfter)
  })

/** How it ends, in words. */
export const resultOf = ({ end, info }: Timeline.Timeline): string =>
  Wording.result({ info, ...end, players: {}, innings: [], readAt: info.startsAt })

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
