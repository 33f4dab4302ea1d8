import { Instant, type Step } from "@sightscreen/decider"
import { Duration, Schema } from "effect"
import { ContentState, looksLike } from "../activity/ContentState.ts"
import * as Display from "../activity/Display.ts"
import * as Importance from "../activity/Importance.ts"
import * as Relevance from "../activity/Relevance.ts"
import * as Wording from "../activity/Wording.ts"
import * as Match from "../cricket/Match.ts"
import * as Progress from "../cricket/Progress.ts"
import type { Snapshot } from "../cricket/Snapshot.ts"
import { interruption, isOver, type Status } from "../cricket/Status.ts"
import { fact, isSame, key, MatchEvent } from "../events/MatchEvent.ts"
import * as Memory from "../events/Memory.ts"
import * as Pipeline from "../events/Pipeline.ts"
import { isFresh } from "../events/Staleness.ts"
import { MatchId } from "../Ids.ts"
import type { Bulletin } from "./Bulletin.ts"
import * as Cadence from "./Cadence.ts"

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
  issuedAt: Schema.NullOr(Instant.Instant),
  /** Since when play is stopped by what nobody planned. */
  suspendedAt: Schema.NullOr(Instant.Instant),
  ended: Schema.Boolean
})
export type ActiveMatch = typeof ActiveMatch.Type

export type Input =
  | { readonly _tag: "SnapshotRead"; readonly snapshot: Snapshot }
  /** The feed gave no answer; what screens show stays. */
  | { readonly _tag: "FeedSilent"; readonly at: Instant.Instant }
  | { readonly _tag: "Ticked"; readonly at: Instant.Instant }

export type Output =
  | { readonly _tag: "BulletinIssued"; readonly bulletin: Bulletin }
  /** What became of what was noticed; for the journal and for people who ask why. */
  | { readonly _tag: "Ruled"; readonly rulings: ReadonlyArray<Pipeline.Ruling> }
  | { readonly _tag: "Refused"; readonly reason: string }
  | { readonly _tag: "Paused"; readonly at: Instant.Instant; readonly status: Status }
  | { readonly _tag: "Resumed"; readonly at: Instant.Instant }
  | { readonly _tag: "Ended"; readonly at: Instant.Instant }

/** Nothing sent for so long gets a quiet refresh: the app takes a silent activity for a dead one after half an hour. */
export const heartbeatAfter = Duration.minutes(20)

/** A screen in play is out of date sooner than one in a break. */
export const staleAfter = { play: Duration.minutes(10), pause: Duration.minutes(60) }

/** News that was found after so long a silence of the feed shows, and buzzes nobody: nobody knows when it happened. */
export const silenceMutes = Duration.minutes(5)
const silenceMutesMillis = Duration.toMillis(silenceMutes)

/** How far ahead of the clock stamps may run before routine bulletins come no faster than its seconds. */
export const stampLead = 30

/** A whole second that rises, whatever the clock does (Apple: a `timestamp` that is not newer is ignored). */
const nextStamp = (last: number, at: Instant.Instant): Instant.EpochSeconds =>
  Math.max(Instant.toSeconds(at), last + 1) as Instant.EpochSeconds

export const begin = (matchId: MatchId, marquee: boolean): ActiveMatch => ({
  matchId,
  marquee,
  match: null,
  memory: Memory.empty,
  stamp: 0 as Instant.EpochSeconds,
  sequence: 0,
  content: null,
  behind: false,
  shown: null,
  issuedAt: null,
  suspendedAt: null,
  ended: false
})

/** What everybody should be showing, for a phone that comes late; null before the first reading. It carries no news. */
export const standing = (self: ActiveMatch): Bulletin | null => {
  const { content, issuedAt, match } = self
  if (content === null || issuedAt === null || match === null) return null
  return {
    matchId: self.matchId,
    stamp: self.stamp,
    at: issuedAt,
    content,
    event: null,
    importance: self.ended ? Importance.final : Importance.routine,
    alert: null,
    relevance: Relevance.of(match, false),
    staleAt: staleAt(match, issuedAt),
    final: self.ended
  }
}

