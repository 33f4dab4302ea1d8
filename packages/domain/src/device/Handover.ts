import { Instant } from "@sightscreen/decider"
import { Duration } from "effect"
import type * as Budget from "../activity/Budget.ts"
import * as Cohort from "../activity/Cohort.ts"
import type * as Filed from "../activity/Filed.ts"
import type { DeviceId, UserId } from "../Ids.ts"

/**
 * What it means for a phone's tokens and activities that it says who it is: it may be another phone's heir, in other hands
 * than before, or differently set.
 */

/** A token as it is known. */
export interface Known {
  readonly kind: string
  readonly deviceId: DeviceId
  readonly userId: UserId
  readonly registeredAt: Instant.Instant
  readonly retiredAt: Instant.Instant | null
  readonly suspectedAt: Instant.Instant | null
}

/**
 * The devices that a token has turned up from on another: each is the same phone, under another name or in other hands. What
 * they show is ended, and nothing is sent there any more.
 */
export const displaced = (
  known: ReadonlyArray<Pick<Known, "kind" | "deviceId" | "retiredAt">>,
  kind: string,
  to: DeviceId
): ReadonlySet<DeviceId> =>
  new Set(
    known.flatMap((one) =>
      one.kind === kind && one.deviceId !== to && one.retiredAt === null ? [one.deviceId] : []
    )
  )

/** A token that was heard of so lately is not written down again. */
export const echoesFor = Duration.minutes(10)

/** Around every remote start a phone says its start token twice more, and nothing is to be learnt from it. */
export const isEcho = (
  { registeredAt, suspectedAt, userId }: Pick<Known, "registeredAt" | "suspectedAt" | "userId">,
  who: UserId,
  at: Instant.Instant
): boolean =>
  userId === who && suspectedAt === null && Instant.isBefore(at, Instant.plus(registeredAt, echoesFor))

/**
 * Activities of a phone's owner that its system has ended because frequent updates were switched (Apple: it ends them all).
 * What is wrong is read off the activities and not off the change: the same report once more does the rest.
 */
export const switched = <R extends Filed.Row>(
  filed: ReadonlyArray<Filed.Filed<R>>,
  owner: UserId,
  level: Budget.Level
): ReadonlyArray<R> =>
  filed.flatMap(({ row, state }) =>
    row.userId === owner &&
    state._tag === "Active" &&
    row.cohort !== null &&
    Cohort.named(row.cohort)?.level !== level
      ? [row]
      : []
  )

/** Activities of a phone's owner that were asked for and not heard of, and are to hear that the app has run. */
export const reopened = <R extends Filed.Row>(
  filed: ReadonlyArray<Filed.Filed<R>>,
  owner: UserId
): ReadonlyArray<R> =>
  filed.flatMap(({ row, state }) => {
    const isAwaited = state._tag === "Failed" || (state._tag === "Pending" && state.attempts > 0)
    return row.userId === owner && isAwaited ? [row] : []
  })
