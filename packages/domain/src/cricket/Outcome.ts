import { Schema } from "effect"

export const Side = Schema.Literals(["home", "away"])
export type Side = typeof Side.Type

/**
 * How a match ended (Law 16).
 *
 * A margin of an innings carries the runs as well ("an innings and 46 runs"); a match may also be won without a margin, on
 * a countback or a run rate, and `method` then says how.
 */
export const Outcome = Schema.TaggedUnion({
  Won: {
    winner: Side,
    by: Schema.Struct({
      innings: Schema.NullOr(Schema.Int),
      runs: Schema.NullOr(Schema.Int),
      wickets: Schema.NullOr(Schema.Int)
    }),
    method: Schema.NullOr(Schema.String)
  },
  Tied: {
    /** Who won what settles a tie; null where nothing did. */
    winner: Schema.NullOr(Side),
    decidedBy: Schema.NullOr(Schema.String),
    method: Schema.NullOr(Schema.String)
  },
  Drawn: { method: Schema.NullOr(Schema.String) },
  NoResult: { method: Schema.NullOr(Schema.String) },
  Awarded: { winner: Schema.NullOr(Side), method: Schema.NullOr(Schema.String) }
})
export type Outcome = typeof Outcome.Type

export const winner = (self: Outcome): Side | null =>
  self._tag === "Won" || self._tag === "Tied" || self._tag === "Awarded" ? self.winner : null
