import { Instant } from "@sightscreen/decider"
import { type Ids, type Innings, Match, Progress, type Snapshot } from "@sightscreen/domain"
import { Duration } from "effect"
import type { Recording } from "../Recording.ts"
import * as Timeline from "../Timeline.ts"
import * as Cursor from "./Cursor.ts"
import * as Roster from "./Roster.ts"

/**
 * One recorded match that is being played again: the recording laid out in time, who is in it, and where its cursor stands.
 *
 * Figures are counted from the balls so far, as the domain counts them; nothing that is yet to come shows.
 */
export interface Replay {
  readonly matchId: Ids.MatchId
  readonly tapeId: string
  readonly timeline: Timeline.Timeline
  readonly roster: Roster.Roster
  readonly cursor: Cursor.Cursor
  /** What was counted last, to be counted on from; whoever goes back counts again. */
  readonly counted: Counted
}

/** The fall of wickets, by innings and batter: the score, and over and ball as "over.ball". */
export type Falls = ReadonlyMap<string, { readonly score: number; readonly balls: number }>

interface Counted {
  match: Match.Match | null
  balls: number
  falls: Falls
}

/** How long a match is listed before its first ball, and after its end. */
export const listed = { before: Duration.minutes(15), after: Duration.minutes(2) }

export const make = (options: {
  readonly recording: Recording
  readonly tapeId: string
  readonly timeline: Timeline.Timeline
  readonly cursor: Cursor.Cursor
}): Replay => ({
  matchId: options.timeline.info.matchId,
  tapeId: options.tapeId,
  timeline: options.timeline,
  roster: {
    ...Roster.make(options.recording),
    fixtureId: Roster.fixtureIdOf(options.timeline.info.matchId)
  },
  cursor: options.cursor,
  counted: { match: null, balls: 0, falls: new Map() }
})

export const withCursor = (self: Replay, cursor: Cursor.Cursor): Replay => ({ ...self, cursor })

/** The timeline's time. */
export const timeOf = ({ cursor }: Replay, at: Instant.Instant): Instant.Instant => Cursor.read(cursor, at)

export const snapshot = (self: Replay, at: Instant.Instant): Snapshot.Snapshot => {
  const time = timeOf(self, at)
  return Timeline.snapshot(self.timeline, Timeline.positionAt(self.timeline, time), time)
}

/** When the last thing that it shows came to be shown, on the timeline. */
export const endOf = ({ timeline }: Replay): Instant.Instant => {
  const last = timeline.places.at(-1)?.shows.at(-1)?.until ?? timeline.times.at(-1)
  return last ?? timeline.info.startsAt
}

/** Whether the provider regards it as live, which begins before the first ball and ends a while after the last. */
export const isListed = (self: Replay, at: Instant.Instant): boolean => {
  if (self.cursor.status === "stopped") return false
  const time = timeOf(self, at)
  const begins = Instant.minus(self.timeline.info.startsAt, listed.before)
  return !Instant.isBefore(time, begins) && Instant.isBefore(time, Instant.plus(endOf(self), listed.after))
}

/** The match with its figures, and the fall of its wickets. */
export const figures = (
  self: Replay,
  shown: Snapshot.Snapshot
): { readonly match: Match.Match | null; readonly falls: Falls } => {
  const { counted } = self
  const balls = ballsOf(shown)
  if (balls < counted.balls) {
    counted.match = null
    counted.falls = new Map()
  }
  const progress = Progress.advance(counted.match, {
    ...shown,
    // Readings out of turn are refused; here their order is that of the asking.
    at: Instant.later(shown.at, counted.match?.readAt ?? shown.at)
  })
  if (progress._tag === "Refused") return { match: counted.match, falls: counted.falls }
  const falls = new Map(progress.retoldFrom === null ? counted.falls : [])
  for (const moment of progress.moments) {
    if (moment._tag !== "Bowled") continue
    for (const { batter } of moment.ball.dismissals) {
      const [over = "0", ball = "1"] = moment.position.label.split(".")
      const number = Number(over) + Math.min(9, Number(ball)) / 10
      falls.set(fallKey(moment.after, batter), { score: moment.after.runs, balls: number })
    }
  }
  counted.match = progress.match
  counted.balls = balls
  counted.falls = falls
  return { match: progress.match, falls }
}

export const fallKey = ({ number }: Pick<Innings.Innings, "number">, batter: string): string =>
  `${number}/${batter}`

export const ballsOf = ({ innings }: Snapshot.Snapshot): number => {
  let count = 0
  for (const { card } of innings)
    if (card._tag === "Balls") for (const over of card.overs) count += over.deliveries.length
  return count
}
