import { Instant } from "@sightscreen/decider"
import { Duration } from "effect"
import { type Delivery, isLegal, same } from "./Delivery.ts"
import { endsChange } from "./Format.ts"
import * as Innings from "./Innings.ts"
import * as Laws from "./Laws.ts"
import * as Match from "./Match.ts"
import type { Over } from "./Over.ts"
import type { InningsReading, Snapshot } from "./Snapshot.ts"
import { isOver, type Status } from "./Status.ts"
import type { PlayerId } from "../Ids.ts"

/**
 * From the match as it was and a snapshot to the match as it is, with everything that happened in between as values.
 *
 * Several balls may be new, none may be, or balls may have been changed, taken back or put in another order. New balls are
 * counted on; anything else is counted again from the first ball of the innings it touches, and the moments of those
 * innings are then all told again. Whoever remembers what was said compares: that is the whole treatment of corrections.
 */
export interface Position {
  /** From 1, super overs included. */
  readonly innings: number
  /** From 0. */
  readonly over: number
  /** Running number in the over, from 1; 0 where an innings ended without a ball. */
  readonly delivery: number
  /** "over.n", n being the legal balls already bowled in the over + 1: a wide has the number of the ball to come. */
  readonly label: string
  /** Running number in the match, from 0; the last ball bowled where there is no ball. */
  readonly seq: number
}

export type Moment =
  | {
      readonly _tag: "Bowled"
      readonly ball: Delivery
      readonly before: Innings.Innings
      readonly after: Innings.Innings
      readonly position: Position
      readonly at: Instant.Instant
    }
  | {
      /** A scorecard changed; which balls did it is not known. */
      readonly _tag: "Scored"
      readonly before: Innings.Innings
      readonly after: Innings.Innings
      readonly position: Position
      readonly at: Instant.Instant
    }
  | {
      readonly _tag: "Closed"
      readonly innings: Innings.Innings
      readonly position: Position
      readonly at: Instant.Instant
    }
  | { readonly _tag: "Over"; readonly position: Position; readonly at: Instant.Instant }

export interface Progress {
  readonly _tag: "Progress"
  readonly match: Match.Match
  readonly moments: ReadonlyArray<Moment>
  /** The first innings whose balls were counted again; their moments are then all here, known ones included. */
  readonly retoldFrom: number | null
  /** Innings whose balls nobody here has counted before: what they tell up to a ball is history, not news. */
  readonly history: ReadonlyArray<History>
  readonly status: { readonly from: Status | null; readonly to: Status }
}

export interface History {
  readonly innings: number
  /** The running number of the first ball that is news; without end where nothing was known of the match. */
  readonly until: number
}

export interface Refused extends Laws.Refusal {
  readonly _tag: "Refused"
}

const refused = (reason: string): Refused => ({ _tag: "Refused", reason })

/** Readings pass each other on the way by seconds; one from longer ago was read by a clock that was set back since. */
export const outOfTurn = Duration.minutes(1)

/** What is read for so long, and nothing else, is believed: the mistake was ours, or names were yet to be known. */
export const insisting = Duration.minutes(3)

/** How the balls read now stand to the balls held: how many more there are, or that they are no longer the same. */
const continues = (
  held: ReadonlyArray<Over>,
  read: ReadonlyArray<Over>
): { readonly over: number; readonly nth: number } | null => {
  if (read.length < held.length) return null
  for (let index = 0; index < held.length; index++) {
    const was = held[index]!
    const is = read[index]!
    if (was === is) continue
    if (was.number !== is.number || is.deliveries.length < was.deliveries.length) return null
    for (let nth = 0; nth < was.deliveries.length; nth++) {
      if (!same(was.deliveries[nth]!, is.deliveries[nth]!)) return null
    }
    if (is.deliveries.length > was.deliveries.length) {
      // Only the last over can grow; and if it was complete, it has turned out to be longer than was said.
      if (index < held.length - 1 || was.complete) return null
      return { over: index, nth: was.deliveries.length }
    }
    if (was.complete !== is.complete) return null
  }
  return { over: held.length, nth: 0 }
}

/** The run of wickets a bowler brings into an innings from his last one for the same side. */
const streakBrought = (
  earlier: ReadonlyArray<Innings.Innings>,
  innings: Innings.Innings,
  id: PlayerId
): number => {
  if (innings.superOver) return 0
  for (let index = earlier.length - 1; index >= 0; index--) {
    const one = earlier[index]!
    if (one.superOver) continue
    const figures = Innings.bowler(one, id)
    if (figures !== undefined) return figures.streak
  }
  return 0
}

