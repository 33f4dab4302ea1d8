import { Instant, type Step } from "@sightscreen/decider"
import { Duration } from "effect"
import * as Importance from "../activity/Importance.ts"
import type * as Match from "../cricket/Match.ts"
import * as Progress from "../cricket/Progress.ts"
import type { Snapshot } from "../cricket/Snapshot.ts"
import { interruption, isOver, type Status } from "../cricket/Status.ts"
import { key } from "../events/MatchEvent.ts"
import * as Memory from "../events/Memory.ts"
import * as Pipeline from "../events/Pipeline.ts"
import type { ActiveMatch, Output } from "./ActiveMatch.ts"
import * as Ending from "./Ending.ts"
import { confirmed, mustWait, nothingHeld, withoutUnheard } from "./Held.ts"
import { endsOf, issue, loudness, repair, send, tick } from "./Issue.ts"
import { leading, renamed } from "./Lead.ts"

/** What a reading of the feed means for a live match: what changed, what it means, and what of it is told now. */

/** News that was found after so long a silence of the feed shows, and buzzes nobody: nobody knows when it happened. */
export const silenceMutes = Duration.minutes(5)
const silenceMutesMillis = Duration.toMillis(silenceMutes)

export const read = (self: ActiveMatch, snapshot: Snapshot): Step.Step<ActiveMatch, Output> => {
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
    ...(match.status === "abandoned" ? { calledOffLooks: (self.calledOffLooks ?? 0) + 1 } : {}),
    absent: null,
    day: reopens ? self.day + 1 : self.day,
    closed: self.closed && !reopens,
    ended: null,
    ...(self.orders === undefined ? {} : { orders: self.orders })
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

/** Nothing in it differs, as far as a screen could tell. Parts that are unchanged are the very same objects. */
const isUnchanged = (was: Match.Match, is: Match.Match): boolean =>
  was.status === is.status &&
  was.info === is.info &&
  was.players === is.players &&
  was.outcome === is.outcome &&
  was.innings.length === is.innings.length &&
  was.innings.every((one, index) => one === is.innings[index])

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
