import { Instant, type Step } from "@sightscreen/decider"
import { Duration, Schema } from "effect"
import type { MatchId } from "../Ids.ts"
import { ChannelId } from "./BroadcastChannel.ts"

/**
 * Our ledger of channels held against Apple's list, for one app in one environment.
 *
 * A list is old when it arrives: a channel may have been made or deleted meanwhile. So what does not agree is only noted by
 * the first sweep and acted upon by a later one, and a list that was wrong for once does no harm.
 */
const Seen = Schema.Struct({ channelId: ChannelId, since: Instant.Instant })

/** What the sweeps so far did not find in order, and since when. */
export const Sweeps = Schema.Struct({
  /** On Apple's side only. */
  unknown: Schema.Array(Seen),
  /** In our ledger only. */
  missing: Schema.Array(Seen)
})
export type Sweeps = typeof Sweeps.Type

export interface Sweep {
  /** Apple's list: all channels of the app. */
  readonly listed: Iterable<ChannelId>
  /** Every channel in our ledger, those that are being deleted included, read after the list has arrived. */
  readonly ours: Iterable<ChannelId>
  readonly at: Instant.Instant
}

export type Output =
  /** Nobody's: it takes up room, and is deleted. */
  | { readonly _tag: "DeleteOrphan"; readonly channelId: ChannelId }
  /** Apple does not have it: to its state it was `Removed`. */
  | { readonly _tag: "Lost"; readonly channelId: ChannelId }

/** Apple: 10,000 channels for an app in each environment. */
export const limit = 10_000

/** How long something must have been out of order, and in two sweeps at least: longer than it takes to make a channel. */
export const settledAfter = Duration.minutes(5)

export const none: Sweeps = { unknown: [], missing: [] }

export const step = (self: Sweeps, { at, listed, ours }: Sweep): Step.Step<Sweeps, Output> => {
  const theirs = new Set(listed)
  const known = new Set(ours)
  const unknown = without(theirs, known, self.unknown, at)
  const missing = without(known, theirs, self.missing, at)
  const isSettled = ({ since }: typeof Seen.Type) => !Instant.isBefore(at, Instant.plus(since, settledAfter))
  return [
    { unknown, missing },
    [
      ...unknown.filter(isSettled).map(({ channelId }): Output => ({ _tag: "DeleteOrphan", channelId })),
      ...missing.filter(isSettled).map(({ channelId }): Output => ({ _tag: "Lost", channelId }))
    ]
  ]
}

const without = (
  these: ReadonlySet<ChannelId>,
  those: ReadonlySet<ChannelId>,
  before: Sweeps["unknown"],
  at: Instant.Instant
): Sweeps["unknown"] => {
  const since = new Map(before.map((one) => [one.channelId, one.since]))
  return [...these]
    .filter((channelId) => !those.has(channelId))
    .sort()
    .map((channelId) => ({ channelId, since: since.get(channelId) ?? at }))
}

/** How many channels can still be made, when so many are listed and so many have been asked for and are not listed yet. */
export const room = (listed: number, asked: number): number => Math.max(0, limit - listed - asked)

/** A channel that somebody would like to have. */
export interface Request {
  readonly matchId: MatchId
  /** The name of the cohort. */
  readonly cohort: string
  readonly startsAt: Instant.Instant
  /** Those that the channel would reach. */
  readonly followers: number
}

/**
 * Who gets a channel when there is not room for all: the match that begins first, then the one with more followers. The others
 * are served by token, and ask again.
 */
export const served = <Some extends Request>(
  requests: Iterable<Some>,
  room: number
): { readonly served: ReadonlyArray<Some>; readonly waiting: ReadonlyArray<Some> } => {
  const inTurn = [...requests].sort(byTurn)
  return { served: inTurn.slice(0, Math.max(0, room)), waiting: inTurn.slice(Math.max(0, room)) }
}

const byTurn = (a: Request, b: Request): number =>
  a.startsAt - b.startsAt ||
  b.followers - a.followers ||
  compare(a.matchId, b.matchId) ||
  compare(a.cohort, b.cohort)

const compare = (a: string, b: string): number => (a === b ? 0 : a < b ? -1 : 1)