const lastPosition = (innings: Innings.Innings, before: number): Position => {
  const over = innings.held === null ? undefined : innings.held[innings.held.length - 1]
  const ball = over?.deliveries[over.deliveries.length - 1]
  if (over === undefined || ball === undefined) {
    // Without balls the scorecard's own count is all there is.
    return {
      innings: innings.number,
      over: innings.overs > 0 && innings.balls === 0 ? innings.overs - 1 : innings.overs,
      delivery: 0,
      label: innings.legal === 0 ? "0.0" : Innings.oversLabel(innings),
      seq: Math.max(0, before + Innings.bowled(innings) - 1)
    }
  }
  let legal = 0
  for (let index = 0; index < over.deliveries.length - 1; index++) {
    if (isLegal(over.deliveries[index]!)) legal += 1
  }
  return {
    innings: innings.number,
    over: over.number,
    delivery: ball.nth,
    label: `${over.number}.${legal + 1}`,
    seq: before + Innings.bowled(innings) - 1
  }
}

/** How many deliveries it took to bowl so many legal balls. */
const deliveriesFor = (overs: ReadonlyArray<Over>, legal: number): number => {
  let deliveries = 0
  let counted = 0
  for (const over of overs) {
    for (const ball of over.deliveries) {
      if (counted === legal) return deliveries
      if (isLegal(ball)) counted += 1
      deliveries += 1
    }
  }
  return deliveries
}

export const advance = (previous: Match.Match | null, snapshot: Snapshot): Progress | Refused => {
  const late = previous === null ? 0 : previous.readAt - snapshot.at
  if (late > 0 && late <= Duration.toMillis(outOfTurn)) {
    return refused(`a reading from before the last one, by ${late} ms`)
  }
  if (previous !== null && previous.info !== snapshot.info) {
    const other = Laws.identity(previous.info, snapshot.info)
    if (other !== null && Math.abs(late) < Duration.toMillis(insisting))
      return refused(`another match: ${other}`)
  }
  const moments: Array<Moment> = []
  const innings: Array<Innings.Innings> = []
  let retoldFrom: number | null = previous === null && snapshot.innings.length > 0 ? 1 : null
  const history: Array<History> = []
  // Deliveries of the innings before.
  let seq = 0

  for (let index = 0; index < snapshot.innings.length; index++) {
    const reading = snapshot.innings[index]!
    const number = index + 1
    const known = previous?.innings[index]
    let figures: Innings.Innings
    const misplaced = Laws.order(reading, innings, snapshot.info.format)
    if (misplaced !== null) return refused(`innings ${number}: ${misplaced}`)
    if (reading.card._tag === "Scores") {
      const why = Laws.scores(reading)
      if (why !== null) return refused(`innings ${number}: ${why}`)
      figures = Innings.fromScores(number, reading, snapshot.info.format)
      const before = known ?? Innings.begin(number, reading)
      if (previous === null) history.push({ innings: number, until: Infinity })
      if (known === undefined || !sameScores(known, figures)) {
        moments.push({
          _tag: "Scored",
          before,
          after: figures,
          position: lastPosition(figures, seq),
          at: snapshot.at
        })
      }
    } else {
      const { overs } = reading.card
      const from =
        known === undefined ||
        known.held === null ||
        known.pre !== reading.penalties.pre ||
        known.batting !== reading.batting ||
        known.superOver !== reading.superOver ||
        retoldFrom !== null
          ? null
          : known.held === overs
            ? { over: overs.length, nth: 0 }
            : continues(known.held, overs)
      if (from === null || known === undefined) {
        // An innings nobody has seen a ball of is simply new; one that does not continue is told again.
        if (known !== undefined && retoldFrom === null) retoldFrom = number
        if (previous === null) history.push({ innings: number, until: Infinity })
        else if (known !== undefined && known.deliveries === null) {
          history.push({ innings: number, until: seq + deliveriesFor(overs, known.legal) })
        }
        figures = Innings.begin(number, reading)
      } else figures = known
      const first = seq + Innings.bowled(figures)
      const counted = count(figures, overs, from ?? { over: 0, nth: 0 }, innings, first, snapshot, moments)
      if (typeof counted === "string") return refused(`innings ${number}, ${counted}`)
      figures = settle(counted, reading)
    }
    const why = Laws.tally(reading, figures.runs, figures.wickets)
    if (why !== null) return refused(`innings ${number}: ${why}`)
    seq += Innings.bowled(figures)
    innings.push(figures)
  }
  if (previous !== null && innings.length < previous.innings.length && retoldFrom === null) {
    retoldFrom = innings.length + 1
  }

  const match: Match.Match = {
    info: snapshot.info,
    status: snapshot.status,
    players: snapshot.players,
    innings,
    outcome: snapshot.outcome,
    readAt: snapshot.at
  }
  close(previous, match, retoldFrom, moments)
  return {
    _tag: "Progress",
    match,
    moments,
    retoldFrom,
    history,
    status: { from: previous?.status ?? null, to: match.status }
  }
}

