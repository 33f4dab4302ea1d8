import { Instant } from "@sightscreen/decider"
import { Schema } from "effect"
import { MatchId, PlayerId } from "../Ids.ts"
import { Format } from "./Format.ts"
import { Manner } from "./Delivery.ts"
import { Outcome, Side } from "./Outcome.ts"
import { Over } from "./Over.ts"
import { Status } from "./Status.ts"

export const Team = Schema.Struct({
  name: Schema.NonEmptyString,
  /** Three letters or so, for the small places: "IND". */
  code: Schema.NonEmptyString
})
export type Team = typeof Team.Type

/** What does not change while a match is played. */
export const MatchInfo = Schema.Struct({
  matchId: MatchId,
  format: Format,
  home: Team,
  away: Team,
  competition: Schema.String,
  venue: Schema.NullOr(Schema.String),
  startsAt: Instant.Instant
})
export type MatchInfo = typeof MatchInfo.Type

/** What the side batting must make, and in how many balls where balls are limited. */
export const Target = Schema.Struct({ runs: Schema.Int, balls: Schema.NullOr(Schema.Int) })
export type Target = typeof Target.Type

export const BatterLine = Schema.Struct({
  id: PlayerId,
  runs: Schema.Int,
  balls: Schema.Int,
  fours: Schema.Int,
  sixes: Schema.Int,
  /** Null while not out. */
  out: Schema.NullOr(
    Schema.Struct({
      manner: Manner,
      bowler: Schema.NullOr(PlayerId),
      fielders: Schema.Array(Schema.String)
    })
  )
})
export type BatterLine = typeof BatterLine.Type

export const BowlerLine = Schema.Struct({
  id: PlayerId,
  /** Legal balls. */
  balls: Schema.Int,
  maidens: Schema.Int,
  runs: Schema.Int,
  wickets: Schema.Int
})
export type BowlerLine = typeof BowlerLine.Type

/**
 * What a feed knows of an innings: every ball, or the scorecard alone.
 *
 * With balls the figures are worked out here; `stated` are the feed's own totals, kept to be compared.
 */
export const Card = Schema.TaggedUnion({
  Balls: {
    overs: Schema.Array(Over),
    stated: Schema.NullOr(Schema.Struct({ runs: Schema.Int, wickets: Schema.Int }))
  },
  Scores: {
    runs: Schema.Int,
    wickets: Schema.Int,
    /** Completed overs, and legal balls of the one under way. */
    overs: Schema.Int,
    balls: Schema.Int,
    extras: Schema.NullOr(Schema.Int),
    batting: Schema.Array(BatterLine),
    bowling: Schema.Array(BowlerLine),
    striker: Schema.NullOr(PlayerId),
    nonStriker: Schema.NullOr(PlayerId),
    bowler: Schema.NullOr(PlayerId)
  }
})
export type Card = typeof Card.Type

export const InningsReading = Schema.Struct({
  batting: Side,
  superOver: Schema.Boolean,
  target: Schema.NullOr(Target),
  declared: Schema.Boolean,
  forfeited: Schema.Boolean,
  /** Penalty runs outside any delivery: before the first ball, and after the last (Law 41). */
  penalties: Schema.Struct({ pre: Schema.Int, post: Schema.Int }),
  card: Card
})
export type InningsReading = typeof InningsReading.Type

/**
 * A match as a feed shows it at one moment, in our words: the border that every feed's adapter translates to.
 *
 * A snapshot is whole: innings and balls that are no longer in it have been taken back. Parts that are unchanged since the
 * reading before may be the very same objects, and then cost nothing to read again.
 */
export const Snapshot = Schema.Struct({
  info: MatchInfo,
  /** When it was read. */
  at: Instant.Instant,
  status: Status,
  /** Names of all players that the innings mention. */
  players: Schema.Record(PlayerId, Schema.String),
  /** In order of play, super overs included. */
  innings: Schema.Array(InningsReading),
  outcome: Schema.NullOr(Outcome)
})
export type Snapshot = typeof Snapshot.Type
