import { Instant } from "@sightscreen/decider"
import { Schema } from "effect"
import { PlayerId } from "../Ids.ts"
import { type Delivery } from "./Delivery.ts"
import { isLimited } from "./Format.ts"
import { bowled, Innings, spent } from "./Innings.ts"
import { Outcome, type Side } from "./Outcome.ts"
import { MatchInfo, type Target, type Team } from "./Snapshot.ts"
import { isOver, Status } from "./Status.ts"

/** A match as we know it: what the last accepted snapshot said, with all figures counted. */
export const Match = Schema.Struct({
  info: MatchInfo,
  status: Status,
  players: Schema.Record(PlayerId, Schema.String),
  innings: Schema.Array(Innings),
  outcome: Schema.NullOr(Outcome),
  /** When the snapshot behind it was read. */
  readAt: Instant.Instant
})
export type Match = typeof Match.Type

export const team = (self: Match, side: Side): Team => self.info[side]

export const nameOf = (self: Match, id: PlayerId): string => self.players[id] ?? id

/** The innings under way, or the last one. */
export const current = (self: Match): Innings | undefined => self.innings[self.innings.length - 1]

/** A ball has been bowled, or an innings given away. */
export const hasBegun = (self: Match): boolean => self.innings.length > 0

/**
 * The innings can have no further ball: a later one is there, a break was called, or the match is over.
 *
 * In a break a feed may already list the innings to come; that one is not over.
 */
export const isInningsOver = (self: Match, innings: Innings): boolean =>
  innings.number < self.innings.length ||
  isOver(self.status) ||
  (self.status === "innings break" && (bowled(innings) > 0 || innings.forfeited || innings.declared))

/** No further innings is to come after this one, as far as the format tells. */
export const isLastInnings = (self: Match, innings: Innings): boolean =>
  innings.number === self.innings.length && isOver(self.status)

/**
 * What the side batting has to make: as the feed says (rain changes it), else one more than the runs it is behind, in the
 * last innings only.
 */
export const target = (self: Match, innings: Innings): Target | null => {
  if (innings.target !== null) return innings.target
  const { format } = self.info
  if (innings.superOver) {
    const before = self.innings[innings.number - 2]
    // Super overs come in pairs; only the second of a pair chases.
    const first = self.innings.findIndex((one) => one.superOver)
    return before !== undefined && before.superOver && (innings.number - 1 - first) % 2 === 1
      ? { runs: before.runs + 1, balls: format.ballsPerOver }
      : null
  }
  if (innings.number !== format.innings) return null
  let behind = 0
  for (const one of self.innings) {
    if (one.number < innings.number) behind += one.batting === innings.batting ? -one.runs : one.runs
  }
  const balls = isLimited(format) && format.overs !== null ? format.overs * format.ballsPerOver : null
  return behind + 1 > 0 ? { runs: behind + 1, balls } : null
}

/** Runs still to make, and balls to make them in; null where the side does not chase. */
export const chase = (self: Match, innings: Innings): Target | null => {
  const aim = target(self, innings)
  if (aim === null) return null
  const balls = aim.balls === null ? null : Math.max(0, aim.balls - spent(innings, self.info.format))
  return { runs: aim.runs - innings.runs, balls }
}

/** How far the side batting is ahead, over all its innings so far; negative when it trails. */
export const lead = (self: Match, innings: Innings): number => {
  let ahead = 0
  for (const one of self.innings) {
    if (one.number <= innings.number && !one.superOver)
      ahead += one.batting === innings.batting ? one.runs : -one.runs
  }
  return ahead
}

/** Deliveries of the innings before this one: what the running number of its first ball is. */
export const deliveriesBefore = (innings: ReadonlyArray<Innings>, number: number): number => {
  let count = 0
  for (const one of innings) if (one.number < number) count += bowled(one)
  return count
}

/** The last balls of an innings, oldest first. */
export const lastBalls = (self: Innings, count: number): ReadonlyArray<Delivery> => {
  const balls: Array<Delivery> = []
  const overs = self.held ?? []
  for (let index = overs.length - 1; index >= 0 && balls.length < count; index--) {
    const { deliveries } = overs[index]!
    for (let nth = deliveries.length - 1; nth >= 0 && balls.length < count; nth--)
      balls.push(deliveries[nth]!)
  }
  return balls.toReversed()
}

/** The match without its balls, as it is kept: the feed has the balls, and gives them again. */
export const withoutBalls = (self: Match): Match => ({
  ...self,
  innings: self.innings.map((innings) => (innings.held === null ? innings : { ...innings, held: null }))
})
