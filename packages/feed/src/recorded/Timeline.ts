import { Instant } from "@sightscreen/decider"
import { type Delivery, type Ids, type Over, type Snapshot, Status } from "@sightscreen/domain"
import { Duration } from "effect"
import * as Days from "./Days.ts"
import { deliveries, type Innings, type Recording, noPenalties, runs } from "./Recording.ts"

/**
 * A recording laid out in time: when each ball was bowled, and what a reader of the feed saw with it.
 *
 * Records have no times, so times are invented: a ball every so often, a break between innings, and, where they are asked
 * for, the sessions of a day and interruptions. What was settled only later (a declaration, penalty runs after the innings,
 * the result) is not seen before.
 *
 * Nothing is made twice that need not be: balls, overs and innings that are done, the sides and the names are the same
 * objects in every snapshot.
 */
export interface Timeline {
  readonly info: Snapshot.MatchInfo
  readonly players: Readonly<Record<Ids.PlayerId, string>>
  /** When each ball was bowled, by its running number in the match; ascending. */
  readonly times: ReadonlyArray<Instant.Instant>
  /** Where each ball is. */
  readonly places: ReadonlyArray<Place>
  /** What the feed says before the first ball, in turn. */
  readonly before: ReadonlyArray<Showing>
  /** Targets that were set anew while an innings was under way, ascending. */
  readonly revisions: ReadonlyArray<Revision>
  /** What is known of each innings while it is under way, without its balls. */
  readonly opening: ReadonlyArray<Omit<Snapshot.InningsReading, "card">>
  /** Each innings as it stands when over. */
  readonly settled: ReadonlyArray<Reading>
  readonly end: { readonly status: Status.Status; readonly outcome: Recording["outcome"] }
  /** The innings of the last snapshot: whoever asks again before the next ball gets the very same ones. */
  readonly held: { position: number; innings: ReadonlyArray<Snapshot.InningsReading> }
}

interface Place {
  /** Index of the innings. */
  readonly innings: number
  /** Index of the over in its innings. */
  readonly over: number
  /** Balls of the over, up to and with this one. */
  readonly balls: number
  /** What the feed says from this ball to the next, in turn; nothing where play goes on. */
  readonly shows: ReadonlyArray<Showing>
}

interface Showing {
  readonly status: Status.Status
  readonly until: Instant.Instant
}

interface Reading extends Snapshot.InningsReading {
  readonly card: Extract<Snapshot.Card, { readonly _tag: "Balls" }>
}

export interface Options {
  /** When the match is to begin; by default the recording's own start. */
  readonly startsAt?: Instant.Instant | undefined
  /** The name the match goes by; by default the recording's. */
  readonly matchId?: Ids.MatchId | undefined
  readonly ballMillis?: number | undefined
  /** From the last ball of an innings to the first of the next. */
  readonly breakMillis?: number | undefined
  /**
   * Lunch, tea and stumps in matches of several days, each day beginning at the hour of the first. Off by default: they are
   * invented, and make the match last for days; unless it is known how the days went.
   */
  readonly sessions?: boolean | Days.Days | undefined
  /** Rain, and whatever else stops play; what was still to come comes so much later. */
  readonly interruptions?: ReadonlyArray<Interruption> | undefined
  /** Targets that rain set anew; a recording has only the last of each innings. */
  readonly revisions?: ReadonlyArray<Revision> | undefined
}

/** What the side batting chases from a ball on, for the rest of its innings or until the next revision. */
export interface Revision {
  /** The running number of the first ball that is bowled under it. */
  readonly fromBall: number
  readonly target: Snapshot.Target
}

export interface Interruption {
  /** The running number of the ball it comes after, from 0; `notBegun` for a late start. */
  readonly afterBall: number
  /** What the feed says meanwhile; also that the match is over, which it then is not. */
  readonly status: Status.Status
  readonly lasts: Duration.Duration
}

export const defaults = { ballMillis: 40_000, breakMillis: 20 * 60_000 } as const

const minute = 60_000
const lasts = { lunch: 40 * minute, tea: 20 * minute } as const
const day = 24 * 60 * minute

/** Before the first ball. */
export const notBegun = -1

