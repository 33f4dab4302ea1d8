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

export const answer = (lots: Lots, truth: Truth, at: Instant.Instant): Said => {
  const { timeline } = truth
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
  const snapshot = tell(lots, truth, at, fired)
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

const tell = (
  lots: Lots,
  { decoy, timeline }: Truth,
  at: Instant.Instant,
  fired: Array<Lie.Name>
): Snapshot.Snapshot => {
  const { matchId } = timeline.info
  const second = secondOf(at)
  const isPoll = (kind: Lie.Name) => lots.decides(kind, at, matchId, second)
  const seen = seenAt(lots, matchId, at, fired)
  const truth = asFarAs(lots, timeline, seen, fired)
  const base = seen === at ? truth : { ...truth, at }
  if (Status.isOver(base.status)) return base
  if (isPoll("feed.swapped")) {
    fired.push("feed.swapped")
    return swapped(
      decoy,
      matchId,
      lots.between("feed.swapped", 0, decoy.times.length - 1, matchId, second),
      at
    )
  }
  const said = statusSaid(lots, matchId, base.status, at)
  if (said !== null) fired.push("feed.calledOff")
  let told = said === null ? base : { ...base, status: said, outcome: null }
  if (told.innings.length === 0) return told
  told = ofBalls(lots, timeline, told, seen, fired)
  if (isPoll("feed.truncated")) {
    fired.push("feed.truncated")
    told = Distort.truncated(told, lots.between("feed.truncated", 0, 999, matchId, second))
  }
  const ball = lastTold(timeline, base, seen)
  if (hasBall(told) && isOn(lots, timeline, "feed.totalsLag", ball, seen)) {
    fired.push("feed.totalsLag")
    told = Distort.mistotalled(told, lots.between("feed.totalsLag", 1, 4, matchId, ball, "by"))
  }
  if (isPoll("feed.impossible") && hasBall(told)) {
    fired.push("feed.impossible")
    told = Distort.impossible(told, lots.between("feed.impossible", 0, 999, matchId, second))
  }
  return told
}

const hasBall = ({ innings }: Snapshot.Snapshot): boolean => {
  const card = innings[innings.length - 1]?.card
  return card?._tag === "Balls" && (card.overs.at(-1)?.deliveries.length ?? 0) > 0
}

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
  lots: Lots,
  timeline: Timeline.Timeline,
  at: Instant.Instant,
  fired: Array<Lie.Name>
): Snapshot.Snapshot => {
  const last = Timeline.positionAt(timeline, at)
  const { matchId } = timeline.info
  let position = last
  for (let ball = last; ball >= 0 && at - timeline.times[ball]! < latest; ball--) {
    const bowledAt = timeline.times[ball]!
    if (!lots.decides("feed.late", bowledAt, matchId, ball)) continue
    if (at - bowledAt < lots.between("feed.late", 2000, latest, matchId, ball)) position = ball - 1
  }
  if (position === last) return Timeline.snapshot(timeline, last, at)
  fired.push("feed.late")
  // As it stood when the first ball that is missing was about to be bowled.
  return { ...Timeline.snapshot(timeline, position, justBefore(timeline, position + 1)), at }
}

const latest = 20_000

const justBefore = (timeline: Timeline.Timeline, position: number): Instant.Instant =>
  Instant.fromMillis(timeline.times[position]! - 1)

/** What is told wrongly of the balls of the over under way. */
const ofBalls = (
  lots: Lots,
  timeline: Timeline.Timeline,
  snapshot: Snapshot.Snapshot,
  at: Instant.Instant,
  fired: Array<Lie.Name>
): Snapshot.Snapshot => {
  const { matchId } = timeline.info
  const card = snapshot.innings[snapshot.innings.length - 1]!.card
  const over = card._tag === "Balls" ? card.overs[card.overs.length - 1] : undefined
  if (over === undefined) return snapshot
  const count = over.deliveries.length
  // The running number of the last ball of this over that is told.
  const last = lastTold(timeline, snapshot, at)
  const isWrong = (kind: Lie.Name, ball: number) => isOn(lots, timeline, kind, ball, at)
  let told = snapshot
  const note = (kind: Lie.Name) => void (fired.includes(kind) || fired.push(kind))
  const balls: Array<(typeof over.deliveries)[number]> = []
  let isChanged = false
  over.deliveries.forEach((ball, index) => {
    const number = last - (count - 1 - index)
    const which = (kind: Lie.Name) => lots.between(kind, 0, 999, matchId, number, "which")
    let one = ball
    const change = (kind: Lie.Name, to: typeof ball) => {
      note(kind)
      isChanged = true
      one = to
    }
    if (isWrong("feed.corrected", number))
      change("feed.corrected", Distort.other(one, which("feed.corrected")))
    if (isWrong("feed.playerReplaced", number)) {
      change("feed.playerReplaced", Distort.ofUnknown(one, which("feed.playerReplaced")))
      told = Distort.knowing(told)
    }
    if (isWrong("feed.renamed", number)) change("feed.renamed", { ...one, id: `again-${number}` })
    balls.push(one)
    if (isWrong("feed.repeated", number)) {
      change("feed.repeated", one)
      balls.push({ ...one, id: one.id === null ? null : `${one.id}-twice` })
    }
    if (isWrong("feed.deleted", number)) {
      change("feed.deleted", one)
      balls.push({
        ...Distort.other(ball, which("feed.deleted")),
        id: ball.id === null ? null : `${ball.id}-no`
      })
    }
    if (balls.length > 1 && isWrong("feed.reordered", number)) {
      change("feed.reordered", one)
      const [later, earlier] = [balls.pop()!, balls.pop()!]
      balls.push(later, earlier)
    }
  })
  if (isChanged) told = Distort.inLastOver(told, () => balls)
  if (isWrong("feed.overRolledBack", last)) {
    note("feed.overRolledBack")
    return Distort.withOvers(told, (overs) => overs.slice(0, -1))
  }
  return told
}

/** Whether what is said of a ball is wrong in some way by now: from when it was bowled, for some seconds. */
const isOn = (
  lots: Lots,
  timeline: Timeline.Timeline,
  kind: Lie.Name,
  ball: number,
  at: Instant.Instant
): boolean => {
  const bowledAt = timeline.times[ball]
  const { matchId } = timeline.info
  if (bowledAt === undefined || !lots.decides(kind, bowledAt, matchId, ball)) return false
  const age = at - bowledAt
  return age >= 0 && age < lots.between(kind, 3000, 25_000, matchId, ball)
}

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
