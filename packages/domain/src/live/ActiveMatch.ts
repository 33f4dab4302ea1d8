import { Instant, type Step } from "@sightscreen/decider"
import { Duration, Schema } from "effect"
import * as Budget from "../activity/Budget.ts"
import { ContentState, looksLike } from "../activity/ContentState.ts"
import * as Display from "../activity/Display.ts"
import * as Importance from "../activity/Importance.ts"
import * as Relevance from "../activity/Relevance.ts"
import * as Wording from "../activity/Wording.ts"
import * as Match from "../cricket/Match.ts"
import * as Progress from "../cricket/Progress.ts"
import type { Snapshot } from "../cricket/Snapshot.ts"
import { interruption, isOver, type Status } from "../cricket/Status.ts"
import { isAlertWorthy } from "../events/Headline.ts"
import { key, MatchEvent } from "../events/MatchEvent.ts"
import * as Memory from "../events/Memory.ts"
import * as Pipeline from "../events/Pipeline.ts"
import { isFresh, overtaken } from "../events/Staleness.ts"
import { MatchId } from "../Ids.ts"
import { type Bulletin, nextStamp } from "./Bulletin.ts"
import * as Cadence from "./Cadence.ts"
import * as Ending from "./Ending.ts"
import { asTold, leading, painting, renamed } from "./Lead.ts"

/** How careful and how chatty a match is told; the operator's choice, the same for as long as one server tells it. */
export const Manner = Schema.Struct({
  /**
   * An event on a ball that would buzz waits for a reading that confirms it, and no longer than this many milliseconds:
   * feeds are often wrong at first. 0 buzzes at once. The score is shown at once in any case.
   */
  confirmWithin: Schema.Int,
  /** Quiet changes come no closer than this many milliseconds; what had to wait goes out in the end. */
  spacing: Schema.Int
})
export type Manner = typeof Manner.Type

/** Everything at once: for whoever folds a match that is known to be right. */
export const plain: Manner = { confirmWithin: 0, spacing: 0 }

/** For feeds as they are, and screens as they are (observed: from iOS 18 on they are drawn every 5 to 15 seconds). */
export const careful: Manner = { confirmWithin: 5000, spacing: 15_000 }

const Held = Schema.Struct({ event: MatchEvent, since: Instant.Instant })
type Held = typeof Held.Type

/**
 * One live match: hears what the feed reads, says what to send.
 *
 * Its state is saved after each step, before anything is sent, so that a crash loses nothing that was decided and a
 * successor goes on from the same stamp. Balls are not saved with it: the feed has them, and telling them again finds what
 * happened meanwhile.
 */
export const ActiveMatch = Schema.Struct({
  matchId: MatchId,
  marquee: Schema.Boolean,
  manner: Manner,
  match: Schema.NullOr(Match.Match),
  memory: Memory.Memory,
  /** Of the last bulletin; 0 before the first. */
  stamp: Instant.EpochSeconds,
  sequence: Schema.Int,
  /** What screens show. */
  content: Schema.NullOr(ContentState),
  /** Screens are behind: a routine change waits for its turn. */
  behind: Schema.Boolean,
  shown: Schema.NullOr(Schema.Struct({ event: MatchEvent, retracted: Schema.Boolean })),
  /** What screens have led with lately, by its key and its fact, newest last: only that can be missed there. */
  painted: Schema.Array(Schema.String),
  /** What would buzz, and waits to be confirmed. */
  held: Schema.Array(Held),
  issuedAt: Schema.NullOr(Instant.Instant),
  /** Priority 10, as far as it was used. */
  spent: Budget.Ledger,
  /** Since when play is stopped by what nobody planned. */
  suspendedAt: Schema.NullOr(Instant.Instant),
  /** Since when the feed calls the match off, which it may take back. */
  calledOffAt: Schema.NullOr(Instant.Instant),
  /** The feed answers, and does not know the match. */
  absent: Schema.NullOr(Schema.Struct({ since: Instant.Instant, polls: Schema.Int, gone: Schema.Boolean })),
  /** Which day's play; activities live for one of them. */
  day: Schema.Int,
  /** The day is over, its activities have ended, and the next day's play is yet to begin. */
  closed: Schema.Boolean,
  /** How the match has left the list, if it has. */
  ended: Schema.NullOr(Schema.Literals(["over", "postponed"]))
})
export type ActiveMatch = typeof ActiveMatch.Type

