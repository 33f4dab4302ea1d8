import type { Instant } from "@sightscreen/decider"
import type { Duration } from "effect"
import type { ActivityId } from "../Ids.ts"
import * as ActiveMatch from "../live/ActiveMatch.ts"
import * as Activity from "./Activity.ts"
import type * as Filed from "./Filed.ts"

/**
 * Which activities of a match are asked for now.
 *
 * A start costs its phone something, and what is on a screen already must not come there twice. So those that would be asked
 * for are found before any of them takes a step; only those whose phones may be asked take it.
 */

/** What activities of a match hear of the time. */
export const time = (
  match: ActiveMatch.ActiveMatch,
  slack: Duration.Duration,
  at: Instant.Instant
): Activity.Input => ({ _tag: "Ticked", at, slack, pause: ActiveMatch.isResting(match) })

export interface Sorted<R extends Filed.Row> {
  /** Would be asked for, for the nth time. */
  readonly asking: ReadonlyArray<Filed.Filed<R> & { readonly attempt: number }>
  /** Take a step that asks nothing of their phones. */
  readonly others: ReadonlyArray<Filed.Filed<R>>
}

export const sort = <R extends Filed.Row>(
  filed: ReadonlyArray<Filed.Filed<R>>,
  input: Activity.Input
): Sorted<R> => {
  const asking: Array<Sorted<R>["asking"][number]> = []
  const others: Array<Filed.Filed<R>> = []
  for (const one of filed) {
    const [after, outputs] = Activity.step(one.state, input)
    const start = outputs.find((output) => output._tag === "Start")
    if (start !== undefined) asking.push({ row: one.row, state: one.state, attempt: start.attempt })
    else if (after !== one.state || outputs.length > 0) others.push(one)
  }
  return { asking, others }
}

/**
 * Its phone may show the match already, although its app has not run to say so: it was asked for before, and it listens to
 * a channel. If Apple may have taken that start it is `NotAgain`.
 */
export const mayBeShown = (state: Activity.Activity, listens: Activity.Address["_tag"]): boolean =>
  state._tag === "Pending" && state.attempts > 0 && state.ranAt === undefined && listens === "Channel"

/** A step of an activity is taken once, so the version that it was taken at names its start like nothing else. */
export const startCause = (activityId: ActivityId, version: number): string =>
  `${activityId}/start/${version}`

/** Its successor was decided on and has not been started, perhaps because something broke off in between. */
export const isOwedSuccessor = (state: Activity.Activity): boolean =>
  state._tag === "Active" && state.renewal !== null && state.renewal.startedAt === null
