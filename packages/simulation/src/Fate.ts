import { Instant } from "@sightscreen/decider"
import { BroadcastChannel, type ContentState } from "@sightscreen/domain"
import { ActivityKit, type Handset, Registration } from "@sightscreen/handset"
import { Duration } from "effect"
import * as Looks from "./Looks.ts"

/**
 * How a match came out on a phone; and where its final state is not there, why, as far as the phone itself can tell.
 */
export type Fate =
  | { readonly _tag: "Right" }
  /** It shows something else, and nothing that a server does could change that. */
  | { readonly _tag: "Explained"; readonly why: string }
  /** Something is still to come that may put it right. */
  | { readonly _tag: "Waiting" }
  | { readonly _tag: "Wrong"; readonly shows: string }

/** What its owner remembers beyond what is on the phone. */
export interface Diary {
  readonly offlineSince: Instant.Instant | null
  readonly swiped: boolean
  /** A notification said that the match is on, instead of an activity. */
  readonly told: boolean
  /** It was tapped. */
  readonly came: boolean
}

export const untouched: Diary = { offlineSince: null, swiped: false, told: false, came: false }

/** With what was done to the phone, and what came of it. `from` is when the match began. */
export const remember = (
  self: Diary,
  input: Handset.Input,
  outputs: ReadonlyArray<Handset.Output>,
  from: Instant.Instant | null
): Diary => {
  let next = self
  if (input._tag === "WentOffline") next = { ...next, offlineSince: input.at }
  if (input._tag === "CameOnline") next = { ...next, offlineSince: null }
  if (input._tag === "Dismissed") next = { ...next, swiped: true }
  if (input._tag === "Tapped") next = { ...next, came: true }
  for (const output of outputs) {
    if (output._tag === "NotificationShown" && isFallback(output, from) && !next.told)
      next = { ...next, told: true }
  }
  return next
}

/** Notices that come once the match is on come instead of an activity; those before it only say that it will be. */
export const isFallback = (
  { at }: Pick<Handset.NotificationShown, "at">,
  from: Instant.Instant | null
): boolean => from !== null && at >= from

export interface Given {
  readonly matchId: string
  /** What the final state looks like to readers of a language. */
  readonly right: (language: string) => string
  readonly at: Instant.Instant
  /** When the match began and ended. */
  readonly from: Instant.Instant
  readonly to: Instant.Instant
  /** Whether its owner will yet do something with it. */
  readonly goesOn: boolean
  /** What else is known that no server could have mended; null where nothing is. */
  readonly because?: string | null
}

/** Of a match that is over. */
export const of = (phone: Handset.Handset, diary: Diary, given: Given): Fate => {
  const mine = phone.activities.filter(({ matchId }) => matchId === given.matchId)
  const newest = mine.at(-1)
  const right = given.right(phone.traits.language)
  // Reports that overtake each other may make the older of two the one that stays.
  const last = lastOnScreen(mine)
  if ([newest, last].some((one) => one !== undefined && isRight(one, right))) return { _tag: "Right" }
  if (given.goesOn) return { _tag: "Waiting" }
  const why = reason(phone, diary, mine, given) ?? given.because ?? null
  if (why !== null) return { _tag: "Explained", why }
  // What is published to a channel may be missed; the end is told again for an hour.
  const isTold =
    newest !== undefined && ActivityKit.isLive(newest) && newest.address._tag === "Channel" && phone.online
  return isTold && given.at < Instant.plus(given.to, lastWord)
    ? { _tag: "Waiting" }
    : { _tag: "Wrong", shows: newest === undefined ? "nothing" : showing(newest) }
}

const lastWord = Duration.sum(BroadcastChannel.repeatAfter.at(-1)!, BroadcastChannel.settleFor)

/** The one that was to be seen for longest. */
const lastOnScreen = (mine: ActivityKit.Activities): ActivityKit.Activity | undefined =>
  mine.reduce<ActivityKit.Activity | undefined>(
    (found, one) => (found === undefined || leftAt(one) >= leftAt(found) ? one : found),
    undefined
  )

const leftAt = ({ state }: ActivityKit.Activity): number => {
  switch (state._tag) {
    case "Active":
    case "Stale":
      return Infinity
    case "Ended":
      return state.leavesAt
    case "Dismissed":
      return state.at
  }
}

/** Ended, with the final state on the screen. */
export const isRight = ({ content, state }: ActivityKit.Activity, right: string): boolean =>
  state._tag !== "Active" &&
  state._tag !== "Stale" &&
  Looks.of(content as unknown as ContentState.ContentState) === right

const reason = (
  phone: Handset.Handset,
  diary: Diary,
  mine: ActivityKit.Activities,
  { because, from }: Given
): string | null => {
  const { forceQuit, online, os, tokens, traits, userId } = phone
  if (!Registration.isAtLeast(os, Registration.startsRemotely))
    return `iOS ${os.join(".")} cannot be started remotely`
  if (userId === null) return "signed out by its owner"
  if (!online)
    return diary.offlineSince === null ? "offline" : `offline since ${since(diary.offlineSince, from)}`
  // Who knows more knows whether there was time to tell the owner.
  const isToBeTold = because !== undefined && !diary.came && !diary.told
  if (mine.length === 0 && traits.startToken === "swallowed" && !isToBeTold) {
    const noticed = diary.came
      ? "its owner was told, and came"
      : diary.told
        ? "its owner was told, and did not come"
        : "the match was over before its owner could be told"
    return `lost every start that Apple took: ${noticed}`
  }
  if (forceQuit) return `force-quit: ${mine.length === 0 ? "no start does anything" : "started, never woken"}`
  if (diary.swiped) return "dismissed by its owner"
  if (mine.length === 0 && traits.startToken === "silently changed" && tokens.changes > 0)
    return "its start token had changed unnoticed, and the match was over before a new one was heard of"
  return null
}

/** Going by the match, in hours and minutes. */
const since = (at: Instant.Instant, from: Instant.Instant): string => {
  if (at < from) return "before the match"
  const all = Math.floor(Duration.toMinutes(Instant.since(at, from)))
  return `${Math.floor(all / 60)} h ${String(all % 60).padStart(2, "0")} min into the match`
}

const showing = ({ content, state }: ActivityKit.Activity): string => {
  const { expanded } = content as unknown as ContentState.ContentState
  return `${state._tag.toLowerCase()}, ${expanded.battingCode} ${expanded.score} (${expanded.overs})`
}
