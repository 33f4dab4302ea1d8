import { Instant, type Step } from "@sightscreen/decider"
import { Duration } from "effect"
import * as Budget from "../activity/Budget.ts"
import { type ContentState, looksLike } from "../activity/ContentState.ts"
import * as Display from "../activity/Display.ts"
import * as Importance from "../activity/Importance.ts"
import * as Relevance from "../activity/Relevance.ts"
import * as Wording from "../activity/Wording.ts"
import type * as Match from "../cricket/Match.ts"
import { interruption } from "../cricket/Status.ts"
import type { MatchEvent } from "../events/MatchEvent.ts"
import { isFresh } from "../events/Staleness.ts"
import type { ActiveMatch, Output } from "./ActiveMatch.ts"
import { type Bulletin, nextStamp } from "./Bulletin.ts"
import * as Ending from "./Ending.ts"
import { nothingHeld } from "./Held.ts"
import { painting } from "./Lead.ts"
import * as Order from "./Order.ts"

/** How a live match speaks: whether a change is told now, how loudly, under which stamp, and whether activities end with it. */

/** Nothing sent for so long gets a quiet refresh: the app takes a silent activity for a dead one after half an hour. */
export const heartbeatAfter = Duration.minutes(20)

/** A screen in play is out of date sooner than one in a break. */
export const staleAfter = { play: Duration.minutes(10), pause: Duration.minutes(60) }

/** How far ahead of the clock stamps may run before routine bulletins come no faster than its seconds. */
export const stampLead = 30

/** A screen that celebrates what was taken back, or denies what is true, is repainted at once. */
export const repair = (event: MatchEvent): Importance.Importance =>
  Importance.of(event._tag).alert ? Importance.correction : Importance.routine

/** An old story is told without a buzz; the result is never too old. */
export const loudness = (event: MatchEvent, at: Instant.Instant, muted: boolean): Importance.Importance => {
  const loud = Importance.of(event._tag)
  if (!loud.alert) return loud
  const lasting = event._tag === "match_end" || event._tag === "innings_end"
  return isFresh(event, at) && (lasting || !muted) ? loud : Importance.routine
}

/** What the status means for activities by now. */
export const endsOf = (
  { absent, calledOffAt, calledOffLooks = 0, closed, match }: ActiveMatch,
  at: Instant.Instant
): Ending.Ends | null => {
  if (match === null) return null
  const ends = Ending.endOf[match.status] ?? null
  if (match.status === "abandoned") {
    const stands =
      calledOffAt !== null &&
      calledOffLooks >= Ending.calledOffLooks &&
      at - calledOffAt >= Duration.toMillis(Ending.calledOffAfter)
    return stands || absent?.gone === true ? ends : null
  }
  return ends === "day" && closed ? null : ends
}

/** The feed was looked at in vain: what it said before stands. */
export const looked = (self: ActiveMatch): ActiveMatch =>
  self.calledOffAt === null ? self : { ...self, calledOffLooks: (self.calledOffLooks ?? 0) + 1 }

export const issue = (
  self: ActiveMatch,
  read: Match.Match,
  shown: ActiveMatch["shown"],
  event: MatchEvent | null,
  wanted: Importance.Importance,
  at: Instant.Instant,
  outputs: Array<Output>,
  urgent = false
): Step.Step<ActiveMatch, Output> => {
  const ends = endsOf(self, at)
  const importance = ends !== null && wanted.priority === 5 ? Importance.final : wanted
  const match = Order.told(read, self.orders)
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
  return [send(self, read, shown, content, event, importance, at, ends, outputs), outputs]
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
export const send = (
  self: ActiveMatch,
  read: Match.Match,
  shown: ActiveMatch["shown"],
  made: ContentState | null,
  event: MatchEvent | null,
  importance: Importance.Importance,
  at: Instant.Instant,
  ends: Ending.Ends | null,
  outputs: Array<Output>
): ActiveMatch => {
  const stamp = nextStamp(self.stamp, Instant.toSeconds(at))
  const match = Order.told(read, self.orders)
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
    ...(self.calledOffLooks === undefined ? {} : { calledOffLooks: self.calledOffLooks }),
    absent: self.absent,
    day: self.day,
    closed: ends === "day" || self.closed,
    ended: ends === "day" ? null : ends,
    ...(self.orders === undefined ? {} : { orders: self.orders })
  }
}

export const staleAt = (match: Match.Match, at: Instant.Instant): Instant.EpochSeconds => {
  const stopped =
    interruption(match.status, match.innings.length > 0) !== "none" || match.status === "innings break"
  return Instant.toSeconds(Instant.plus(at, stopped ? staleAfter.pause : staleAfter.play))
}

/** What had to wait gets its turn; and a screen that would look forgotten gets the same state under a new stamp. */
export const tick = (
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
