import { Schema } from "effect"
import { PlayerId } from "../Ids.ts"
import {
  conceded,
  type Delivery,
  isFaced,
  isFour,
  isLegal,
  isSix,
  Manner,
  meaning,
  total
} from "./Delivery.ts"
import { asOvers, type Format } from "./Format.ts"
import { Side } from "./Outcome.ts"
import { Over } from "./Over.ts"
import { type InningsReading, Target } from "./Snapshot.ts"

/**
 * The figures of one innings, counted ball by ball or taken from a scorecard.
 *
 * Counting is a fold: `add` takes one ball and gives the next figures, and the same balls always give the same figures.
 * A correction is a count from the first ball again; nothing is ever subtracted.
 */
export const Out = Schema.Struct({
  manner: Manner,
  bowler: Schema.NullOr(PlayerId),
  fielders: Schema.Array(Schema.String)
})
export type Out = typeof Out.Type

export const Batter = Schema.Struct({
  id: PlayerId,
  runs: Schema.Int,
  /** Balls faced: all but wides. */
  balls: Schema.Int,
  fours: Schema.Int,
  sixes: Schema.Int,
  /** Sixes in a row off the balls he faced, up to the last one. */
  sixesRunning: Schema.Int,
  out: Schema.NullOr(Out),
  /** Left without being out, and has not come back. */
  retired: Schema.Boolean,
  /** His wicket is among those that fell; it stays down if he comes back, and falls no second time. */
  counted: Schema.Boolean
})
export type Batter = typeof Batter.Type

export const Bowler = Schema.Struct({
  id: PlayerId,
  /** Legal balls. */
  balls: Schema.Int,
  /** Overs that he bowled from end to end, as the umpires counted them. */
  overs: Schema.Int,
  /** Legal balls beside those overs: of the one under way, and of overs that he shared. */
  rest: Schema.Int,
  maidens: Schema.Int,
  runs: Schema.Int,
  wickets: Schema.Int,
  /** Wickets with consecutive deliveries of his in the match, up to the last one. */
  streak: Schema.Int
})
export type Bowler = typeof Bowler.Type

/** The over under way, or the last one if none is. */
export const CurrentOver = Schema.Struct({
  number: Schema.Int,
  bowler: PlayerId,
  /** More than one bowler has had a hand in it. */
  shared: Schema.Boolean,
  legal: Schema.Int,
  /** Runs charged to its bowlers. */
  conceded: Schema.Int,
  complete: Schema.Boolean
})
export type CurrentOver = typeof CurrentOver.Type

export const Innings = Schema.Struct({
  /** From 1, in order of play, super overs included. */
  number: Schema.Int,
  batting: Side,
  superOver: Schema.Boolean,
  target: Schema.NullOr(Target),
  declared: Schema.Boolean,
  forfeited: Schema.Boolean,
  runs: Schema.Int,
  wickets: Schema.Int,
  extras: Schema.Int,
  /** Penalty runs from before the first ball, and from after the last; both are in `runs`. */
  pre: Schema.Int,
  post: Schema.Int,
  /** Completed overs, as the umpires counted them. */
  overs: Schema.Int,
  /** Legal balls of the over under way. */
  balls: Schema.Int,
  /** Legal balls in all. */
  legal: Schema.Int,
  /** Deliveries in all; null where the feed gives none. */
  deliveries: Schema.NullOr(Schema.Int),
  /** In order of appearance. */
  batters: Schema.Array(Batter),
  bowlers: Schema.Array(Bowler),
  striker: Schema.NullOr(PlayerId),
  nonStriker: Schema.NullOr(PlayerId),
  bowler: Schema.NullOr(PlayerId),
  over: Schema.NullOr(CurrentOver),
  /** Since the last wicket. */
  partnership: Schema.Struct({ runs: Schema.Int, balls: Schema.Int }),
  /** The balls themselves; null where the feed gives none, or where a state came back from the database without them. */
  held: Schema.NullOr(Schema.Array(Over))
})
export type Innings = typeof Innings.Type

/** An innings before its first ball. */
export const begin = (number: number, reading: InningsReading): Innings => ({
  number,
  batting: reading.batting,
  superOver: reading.superOver,
  target: reading.target,
  declared: reading.declared,
  forfeited: reading.forfeited,
  runs: reading.penalties.pre,
  wickets: 0,
  extras: reading.penalties.pre,
  pre: reading.penalties.pre,
  post: 0,
  overs: 0,
  balls: 0,
  legal: 0,
  deliveries: 0,
  batters: [],
  bowlers: [],
  striker: null,
  nonStriker: null,
  bowler: null,
  over: null,
  partnership: { runs: 0, balls: 0 },
  held: []
})

