import { Instant } from "@sightscreen/decider"
import type { Duration } from "effect"
import * as Edition from "../activity/Edition.ts"
import * as Consequence from "../push/Consequence.ts"
import { notBeforeOf, type Outcome } from "../push/Outcome.ts"
import * as Retry from "../push/Retry.ts"
import * as BroadcastChannel from "./BroadcastChannel.ts"

/** Whether an edition is published to its cohort's channel now, and what Apple's answer means for it and for the channel. */
export type Way =
  /** There is no channel, so nobody misses it. */
  | { readonly _tag: "Nowhere" }
  /** The channel rests, and is to get the newest state afterwards. */
  | { readonly _tag: "Rests" }
  /** Apple has asked to be left alone until then, and it is worth waiting for. */
  | { readonly _tag: "Waits"; readonly until: Instant.Instant }
  | { readonly _tag: "To"; readonly channelId: BroadcastChannel.ChannelId }

/** `rest` is until when Apple has asked to be left alone about the channel. */
export const way = (
  channel: BroadcastChannel.BroadcastChannel | null,
  edition: Edition.Edition,
  at: Instant.Instant,
  rest: Instant.Instant | null = null
): Way => {
  const channelId = channel === null ? null : BroadcastChannel.channelIdOf(channel)
  if (channel === null || channelId === null) return { _tag: "Nowhere" }
  if (rest !== null && at < rest) {
    return Retry.waitsFor(Edition.kindOf(edition), rest, { at, until: edition.expiresAt })
      ? { _tag: "Waits", until: rest }
      : { _tag: "Rests" }
  }
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

/** A publish that was answered at `at`, after so many tries before it. */
export interface Answered {
  readonly tries: number
  readonly at: Instant.Instant
  /** Apple is down: it is the breaker that says when to try again. */
  readonly isDown: boolean
  /** A number from 0 up to 1. */
  readonly chance: number
}

export const next = (
  edition: Edition.Edition,
  outcome: Outcome,
  { at, chance, isDown, tries }: Answered
): Next => {
  const kind = Edition.kindOf(edition)
  const consequences = Consequence.of(outcome, kind, "channel")
  if (consequences.some(({ _tag }) => _tag === "SendAgain")) {
    const until = edition.expiresAt
    const due = isDown
      ? Instant.isBefore(at, until)
        ? at
        : null
      : Retry.next(kind, tries, { at, chance, notBefore: notBeforeOf(outcome), until })
    if (due !== null) return { _tag: "Again", after: Instant.since(due, at) }
  }
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