export type Input =
  | { readonly _tag: "SnapshotRead"; readonly snapshot: Snapshot }
  /** The feed gave no answer; what screens show stays. */
  | { readonly _tag: "FeedSilent"; readonly at: Instant.Instant }
  /** The feed answered, and does not know the match. */
  | { readonly _tag: "Absent"; readonly at: Instant.Instant }
  /** Time has passed. */
  | { readonly _tag: "Ticked"; readonly at: Instant.Instant }

export type Output =
  | { readonly _tag: "BulletinIssued"; readonly bulletin: Bulletin }
  /** What became of what was noticed; for the journal and for people who ask why. */
  | { readonly _tag: "Ruled"; readonly rulings: ReadonlyArray<Pipeline.Ruling> }
  | { readonly _tag: "Refused"; readonly reason: string }
  /** Would buzz, and waits for a reading that confirms it. */
  | { readonly _tag: "Held"; readonly event: MatchEvent; readonly at: Instant.Instant }
  /** Waited, and will not be told. */
  | {
      readonly _tag: "Dropped"
      readonly event: MatchEvent
      readonly why: string
      readonly at: Instant.Instant
    }
  | { readonly _tag: "Paused"; readonly at: Instant.Instant; readonly status: Status }
  | { readonly _tag: "Resumed"; readonly at: Instant.Instant }
  /** The feed has lost the match. */
  | { readonly _tag: "Vanished"; readonly at: Instant.Instant }
  /** Every activity of the match ends. */
  | { readonly _tag: "Ended"; readonly at: Instant.Instant; readonly ends: Ending.Ends }

/** Nothing sent for so long gets a quiet refresh: the app takes a silent activity for a dead one after half an hour. */
export const heartbeatAfter = Duration.minutes(20)

/** A screen in play is out of date sooner than one in a break. */
export const staleAfter = { play: Duration.minutes(10), pause: Duration.minutes(60) }

/** News that was found after so long a silence of the feed shows, and buzzes nobody: nobody knows when it happened. */
export const silenceMutes = Duration.minutes(5)
const silenceMutesMillis = Duration.toMillis(silenceMutes)

/** How far ahead of the clock stamps may run before routine bulletins come no faster than its seconds. */
export const stampLead = 30

export const begin = (matchId: MatchId, marquee: boolean, manner: Manner = plain): ActiveMatch => ({
  matchId,
  marquee,
  manner,
  match: null,
  memory: Memory.empty,
  stamp: 0 as Instant.EpochSeconds,
  sequence: 0,
  content: null,
  behind: false,
  shown: null,
  painted: [],
  held: [],
  issuedAt: null,
  spent: Budget.empty,
  suspendedAt: null,
  calledOffAt: null,
  absent: null,
  day: 1,
  closed: false,
  ended: null
})

/** Activities are wanted: there is something to show, the match goes on, and so does the day. */
export const isTold = ({ closed, content, ended, match }: ActiveMatch): boolean =>
  content !== null && match !== null && ended === null && !closed && !isOver(match.status)

/** What everybody should be showing, for a phone that comes late; null before the first reading. It carries no news. */
export const standing = (self: ActiveMatch): Bulletin | null => {
  const { closed, content, ended, issuedAt, match } = self
  if (content === null || issuedAt === null || match === null) return null
  const ends = ended ?? (closed ? "day" : null)
  return {
    matchId: self.matchId,
    stamp: self.stamp,
    at: issuedAt,
    content,
    match,
    shown: self.shown,
    event: null,
    alert: null,
    importance: ends === null ? Importance.routine : Importance.final,
    priority: ends === null ? Budget.free : { normal: 10, frequent: 10 },
    relevance: Relevance.of(match, false),
    staleAt: staleAt(match, issuedAt),
    ends
  }
}

/** The state as it is saved. */
export const forStore = (self: ActiveMatch): ActiveMatch =>
  self.match === null ? self : { ...self, match: Match.withoutBalls(self.match) }

