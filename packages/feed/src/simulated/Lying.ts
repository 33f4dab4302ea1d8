import { Chance, Instant } from "@sightscreen/decider"
import { type Ids, type Snapshot, Status } from "@sightscreen/domain"
import { FeedError, unreadable } from "../FeedError.ts"
import * as Recorded from "../recorded/Recorded.ts"
import * as Timeline from "../recorded/Timeline.ts"
import * as Distort from "./Distort.ts"
import type * as Lie from "./Lie.ts"
import type { Lots } from "./Lots.ts"
import * as Play from "./Play.ts"
import { wasCalledOff, windowAt } from "./Slots.ts"
import * as Wrongs from "./Wrongs.ts"
import { latest } from "./Wrongs.ts"

/**
 * What a feed that errs answers, given what is true: nothing is remembered, so whoever asks at the same instant is told the
 * same, and whatever was told wrong comes right by itself.
 *
 * The end of a match is told right, if it is told at all: what is wrong in a last word is never put right. What a match is
 * called meanwhile stays short of what a reader takes for its end.
 */
export interface Truth {
  readonly timeline: Timeline.Timeline
  /** Another match, of other teams, that this one is taken for now and then; it is told as in play. */
  readonly decoy: Timeline.Timeline
}

/** A match with another to be taken for, which invents itself from the seed. */
export const truthOf = (timeline: Timeline.Timeline, seed: number): Truth => {
  for (let number = 0; ; number++) {
    const { recording } = Play.of(Chance.hash(seed, "decoy", number), { format: "t20", plain: true })
    const { away, home } = recording.info
    const taken = [timeline.info.home.name, timeline.info.away.name]
    if (!taken.includes(home.name) && !taken.includes(away.name))
      return { timeline, decoy: Timeline.make(recording) }
  }
}

/** Who tells it. What can be known beforehand of what will be wrong is worked out once. */
export interface Liar {
  readonly truth: Truth
  readonly lots: Lots
  readonly wrongs: Wrongs.Wrongs
  /** What was told last of wrong balls; it follows from them, and only spares work. */
  readonly held: {
    of: Snapshot.Snapshot["innings"] | null
    key: string
    innings: Snapshot.Snapshot["innings"]
    players: Snapshot.Snapshot["players"]
  }
}

export const make = (lots: Lots, truth: Truth): Liar => ({
  truth,
  lots,
  wrongs: Wrongs.of(lots, truth.timeline),
  held: { of: null, key: "", innings: [], players: {} }
})

export type Answer =
  | { readonly _tag: "Snapshot"; readonly snapshot: Snapshot.Snapshot }
  /** The feed answers, and does not know the match. */
  | { readonly _tag: "Absent" }
  | { readonly _tag: "Failed"; readonly error: FeedError }
  /** Nothing comes, for as long as the answer takes; then the connection is closed. */
  | { readonly _tag: "Silent"; readonly error: FeedError }

export interface Said {
  readonly answer: Answer
  /** How long it takes, in milliseconds. */
  readonly afterMillis: number
  /** What went wrong with it, each kind once. */
  readonly fired: ReadonlyArray<Lie.Name>
}

export const answer = (self: Liar, at: Instant.Instant): Said => {
  const {
    lots,
    truth: { timeline }
  } = self
  const { matchId } = timeline.info
  if (at >= lots.healAt) return honest(timeline, at)
  const failed = transport(lots, matchId, at)
  if (failed !== null) return failed
  const isPoll = (kind: Lie.Name) => lots.decides(kind, at, matchId, secondOf(at))
  const fired: Array<Lie.Name> = []
  const slow = isPoll("feed.slow")
  if (slow) fired.push("feed.slow")
  const afterMillis = slow ? lots.between("feed.slow", 1000, 9000, matchId, secondOf(at)) : 0
  const absent = isGone(lots, matchId, at) ? "feed.vanished" : isPoll("feed.missing") ? "feed.missing" : null
  // A match that is called off and then gone is over for a reader.
  if (absent !== null && !wasCalledOff(lots, matchId, at))
    return { answer: { _tag: "Absent" }, afterMillis, fired: [...fired, absent] }
  const snapshot = tell(self, at, fired)
  return { answer: { _tag: "Snapshot", snapshot }, afterMillis, fired }
}

