import { Delivery, type Ids, type Outcome, type Over, type Snapshot } from "@sightscreen/domain"

/**
 * A match that has been played, ball by ball: what every kind of record is read into.
 *
 * A recording knows the order of the balls and not their times. Overs ascend by number and have at least one ball; a
 * ball's `over` is the number of its over and its `nth` its place in it, from 1. Players are named by the record, so a
 * player's id is his name there.
 */
export interface Recording {
  /** `startsAt` is a fixed hour of the first day: records have no times. */
  readonly info: Snapshot.MatchInfo
  /** "male" or "female", as Cricsheet writes it. */
  readonly gender: string
  /** Cricsheet's word: Test, ODI, T20, IT20, ODM, MDM. */
  readonly matchType: string
  /** The days of the match, "2026-03-08". */
  readonly dates: ReadonlyArray<string>
  /** Both sides and everybody the balls mention. */
  readonly players: Readonly<Record<Ids.PlayerId, string>>
  /** In order of play, super overs included. */
  readonly innings: ReadonlyArray<Innings>
  readonly outcome: Outcome.Outcome
}

export interface Innings {
  readonly batting: Outcome.Side
  readonly superOver: boolean
  /** As recorded. Several days' matches and super overs carry none. */
  readonly target: Snapshot.Target | null
  readonly declared: boolean
  readonly forfeited: boolean
  /** Penalty runs outside any delivery: before the first ball, and after the last (Law 41). */
  readonly penalties: { readonly pre: number; readonly post: number }
  readonly overs: ReadonlyArray<Over.Over>
}

export const noPenalties: Innings["penalties"] = { pre: 0, post: 0 }

/** Deliveries of the match, wides and no-balls and super overs included. */
export const deliveries = (self: Recording): number => {
  let count = 0
  for (const innings of self.innings) for (const over of innings.overs) count += over.deliveries.length
  return count
}

/** What the side made, penalty runs included. */
export const runs = (self: Innings): number => {
  let sum = self.penalties.pre + self.penalties.post
  for (const over of self.overs) for (const ball of over.deliveries) sum += Delivery.total(ball)
  return sum
}
