import { Instant, type Step } from "@sightscreen/decider"
import { Duration, Schema } from "effect"
import * as Retry from "../push/Retry.ts"
import * as Backoff from "./Backoff.ts"

/**
 * One of Apple's broadcast channels, for one match and one cohort of phones (iOS 18).
 *
 * Apple names a channel at random, keeps it until it is deleted, and has room for 10,000 of an app. One publish reaches every
 * activity that has subscribed to it; a phone that is offline then misses it, and nobody learns who. So every state is
 * complete, and the end is told several times.
 *
 * What is published is decided elsewhere; here is where to, and when not to.
 */
export const ChannelId = Schema.NonEmptyString
export type ChannelId = typeof ChannelId.Type

/** Apple throttles what it calls too many publishes, at limits that it does not tell. */
const Slowed = Schema.NullOr(Schema.Struct({ until: Instant.Instant, refusals: Schema.Int }))
type Slowed = typeof Slowed.Type

export const BroadcastChannel = Schema.TaggedUnion({
  /** Not had yet; asked for as often as `attempts` says, and not again before `notBefore`. */
  Wanted: { attempts: Schema.Int, notBefore: Instant.Instant },
  Open: { channelId: ChannelId, since: Instant.Instant, slowed: Slowed },
  /** The match is over. The end goes out again, as often as `repeatsLeft` says. */
  Ending: {
    channelId: ChannelId,
    endedAt: Instant.Instant,
    /** When the last phone takes the match off its lock screen. */
    dismissAt: Instant.Instant,
    repeatsLeft: Schema.Int,
    slowed: Slowed
  },
  Deleting: { channelId: ChannelId, attempts: Schema.Int, notBefore: Instant.Instant },
  /** There is no channel, and none will be needed. */
  Gone: {},
  /** Apple gives this app no channels; its phones are reached by their tokens. */
  Refused: { reason: Schema.String }
})
export type BroadcastChannel = typeof BroadcastChannel.Type

/**
 * Nothing is stored for phones that are offline. Apple: such channels may be published to more often, and are for scores;
 * which it is can never be changed.
 */
export const storage = "none"

/** Why there is no channel. */
export type CreateFailure =
  /** Apple: `CannotCreateChannelConfig`; others have to be deleted first. */
  | "limit reached"
  /** Apple: `FeatureNotEnabled`, a setting of the App ID. */
  | "feature off"
  | "throttled"
  | "down"
  /** The request is wrong, or the key is. */
  | "fault"

export type PublishFailure =
  /** Apple: `ChannelNotRegistered`. */
  "gone" | "throttled" | "feature off" | "fault"

/** `chance` is a number from 0 up to 1, for the length of a wait; `notBefore` is when Apple asks to be asked again. */
export type Input =
  | { readonly _tag: "Created"; readonly channelId: ChannelId; readonly at: Instant.Instant }
  | {
      readonly _tag: "CreateFailed"
      readonly class: CreateFailure
      readonly reason: string
      readonly at: Instant.Instant
      readonly chance: number
      readonly notBefore?: Instant.Instant | null
    }
  /** Whether an update was refused, or a repeat of the end. */
  | {
      readonly _tag: "PublishRefused"
      readonly channelId: ChannelId
      readonly class: PublishFailure
      readonly reason: string
      readonly at: Instant.Instant
      readonly chance: number
      readonly notBefore?: Instant.Instant | null
    }
  /** `dismissAt` is the dismissal date of the end that goes out now. */
  | { readonly _tag: "MatchEnded"; readonly at: Instant.Instant; readonly dismissAt: Instant.Instant }
  | { readonly _tag: "Ticked"; readonly at: Instant.Instant }
  /** Deleted, or not known to Apple any more. */
  | { readonly _tag: "Removed"; readonly channelId: ChannelId; readonly at: Instant.Instant }
  | {
      readonly _tag: "RemoveFailed"
      readonly channelId: ChannelId
      readonly at: Instant.Instant
      readonly chance: number
      readonly notBefore?: Instant.Instant | null
    }

export type Output =
  | { readonly _tag: "Create" }
  /** For phones that were offline when the match ended. */
  | { readonly _tag: "PublishEndAgain"; readonly channelId: ChannelId }
  | { readonly _tag: "Delete"; readonly channelId: ChannelId }
  /** Nothing reaches its subscribers any more: they are started again, on the next channel or by token. */
  | { readonly _tag: "ChannelLost"; readonly channelId: ChannelId }
  /** Nothing is published before then but what must be told. */
  | { readonly _tag: "SlowDown"; readonly until: Instant.Instant }
  /** Somebody has to switch channels on for this app; until then its phones are reached by token. */
  | { readonly _tag: "FeatureOff"; readonly reason: string }