/** How long to wait before the next look at the match, if nothing falls due before. */
export const cadence = (self: ActiveMatch, at: Instant.Instant): Duration.Duration => {
  const pace = isVanished(self) ? Cadence.idle : Cadence.of(self.match, self.marquee, at)
  const due = nextDue(self)
  return due === null ? pace : Duration.min(pace, Duration.max(soonest, Instant.since(due, at)))
}

/** A clock may say the same twice. */
const soonest = Duration.millis(1)

/** When something happens although nothing is read; null where nothing waits. */
export const nextDue = (self: ActiveMatch): Instant.Instant | null => {
  if (self.ended !== null) return null
  const { confirmWithin, spacing } = self.manner
  let due: number = Infinity
  for (const { since } of self.held) due = Math.min(due, since + confirmWithin)
  if (self.behind && self.issuedAt !== null)
    due = Math.min(due, self.issuedAt + Math.max(spacing, oneSecondMillis))
  if (self.calledOffAt !== null)
    due = Math.min(due, self.calledOffAt + Duration.toMillis(Ending.calledOffAfter))
  return due === Infinity ? null : Instant.fromMillis(due)
}

export const step = (self: ActiveMatch, input: Input): Step.Step<ActiveMatch, Output> => {
  if (self.ended !== null) return [self, []]
  switch (input._tag) {
    case "SnapshotRead":
      return read(self, input.snapshot)
    case "Absent":
      return missed(self, input.at)
    case "FeedSilent":
    case "Ticked":
      return tick(self, input.at, [])
  }
}

const read = (self: ActiveMatch, snapshot: Snapshot): Step.Step<ActiveMatch, Output> => {
  const progress = Progress.advance(self.match, snapshot)
  if (progress._tag === "Refused") {
    return tick(self, snapshot.at, [{ _tag: "Refused", reason: progress.reason }])
  }
  const { match } = progress
  const { at } = snapshot
  const goesOn = self.match !== null && isOver(self.match.status) && !isOver(match.status)
  const result = Pipeline.run(goesOn ? Memory.reopened(self.memory) : self.memory, progress, at)
  const outputs: Array<Output> = []
  if (result.rulings.length > 0) outputs.push({ _tag: "Ruled", rulings: result.rulings })

  const reopens = self.closed && inPlay.has(match.status)
  const changed =
    self.match === null || reopens || !isUnchanged(self.match, match) || result.headline !== null
  const suspendedAt = pause(self, progress, at, outputs)
  const muted = self.match !== null && at - self.match.readAt > silenceMutesMillis
  const { headline } = result
  const loud = headline === null ? Importance.routine : loudness(headline, at, muted)
  const due = confirmed(self, result, match, at, outputs)
  // What was held may be news under the name it goes by now; it is told once.
  const isDue = headline !== null && due.some((one) => key(one) === key(headline))
  // With the close of the day there is no later bulletin that could tell it.
  const waits =
    headline !== null &&
    !isDue &&
    loud.alert &&
    self.match !== null &&
    (!self.closed || reopens) &&
    Ending.endOf[match.status] === undefined &&
    mustWait(self, headline)
  if (waits) outputs.push({ _tag: "Held", event: headline, at })
  const news = waits || isDue ? null : headline
  const shown = goesOn ? null : leading(self, result, news, progress)
  // Spelled out, here and in `send`: spreading a dozen fields for every ball costs more than deciding about it.
  const next: ActiveMatch = {
    matchId: self.matchId,
    marquee: self.marquee,
    manner: self.manner,
    match,
    memory: withoutUnheard(self, result.memory, match, at),
    stamp: self.stamp,
    sequence: self.sequence,
    content: self.content,
    behind: self.behind,
    shown: self.shown,
    painted: renamed(self, shown),
    held: waits ? [{ event: headline, since: at }] : nothingHeld,
    issuedAt: self.issuedAt,
    spent: self.spent,
    suspendedAt,
    calledOffAt: match.status === "abandoned" ? (self.calledOffAt ?? at) : null,
    absent: null,
    day: reopens ? self.day + 1 : self.day,
    closed: self.closed && !reopens,
    ended: null
  }
  if (!changed && due.length === 0) return tick(next, at, outputs)

  let current = next
  for (const event of due) {
    const importance = loudness(event, at, false)
    current = send(current, match, { event, retracted: false }, null, event, importance, at, null, outputs)
  }
  if (due.length > 0 && news === null && endsOf(current, at) === null) return [current, outputs]
  const isRepair =
    shown !== null && shown !== self.shown && (shown.retracted || self.shown?.retracted === true)
  const importance = news !== null ? loud : isRepair ? repair(shown.event) : Importance.routine
  return issue(
    current,
    match,
    due.length > 0 && news === null ? current.shown : shown,
    news,
    importance,
    at,
    outputs,
    // The score is shown at once, before what it means is told, and so it is put right.
    waits || self.held.length > due.length
  )
}

