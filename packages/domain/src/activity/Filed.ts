import type { Instant } from "@sightscreen/decider"
import type { ActivityId, DeviceId, MatchId, UserId } from "../Ids.ts"
import type * as Activity from "./Activity.ts"
import * as Cohort from "./Cohort.ts"

/** An activity as it is kept: whose it is, what can be asked for without reading its state, and its state. */
export interface Row {
  readonly activityId: ActivityId
  readonly matchId: MatchId
  readonly deviceId: DeviceId
  readonly userId: UserId
  /** Which one of this match on this phone, from 1. */
  readonly generation: number
  /** The name of the cohort that it is told with; null before it is asked for. */
  readonly cohort: string | null
  /** ActivityKit's own name for it; null until its phone has told. */
  readonly instance: string | null
}

/** A row, and its state as it was read. */
export interface Filed<R extends Row = Row> {
  readonly row: R
  readonly state: Activity.Activity
}

/** An activity with what its decider says of it. */
export interface Stepped<R extends Row = Row> {
  /** As it was before. */
  readonly row: R
  readonly before: Activity.Activity
  readonly after: Activity.Activity
  readonly output: Activity.Output
}

/** A phone, as far as its activities depend on it. */
export interface Phone extends Cohort.Facts {
  readonly deviceId: DeviceId
  readonly userId: UserId
}

/** The name of the nth activity of a match on a phone. */
export const idOf = (matchId: MatchId, deviceId: DeviceId, generation: number): ActivityId =>
  `${matchId}/${deviceId}/${generation}` as ActivityId

/** The activity whose place this one is to take; null for a first one. */
export const predecessorOf = (activityId: ActivityId): ActivityId | null => {
  const at = activityId.lastIndexOf("/")
  const generation = Number(activityId.slice(at + 1))
  return generation > 1 ? (`${activityId.slice(0, at)}/${generation - 1}` as ActivityId) : null
}

/** The row of an activity before its first step. One of a later generation has an id of its own. */
export const first = (matchId: MatchId, phone: Phone, generation: number): Row => ({
  activityId: idOf(matchId, phone.deviceId, generation),
  matchId,
  deviceId: phone.deviceId,
  userId: phone.userId,
  generation,
  cohort: Cohort.nameOf(Cohort.of("token", phone)),
  instance: null
})

/** The newest activity of a match among those of a device. */
export const newest = <R extends Pick<Row, "matchId" | "generation">>(
  rows: ReadonlyArray<R>,
  matchId: MatchId
): R | null => {
  let found: R | null = null
  for (const row of rows)
    if (row.matchId === matchId && (found === null || row.generation > found.generation)) found = row
  return found
}

/** Its state is told to whoever is of no cohort that is known any more. */
const fallback = Cohort.nameOf(
  Cohort.of("token", { schemaVersion: Cohort.currentSchema, language: "en", frequentUpdates: true })
)

/** An activity is told what those are told who listen where it does. */
const routed = (name: string | null, route: Cohort.Cohort["route"]): string | null => {
  if (name === null || name.startsWith(`${route}/`)) return name
  const cohort = Cohort.named(name)
  return cohort === null ? name : Cohort.nameOf(Cohort.routed(cohort, route))
}

/** The cohort of an activity by where it listens. */
export const cohortAt = ({ cohort }: Pick<Row, "cohort">, address: Activity.Address): string =>
  routed(cohort, address._tag === "Token" ? "token" : "channel") ?? fallback

/** It listened to a channel when it was last reached. */
export const listens = ({ cohort }: Pick<Row, "cohort">): boolean =>
  cohort !== null && Cohort.named(cohort)?.route === "channel"

/** What can be asked for without reading a state. */
export interface Columns {
  readonly status: "pending" | "active" | "token_invalid" | "failed" | "ended"
  readonly updateToken: string | null
  readonly channelId: string | null
  readonly cohort: string | null
  readonly instance: string | null
  readonly activeSince: Instant.Instant | null
}

const status: Readonly<Record<Activity.Activity["_tag"], Columns["status"]>> = {
  Pending: "pending",
  Active: "active",
  TokenInvalid: "token_invalid",
  Failed: "failed",
  Ended: "ended"
}

/** What of a row a step has changed. `cohort` is that of the phone as it is by now. */
export const columns = (
  row: Pick<Columns, "instance" | "activeSince">,
  after: Activity.Activity,
  cohort: string | null
): Columns => {
  const active = after._tag === "Active" ? after : null
  const token = active?.address._tag === "Token" ? active.address.token : null
  const channelId = active?.address._tag === "Channel" ? active.address.channelId : null
  return {
    status: status[after._tag],
    updateToken: token,
    channelId,
    cohort: active === null ? cohort : routed(cohort, channelId === null ? "token" : "channel"),
    // What ActivityKit called it is remembered past its end: a report may come late.
    instance: active?.instance ?? row.instance,
    activeSince: active?.since ?? row.activeSince
  }
}
