import { Instant } from "@sightscreen/decider"
import type { Duration } from "effect"
import * as Edition from "../activity/Edition.ts"
import * as Consequence from "../push/Consequence.ts"
import type { Outcome } from "../push/Outcome.ts"
import * as Retry from "../push/Retry.ts"
import * as BroadcastChannel from "./BroadcastChannel.ts"

/** Whether an edition is published to its cohort's channel now, and what Apple's answer means for it and for the channel. */
export type Way =
  /** There is no channel, so nobody misses it. */
  | { readonly _tag: "Nowhere" }
  /** The channel rests, and is to get the newest state afterwards. */
  | { readonly _tag: "Rests" }
  | { readonly _tag: "To"; readonly channelId: BroadcastChannel.ChannelId }

export const way = (
  channel: BroadcastChannel.BroadcastChannel | null,
  edition: Edition.Edition,
  at: Instant.Instant
): Way => {
  const channelId = channel === null ? null : BroadcastChannel.channelIdOf(channel)
  if (channel === null || channelId === null) return { _tag: "Nowhere" }
  const quiet = BroadcastChannel.quietUntil(channel)
  // What must be told is tried all the same.
  return !Edition.isKept(edition) && quiet !== null && Instant.isBefore(at, quiet)
    ? { _tag: "Rests" }
    : { _tag: "To", channelId }
}

export type Next =
  | { readonly _tag: "Again"; readonly after: Duration.Duration }
  | { readonly _tag: "Done" }
  /** Apple would not take it now: the newest state is published once it does. */
  | { readonly _tag: "Later" }

/** After so many tries before this one, which was made at `at`. */
export const next = (
  edition: Edition.Edition,
  outcome: Outcome,
  tries: number,
  at: Instant.Instant
): Next => {
  const kind = Edition.kindOf(edition)
  const consequences = Consequence.of(outcome, kind, "channel")
  const delay = Retry.delays[kind][tries]
  if (
    delay !== undefined &&
    consequences.some(({ _tag }) => _tag === "SendAgain") &&
    Instant.isBefore(Instant.plus(at, delay), edition.expiresAt)
  )
    return { _tag: "Again", after: delay }
  return { _tag: consequences.some(({ _tag }) => _tag === "TellLater") ? "Later" : "Done" }
}

/** When the last phone takes the match off its lock screen, if this is the bulletin that ends it; its channel ends with it. */
export const closes = ({ dismissAt, ends, id }: Edition.Edition): Instant.Instant | null =>
  ends === null || dismissAt === null || id.endsWith("/standing") ? null : Instant.fromSeconds(dismissAt)

export const createFailure = (outcome: Outcome, reason: string): BroadcastChannel.CreateFailure => {
  switch (outcome._tag) {
    case "ChannelsOff":
      return "feature off"
    case "SlowDown":
      return "throttled"
    case "AppleDown":
    case "Unanswered":
      return "down"
    default:
      return reason === "CannotCreateChannelConfig" ? "limit reached" : "fault"
  }
}

/** Null where there is nothing that the channel should know. */
export const publishFailure = (outcome: Outcome): BroadcastChannel.PublishFailure | null => {
  switch (outcome._tag) {
    case "ChannelLost":
      return "gone"
    case "ChannelsOff":
      return "feature off"
    case "SlowDown":
      return "throttled"
    case "OurFault":
      return "fault"
    default:
      return null
  }
}

/** Apple has deleted the channel, or never had it. */
export const isRemoved = (outcome: Outcome): boolean =>
  outcome._tag === "Accepted" || outcome._tag === "ChannelLost"
