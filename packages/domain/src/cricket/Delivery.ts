import { Instant } from "@sightscreen/decider"
import { Schema } from "effect"
import { PlayerId } from "../Ids.ts"

/** How a batter's innings ended, or was broken off, in the words of the Laws (Laws 25.4 and 32 to 40). */
export const Manner = Schema.Literals([
  "bowled",
  "caught",
  "caught and bowled",
  "lbw",
  "stumped",
  "hit wicket",
  "run out",
  "obstructing the field",
  "hit the ball twice",
  "handled the ball",
  "timed out",
  "retired out",
  "retired hurt",
  "retired not out"
])
export type Manner = typeof Manner.Type

interface Meaning {
  /** The side loses a wicket. */
  readonly counts: boolean
  /** The wicket is the bowler's. */
  readonly credited: boolean
  /** It happens between two deliveries, whichever delivery the feed files it under. */
  readonly between: boolean
}

const credited: Meaning = { counts: true, credited: true, between: false }
const uncredited: Meaning = { counts: true, credited: false, between: false }

/** Law 25.4: who retires hurt may come back, and no wicket has fallen; who retires otherwise is out, but not to the bowler. */
export const meaning: Readonly<Record<Manner, Meaning>> = {
  bowled: credited,
  caught: credited,
  "caught and bowled": credited,
  lbw: credited,
  stumped: credited,
  "hit wicket": credited,
  "run out": uncredited,
  "obstructing the field": uncredited,
  "hit the ball twice": uncredited,
  "handled the ball": uncredited,
  "timed out": { counts: true, credited: false, between: true },
  "retired out": { counts: true, credited: false, between: true },
  "retired hurt": { counts: false, credited: false, between: true },
  "retired not out": { counts: false, credited: false, between: true }
}

export const Dismissal = Schema.Struct({
  batter: PlayerId,
  manner: Manner,
  /** Catcher, keeper or throwers, as the feed names them; empty where nobody is named. */
  fielders: Schema.Array(Schema.String)
})
export type Dismissal = typeof Dismissal.Type

/**
 * One ball that was bowled, counted or not.
 *
 * Runs are kept by where they came from, so that every total can be worked out: the batter's (`bat`), the bowler's
 * (bat, wides and no-balls) and the side's (all).
 */
export const Delivery = Schema.Struct({
  /** The feed's own name for the ball, while it has one; feeds delete and re-create balls under other names. */
  id: Schema.NullOr(Schema.String),
  /** The over, from 0. */
  over: Schema.Int,
  /** The running number within the over, from 1, wides and no-balls included. */
  nth: Schema.Int,
  batter: PlayerId,
  nonStriker: PlayerId,
  bowler: PlayerId,
  /** Runs off the bat. */
  bat: Schema.Int,
  wides: Schema.Int,
  noBalls: Schema.Int,
  byes: Schema.Int,
  legByes: Schema.Int,
  /** Penalty runs to the batting side with this ball (Law 41). */
  penalty: Schema.Int,
  /** The ball reached the boundary off the bat; four or six all run, or with overthrows, did not (Law 19.7). */
  boundary: Schema.Boolean,
  dismissals: Schema.Array(Dismissal),
  /** When it was bowled, where the feed knows. */
  at: Schema.NullOr(Instant.Instant)
})
export type Delivery = typeof Delivery.Type

/** Law 17.3: a wide or a no-ball does not count in the over. */
export const isLegal = (self: Delivery): boolean => self.wides === 0 && self.noBalls === 0

/** A wide is not faced (Law 22); a no-ball is. */
export const isFaced = (self: Delivery): boolean => self.wides === 0

export const total = (self: Delivery): number =>
  self.bat + self.wides + self.noBalls + self.byes + self.legByes + self.penalty

/** What the bowler pays for: bat, wides and no-balls (Laws 21.18, 22.9, 23). */
export const conceded = (self: Delivery): number => self.bat + self.wides + self.noBalls

export const isFour = (self: Delivery): boolean => self.boundary && self.bat === 4
export const isSix = (self: Delivery): boolean => self.boundary && self.bat === 6

/** Says the same of the same ball, whatever objects say it. */
export const same = (self: Delivery, that: Delivery): boolean =>
  self === that ||
  (self.id === that.id &&
    self.over === that.over &&
    self.nth === that.nth &&
    self.bat === that.bat &&
    self.wides === that.wides &&
    self.noBalls === that.noBalls &&
    self.byes === that.byes &&
    self.legByes === that.legByes &&
    self.penalty === that.penalty &&
    self.boundary === that.boundary &&
    self.batter === that.batter &&
    self.nonStriker === that.nonStriker &&
    self.bowler === that.bowler &&
    self.dismissals.length === that.dismissals.length &&
    self.dismissals.every((dismissal, index) => {
      const other = that.dismissals[index]!
      return (
        dismissal.batter === other.batter &&
        dismissal.manner === other.manner &&
        dismissal.fielders.length === other.fielders.length &&
        dismissal.fielders.every((name, fielder) => name === other.fielders[fielder])
      )
    }))
