import { Instant } from "@sightscreen/decider"
import type { Delivery, Ids, Over, Snapshot, Status } from "@sightscreen/domain"
import { type Innings, type Recording, noPenalties, runs } from "./Recording.ts"

/**
 * A recording laid out in time: when each ball was bowled, and what a reader of the feed saw with it.
 *
 * Records have no times, so times are invented: a ball every so often, a break between innings. What was settled only
 * later (a declaration, penalty runs after the innings, the result) is not seen before.
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
  /** What the feed says from this ball to the next. */
  readonly status: Status.Status
}

interface Reading extends Snapshot.InningsReading {
  readonly card: Extract<Snapshot.Card, { readonly _tag: "Balls" }>
}

export interface Options {
  /** When the first ball is bowled; by default the recording's own start. */
  readonly startsAt?: Instant.Instant | undefined
  /** The name the match goes by; by default the recording's. */
  readonly matchId?: Ids.MatchId | undefined
  readonly ballMillis?: number | undefined
  /** From the last ball of an innings to the first of the next. */
  readonly breakMillis?: number | undefined
  /**
   * Lunch, tea and stumps, each after thirty overs, in matches of several days. Off by default: they are invented, and make
   * the match last for days.
   */
  readonly sessions?: boolean | undefined
}

export const defaults = { ballMillis: 40_000, breakMillis: 20 * 60_000 } as const

const minute = 60_000
const oversInSession = 30
const sessions: ReadonlyArray<{ readonly status: Status.Status; readonly millis: number }> = [
  { status: "lunch", millis: 40 * minute },
  { status: "tea", millis: 20 * minute },
  { status: "stumps", millis: 17 * 60 * minute }
]

/** Before the first ball. */
export const notBegun = -1

export const make = (recording: Recording, options: Options = {}): Timeline => {
  const { ballMillis = defaults.ballMillis, breakMillis = defaults.breakMillis } = options
  const { format } = recording.info
  const startsAt = options.startsAt ?? recording.info.startsAt
  const times: Array<Instant.Instant> = []
  const places: Array<Place> = []
  let now: number = startsAt
  let gap = 0
  let oversOfMatch = 0

  const pause = (status: Status.Status, millis: number) => {
    const last = places.pop()
    if (last !== undefined) places.push({ ...last, status })
    gap = millis
  }

  const settled = recording.innings.map((innings, index): Reading => {
    const overs = innings.overs.map((over, overIndex): Over.Over => {
      const deliveries = over.deliveries.map((ball, ballIndex) => {
        now += gap
        gap = ballMillis
        const at = Instant.fromMillis(now)
        times.push(at)
        places.push({ innings: index, over: overIndex, balls: ballIndex + 1, status: "live" })
        return bowledAt(ball, at)
      })
      oversOfMatch += 1
      if (options.sessions === true && format.innings === 4 && oversOfMatch % oversInSession === 0) {
        const session = sessions[(oversOfMatch / oversInSession - 1) % sessions.length]!
        pause(session.status, session.millis)
      }
      return { number: over.number, deliveries, complete: over.complete }
    })
    if (overs.length > 0) pause("innings break", breakMillis)
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

  const status = recording.outcome._tag === "NoResult" ? "abandoned" : "finished"
  pause(status, 0)
  return {
    info: { ...recording.info, matchId: options.matchId ?? recording.info.matchId, startsAt },
    players: recording.players,
    times,
    places,
    opening: recording.innings.map((innings, index) => ({
      batting: innings.batting,
      superOver: innings.superOver,
      target: openingTarget(recording, index),
      declared: false,
      forfeited: false,
      penalties: innings.penalties.pre === 0 ? noPenalties : { pre: innings.penalties.pre, post: 0 }
    })),
    settled,
    end: { status, outcome: recording.outcome },
    held: { position: notBegun, innings: noInnings }
  }
}

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

/** The match has begun, and its last ball is still to come. */
export const isLive = (self: Timeline, at: Instant.Instant): boolean => {
  const last = self.times[self.times.length - 1]
  return last !== undefined && at >= self.info.startsAt && at < last
}

/** What the feed shows once a ball has been bowled and before the next; `at` is when it is read. */
export const snapshot = (self: Timeline, position: number, at: Instant.Instant): Snapshot.Snapshot => {
  const place = self.places[position]
  const over = position === self.places.length - 1 && at >= self.info.startsAt
  return {
    info: self.info,
    at,
    status: over ? self.end.status : place === undefined ? "scheduled" : place.status,
    players: self.players,
    innings: over ? self.settled : place === undefined ? noInnings : inningsAt(self, position, place),
    outcome: over ? self.end.outcome : null
  }
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
  if (self.places[position + 1]?.innings === place.innings) innings[place.innings] = underWay(self, place)
  held.position = position
  held.innings = innings
  return innings
}

const underWay = (self: Timeline, place: Place): Snapshot.InningsReading => {
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
    target: opening.target,
    declared: false,
    forfeited: false,
    penalties: opening.penalties,
    card: { _tag: "Balls", overs, stated: null }
  }
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
