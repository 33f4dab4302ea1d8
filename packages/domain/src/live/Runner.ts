import { Instant } from "@sightscreen/decider"
import { Duration } from "effect"
import type * as Activity from "../activity/Activity.ts"
import type { MatchId } from "../Ids.ts"
import * as ActiveMatch from "./ActiveMatch.ts"
import * as Ending from "./Ending.ts"
import { isOver, type Status } from "../cricket/Status.ts"

/** Whoever tells a match: when it is taken up and by whom, when it is saved, and how it is brought to its end. */

/** A runner with nothing to tell saves all the same, this often at least: it shows that the match has one. */
export const keepAlive = Duration.seconds(30)

/** Something was said, or the match is to be seen to have a runner. */
export const isSaved = (
  outputs: ReadonlyArray<ActiveMatch.Output>,
  savedAt: Instant.Instant,
  at: Instant.Instant
): boolean => outputs.length > 0 || !Instant.isBefore(at, Instant.plus(savedAt, keepAlive))

/** A match that another process was seen to tell is taken up after it has been left alone for so long. */
export const takeOverAfter = Duration.seconds(90)

/** A match that somebody else tells: the version that was seen, and since when. */
export interface Seen {
  readonly version: number
  readonly since: Instant.Instant
}

export type Elsewhere = ReadonlyMap<MatchId, Seen>

/** With what is seen of a match now; it is there no more where the match is left alone, and may be taken up. */
export const watch = (
  seen: Seen | undefined,
  version: number,
  at: Instant.Instant
): { readonly _tag: "TakeUp" } | { readonly _tag: "Leave"; readonly seen: Seen } => {
  if (seen === undefined) return { _tag: "TakeUp" }
  if (seen.version !== version) return { _tag: "Leave", seen: { version, since: at } }
  return Instant.isBefore(at, Instant.plus(seen.since, takeOverAfter))
    ? { _tag: "Leave", seen }
    : { _tag: "TakeUp" }
}

/** A feed that still lists a match whose end was told does not begin it again. */
export const mayBegin = (fixture: Status | null): boolean =>
  fixture === null || (!isOver(fixture) && fixture !== "postponed")

/** How the activities of a match that has left the list end. */
export const reasonOf = ({
  ended
}: ActiveMatch.ActiveMatch): Extract<Activity.EndReason, "match over" | "postponed"> =>
  ended === "postponed" ? "postponed" : "match over"

/** Until when a phone that reports its token late still learns the final score: as long as others show it. */
export const dismissAt = (
  { ended, issuedAt }: ActiveMatch.ActiveMatch,
  at: Instant.Instant
): Instant.Instant => Instant.plus(issuedAt ?? at, Ending.dismissAfter[ended ?? "over"])

/** Who follows a match that is put off wants to see it when it is played. */
export const endsFollows = ({ ended }: ActiveMatch.ActiveMatch): boolean => ended !== "postponed"

/** It has not been read once, and the feed knows it: a look at it is not to wait. */
export const isUnread = (state: ActiveMatch.ActiveMatch): boolean =>
  state.content === null && !ActiveMatch.isVanished(state)

/** The next round is not to wait: the match is yet to be read, or who follows it is yet to be seen to. */
export const waits = (state: ActiveMatch.ActiveMatch, tended: boolean): boolean =>
  ActiveMatch.isTold(state) ? !tended : isUnread(state)
