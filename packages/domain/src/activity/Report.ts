import { Instant } from "@sightscreen/decider"
import { Duration } from "effect"
import type { ActivityId, MatchId, UserId } from "../Ids.ts"
import * as Activity from "./Activity.ts"
import * as Filed from "./Filed.ts"
import * as Leavings from "./Leavings.ts"

/**
 * What a phone says of an activity on its screen, and which of ours it speaks of.
 *
 * Phones report late, twice, and in an order of their own; so a report is held against everything that is known of the
 * device before any activity hears of it.
 */
export interface Report {
  readonly userId: UserId
  readonly matchId: MatchId
  /** ActivityKit's own name for it, where the app says so. */
  readonly instance: string | null
  readonly address: Activity.Address
}

export type Claim<R extends Filed.Row> =
  | { readonly _tag: "Its"; readonly row: R }
  /**
   * The app has begun one by itself: where its owner follows the match it is filed, as that generation; otherwise it is
   * taken for the one that has ended, if there was one, and is told so.
   */
  | { readonly _tag: "Unasked"; readonly generation: number; readonly else: R | null }

/**
 * Which activity a report is of: the one of that name, else the one at that address, else the newest, else one that the app
 * has begun by itself. `filed` is everything of the device, `known` the activities that the reported token was of before.
 */
export const claim = <R extends Filed.Row>(
  { address, instance, matchId, userId }: Report,
  filed: ReadonlyArray<Filed.Filed<R>>,
  known: ReadonlyArray<ActivityId | null>
): Claim<R> => {
  const mine = filed.filter(({ row }) => row.matchId === matchId && row.userId === userId)
  if (instance !== null) {
    const named = mine.find(({ row }) => row.instance === instance)
    if (named !== undefined) return its(named)
  }
  const at = mine.find(
    ({ state }) => state._tag === "Active" && Activity.isSameAddress(state.address, address)
  )
  if (at !== undefined && address._tag === "Token") return its(at)
  // A token belongs to one activity. Where that has ended its report comes late, and it is told so.
  const before = mine.find(({ row }) => known.includes(row.activityId))
  if (before !== undefined) return its(before)
  const last = Filed.newest(
    filed.map(({ row }) => row),
    matchId
  )
  const own = mine.find(({ row }) => row === last)
  // What was ended with the day or with the match is told the same, however late its report.
  if (own !== undefined && (own.state._tag !== "Ended" || Activity.isClosed(own.state))) return its(own)
  return { _tag: "Unasked", generation: (last?.generation ?? 0) + 1, else: own?.row ?? null }
}

/** Its phone has said that it has left the screen; that it is there, which was said before, comes late. */
export const isGone = <R extends Filed.Row>(
  { instance, matchId, userId }: Omit<Report, "address">,
  filed: ReadonlyArray<Filed.Filed<R>>
): boolean =>
  instance !== null &&
  filed.some(
    ({ row, state }) => row.matchId === matchId && row.userId === userId && Leavings.isGone(state, instance)
  )

/** The open activities of the match that are to remember that another one has left the screen. */
export const survivors = <R extends Filed.Row>(
  { instance, matchId, userId }: Omit<Report, "address">,
  filed: ReadonlyArray<Filed.Filed<R>>
): ReadonlyArray<R> =>
  instance === null
    ? []
    : filed.flatMap(({ row, state }) =>
        row.matchId === matchId &&
        row.userId === userId &&
        row.instance !== instance &&
        state._tag !== "Ended"
          ? [row]
          : []
      )

const its = <R extends Filed.Row>({ row }: Filed.Filed<R>): Claim<R> => ({ _tag: "Its", row })

/** Why an update token was retired: its activity has another one. */
export const rotated = "rotated"
/** Another activity has taken the place of its activity. */
export const superseded = "superseded"

/** An update token as it was known before it was reported. */
export interface Past {
  readonly token: string
  readonly retiredFor: string | null
  readonly activityId: ActivityId | null
}

/**
 * What is done with a report of an update token that is known already. A report that has lain about brings none back: not one
 * that was replaced, nor one that Apple has called dead where its activity has come alive with another since.
 */
export const ofKnown = <R extends Filed.Row>(
  past: Past | undefined,
  filed: ReadonlyArray<Filed.Filed<R>>
): "ignore" | "turn away" | "claim" => {
  if (past === undefined || past.retiredFor === null) return "claim"
  if (past.retiredFor === rotated) return "ignore"
  if (past.retiredFor === superseded) return "turn away"
  const state = filed.find(({ row }) => row.activityId === past.activityId)?.state
  return state?._tag === "Active" && state.address._tag === "Token" && state.address.token !== past.token
    ? "turn away"
    : "claim"
}

/** A token to be struck out, and why. */
export interface Struck {
  readonly token: string
  readonly reason: string
}

/** Update tokens that activities had before, by what a report made of them. */
export const forsaken = <R extends Filed.Row>(said: ReadonlyArray<Filed.Stepped<R>>): ReadonlyArray<Struck> =>
  said.flatMap(({ after, before, output, row }) => {
    if (before._tag !== "Active" || after._tag !== "Active" || output._tag !== "Refresh") return []
    if (before.address._tag !== "Token" || Activity.isSameAddress(before.address, after.address)) return []
    const isAnother = said.some((one) => one.row === row && one.output._tag === "End")
    return [{ token: before.address.token, reason: isAnother ? superseded : rotated }]
  })

/** Once it is told to end, an update token is struck out: one of an ended activity that is not is owed its end. */
export const ended = ({ output }: Pick<Filed.Stepped, "output">): Struck | null =>
  output._tag === "End" && output.address._tag === "Token"
    ? {
        token: output.address.token,
        reason: output.reason === superseded ? superseded : `activity ended: ${output.reason}`
      }
    : null

/** An end that was not sent by then is of no use: the app has ended the activity by itself. */
export const endsOwedFor = Duration.minutes(30)

/** Ended for that reason so lately that its end, should it not have been sent, is still owed. */
export const isOwedEnd = (
  state: Activity.Activity,
  reason: Activity.EndReason,
  at: Instant.Instant
): boolean => state._tag === "Ended" && state.reason === reason && state.at >= Instant.minus(at, endsOwedFor)

/**
 * Which activity a phone speaks of that has one less on its screen; null where nothing is to be learnt from it: of an
 * activity that has ended it tells nothing of what its owner wants, and of one that another has taken the place of it says
 * nothing of the other.
 */
export const dismissed = <R extends Filed.Row>(
  { instance, matchId, userId }: Omit<Report, "address">,
  filed: ReadonlyArray<Filed.Filed<R>>
): Filed.Filed<R> | null => {
  const rows = filed.filter(({ row }) => row.matchId === matchId)
  const named = instance === null ? undefined : rows.find(({ row }) => row.instance === instance)
  const last = Filed.newest(
    rows.map(({ row }) => row),
    matchId
  )
  const found = named ?? rows.find(({ row }) => row === last)
  if (found === undefined || found.row.userId !== userId || found.state._tag === "Ended") return null
  return named === undefined && instance !== null && found.row.instance !== null ? null : found
}