/** The state as it is saved. */
export const forStore = (self: ActiveMatch): ActiveMatch =>
  self.match === null ? self : { ...self, match: Match.withoutBalls(self.match) }

export const cadence = (self: ActiveMatch, at: Instant.Instant): Duration.Duration =>
  Cadence.of(self.match, self.marquee, at)

export const step = (self: ActiveMatch, input: Input): Step.Step<ActiveMatch, Output> => {
  if (self.ended) return [self, []]
  switch (input._tag) {
    case "SnapshotRead":
      return read(self, input.snapshot)
    case "FeedSilent":
    case "Ticked":
      return tick(self, input.at)
  }
}

const read = (self: ActiveMatch, snapshot: Snapshot): Step.Step<ActiveMatch, Output> => {
  const progress = Progress.advance(self.match, snapshot)
  if (progress._tag === "Refused") return [self, [{ _tag: "Refused", reason: progress.reason }]]
  const { match } = progress
  const { at } = snapshot
  const result = Pipeline.run(self.memory, progress, at)
  const outputs: Array<Output> = []
  if (result.rulings.length > 0) outputs.push({ _tag: "Ruled", rulings: result.rulings })

  const changed = self.match === null || !isUnchanged(self.match, match) || result.headline !== null
  const paused = pause(self, progress, at, outputs)
  // Spelled out, here and in `send`: spreading a dozen fields for every ball costs more than deciding about it.
  const next: ActiveMatch = {
    matchId: paused.matchId,
    marquee: paused.marquee,
    match,
    memory: result.memory,
    stamp: paused.stamp,
    sequence: paused.sequence,
    content: paused.content,
    behind: paused.behind,
    shown: paused.shown,
    issuedAt: paused.issuedAt,
    suspendedAt: paused.suspendedAt,
    ended: paused.ended
  }
  if (!changed) {
    const [after, more] = tick(next, at)
    return [after, [...outputs, ...more]]
  }

  const muted = self.match !== null && at - self.match.readAt > silenceMutesMillis
  const { headline } = result
  const shown = leading(self.shown, result, progress)
  const importance =
    headline !== null
      ? loudness(headline, at, muted)
      : shown !== null && shown !== self.shown && (shown.retracted || self.shown?.retracted === true)
        ? repair(shown.event)
        : Importance.routine
  return issue(next, match, shown, headline, importance, at, outputs)
}

/** Nothing in it differs, as far as a screen could tell. Parts that are unchanged are the very same objects. */
const isUnchanged = (was: Match.Match, is: Match.Match): boolean =>
  was.status === is.status &&
  was.info === is.info &&
  was.players === is.players &&
  was.outcome === is.outcome &&
  was.innings.length === is.innings.length &&
  was.innings.every((one, index) => one === is.innings[index])

/** What screens lead with now: news, else what is not true any more, else what they led with, as it reads now. */
const leading = (
  shown: ActiveMatch["shown"],
  { headline, memory, retracted }: Pipeline.Result,
  { match, retoldFrom }: Progress.Progress
): ActiveMatch["shown"] => {
  if (headline !== null) return { event: headline, retracted: false }
  const undone = retracted.filter(
    (event) =>
      Display.isCurrent(match, { event, retracted: true }) ||
      (shown !== null && key(shown.event) === key(event))
  )
  const taken = undone.find(({ _tag }) => Importance.of(_tag).alert) ?? undone[0]
  if (taken !== undefined) return { event: taken, retracted: true }
  if (shown === null) return null
  if (shown.retracted) {
    const back = memory.told.findLast(({ event }) => isSame(event, shown.event))
    return back === undefined ? shown : { event: back.event, retracted: false }
  }
  if (retoldFrom === null) return shown
  const now =
    memory.told.find(({ event }) => key(event) === key(shown.event)) ??
    memory.told.findLast((one) => one.shown && fact(one.event) === fact(shown.event))
  return now === undefined ? shown : { event: now.event, retracted: false }
}

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

