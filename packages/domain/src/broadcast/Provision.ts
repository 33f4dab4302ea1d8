import type { Instant } from "@sightscreen/decider"
import * as Budget from "../activity/Budget.ts"
import * as Cohort from "../activity/Cohort.ts"
import * as Language from "../activity/Language.ts"
import type * as ActiveMatch from "../live/ActiveMatch.ts"
import * as BroadcastChannel from "./BroadcastChannel.ts"

/** Which channels a match is to have, and what each of them waits for. */

/** Every cohort that may listen to a channel. */
export const cohorts: ReadonlyArray<Cohort.Cohort> = Language.Language.literals.flatMap((language) =>
  Budget.Level.literals.map((level) => ({
    route: "channel" as const,
    schema: Cohort.currentSchema,
    language,
    level
  }))
)

const names = cohorts.map(Cohort.nameOf)

/** The names of cohorts that have no channel yet, not even one that is wanted. */
export const missing = (known: Iterable<string>): ReadonlyArray<string> => {
  const there = new Set(known)
  return names.filter((name) => !there.has(name))
}

export type Due =
  /** There is no channel, and none will be needed: it is forgotten. */
  | "forget"
  /** It wants to be made, in its turn where there is not room for all. */
  | "make"
  /** Time has something for it. */
  | "step"
  | "rest"

export const due = (channel: BroadcastChannel.BroadcastChannel, at: Instant.Instant): Due => {
  if (channel._tag === "Gone") return "forget"
  const [after, outputs] = BroadcastChannel.step(channel, { _tag: "Ticked", at })
  if (outputs.some(({ _tag }) => _tag === "Create")) return "make"
  return after !== channel || outputs.length > 0 ? "step" : "rest"
}

/** The match may have ended without a word to it. */
export const isUnended = ({ _tag }: BroadcastChannel.BroadcastChannel): boolean =>
  _tag === "Wanted" || _tag === "Open" || _tag === "Refused"

/** The next day's channel is to be there before its first ball: whoever is started without one goes on by token. */
export const isBetweenDays = (match: ActiveMatch.ActiveMatch | null): boolean =>
  match !== null && match.closed && match.ended === null

/** Where phones can be told to listen. */
export const listenedAt = (
  channel: BroadcastChannel.BroadcastChannel | null
): BroadcastChannel.ChannelId | null => (channel?._tag === "Open" ? channel.channelId : null)

/** Of a channel whose state another version wrote: one that Apple has given is not made a second time. */
export const reread = (
  channelId: BroadcastChannel.ChannelId | null,
  at: Instant.Instant
): BroadcastChannel.BroadcastChannel =>
  channelId === null ? BroadcastChannel.wanted(at) : { _tag: "Open", channelId, since: at, slowed: null }