/** After the end, when it is told again: phones come back into coverage, and out of the night. */
export const repeatAfter: ReadonlyArray<Duration.Duration> = [1, 5, 15, 60].map((minutes) =>
  Duration.minutes(minutes)
)

/** How long an answer about a channel may take. A channel that was made all the same is found by the sweep. */
export const patience = Duration.minutes(1)

/** How long a last publish is given to reach phones before its channel is deleted. */
export const settleFor = Duration.minutes(1)

/**
 * The least time from one channel of a match to the next. Every new one means another start on every phone, so channels that
 * are lost as soon as they are made are not to come one after the other.
 */
export const renewAfter = Duration.minutes(5)

export const creating: Backoff.Backoff = { first: Duration.seconds(2), most: Duration.minutes(5) }
export const publishing: Backoff.Backoff = { first: Duration.seconds(2), most: Duration.minutes(2) }
export const removing: Backoff.Backoff = { first: Duration.seconds(10), most: Duration.minutes(15) }

/** A channel that is wanted now. */
export const wanted = (at: Instant.Instant): BroadcastChannel => ({
  _tag: "Wanted",
  attempts: 0,
  notBefore: at
})

/** The channel's name at Apple, as long as there is one. */
export const channelIdOf = (self: BroadcastChannel): ChannelId | null =>
  self._tag === "Open" || self._tag === "Ending" || self._tag === "Deleting" ? self.channelId : null

/** The earliest time for routine state: a throttled channel rests, and then gets the newest. */
export const quietUntil = (self: BroadcastChannel): Instant.Instant | null =>
  self._tag === "Open" || self._tag === "Ending" ? (self.slowed?.until ?? null) : null

export const step = (self: BroadcastChannel, input: Input): Step.Step<BroadcastChannel, Output> => {
  switch (input._tag) {
    case "Created":
      return created(self, input.channelId, input.at)
    case "CreateFailed":
      return createFailed(self, input)
    case "PublishRefused":
      return publishRefused(self, input)
    case "MatchEnded":
      return end(self, input.at, input.dismissAt)
    case "Ticked":
      return tick(self, input.at)
    case "Removed":
      return channelIdOf(self) === input.channelId ? removed(self, input.at) : [self, []]
    case "RemoveFailed":
      return removeFailed(self, input)
  }
}

type Of<Tag extends Input["_tag"]> = Extract<Input, { readonly _tag: Tag }>
type Says = Step.Step<BroadcastChannel, Output>

const created = (self: BroadcastChannel, channelId: ChannelId, at: Instant.Instant): Says => {
  switch (self._tag) {
    case "Wanted":
      return [{ _tag: "Open", channelId, since: at, slowed: null }, []]
    case "Gone":
    case "Refused":
      // The answer is late: the match is over, or its phones are reached by token.
      return remove(channelId, at)
    case "Open":
    case "Ending":
    case "Deleting":
      // Asked for twice, because the first answer was late. One is enough.
      return self.channelId === channelId ? [self, []] : [self, [{ _tag: "Delete", channelId }]]
  }
}

const createFailed = (self: BroadcastChannel, input: Of<"CreateFailed">): Says => {
  if (self._tag !== "Wanted") return [self, []]
  const { at, chance, reason } = input
  switch (input.class) {
    case "feature off":
      return [{ _tag: "Refused", reason }, [{ _tag: "FeatureOff", reason }]]
    case "limit reached":
    case "fault":
      // Nothing that a few seconds would change.
      return [{ ...self, notBefore: Backoff.until(creating, Infinity, at, chance) }, []]
    case "throttled":
    case "down":
      return [{ ...self, notBefore: backoff(creating, self.attempts, input) }, []]
  }
}

const publishRefused = (self: BroadcastChannel, input: Of<"PublishRefused">): Says => {
  if (self._tag !== "Open" && self._tag !== "Ending") return [self, []]
  // A publish to the channel that was before this one may be answered late.
  if (self.channelId !== input.channelId) return [self, []]
  const { at, reason } = input
  switch (input.class) {
    case "gone":
      return removed(self, at)
    case "feature off":
      // Apple: switching the capability off deletes all channels for good.
      return [{ _tag: "Refused", reason }, [...removed(self, at)[1], { _tag: "FeatureOff", reason }]]
    case "throttled": {
      const refusals = hasRested(self.slowed, at) ? 1 : (self.slowed?.refusals ?? 0) + 1
      const until = Instant.later(backoff(publishing, refusals, input), self.slowed?.until ?? at)
      const slowed = { until, refusals }
      const said: ReadonlyArray<Output> = [{ _tag: "SlowDown", until }]
      if (self._tag === "Open") return [{ ...self, slowed }, said]
      // The end that was refused is owed, but a channel is not kept for ever for its sake.
      const lastRepeat = Instant.plus(self.endedAt, repeatAfter.at(-1)!)
      const owed = Instant.isBefore(at, Instant.plus(lastRepeat, settleFor)) ? 1 : 0
      const repeatsLeft = Math.min(self.repeatsLeft + owed, repeatAfter.length)
      return [{ ...self, slowed, repeatsLeft }, said]
    }
    case "fault":
      return [self, []]
  }
}