const issue = (
  self: ActiveMatch,
  match: Match.Match,
  shown: ActiveMatch["shown"],
  event: MatchEvent | null,
  wanted: Importance.Importance,
  at: Instant.Instant,
  outputs: Array<Output>
): Step.Step<ActiveMatch, Output> => {
  const final = isOver(match.status)
  const importance = final && wanted.priority === 5 ? Importance.final : wanted
  const content = Display.of(match, shown, self.sequence + 1, Instant.toSeconds(at))
  if (importance.priority === 5 && event === null) {
    if (self.content !== null && looksLike(self.content, content)) {
      const [after, more] = tick({ ...self, shown, behind: false }, at)
      return [after, [...outputs, ...more]]
    }
    if (isCrowded(self, at)) return [{ ...self, shown, behind: true }, outputs]
  }
  return send(self, match, shown, content, event, importance, at, outputs)
}

/** Stamps are well ahead of the clock, and the last one is of this very second. */
const isCrowded = ({ issuedAt, stamp }: ActiveMatch, at: Instant.Instant): boolean =>
  nextStamp(stamp, at) - Instant.toSeconds(at) > stampLead &&
  issuedAt !== null &&
  Math.abs(at - issuedAt) < Duration.toMillis(oneSecond)

const oneSecond = Duration.seconds(1)

const send = (
  self: ActiveMatch,
  match: Match.Match,
  shown: ActiveMatch["shown"],
  content: ContentState,
  event: MatchEvent | null,
  importance: Importance.Importance,
  at: Instant.Instant,
  outputs: Array<Output>
): Step.Step<ActiveMatch, Output> => {
  const stamp = nextStamp(self.stamp, at)
  const final = isOver(match.status)
  const bulletin: Bulletin = {
    matchId: self.matchId,
    stamp,
    at,
    content,
    event,
    importance,
    alert: importance.alert && event !== null ? Wording.alert(event, match) : null,
    relevance: Relevance.of(match, importance.alert),
    staleAt: staleAt(match, at),
    final
  }
  outputs.push({ _tag: "BulletinIssued", bulletin })
  if (final) outputs.push({ _tag: "Ended", at })
  return [
    {
      matchId: self.matchId,
      marquee: self.marquee,
      match: self.match,
      memory: self.memory,
      stamp,
      sequence: content.sequence,
      content,
      behind: false,
      shown,
      issuedAt: at,
      suspendedAt: self.suspendedAt,
      ended: final
    },
    outputs
  ]
}

const staleAt = (match: Match.Match, at: Instant.Instant): Instant.EpochSeconds => {
  const stopped =
    interruption(match.status, match.innings.length > 0) !== "none" || match.status === "innings break"
  return Instant.toSeconds(Instant.plus(at, stopped ? staleAfter.pause : staleAfter.play))
}

/** Notices that play stops, and that it goes on. */
const pause = (
  self: ActiveMatch,
  progress: Progress.Progress,
  at: Instant.Instant,
  outputs: Array<Output>
): ActiveMatch => {
  const { from, to } = progress.status
  const begun = progress.match.innings.length > 0
  const now = interruption(to, begun)
  const stopped = now !== "none"
  const before = from !== null && interruption(from, (self.match?.innings.length ?? 0) > 0) !== "none"
  if (stopped && !before) outputs.push({ _tag: "Paused", at, status: to })
  if (!stopped && before) outputs.push({ _tag: "Resumed", at })
  const suspendedAt = now === "suspended" ? (self.suspendedAt ?? at) : null
  return suspendedAt === self.suspendedAt ? self : { ...self, suspendedAt }
}

/** What had to wait gets its turn; and a screen that would look forgotten gets the same state under a new stamp. */
const tick = (self: ActiveMatch, at: Instant.Instant): Step.Step<ActiveMatch, Output> => {
  const { behind, content, issuedAt, match, sequence, shown } = self
  if (match === null || content === null || issuedAt === null) return [self, []]
  if (behind) return issue(self, match, shown, null, Importance.routine, at, [])
  if (at - issuedAt < Duration.toMillis(heartbeatAfter)) return [self, []]
  const again = { ...content, sequence: sequence + 1, updatedAt: Instant.toSeconds(at) }
  return send(self, match, shown, again, null, Importance.routine, at, [])
}
