import { Instant } from "@sightscreen/decider"
import type { Ids, Snapshot, Status } from "@sightscreen/domain"
import { Duration } from "effect"
import type * as Card from "./Card.ts"
import * as Names from "./Names.ts"
import { type Sum, translate, type Translated } from "./translate.ts"
import type * as Wire from "./Wire.ts"

/**
 * What readings of one match leave behind for the next one.
 *
 * Some of what the feed says can only be understood against what it said before: a status that nobody knows, runs that are
 * filed under no ball, balls that do not make up the score, a match that is over and has no winner. All of it can be
 * forgotten; a first reading is as good as any.
 */
export interface Reading {
  readonly names: Names.Names
  readonly status: Status.Status | null
  readonly penalties: Card.Penalties
  /** Of each innings, as it was read last. */
  readonly sums: ReadonlyArray<Sum>
  /** Since when the balls of an innings have not made up its score, by its number. */
  readonly disagrees: Readonly<Record<number, Instant.Instant>>
  /** Since when the match is called finished without a result that could be believed. */
  readonly awaitsSince: Instant.Instant | null
  /** Oddities that were told, so that each is told once. */
  readonly told: ReadonlyArray<string>
  readonly last: { readonly fixture: Wire.Fixture; readonly snapshot: Snapshot.Snapshot } | null
}

export const begin: Reading = {
  names: Names.empty,
  status: null,
  penalties: {},
  sums: [],
  disagrees: {},
  awaitsSince: null,
  told: [],
  last: null
}

/** Score and balls come from different desks and meet within seconds; what has not by then will not. */
export const agreesWithin = Duration.seconds(60)

/** A winner has been seen to come minutes after the end. */
export const resultWithin = Duration.minutes(10)

/** Oddities that are remembered; beyond them the oldest would be told again. */
const mostTold = 100

export interface Options {
  readonly at: Instant.Instant
  readonly matchId?: Ids.MatchId
  /** Told ball by ball, where the feed gives balls. */
  readonly balls: boolean
}

export interface Read {
  readonly snapshot: Snapshot.Snapshot
  /** What was odd for the first time, in words. */
  readonly news: ReadonlyArray<string>
}

export const step = (self: Reading, fixture: Wire.Fixture, options: Options): readonly [Reading, Read] => {
  const { at } = options
  const quiet = self.awaitsSince === null && Object.keys(self.disagrees).length === 0
  if (quiet && self.last !== null && self.last.fixture === fixture) {
    return [self, { snapshot: { ...self.last.snapshot, at }, news: [] }]
  }
  const names = Names.learn(self.names, fixture)
  const impatient = isPast(self.awaitsSince, resultWithin, at)
  const context = {
    ...options,
    names,
    before: self.status,
    distrusted: distrusted(self, at),
    impatient
  }
  const first = translate(fixture, { ...context, penalties: self.penalties })
  const penalties = filed(self, first.sums)
  const read = penalties === self.penalties ? first : translate(fixture, { ...context, penalties })
  const snapshot = shared(self.last?.snapshot ?? null, read.snapshot)
  const news = read.oddities.filter((one) => !self.told.includes(one))
  const next: Reading = {
    names,
    status: snapshot.status,
    penalties,
    sums: read.sums,
    disagrees: disagreements(self, read, at),
    awaitsSince: read.awaitsResult ? (self.awaitsSince ?? at) : impatient ? self.awaitsSince : null,
    told: news.length === 0 ? self.told : [...self.told, ...news].slice(-mostTold),
    last: { fixture, snapshot }
  }
  return [next, { snapshot, news }]
}

const isPast = (since: Instant.Instant | null, patience: Duration.Duration, at: Instant.Instant): boolean =>
  since !== null && !Instant.isBefore(at, Instant.plus(since, patience))

const distrusted = ({ disagrees }: Reading, at: Instant.Instant): ReadonlySet<number> => {
  const numbers = new Set<number>()
  for (const [number, since] of Object.entries(disagrees))
    if (isPast(since, agreesWithin, at)) numbers.add(Number(number))
  return numbers
}

const disagreements = (self: Reading, { sums }: Translated, at: Instant.Instant): Reading["disagrees"] =>
  Object.fromEntries(
    sums.flatMap(({ agrees, innings }) => (agrees ? [] : [[innings, self.disagrees[innings] ?? at]]))
  )

/**
 * Penalty runs that came with a new ball belong to it. What came without one is after the last ball as far as anybody can
 * tell, and so is what was there before the first reading.
 */
const filed = (self: Reading, sums: ReadonlyArray<Sum>): Card.Penalties => {
  let penalties = self.penalties
  for (const sum of sums) {
    const before = self.sums.find(({ innings }) => innings === sum.innings)
    if (before === undefined || before.lastBall === sum.lastBall || sum.penalty <= before.penalty) continue
    penalties = { ...penalties, [sum.lastBall]: sum.penalty - before.penalty }
  }
  return penalties
}

/** Parts that are as they were are the very same objects, so that nobody need look into them. */
const shared = (before: Snapshot.Snapshot | null, after: Snapshot.Snapshot): Snapshot.Snapshot =>
  before === null || !sameInfo(before.info, after.info) ? after : { ...after, info: before.info }

const sameInfo = (a: Snapshot.MatchInfo, b: Snapshot.MatchInfo): boolean =>
  a.matchId === b.matchId &&
  a.startsAt === b.startsAt &&
  a.competition === b.competition &&
  a.venue === b.venue &&
  a.home === b.home &&
  a.away === b.away &&
  a.format.kind === b.format.kind &&
  a.format.overs === b.format.overs &&
  a.format.ballsPerOver === b.format.ballsPerOver