/** What is wrong with any question, whatever it is about; null where it is answered. */
export const transport = (lots: Lots, subject: string, at: Instant.Instant): Said | null => {
  const second = secondOf(at)
  const says = (kind: Lie.Name, error: FeedError, afterMillis = 0): Said => ({
    answer: { _tag: kind === "feed.hang" ? "Silent" : "Failed", error },
    afterMillis,
    fired: [kind]
  })
  const limited = windowAt(lots, "feed.rateLimited", subject, at)
  if (limited !== null) {
    const seconds = Math.ceil((limited.until - at) / 1000)
    return says(
      "feed.rateLimited",
      new FeedError({ reason: "exhausted", subject, problem: `429 Too Many Attempts; again in ${seconds} s` })
    )
  }
  const isPoll = (kind: Lie.Name) => lots.decides(kind, at, subject, second)
  if (isPoll("feed.hang")) {
    const millis = lots.between("feed.hang", 15_000, 90_000, subject, second)
    return says(
      "feed.hang",
      new FeedError({ reason: "unreachable", subject, problem: `no answer in ${millis / 1000} s` }),
      millis
    )
  }
  if (isPoll("feed.serverError")) {
    const status = [500, 502, 503][lots.between("feed.serverError", 0, 2, subject, second)]
    return says(
      "feed.serverError",
      new FeedError({ reason: "unreachable", subject, problem: `the feed answers ${status}` })
    )
  }
  if (isPoll("feed.html"))
    return says("feed.html", unreadable(subject, 'not JSON: unexpected "<" at character 0'))
  if (isPoll("feed.forbidden"))
    return says(
      "feed.forbidden",
      new FeedError({ reason: "refused", subject, problem: "403: the plan does not cover it" })
    )
  return null
}

/** Whether the feed has lost a match, in its schedule as in its answers. */
export const isGone = (lots: Lots, matchId: Ids.MatchId, at: Instant.Instant): boolean =>
  windowAt(lots, "feed.vanished", matchId, at) !== null

/** What the feed calls a match that in truth goes on; null where it tells the truth. */
export const statusSaid = (
  lots: Lots,
  matchId: Ids.MatchId,
  status: Status.Status,
  at: Instant.Instant
): Status.Status | null =>
  !Status.isOver(status) && windowAt(lots, "feed.calledOff", matchId, at) !== null ? "abandoned" : null

const honest = (timeline: Timeline.Timeline, at: Instant.Instant): Said => ({
  answer: { _tag: "Snapshot", snapshot: Recorded.at(timeline, at) },
  afterMillis: 0,
  fired: []
})

const tell = (self: Liar, at: Instant.Instant, fired: Array<Lie.Name>): Snapshot.Snapshot => {
  const {
    lots,
    truth: { decoy, timeline }
  } = self
  const { matchId } = timeline.info
  const second = secondOf(at)
  const isPoll = (kind: Lie.Name) => lots.decides(kind, at, matchId, second)
  const seen = seenAt(lots, matchId, at, fired)
  const truth = asFarAs(self, seen, fired)
  const base = seen === at ? truth : { ...truth, at }
  if (Status.isOver(base.status)) return base
  if (isPoll("feed.swapped")) {
    fired.push("feed.swapped")
    const position = lots.between("feed.swapped", 0, decoy.times.length - 1, matchId, second)
    return swapped(decoy, matchId, position, at)
  }
  const said = statusSaid(lots, matchId, base.status, at)
  if (said !== null) fired.push("feed.calledOff")
  let told = said === null ? base : { ...base, status: said, outcome: null }
  if (told.innings.length === 0) return told
  const wrongs = wrongsOf(self, base, seen)
  for (const { kind } of wrongs) if (kind !== "feed.totalsLag" && !fired.includes(kind)) fired.push(kind)
  told = ofBalls(self, told, wrongs)
  if (isPoll("feed.truncated")) {
    fired.push("feed.truncated")
    told = Distort.truncated(told, lots.between("feed.truncated", 0, 999, matchId, second))
  }
  const lag = wrongs.find(({ kind }) => kind === "feed.totalsLag")
  if (lag !== undefined && hasBall(told)) {
    fired.push("feed.totalsLag")
    told = Distort.mistotalled(told, 1 + (lag.which % 4))
  }
  if (isPoll("feed.impossible") && hasBall(told)) {
    fired.push("feed.impossible")
    told = Distort.impossible(told, lots.between("feed.impossible", 0, 999, matchId, second))
  }
  return told
}