export const make = (recording: Recording, options: Options = {}): Timeline => {
  const {
    ballMillis = defaults.ballMillis,
    breakMillis = defaults.breakMillis,
    interruptions = [],
    revisions = []
  } = options
  const { format } = recording.info
  const startsAt = options.startsAt ?? recording.info.startsAt
  const { sessions = false } = options
  const days =
    sessions === false || format.innings !== 4 ? null : sessions === true ? daysOf(recording) : sessions
  const last = deliveries(recording) - 1
  const times: Array<Instant.Instant> = []
  const places: Array<Place> = []
  let now: number = startsAt
  let oversDone = 0

  const interrupt = (shows: Array<Showing>, afterBall: number) => {
    for (const one of interruptions) {
      if (one.afterBall !== afterBall) continue
      now += Duration.toMillis(one.lasts)
      shows.push({ status: one.status, until: Instant.fromMillis(now) })
    }
  }
  /** Play is called a ball's time before the next ball. */
  const resume = (shows: Array<Showing>) => {
    now += ballMillis
    shows.push({ status: "live", until: Instant.fromMillis(now) })
  }
  const retire = (shows: Array<Showing>, { breaks, after }: Days.Days) => {
    const next = breaks.get(oversDone)
    if (next === undefined) return
    if (next.status === "stumps") {
      let morning = startsAt + after[next.next]! * day
      // Balls may be so slow that play lasts through the night.
      while (morning <= now) morning += day
      now = morning
    } else now += lasts[next.status]
    shows.push({ status: next.status, until: Instant.fromMillis(now) })
  }
  /** What comes between a ball and the next, which is then due. */
  const after = (position: number, endsOver: boolean, endsInnings: boolean): Place["shows"] => {
    const shows: Array<Showing> = []
    if (endsInnings && position < last) {
      now += breakMillis
      shows.push({ status: "innings break", until: Instant.fromMillis(now) })
    }
    const planned = shows.length
    interrupt(shows, position)
    if (position === last) return shows
    if (endsOver && days !== null) retire(shows, days)
    if (shows.length > planned) resume(shows)
    else if (planned === 0) now += ballMillis
    return shows.length === 0 ? playing : shows
  }

  const before: Array<Showing> = [{ status: "scheduled", until: startsAt }]
  interrupt(before, notBegun)
  if (before.length > 1 && last >= 0) resume(before)

  const settled = recording.innings.map((innings, index): Reading => {
    const overs = innings.overs.map((over, overIndex): Over.Over => {
      oversDone += 1
      const bowled = over.deliveries.map((ball, ballIndex) => {
        const at = Instant.fromMillis(now)
        const endsOver = ballIndex === over.deliveries.length - 1
        times.push(at)
        places.push({
          innings: index,
          over: overIndex,
          balls: ballIndex + 1,
          shows: after(times.length - 1, endsOver, endsOver && overIndex === innings.overs.length - 1)
        })
        return bowledAt(ball, at)
      })
      return { number: over.number, deliveries: bowled, complete: over.complete }
    })
    const { batting, declared, forfeited, penalties, superOver, target } = innings
    return {
      batting,
      superOver,
      target,
      declared,
      forfeited,
      penalties,
      card: { _tag: "Balls", overs, stated: null }
    }
  })

  return {
    info: { ...recording.info, matchId: options.matchId ?? recording.info.matchId, startsAt },
    players: recording.players,
    times,
    places,
    before,
    revisions,
    opening: recording.innings.map((innings, index) => ({
      batting: innings.batting,
      superOver: innings.superOver,
      target: openingTarget(recording, index),
      declared: false,
      forfeited: false,
      penalties: innings.penalties.pre === 0 ? noPenalties : { pre: innings.penalties.pre, post: 0 }
    })),
    settled,
    end: {
      status: recording.outcome._tag === "NoResult" ? "abandoned" : "finished",
      outcome: recording.outcome
    },
    held: { position: notBegun, innings: noInnings }
  }
}

const daysOf = ({ dates, innings }: Recording): Days.Days =>
  Days.of(
    innings.reduce((sum, { overs }) => sum + overs.length, 0),
    dates
  )

const playing: ReadonlyArray<Showing> = []

/** The running number of the last ball bowled by an instant, or `notBegun`. */
export const positionAt = (self: Timeline, at: Instant.Instant): number => {
  let low = 0
  let high = self.times.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (self.times[middle]! <= at) low = middle + 1
    else high = middle
  }
  return low - 1
}

/** The match has begun, and is not over, as far as the feed says. */
export const isLive = (self: Timeline, at: Instant.Instant): boolean => {
  const first = self.times[0]
  if (first === undefined || at < first) return false
  const position = positionAt(self, at)
  return !hasEnded(self, position, at) && !Status.isOver(saidAt(self, position, at))
}