const nothingHeld: ReadonlyArray<Held> = []

/** Play is about to be seen again, or is. */
const inPlay: ReadonlySet<Status> = new Set<Status>([
  "live",
  "innings break",
  "drinks",
  "lunch",
  "tea",
  "dinner",
  "finished",
  "abandoned",
  "cancelled",
  "postponed"
])

/** The end of an innings or of the match is the feed's own word, and not a count of balls that it may get wrong. */
const mustWait = ({ manner }: ActiveMatch, event: MatchEvent): boolean =>
  manner.confirmWithin > 0 &&
  isAlertWorthy(event) &&
  event._tag !== "match_end" &&
  event._tag !== "innings_end"

/** What was held and is still so, as it reads now. */
const confirmed = (
  self: ActiveMatch,
  result: Pipeline.Result,
  match: Match.Match,
  at: Instant.Instant,
  outputs: Array<Output>
): ReadonlyArray<MatchEvent> => {
  if (self.held.length === 0) return nothingDue
  const due: Array<MatchEvent> = []
  for (const { event } of self.held) {
    const now = asTold(result.memory, event)
    const why =
      now === null
        ? "the feed took it back"
        : wasHeard(self, event, now)
          ? "told before it was taken back"
          : overtaken(now, match, at)
    if (now !== null && why === null) due.push(now)
    else outputs.push({ _tag: "Dropped", event, why: why ?? "", at })
  }
  return due
}

/** By the name that it goes by now it was told before, whether or not that was taken back since. */
const wasHeard = ({ memory, painted }: ActiveMatch, event: MatchEvent, now: MatchEvent): boolean =>
  key(now) !== key(event) &&
  (painted.includes(key(now)) || memory.withdrawn.some((one) => one.shown && key(one.event) === key(now)))

const nothingDue: ReadonlyArray<MatchEvent> = []

/** Nobody heard of what was held and dropped: should it come back, it is news, and should it go, nobody misses it. */
const withoutUnheard = (
  { held }: ActiveMatch,
  memory: Memory.Memory,
  match: Match.Match,
  at: Instant.Instant
): Memory.Memory => {
  let after = memory
  for (const { event } of held) {
    const now = asTold(memory, event)
    if (now === null) after = Memory.untold(after, event)
    else if (overtaken(now, match, at) !== null) {
      const told = after.told.map((one) => (one.event === now ? { event: now, shown: false } : one))
      after = { ...after, told }
    }
  }
  return after
}

/** Nothing in it differs, as far as a screen could tell. Parts that are unchanged are the very same objects. */
const isUnchanged = (was: Match.Match, is: Match.Match): boolean =>
  was.status === is.status &&
  was.info === is.info &&
  was.players === is.players &&
  was.outcome === is.outcome &&
  was.innings.length === is.innings.length &&
  was.innings.every((one, index) => one === is.innings[index])

/** A screen that celebrates what was taken back, or denies what is true, is repainted at once. */
const repair = (event: MatchEvent): Importance.Importance =>
  Importance.of(event._tag).alert ? Importance.correction : Importance.routine

/** An old story is told without a buzz; the result is never too old. */
const loudness = (event: MatchEvent, at: Instant.Instant, muted: boolean): Importance.Importance => {
  const loud = Importance.of(event._tag)
  if (!loud.alert) return loud
  const lasting = event._tag === "match_end" || event._tag === "innings_end"
  return isFresh(event, at) && (lasting || !muted) ? loud : Importance.routine
}

