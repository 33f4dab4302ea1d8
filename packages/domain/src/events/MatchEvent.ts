import { Instant } from "@sightscreen/decider"
import { Schema } from "effect"
import { Manner } from "../cricket/Delivery.ts"
import { PlayerId } from "../Ids.ts"

/** Where in the match something happened; see `Progress.Position`. */
export const Position = Schema.Struct({
  innings: Schema.Int,
  over: Schema.Int,
  delivery: Schema.Int,
  label: Schema.String,
  seq: Schema.Int
})

const common = {
  position: Position,
  /** The ball it came with: the feed's name for it, else its place. */
  ball: Schema.String,
  /** When it happened, or was first seen where the feed does not say. */
  at: Instant.Instant
}

/**
 * Something a follower could want to know. One reading of the feed may yield several.
 *
 * The names are those that the app, the API and the statistics share.
 */
export const MatchEvent = Schema.TaggedUnion({
  match_end: common,
  innings_end: common,
  /** `runs` is the multiple of 100 that was reached. */
  hundred: { ...common, batter: PlayerId, runs: Schema.Int, balls: Schema.Int },
  batsman_on_90s: { ...common, batter: PlayerId, runs: Schema.Int },
  fifty: { ...common, batter: PlayerId, runs: Schema.Int, balls: Schema.Int },
  batsman_on_fire: { ...common, batter: PlayerId, runs: Schema.Int, balls: Schema.Int },
  bowler_on_fire: {
    ...common,
    bowler: PlayerId,
    wickets: Schema.Int,
    runs: Schema.Int,
    balls: Schema.Int,
    /** As the umpires counted them: "3.4". */
    overs: Schema.String
  },
  wicket: {
    ...common,
    batter: PlayerId,
    runs: Schema.Int,
    balls: Schema.Int,
    /** Null where no bowler is credited. */
    bowler: Schema.NullOr(PlayerId),
    manner: Schema.NullOr(Manner),
    fielders: Schema.Array(Schema.String),
    /** Total and wickets at its fall: "87/3". */
    score: Schema.String,
    bowlerWickets: Schema.NullOr(Schema.Int)
  },
  new_batsman: { ...common, batter: PlayerId },
  hattrick: { ...common, bowler: PlayerId },
  on_hattrick: { ...common, bowler: PlayerId },
  consecutive_sixes: { ...common, batter: PlayerId, count: Schema.Int },
  maiden: { ...common, bowler: PlayerId },
  six: { ...common, batter: PlayerId },
  four: { ...common, batter: PlayerId }
})
export type MatchEvent = typeof MatchEvent.Type
export type Name = MatchEvent["_tag"]
export type Of<N extends Name> = Extract<MatchEvent, { readonly _tag: N }>

/** The player it is about; null where it is about the innings or the match. */
export const subject = (self: MatchEvent): PlayerId | null =>
  "batter" in self ? self.batter : "bowler" in self ? self.bowler : null

/** Names one event by the ball it came with. Two events with one key are one event. */
export const key = (self: MatchEvent): string => {
  switch (self._tag) {
    case "match_end":
      return "match_end"
    case "innings_end":
      return `innings_end/${self.position.innings}`
    default:
      return `${self._tag}/${self.position.innings}/${self.ball}/${subject(self)}`
  }
}

/**
 * Names the fact behind an event, whichever ball it is filed under: a feed that renumbers balls or enters one again under
 * another name still tells the same fact. What a player may do twice in an over has one name for both.
 */
export const fact = (self: MatchEvent): string => {
  const { innings, over } = self.position
  switch (self._tag) {
    case "match_end":
      return "match_end"
    case "innings_end":
      return `innings_end/${innings}`
    case "hundred":
      return `hundred/${innings}/${self.batter}/${self.runs}`
    case "fifty":
    case "batsman_on_90s":
    case "batsman_on_fire":
    case "new_batsman":
    case "wicket":
      return `${self._tag}/${innings}/${self.batter}`
    case "bowler_on_fire":
      return `bowler_on_fire/${innings}/${self.bowler}/${self.wickets}`
    case "maiden":
      return `maiden/${innings}/${over}`
    case "hattrick":
    case "on_hattrick":
      return `${self._tag}/${innings}/${self.bowler}/${over}`
    case "consecutive_sixes":
      return `consecutive_sixes/${innings}/${self.batter}/${over}/${self.count}`
    case "six":
    case "four":
      return `${self._tag}/${innings}/${self.batter}/${over}`
  }
}

/** Its fact names one event; of the others there may be several in an over. */
const isOnce = ({ _tag }: MatchEvent): boolean =>
  _tag !== "six" &&
  _tag !== "four" &&
  _tag !== "hattrick" &&
  _tag !== "on_hattrick" &&
  _tag !== "consecutive_sixes"

/**
 * The one event, taken away and entered again. What can happen twice in an over is known by its place. So is a dismissal, or
 * by the runs and balls of the batter, since wides may push it on and a scorecard does not tell its ball: who was called back
 * and is out later has faced more, and is out anew.
 */
export const isSame = (self: MatchEvent, that: MatchEvent): boolean => {
  if (self._tag !== that._tag) return false
  if (key(self) === key(that)) return true
  if (fact(self) !== fact(that)) return false
  const { position: here } = self
  const { position: there } = that
  const isThere = here.over === there.over && here.delivery === there.delivery
  if (isThere || self._tag !== "wicket" || that._tag !== "wicket") return isThere || isOnce(self)
  const isCard = here.delivery === 0 || there.delivery === 0
  return self.runs === that.runs && self.balls === that.balls && (isCard || here.label === there.label)
}