/** Counts the balls from a place on; answers the figures, or what is impossible about a ball. */
const count = (
  start: Innings.Innings,
  overs: ReadonlyArray<Over>,
  from: { readonly over: number; readonly nth: number },
  earlier: ReadonlyArray<Innings.Innings>,
  firstSeq: number,
  snapshot: Snapshot,
  moments: Array<Moment>
): Innings.Innings | string => {
  let figures = start
  let seq = firstSeq
  for (let index = from.over; index < overs.length; index++) {
    const over = overs[index]!
    const next = index === from.over ? from.nth : 0
    if (!Laws.isCount(over.number)) return `over ${over.number} is not a count`
    if (figures.over !== null && next === 0 && over.number <= figures.over.number)
      return `over ${over.number} after over ${figures.over.number}`
    const { deliveries } = over
    for (let nth = next; nth < deliveries.length; nth++) {
      const ball = deliveries[nth]!
      const label = `${over.number}.${Innings.legalBefore(figures, ball) + 1}`
      const why = Laws.place(ball, over.number, deliveries[nth - 1]) ?? Laws.delivery(ball, figures)
      if (why !== null) return `ball ${label}: ${why}`
      const before = figures
      const known = Innings.bowler(before, ball.bowler) !== undefined
      const brought = known ? 0 : streakBrought(earlier, before, ball.bowler)
      const complete = over.complete && nth === deliveries.length - 1
      figures = Innings.add(before, ball, complete, brought, endsChange(snapshot.info.format, over.number))
      if (figures.wickets > 10) return `ball ${label}: an eleventh wicket`
      moments.push({
        _tag: "Bowled",
        ball,
        before,
        after: figures,
        position: { innings: figures.number, over: over.number, delivery: ball.nth, label, seq },
        at: ball.at ?? snapshot.at
      })
      seq += 1
    }
  }
  return figures
}

/** What the reading says beside its balls: what rain, captains and umpires decide. */
const settle = (counted: Innings.Innings, reading: InningsReading): Innings.Innings => {
  const held = reading.card._tag === "Balls" ? reading.card.overs : null
  const { post } = reading.penalties
  if (
    counted.held === held &&
    counted.post === post &&
    counted.target === reading.target &&
    counted.declared === reading.declared &&
    counted.forfeited === reading.forfeited
  ) {
    return counted
  }
  return {
    ...counted,
    runs: counted.runs - counted.post + post,
    extras: counted.extras - counted.post + post,
    post,
    target: reading.target,
    declared: reading.declared,
    forfeited: reading.forfeited,
    held
  }
}

/** Adds the ends of innings and of the match that have come since. */
const close = (
  previous: Match.Match | null,
  match: Match.Match,
  retoldFrom: number | null,
  moments: Array<Moment>
): void => {
  const over = isOver(match.status)
  for (const one of match.innings) {
    if (!Match.isInningsOver(match, one) || Match.isLastInnings(match, one)) continue
    const known = previous?.innings[one.number - 1]
    const told = previous !== null && known !== undefined && Match.isInningsOver(previous, known)
    if (told && (retoldFrom === null || one.number < retoldFrom)) continue
    moments.push({
      _tag: "Closed",
      innings: one,
      position: lastPosition(one, Match.deliveriesBefore(match.innings, one.number)),
      at: closedAt(previous, match, one)
    })
  }
  if (over && (previous === null || !isOver(previous.status) || retoldFrom !== null)) {
    const last = Match.current(match)
    moments.push({
      _tag: "Over",
      position:
        last === undefined
          ? { innings: 0, over: 0, delivery: 0, label: "0.0", seq: 0 }
          : lastPosition(last, Match.deliveriesBefore(match.innings, last.number)),
      at: match.readAt
    })
  }
}

/** With its last ball, and not before the last reading in which it still went on. */
const closedAt = (
  previous: Match.Match | null,
  match: Match.Match,
  innings: Innings.Innings
): Instant.Instant => {
  const over = innings.held?.[innings.held.length - 1]
  const lastBall = over?.deliveries[over.deliveries.length - 1]?.at ?? null
  if (lastBall === null) return match.readAt
  return previous === null ? lastBall : Instant.later(lastBall, previous.readAt)
}

const sameScores = (self: Innings.Innings, that: Innings.Innings): boolean =>
  self.runs === that.runs &&
  self.wickets === that.wickets &&
  self.legal === that.legal &&
  self.batters.length === that.batters.length &&
  self.batters.every((one, index) => {
    const other = that.batters[index]!
    return (
      one.id === other.id &&
      one.runs === other.runs &&
      one.balls === other.balls &&
      (one.out === null) === (other.out === null)
    )
  }) &&
  self.bowlers.length === that.bowlers.length &&
  self.bowlers.every((one, index) => {
    const other = that.bowlers[index]!
    return (
      one.id === other.id &&
      one.balls === other.balls &&
      one.runs === other.runs &&
      one.wickets === other.wickets
    )
  })