/** What the status means for activities by now. */
const endsOf = (
  { absent, calledOffAt, closed, match }: ActiveMatch,
  at: Instant.Instant
): Ending.Ends | null => {
  if (match === null) return null
  const ends = Ending.endOf[match.status] ?? null
  if (match.status === "abandoned") {
    const stands = calledOffAt !== null && at - calledOffAt >= Duration.toMillis(Ending.calledOffAfter)
    return stands || absent?.gone === true ? ends : null
  }
  return ends === "day" && closed ? null : ends
}

const issue = (
  self: ActiveMatch,
  match: Match.Match,
  shown: ActiveMatch["shown"],
  event: MatchEvent | null,
  wanted: Importance.Importance,
  at: Instant.Instant,
  outputs: Array<Output>,
  urgent = false
): Step.Step<ActiveMatch, Output> => {
  const ends = endsOf(self, at)
  const importance = ends !== null && wanted.priority === 5 ? Importance.final : wanted
  const content = Display.of(match, shown, self.sequence + 1, Instant.toSeconds(at))
  if (self.closed && ends === null) {
    // No activity is there to be told; whoever asks is shown how it stands.
    return [{ ...self, shown, content, sequence: content.sequence, behind: false }, outputs]
  }
  if (importance.priority === 5) {
    if (event === null && self.content !== null && looksLike(self.content, content)) {
      return tick({ ...self, shown, behind: false }, at, outputs)
    }
    if ((event === null && isCrowded(self, at)) || (!urgent && mustKeepDistance(self, content, at))) {
      return [{ ...self, shown, behind: true }, outputs]
    }
  }
  return [send(self, match, shown, content, event, importance, at, ends, outputs), outputs]
}

const oneSecondMillis = 1000

/** Stamps are well ahead of the clock, and the last one is of this very second. */
const isCrowded = ({ issuedAt, stamp }: ActiveMatch, at: Instant.Instant): boolean =>
  nextStamp(stamp, Instant.toSeconds(at)) - Instant.toSeconds(at) > stampLead &&
  issuedAt !== null &&
  Math.abs(at - issuedAt) < oneSecondMillis

/** A quiet change comes too soon after what was sent last. That play stops or goes on is shown at once. */
const mustKeepDistance = (
  { content: before, issuedAt, manner }: ActiveMatch,
  after: ContentState,
  at: Instant.Instant
): boolean =>
  issuedAt !== null &&
  before !== null &&
  Math.abs(at - issuedAt) < manner.spacing &&
  before.phase === after.phase &&
  before.interruption === after.interruption

/** `content` is null where it is yet to be made. */
const send = (
  self: ActiveMatch,
  match: Match.Match,
  shown: ActiveMatch["shown"],
  made: ContentState | null,
  event: MatchEvent | null,
  importance: Importance.Importance,
  at: Instant.Instant,
  ends: Ending.Ends | null,
  outputs: Array<Output>
): ActiveMatch => {
  const stamp = nextStamp(self.stamp, Instant.toSeconds(at))
  const content = made ?? Display.of(match, shown, self.sequence + 1, Instant.toSeconds(at))
  const [spent, priority] =
    importance.priority === 5
      ? ([self.spent, Budget.free] as const)
      : Budget.spend(self.spent, ends !== null ? "end" : (event?._tag ?? "correction"), at)
  const bulletin: Bulletin = {
    matchId: self.matchId,
    stamp,
    at,
    content,
    match,
    shown,
    event,
    alert: importance.alert && event !== null ? Wording.alert(event, match) : null,
    importance,
    priority,
    relevance: Relevance.of(match, importance.alert),
    staleAt: staleAt(match, at),
    ends
  }
  outputs.push({ _tag: "BulletinIssued", bulletin })
  if (ends !== null) outputs.push({ _tag: "Ended", at, ends })
  return {
    matchId: self.matchId,
    marquee: self.marquee,
    manner: self.manner,
    match: self.match,
    memory: self.memory,
    stamp,
    sequence: content.sequence,
    content,
    behind: false,
    shown,
    // What screens led with before is there already, unless it waited for its turn until now.
    painted:
      shown === null || shown.retracted || (shown === self.shown && !self.behind)
        ? self.painted
        : painting(self.painted, shown.event),
    held: self.held,
    issuedAt: at,
    spent,
    suspendedAt: self.suspendedAt,
    calledOffAt: self.calledOffAt,
    absent: self.absent,
    day: self.day,
    closed: ends === "day" || self.closed,
    ended: ends === "day" ? null : ends
  }
}

