import { Instant } from "@sightscreen/decider"
import { Duration } from "effect"
import type { Status } from "../cricket/Status.ts"
import type { DeviceId, MatchId, UserId } from "../Ids.ts"
import * as Timings from "./Timings.ts"

/** A match with those who follow it. */
export interface Soon {
  readonly matchId: MatchId
  readonly startsAt: Instant.Instant
  readonly status: Status
  readonly followers: Iterable<UserId>
}

/** One person is told of one match. */
export interface Due {
  readonly matchId: MatchId
  readonly userId: UserId
  readonly startsAt: Instant.Instant
}

/** Whether a person was told of a match before, at whatever time it was to start then. */
export type WasTold = (userId: UserId, matchId: MatchId) => boolean

/**
 * Who is told now that their match is about to begin, by the start and then in the order given.
 *
 * Once for a person and a match, from half an hour before the start until it. Of a match that is delayed or postponed the
 * scheduled start is no longer true, so nothing is said until the feed calls it scheduled again.
 */
export const due = (fixtures: Iterable<Soon>, at: Instant.Instant, wasTold: WasTold): ReadonlyArray<Due> => {
  const soon = [...new Map([...fixtures].map((one) => [one.matchId, one])).values()]
    .filter((one) => isSoon(one, at))
    .sort(byStart)
  return soon.flatMap(({ followers, matchId, startsAt }) =>
    [...new Set(followers)]
      .filter((userId) => !wasTold(userId, matchId))
      .map((userId) => ({ matchId, userId, startsAt }))
  )
}

const isSoon = ({ startsAt, status }: Soon, at: Instant.Instant): boolean =>
  status === "scheduled" &&
  Instant.isBefore(at, startsAt) &&
  !Instant.isBefore(at, Instant.minus(startsAt, Timings.prematchBefore))

const byStart = (a: Soon, b: Soon): number => a.startsAt - b.startsAt || (a.matchId < b.matchId ? -1 : 1)

/** What is to be prepared for a match that begins soon, and has not begun. */
export interface Preparations {
  readonly channels: boolean
  /** People are told of it, as far as they have not been. */
  readonly notices: boolean
  /** Apps are woken to report their start tokens. Phones come first: people may have to be told with patience. */
  readonly wakes: boolean
}

export const preparations = (
  { startsAt, status }: Pick<Soon, "startsAt" | "status">,
  at: Instant.Instant
): Preparations => {
  const isToCome = status === "scheduled" || status === "delayed"
  const within = (before: Duration.Duration) =>
    isToCome && !Instant.isBefore(at, Instant.minus(startsAt, before))
  return {
    channels: within(Timings.channelsBefore),
    notices: within(Timings.prematchBefore),
    wakes: within(Timings.prematchBefore) && within(Timings.wakeBefore)
  }
}

/** How many minutes people are told that it is away. */
export const minutesTo = (startsAt: Instant.Instant, at: Instant.Instant): number =>
  Math.max(1, Math.round(Duration.toMinutes(Instant.since(startsAt, at))))

/** Those who could not be told on any of their phones: they are told later. */
export const untold = (
  phones: ReadonlyArray<{ readonly deviceId: DeviceId; readonly userId: UserId }>,
  unsaid: ReadonlySet<DeviceId>
): ReadonlyArray<UserId> => {
  const told = new Set(phones.flatMap((one) => (unsaid.has(one.deviceId) ? [] : [one.userId])))
  const missed = new Set(phones.flatMap((one) => (unsaid.has(one.deviceId) ? [one.userId] : [])))
  return [...missed].filter((userId) => !told.has(userId))
}