export const batter = (self: Innings, id: PlayerId | null): Batter | undefined =>
  id === null ? undefined : self.batters.find((one) => one.id === id)

export const bowler = (self: Innings, id: PlayerId | null): Bowler | undefined =>
  id === null ? undefined : self.bowlers.find((one) => one.id === id)

/** The over and ball to show: "19.3", or "20" when the twentieth over is done. */
export const oversLabel = (self: Innings): string =>
  self.balls === 0 ? `${self.overs}` : `${self.overs}.${self.balls}`

/** A bowler's overs as his figures show them; an over that was miscounted is one over, however many balls it had. */
export const bowlerOvers = (self: Bowler, format: Format): string =>
  asOvers(format, self.overs * format.ballsPerOver + self.rest)

/** "87/3" while wickets remain, "87" when all are down. */
export const score = (self: Innings): string =>
  self.wickets === 10 ? `${self.runs}` : `${self.runs}/${self.wickets}`

/** Who is batting now: at the crease, and not out. */
export const atCrease = (self: Innings): ReadonlyArray<Batter> =>
  self.batters.filter((one) => (one.id === self.striker || one.id === self.nonStriker) && one.out === null)

/** Deliveries so far; legal balls alone where the feed gives no others. */
export const bowled = (self: Innings): number => self.deliveries ?? self.legal

/** Balls of the innings' allowance that are gone: a miscounted over took one over, however many balls it had. */
export const spent = (self: Innings, format: Format): number =>
  self.overs * format.ballsPerOver + Math.min(self.balls, format.ballsPerOver)

const arrival = (id: PlayerId): Batter => ({
  id,
  runs: 0,
  balls: 0,
  fours: 0,
  sixes: 0,
  sixesRunning: 0,
  out: null,
  retired: false,
  counted: false
})

const newcomer = (id: PlayerId, streak: number): Bowler => ({
  id,
  balls: 0,
  overs: 0,
  rest: 0,
  maidens: 0,
  runs: 0,
  wickets: 0,
  streak
})

const indexOf = (players: ReadonlyArray<{ readonly id: PlayerId }>, id: PlayerId): number => {
  for (let index = 0; index < players.length; index++) if (players[index]!.id === id) return index
  return -1
}

/** The legal balls that were already bowled in the over that a delivery belongs to. */
export const legalBefore = (self: Innings, ball: Delivery): number =>
  self.over !== null && self.over.number === ball.over ? self.over.legal : 0

/** At the crease again: who retired has come back, with the runs he had (Law 25.4), also who had retired out. */
const back = (one: Batter): Batter => ({
  ...one,
  out: one.out?.manner === "retired out" ? null : one.out,
  retired: false
})

/**
 * Counts one ball.
 *
 * `complete` says that the over is done with it. `streak` is the run of wickets the bowler brings along from his earlier
 * innings of the match, for his first ball of this one. `changesEnds` says whether the ends change with the over, once it is
 * complete.
 */