const wrongsOf = (
  { truth: { timeline }, wrongs }: Liar,
  snapshot: Snapshot.Snapshot,
  at: Instant.Instant
): ReadonlyArray<Wrongs.Active> => {
  const count = ballsInOver(snapshot)
  return Wrongs.active(wrongs, lastTold(timeline, snapshot, at), count, at)
}

const ballsInOver = ({ innings }: Snapshot.Snapshot): number => {
  const card = innings[innings.length - 1]?.card
  return card?._tag === "Balls" ? (card.overs[card.overs.length - 1]?.deliveries.length ?? 0) : 0
}

/** As long as the same is wrong with the same balls, the very same innings are told, as a true feed does. */
const ofBalls = (
  { held }: Liar,
  snapshot: Snapshot.Snapshot,
  wrongs: ReadonlyArray<Wrongs.Active>
): Snapshot.Snapshot => {
  if (wrongs.length === 0) return snapshot
  const key = wrongs.map(({ kind, place }) => `${kind}@${place}`).join()
  if (held.of !== snapshot.innings || held.key !== key) {
    const { innings, players } = Wrongs.apply(snapshot, wrongs, ballsInOver(snapshot))
    held.of = snapshot.innings
    held.key = key
    held.innings = innings
    held.players = players
  }
  return { ...snapshot, innings: held.innings, players: held.players }
}

const hasBall = (snapshot: Snapshot.Snapshot): boolean => ballsInOver(snapshot) > 0

/** How old the answer is. */
const seenAt = (
  lots: Lots,
  matchId: Ids.MatchId,
  at: Instant.Instant,
  fired: Array<Lie.Name>
): Instant.Instant => {
  const stuck = windowAt(lots, "feed.stuck", matchId, at)
  if (stuck !== null && stuck.from < at) {
    fired.push("feed.stuck")
    return stuck.from
  }
  const second = secondOf(at)
  if (!lots.decides("feed.stale", at, matchId, second)) return at
  fired.push("feed.stale")
  return Instant.fromMillis(Math.max(0, at - lots.between("feed.stale", 5000, 90_000, matchId, second)))
}

/** Balls that come late hide those that come after them. */
const asFarAs = (
  { truth: { timeline }, wrongs: { hiddenUntil } }: Liar,
  at: Instant.Instant,
  fired: Array<Lie.Name>
): Snapshot.Snapshot => {
  const last = Timeline.positionAt(timeline, at)
  let position = last
  for (let ball = last; ball >= 0 && at - timeline.times[ball]! < latest; ball--)
    if (at < hiddenUntil[ball]!) position = ball - 1
  if (position === last) return Timeline.snapshot(timeline, last, at)
  fired.push("feed.late")
  // As it stood when the first ball that is missing was about to be bowled.
  return { ...Timeline.snapshot(timeline, position, justBefore(timeline, position + 1)), at }
}

const justBefore = (timeline: Timeline.Timeline, position: number): Instant.Instant =>
  Instant.fromMillis(timeline.times[position]! - 1)

const lastTold = (timeline: Timeline.Timeline, snapshot: Snapshot.Snapshot, at: Instant.Instant): number => {
  // Late balls are left out of the snapshot: count what is there.
  let count = -1
  for (const { card } of snapshot.innings)
    if (card._tag === "Balls") for (const { deliveries } of card.overs) count += deliveries.length
  return Math.min(count, Timeline.positionAt(timeline, at))
}

/** Another match under this one's name, somewhere in its play. */
const swapped = (
  decoy: Timeline.Timeline,
  matchId: Ids.MatchId,
  position: number,
  at: Instant.Instant
): Snapshot.Snapshot => {
  const other = Timeline.snapshot(decoy, position, decoy.times[position] ?? decoy.info.startsAt)
  return { ...other, info: { ...other.info, matchId }, at, status: "live", outcome: null }
}

const secondOf = (at: Instant.Instant): number => Math.floor(at / 1000)