/** A channel that was published to without complaint for so long starts from the beginning. */
const hasRested = (slowed: Slowed, at: Instant.Instant): boolean =>
  slowed !== null && !Instant.isBefore(at, Instant.plus(slowed.until, publishing.most))

/** It is not there any more, whether we wanted that or not. */
const removed = (self: BroadcastChannel, at: Instant.Instant): Says =>
  self._tag === "Open"
    ? [
        wanted(Instant.later(at, Instant.plus(self.since, renewAfter))),
        [{ _tag: "ChannelLost", channelId: self.channelId }]
      ]
    : [{ _tag: "Gone" }, []]

const end = (self: BroadcastChannel, at: Instant.Instant, dismissAt: Instant.Instant): Says => {
  switch (self._tag) {
    case "Wanted":
    case "Refused":
      return [{ _tag: "Gone" }, []]
    case "Open": {
      const { channelId, slowed } = self
      const repeatsLeft = repeatAfter.length
      return [{ _tag: "Ending", channelId, endedAt: at, dismissAt, repeatsLeft, slowed }, []]
    }
    case "Ending":
      return [{ ...self, dismissAt: Instant.later(self.dismissAt, dismissAt) }, []]
    case "Deleting":
    case "Gone":
      return [self, []]
  }
}

const tick = (self: BroadcastChannel, at: Instant.Instant): Says => {
  switch (self._tag) {
    case "Wanted":
      return Instant.isBefore(at, self.notBefore)
        ? [self, []]
        : [
            { _tag: "Wanted", attempts: self.attempts + 1, notBefore: Instant.plus(at, patience) },
            [{ _tag: "Create" }]
          ]
    case "Ending":
      return goOnEnding(self, at)
    case "Deleting":
      return Instant.isBefore(at, self.notBefore) ? [self, []] : remove(self.channelId, at, self.attempts + 1)
    case "Open":
    case "Gone":
    case "Refused":
      return [self, []]
  }
}

type Ending = Extract<BroadcastChannel, { readonly _tag: "Ending" }>

const goOnEnding = (self: Ending, at: Instant.Instant): Says => {
  const isSlow = self.slowed !== null && Instant.isBefore(at, self.slowed.until)
  // Repeats that were missed are told as one.
  const left = repeatAfter.filter((wait) => Instant.isBefore(at, Instant.plus(self.endedAt, wait))).length
  if (left < self.repeatsLeft) {
    return isSlow
      ? [self, []]
      : [
          // Whoever hears it now takes the match off the lock screen now, or when it was to go anyway.
          { ...self, repeatsLeft: left, dismissAt: Instant.later(self.dismissAt, at) },
          [{ _tag: "PublishEndAgain", channelId: self.channelId }]
        ]
  }
  return self.repeatsLeft === 0 && !Instant.isBefore(at, deleteAt(self))
    ? remove(self.channelId, at)
    : [self, []]
}

const deleteAt = ({ dismissAt, endedAt }: Ending): Instant.Instant =>
  Instant.plus(Instant.later(dismissAt, Instant.plus(endedAt, repeatAfter.at(-1)!)), settleFor)

const remove = (channelId: ChannelId, at: Instant.Instant, attempts = 1): Says => [
  { _tag: "Deleting", channelId, attempts, notBefore: Instant.plus(at, patience) },
  [{ _tag: "Delete", channelId }]
]

const removeFailed = (self: BroadcastChannel, input: Of<"RemoveFailed">): Says =>
  self._tag === "Deleting" && self.channelId === input.channelId
    ? [{ ...self, notBefore: backoff(removing, self.attempts, input) }, []]
    : [self, []]

/** Never sooner than Apple has asked for. */
const backoff = (
  policy: Backoff.Backoff,
  refusals: number,
  { at, chance, notBefore = null }: Of<"CreateFailed" | "PublishRefused" | "RemoveFailed">
): Instant.Instant =>
  Instant.later(Backoff.until(policy, refusals, at, chance), Retry.rest(notBefore, at) ?? at)