export const add = (
  self: Innings,
  ball: Delivery,
  complete: boolean,
  streak: number,
  changesEnds: boolean
): Innings => {
  const legal = isLegal(ball) ? 1 : 0
  const faced = isFaced(ball) ? 1 : 0
  const runs = total(ball)
  const charged = conceded(ball)

  const batters = self.batters.slice()
  let at = indexOf(batters, ball.batter)
  if (at < 0) at = batters.push(arrival(ball.batter)) - 1
  const facing = batters[at]!
  batters[at] = {
    id: facing.id,
    runs: facing.runs + ball.bat,
    balls: facing.balls + faced,
    fours: facing.fours + (isFour(ball) ? 1 : 0),
    sixes: facing.sixes + (isSix(ball) ? 1 : 0),
    sixesRunning: isSix(ball) ? facing.sixesRunning + 1 : faced === 1 ? 0 : facing.sixesRunning,
    out: facing.out === null ? null : back(facing).out,
    retired: false,
    counted: facing.counted
  }
  const other = indexOf(batters, ball.nonStriker)
  if (other < 0) batters.push(arrival(ball.nonStriker))
  else if (batters[other]!.retired || batters[other]!.out !== null) batters[other] = back(batters[other]!)

  let wickets = self.wickets
  let fell = false
  let credited = 0
  let striker: PlayerId | null = ball.batter
  let nonStriker: PlayerId | null = ball.nonStriker
  for (const { batter: id, fielders, manner } of ball.dismissals) {
    const { counts, credited: his } = meaning[manner]
    if (counts) fell = true
    if (his) credited += 1
    let index = indexOf(batters, id)
    // Timed out, or retired before the first ball he would have been at: he was never seen at the crease.
    if (index < 0) index = batters.push(arrival(id)) - 1
    const gone = batters[index]!
    // Who retired out, came back and is out in the end is one man, and one wicket.
    if (counts && !gone.counted) wickets += 1
    batters[index] = counts
      ? {
          ...gone,
          out: { manner, bowler: his ? ball.bowler : null, fielders },
          retired: false,
          counted: true
        }
      : { ...gone, retired: true }
    if (striker === id) striker = null
    if (nonStriker === id) nonStriker = null
  }

  const open = self.over !== null && self.over.number === ball.over ? self.over : null
  const over: CurrentOver = {
    number: ball.over,
    bowler: ball.bowler,
    shared: open !== null && (open.shared || open.bowler !== ball.bowler),
    legal: (open === null ? 0 : open.legal) + legal,
    conceded: (open === null ? 0 : open.conceded) + charged,
    complete
  }
  const whole = complete && !over.shared
  const maiden = whole && over.conceded === 0 ? 1 : 0

  const bowlers = self.bowlers.slice()
  let by = indexOf(bowlers, ball.bowler)
  if (by < 0) by = bowlers.push(newcomer(ball.bowler, streak)) - 1
  const bowling = bowlers[by]!
  bowlers[by] = {
    id: bowling.id,
    balls: bowling.balls + legal,
    overs: whole ? bowling.overs + 1 : bowling.overs,
    rest: whole ? bowling.rest + legal - over.legal : bowling.rest + legal,
    maidens: bowling.maidens + maiden,
    runs: bowling.runs + charged,
    wickets: bowling.wickets + credited,
    streak: credited > 0 ? bowling.streak + 1 : 0
  }

  // Who is on strike next: ends change with an odd number of runs taken by running, and once more with the over.
  const run =
    ball.bat + ball.byes + ball.legByes + Math.max(0, ball.wides - 1) + Math.max(0, ball.noBalls - 1)
  if ((run % 2 === 1) !== (complete && changesEnds)) [striker, nonStriker] = [nonStriker, striker]

  return {
    number: self.number,
    batting: self.batting,
    superOver: self.superOver,
    target: self.target,
    declared: self.declared,
    forfeited: self.forfeited,
    runs: self.runs + runs,
    wickets,
    extras: self.extras + runs - ball.bat,
    pre: self.pre,
    post: self.post,
    overs: complete ? ball.over + 1 : ball.over,
    balls: complete ? 0 : over.legal,
    legal: self.legal + legal,
    deliveries: (self.deliveries ?? 0) + 1,
    batters,
    bowlers,
    striker,
    nonStriker,
    bowler: ball.bowler,
    over,
    partnership: fell
      ? { runs: 0, balls: 0 }
      : { runs: self.partnership.runs + runs, balls: self.partnership.balls + legal },
    held: self.held
  }
}

/** The figures of a scorecard that came without balls. */
export const fromScores = (number: number, reading: InningsReading, format: Format): Innings => {
  const { card } = reading
  if (card._tag === "Balls") return begin(number, reading)
  return {
    ...begin(number, reading),
    runs: card.runs,
    wickets: card.wickets,
    extras: (card.extras ?? 0) + reading.penalties.pre + reading.penalties.post,
    post: reading.penalties.post,
    overs: card.overs,
    balls: card.balls,
    legal: card.overs * format.ballsPerOver + card.balls,
    deliveries: null,
    batters: card.batting.map((line) => ({
      ...line,
      sixesRunning: 0,
      retired: false,
      counted: line.out !== null && meaning[line.out.manner].counts
    })),
    bowlers: card.bowling.map((line) => ({ ...line, overs: 0, rest: line.balls, streak: 0 })),
    striker: card.striker,
    nonStriker: card.nonStriker,
    bowler: card.bowler,
    held: null
  }
}
