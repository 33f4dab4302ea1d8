import { Instant, type Step } from "@sightscreen/decider"
import { Schema } from "effect"
import * as Budget from "../activity/Budget.ts"
import { ContentState } from "../activity/ContentState.ts"
import * as Importance from "../activity/Importance.ts"
import * as Relevance from "../activity/Relevance.ts"
import * as Match from "../cricket/Match.ts"
import type { Snapshot } from "../cricket/Snapshot.ts"
import { interruption, isOver, type Status } from "../cricket/Status.ts"
import { MatchEvent } from "../events/MatchEvent.ts"
import * as Memory from "../events/Memory.ts"
import type * as Pipeline from "../events/Pipeline.ts"
import { MatchId } from "../Ids.ts"
import { missed } from "./Absence.ts"
import type { Bulletin } from "./Bulletin.ts"
import * as Ending from "./Ending.ts"
import { looked, staleAt, tick } from "./Issue.ts"
import { listen, obey } from "./Obeying.ts"
import * as Order from "./Order.ts"
import { read } from "./Reading.ts"

export { isVanished } from "./Absence.ts"
export { cadence, nextDue } from "./Due.ts"
export { heartbeatAfter, stampLead, staleAfter } from "./Issue.ts"
export { silenceMutes } from "./Reading.ts"

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
  /** How often the feed was looked at since, and did not say otherwise. */
  calledOffLooks: Schema.optionalKey(Schema.Int),
  /** The feed answers, and does not know the match. */
  absent: Schema.NullOr(Schema.Struct({ since: Instant.Instant, polls: Schema.Int, gone: Schema.Boolean })),
  /** Which day's play; activities live for one of them. */
  day: Schema.Int,
  /** The day is over, its activities have ended, and the next day's play is yet to begin. */
  closed: Schema.Boolean,
  /** How the match has left the list, if it has. */
  ended: Schema.NullOr(Schema.Literals(["over", "postponed"])),
  /** What operators have ordered; absent where they have ordered nothing. */
  orders: Schema.optionalKey(Order.Standing)
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
  /** An operator's order; they are numbered, and rise. */
  | {
      readonly _tag: "Ordered"
      readonly order: Order.Order
      readonly number: number
      readonly at: Instant.Instant
    }

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
  | { readonly _tag: "Obeyed"; readonly order: Order.Order; readonly at: Instant.Instant }

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
export const isTold = ({ closed, content, ended, match, orders }: ActiveMatch): boolean =>
  content !== null &&
  match !== null &&
  ended === null &&
  !closed &&
  !isOver(match.status) &&
  !Order.isPaused(orders)

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
    match: Order.told(match, self.orders),
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

/** Play rests for a while that a screen may use to be renewed. */
export const isResting = ({ match }: ActiveMatch): boolean =>
  match !== null &&
  (match.status === "innings break" || interruption(match.status, match.innings.length > 0) !== "none")

/** The state as it is saved. */
export const forStore = (self: ActiveMatch): ActiveMatch =>
  self.match === null ? self : { ...self, match: Match.withoutBalls(self.match) }

export const step = (self: ActiveMatch, input: Input): Step.Step<ActiveMatch, Output> => {
  if (self.ended !== null) return [self, []]
  if (input._tag === "Ordered") return obey(self, input.order, input.number, input.at)
  if (Order.isPaused(self.orders))
    return input._tag === "SnapshotRead" ? listen(self, input.snapshot) : [self, []]
  switch (input._tag) {
    case "SnapshotRead":
      return read(self, input.snapshot)
    case "Absent":
      return missed(self, input.at)
    case "FeedSilent":
      return tick(looked(self), input.at, [])
    case "Ticked":
      return tick(self, input.at, [])
  }
}