const staleAt = (match: Match.Match, at: Instant.Instant): Instant.EpochSeconds => {
  const stopped =
    interruption(match.status, match.innings.length > 0) !== "none" || match.status === "innings break"
  return Instant.toSeconds(Instant.plus(at, stopped ? staleAfter.pause : staleAfter.play))
}

/** Notices that play stops, and that it goes on. Tells since when it is stopped by what nobody planned. */
const pause = (
  self: ActiveMatch,
  progress: Progress.Progress,
  at: Instant.Instant,
  outputs: Array<Output>
): Instant.Instant | null => {
  const { from, to } = progress.status
  const begun = progress.match.innings.length > 0
  const now = interruption(to, begun)
  const stopped = now !== "none"
  const before = from !== null && interruption(from, (self.match?.innings.length ?? 0) > 0) !== "none"
  if (stopped && !before) outputs.push({ _tag: "Paused", at, status: to })
  if (!stopped && before) outputs.push({ _tag: "Resumed", at })
  return now === "suspended" ? (self.suspendedAt ?? at) : null
}

/** What had to wait gets its turn; and a screen that would look forgotten gets the same state under a new stamp. */
const tick = (
  self: ActiveMatch,
  at: Instant.Instant,
  outputs: Array<Output>
): Step.Step<ActiveMatch, Output> => {
  const { behind, closed, content, issuedAt, match, sequence, shown } = self
  if (match === null || content === null || issuedAt === null) return [self, outputs]
  if (self.held.some(({ since }) => Math.abs(at - since) >= self.manner.confirmWithin)) {
    return [unconfirmed(self, match, at, outputs), outputs]
  }
  const ends = endsOf(self, at)
  if (ends !== null || behind) return issue(self, match, shown, null, Importance.routine, at, outputs)
  if (closed || at - issuedAt < Duration.toMillis(heartbeatAfter)) return [self, outputs]
  const again = { ...content, sequence: sequence + 1, updatedAt: Instant.toSeconds(at) }
  return [send(self, match, shown, again, null, Importance.routine, at, null, outputs), outputs]
}

/** Nothing was read that could have confirmed it, and it is better told than kept. */
const unconfirmed = (
  self: ActiveMatch,
  match: Match.Match,
  at: Instant.Instant,
  outputs: Array<Output>
): ActiveMatch => {
  let current = { ...self, held: nothingHeld }
  for (const { event } of self.held) {
    current = send(
      current,
      match,
      { event, retracted: false },
      null,
      event,
      loudness(event, at, false),
      at,
      null,
      outputs
    )
  }
  return current
}

/** The feed has lost the match, as far as several of its answers can tell. */
export const isVanished = ({ absent }: ActiveMatch): boolean => absent !== null && absent.gone

/** One more answer without the match. After hours of them it is over, whatever came of it. */
const missed = (self: ActiveMatch, at: Instant.Instant): Step.Step<ActiveMatch, Output> => {
  const since = self.absent?.since ?? at
  const polls = (self.absent?.polls ?? 0) + 1
  const gone = polls >= Ending.absentAfter.polls && at - since >= Duration.toMillis(Ending.absentAfter.time)
  const outputs: Array<Output> = gone && !isVanished(self) ? [{ _tag: "Vanished", at }] : []
  const next = { ...self, absent: { since, polls, gone } }
  const { match } = self
  if (match === null) {
    // Listed, never seen, and forgotten by the feed: there is nothing to end, and nothing to keep on looking for.
    const isForgotten = gone && at - since >= Duration.toMillis(Ending.vanishedFor.play)
    return [isForgotten ? { ...next, ended: "postponed" } : next, outputs]
  }
  if (!gone) return tick(next, at, outputs)
  const patience = Ending.vanishedFor[match.status === "stumps" ? "stumps" : "play"]
  if (at - match.readAt < Duration.toMillis(patience)) return tick(next, at, outputs)
  const over: Match.Match = { ...match, status: "finished" }
  return issue({ ...next, match: over, held: nothingHeld }, over, null, null, Importance.final, at, outputs)
}