/** Every instant at which the feed comes to show something else, ascending. */
export const changes = (self: Timeline): ReadonlyArray<Instant.Instant> => {
  const all = new Set<Instant.Instant>()
  for (const { until } of self.before) all.add(until)
  self.times.forEach((at, position) => {
    all.add(at)
    for (const { until } of self.places[position]!.shows) all.add(until)
  })
  return [...all]
}

/** What the feed shows once a ball has been bowled and before the next; `at` is when it is read. */
export const snapshot = (self: Timeline, position: number, at: Instant.Instant): Snapshot.Snapshot => {
  const place = self.places[position]
  const over = hasEnded(self, position, at)
  return {
    info: self.info,
    at,
    status: over ? self.end.status : saidAt(self, position, at),
    players: self.players,
    innings: over ? self.settled : place === undefined ? noInnings : inningsAt(self, position, place),
    outcome: over ? self.end.outcome : null
  }
}

const showsAfter = (self: Timeline, position: number): ReadonlyArray<Showing> =>
  self.places[position]?.shows ?? self.before

const hasEnded = (self: Timeline, position: number, at: Instant.Instant): boolean => {
  if (position !== self.places.length - 1) return false
  const shows = showsAfter(self, position)
  return at >= (shows[shows.length - 1]?.until ?? self.info.startsAt)
}

/** While the match is not over. */
const saidAt = (self: Timeline, position: number, at: Instant.Instant): Status.Status => {
  const shows = showsAfter(self, position)
  for (const { status, until } of shows) if (at < until) return status
  return shows[shows.length - 1]?.status ?? "live"
}

const noInnings: ReadonlyArray<Snapshot.InningsReading> = []

const inningsAt = (
  self: Timeline,
  position: number,
  place: Place
): ReadonlyArray<Snapshot.InningsReading> => {
  const { held } = self
  if (held.position === position) return held.innings
  const innings: Array<Snapshot.InningsReading> = self.settled.slice(0, place.innings + 1)
  // An innings is over with its last ball, not with the first of the next.
  const next = self.places[position + 1]
  if (next === undefined || next.innings === place.innings)
    innings[place.innings] = underWay(self, place, position)
  held.position = position
  held.innings = innings
  return innings
}

const underWay = (self: Timeline, place: Place, position: number): Snapshot.InningsReading => {
  const opening = self.opening[place.innings]!
  const all = self.settled[place.innings]!.card.overs
  const last = all[place.over]!
  const overs = all.slice(0, place.over + 1)
  if (place.balls < last.deliveries.length) {
    overs[place.over] = {
      number: last.number,
      deliveries: last.deliveries.slice(0, place.balls),
      complete: false
    }
  }
  return {
    batting: opening.batting,
    superOver: opening.superOver,
    target: targetAt(self, place, position) ?? opening.target,
    declared: false,
    forfeited: false,
    penalties: opening.penalties,
    card: { _tag: "Balls", overs, stated: null }
  }
}

/** The last revision that stands at a ball, if its innings had any by then. */
const targetAt = (self: Timeline, place: Place, position: number): Snapshot.Target | null => {
  const last = self.revisions.findLast(({ fromBall }) => fromBall <= position)
  return last !== undefined && self.places[last.fromBall]?.innings === place.innings ? last.target : null
}

/** Spelled out, so that the balls of every feed have one shape. */
const bowledAt = (ball: Delivery.Delivery, at: Instant.Instant): Delivery.Delivery => ({
  id: ball.id,
  over: ball.over,
  nth: ball.nth,
  batter: ball.batter,
  nonStriker: ball.nonStriker,
  bowler: ball.bowler,
  bat: ball.bat,
  wides: ball.wides,
  noBalls: ball.noBalls,
  byes: ball.byes,
  legByes: ball.legByes,
  penalty: ball.penalty,
  boundary: ball.boundary,
  dismissals: ball.dismissals,
  at
})

/**
 * The target a chase begins with.
 *
 * One in parts of an over is the par score at which rain ended the match; until then the side was chasing all the runs in
 * all the overs.
 */
const openingTarget = (recording: Recording, index: number): Innings["target"] => {
  const { format } = recording.info
  const { target } = recording.innings[index]!
  const first = recording.innings[index - 1]
  if (target === null || target.balls === null || format.overs === null || first === undefined) return target
  return target.balls % format.ballsPerOver === 0
    ? target
    : { runs: runs(first) + 1, balls: format.overs * format.ballsPerOver }
}
