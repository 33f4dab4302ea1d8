import type { Heard } from "../activity/Directions.ts"
import type { DeviceId, MatchId } from "../Ids.ts"
import type * as Recovery from "./Recovery.ts"

/** The ladders of many phones at once: in what order they hear, and what is said to many at a time. */

/** One phone may have several things to hear, in their order: each round has one for a phone. */
export const rounds = (heard: ReadonlyArray<Heard>): ReadonlyArray<ReadonlyArray<Heard>> => {
  const all: Array<Array<Heard>> = []
  const counts = new Map<DeviceId, number>()
  for (const one of heard) {
    const nth = counts.get(one.deviceId) ?? 0
    counts.set(one.deviceId, nth + 1)
    ;(all[nth] ??= []).push(one)
  }
  return all
}

/** A phone's ladder, with what it says of what it heard. */
export interface Said {
  readonly heard: Heard
  readonly output: Recovery.Output
}

export interface Errands {
  readonly wake: ReadonlyMap<MatchId, ReadonlyArray<DeviceId>>
  readonly notify: ReadonlyMap<MatchId, ReadonlyArray<DeviceId>>
}

/** Phones by match, for what is said to many at once. */
export const errands = (said: ReadonlyArray<Said>): Errands => {
  const wake = new Map<MatchId, Array<DeviceId>>()
  const notify = new Map<MatchId, Array<DeviceId>>()
  for (const { heard, output } of said) {
    if (output._tag !== "WakeApp" && output._tag !== "NotifyUser") continue
    const into = output._tag === "WakeApp" ? wake : notify
    const all = into.get(output.matchId)
    if (all === undefined) into.set(output.matchId, [heard.deviceId])
    else all.push(heard.deviceId)
  }
  return { wake, notify }
}

/** Phones whose ladder says so. */
export const saying = (
  said: ReadonlyArray<Said>,
  tag: "StartAllowed" | "StartPending"
): ReadonlySet<DeviceId> =>
  new Set(said.flatMap(({ heard, output }) => (output._tag === tag ? [heard.deviceId] : [])))

/** A start that is held is asked about again and again: only what is new is worth writing down. */
export const isNews = (
  before: Recovery.Recovery,
  after: Recovery.Recovery,
  outputs: ReadonlyArray<Recovery.Output>
): boolean => outputs.some(({ _tag }) => _tag !== "StartHeld") || (outputs.length > 0 && after !== before)
