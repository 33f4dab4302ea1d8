import { Instant, type Step } from "@sightscreen/decider"
import { Duration, Schema } from "effect"
import * as Leavings from "./Leavings.ts"

/**
 * The life of one Live Activity of one match on one phone, as the server knows it.
 *
 * A start that Apple accepted is only a hope; the activity counts as alive when its phone reports it. The end is absorbing:
 * whatever is heard of an ended activity is answered with an end. An activity lives for eight hours at most (Apple), so
 * before that it is renewed: its successor, of the next generation, is started first, and then it goes.
 */
export const EndReason = Schema.Literals([
  "match over",
  "day over",
  "postponed",
  "unfollowed",
  "dismissed",
  /** Its phone has left its owner's hands: who signs in there again is shown what they follow. */
  "disowned",
  /** Its successor has taken its place. */
  "superseded",
  /** Another match took its place on a phone that can show no more. */
  "yielded",
  /** The system has ended it, at its limit or for reasons of its own. */
  "expired"
])
export type EndReason = typeof EndReason.Type

/** Where its updates come from. */
export const Address = Schema.TaggedUnion({
  Token: { token: Schema.String },
  /** Nobody can reach it alone: what is published reaches all who joined. */
  Channel: { channelId: Schema.String }
})
export type Address = typeof Address.Type

/**
 * Where another one of the same phone listened that nobody could reach any more when this one took its place. Apple calls
 * tokens dead whose activities stay on the screen, and forgets channels; only the app can end what is left of that.
 */
const left = {
  left: Schema.optionalKey(Schema.Literals(["Token", "Channel"])),
  /** Others of the phone that have left its screen, by ActivityKit's names, newest last: a report of one may still come. */
  gone: Schema.optionalKey(Schema.Array(Schema.String))
}

const Renewal = Schema.Struct({
  at: Instant.Instant,
  /** When Apple took the successor's start. */
  startedAt: Schema.NullOr(Instant.Instant)
})

export const Activity = Schema.TaggedUnion({
  /** Wanted; asked for as often as `attempts` says. `ranAt` is when its phone's app ran since it was asked for last. */
  Pending: {
    attempts: Schema.Int,
    askedAt: Schema.NullOr(Instant.Instant),
    ranAt: Schema.optionalKey(Instant.Instant),
    ...left
  },
  /** `attempts` are the starts that it took, or may yet bring a second one. */
  Active: {
    address: Address,
    /** ActivityKit's own name for it, where the phone says so. */
    instance: Schema.NullOr(Schema.String),
    since: Instant.Instant,
    attempts: Schema.Int,
    renewal: Schema.NullOr(Renewal),
    ...left
  },
  /** It cannot be reached any more; it is asked for anew, as often as `attempts` leaves. */
  TokenInvalid: { at: Instant.Instant, attempts: Schema.Int, ...left },
  /** Asked for in vain. A report, should one still come, revives it. `ranAt` is when its phone's app ran since. */
  Failed: { at: Instant.Instant, ranAt: Schema.optionalKey(Instant.Instant), ...left },
  Ended: { reason: EndReason, at: Instant.Instant }
})
export type Activity = typeof Activity.Type
type Active = Extract<Activity, { readonly _tag: "Active" }>

export type Input =
  /** The phone has it, and says where it listens. */
  | {
      readonly _tag: "Reported"
      readonly address: Address
      readonly instance: string | null
      readonly at: Instant.Instant
    }
  /** The phone has one that listens to a channel that is no more: nothing reaches it, and no other was heard of. */
  | { readonly _tag: "Stranded"; readonly address: Address; readonly at: Instant.Instant }
  | { readonly _tag: "TokenDisowned"; readonly token: string; readonly at: Instant.Instant }
  /** It is not there any more, or cannot be reached, and nobody wanted that. */
  | { readonly _tag: "Lost"; readonly at: Instant.Instant }
  | { readonly _tag: "StartRefused"; readonly at: Instant.Instant }
  /** The start has certainly not been taken, and nothing is wrong with it. */
  | { readonly _tag: "StartUnsent"; readonly at: Instant.Instant }
  /**
   * The phone has not reported, and another start might make another activity beside one that it shows already: a phone that
   * listens to a channel is up to date whether or not its app has run.
   */
  | { readonly _tag: "NotAgain"; readonly at: Instant.Instant }
  /** Somebody asks for it once more: a person who follows again, or a start token that has not been tried. */
  | { readonly _tag: "Wanted"; readonly at: Instant.Instant }
  /**
   * The phone's app has run, and so will say what its phone shows. If it says nothing there is nothing, and there is room for
   * a start: one that the system did nothing with, because the app was force-quit, has left nothing behind.
   */
  | { readonly _tag: "AppRan"; readonly at: Instant.Instant }
  /** It has left the screen; who took it off is the phone's word. */
  | { readonly _tag: "Dismissed"; readonly by: "person" | "system"; readonly at: Instant.Instant }
  /** Another one of the same phone has left the screen. */
  | { readonly _tag: "OtherGone"; readonly instance: string; readonly at: Instant.Instant }
  | { readonly _tag: "Unfollowed"; readonly at: Instant.Instant }
  /** Its place is given to another match. */
  | { readonly _tag: "Yielded"; readonly at: Instant.Instant }
  /** Its owner has signed out on the phone, or somebody else has signed in. */
  | { readonly _tag: "Disowned"; readonly at: Instant.Instant }
  | {
      readonly _tag: "Closed"
      readonly reason: "match over" | "day over" | "postponed"
      readonly at: Instant.Instant
    }
  /** Apple has taken the successor's start. */
  | { readonly _tag: "SuccessorStarted"; readonly at: Instant.Instant }
  /** The successor is alive. */
  | { readonly _tag: "SuccessorActive"; readonly at: Instant.Instant }
  | {
      readonly _tag: "Ticked"
      readonly at: Instant.Instant
      /** Play rests, which is the time to renew. */
      readonly pause?: boolean
      /** How much longer than in life a phone's report may take to get here. */
      readonly slack?: Duration.Duration
    }

export type Output =
  | { readonly _tag: "Start"; readonly attempt: number }
  /** A start was not followed by a report. */
  | { readonly _tag: "Unanswered"; readonly attempt: number }
  /** It is not asked for again. */
  | { readonly _tag: "GaveUp" }
  /** The newest state goes to an address that has not had it. */
  | { readonly _tag: "Refresh"; readonly address: Address }
  /**
   * It is over for this address: gone at once, or with the last state where its match or day is over. `superseded` is an
   * address that is not the activity's any more.
   */
  | { readonly _tag: "End"; readonly address: Address; readonly reason: EndReason }
  /** It is over, and no address reaches all that its phone may still show: the app is to end that. */
  | { readonly _tag: "Recall" }
  /** Begin its successor. */
  | { readonly _tag: "Renew" }
  /** Its owner does not want the match any more. */
  | { readonly _tag: "Unfollow" }

export const wanted: Activity = { _tag: "Pending", attempts: 0, askedAt: null }

/** How long to wait for a report before asking again, by attempts made. */
export const patience: ReadonlyArray<Duration.Duration> = [
  Duration.zero,
  Duration.seconds(90),
  Duration.minutes(5),
  Duration.minutes(5)
]

/** Starts are budgeted by the phone, in numbers that Apple does not give; three is what we plan for. */
export const maxAttempts = 3

/**
 * An activity that has lived so long was no failure: should its token die, the attempts are counted anew. One whose channel
 * is lost, or that its phone's settings have ended, was none however short it lived.
 */
export const settledAfter = Duration.hours(1)

/** Apple: the system ends an activity after eight hours. */
export const longest = Duration.hours(8)

/** When an activity is renewed at the latest, and from when on a break in play is used for it. */
export const renewAfter = { latest: Duration.minutes(7 * 60 + 45), inPause: Duration.minutes(6 * 60 + 30) }

/** How long an activity stays beside a successor that says nothing: two on one screen are a nuisance. */
export const overlap = Duration.seconds(25)

export const isOver = (self: Activity): boolean => self._tag === "Ended"

/** Ended because its owner wanted it to: only following again begins another. */
export const isLeft = (self: Activity): boolean =>
  self._tag === "Ended" && (self.reason === "unfollowed" || self.reason === "dismissed")

/** Ended with its match or its day: everybody's is. */
export const isClosed = (self: Activity): boolean =>
  self._tag === "Ended" &&
  (self.reason === "match over" || self.reason === "day over" || self.reason === "postponed")

export const isSameAddress = (self: Address, that: Address): boolean =>
  self._tag === "Token"
    ? that._tag === "Token" && self.token === that.token
    : that._tag === "Channel" && self.channelId === that.channelId

export const step = (self: Activity, input: Input): Step.Step<Activity, Output> => {
  const { at } = input
  switch (input._tag) {
    case "Reported":
      return report(self, input)
    case "Stranded":
      return strand(self, input.address, at)
    case "TokenDisowned":
      return self._tag === "Active" && isSameAddress(self.address, { _tag: "Token", token: input.token })
        ? lost(self, hasSettled(self, at) ? 0 : self.attempts, at)
        : [self, []]
    case "Lost":
      return self._tag === "Active" ? lost(self, 0, at) : [self, []]
    case "StartRefused":
      return self._tag === "Pending" ? [{ _tag: "Failed", at, ...Leavings.leftOf(self) }, []] : [self, []]
    case "NotAgain":
      return self._tag === "Pending" && self.attempts > 0
        ? [
            { _tag: "Failed", at, ...Leavings.leftOf(self) },
            [{ _tag: "Unanswered", attempt: self.attempts }, { _tag: "GaveUp" }]
          ]
        : [self, []]
    case "StartUnsent":
      return self._tag === "Pending" && self.attempts > 0
        ? [{ ...self, attempts: self.attempts - 1 }, []]
        : [self, []]
    case "Wanted":
      return self._tag === "Failed" ? [{ ...wanted, ...Leavings.leftOf(self) }, []] : [self, []]
    case "AppRan":
      return self._tag === "Failed" || (self._tag === "Pending" && self.askedAt !== null)
        ? [{ ...self, ranAt: at }, []]
        : [self, []]
    case "Dismissed":
      return dismiss(self, input.by, at)
    case "OtherGone":
      return [Leavings.without(self, input.instance), []]
    case "Unfollowed":
      return leave(self, "unfollowed", at)
    case "Yielded":
      return leave(self, "yielded", at)
    case "Disowned":
      return leave(self, "disowned", at)
    case "Closed":
      // The bulletin that closes match or day reaches whoever is active, with the last state.
      return self._tag === "Ended"
        ? [self, []]
        : [{ _tag: "Ended", reason: input.reason, at }, Leavings.isStranded(self) ? recall : nothing]
    case "SuccessorStarted":
      return self._tag === "Active" && self.renewal !== null && self.renewal.startedAt === null
        ? [{ ...self, renewal: { ...self.renewal, startedAt: at } }, []]
        : [self, []]
    case "SuccessorActive":
      return self._tag === "Active" ? end(self, "superseded", at) : close(self, "superseded", at)
    case "Ticked":
      return self._tag === "Active"
        ? age(self, at, input.pause ?? false)
        : wait(self, at, input.slack ?? Duration.zero)
  }
}

const report = (
  self: Activity,
  { address, at, instance }: Extract<Input, { readonly _tag: "Reported" }>
): Step.Step<Activity, Output> => {
  if (self._tag === "Ended") return [self, [{ _tag: "End", address, reason: self.reason }]]
  if (self._tag !== "Active") {
    const attempts = self._tag === "Failed" ? maxAttempts : self.attempts
    return [
      {
        _tag: "Active",
        address,
        instance,
        since: begunAt(self, at),
        attempts,
        renewal: null,
        ...Leavings.leftOf(self)
      },
      [{ _tag: "Refresh", address }]
    ]
  }
  if (isSameAddress(self.address, address)) {
    return instance === null || self.instance === instance ? [self, []] : [{ ...self, instance }, []]
  }
  const refresh: Output = { _tag: "Refresh", address }
  const next: Active = { ...self, address, instance: instance ?? self.instance }
  // An activity's own address may change. Another activity takes its place, for a phone is to show one; and where phones do
  // not say which is which, only several starts can have made several.
  const isAnother =
    instance !== null && self.instance !== null ? instance !== self.instance : self.attempts > 1
  return [
    isAnother ? { ...next, since: at, renewal: null } : next,
    isAnother ? [refresh, { _tag: "End", address: self.address, reason: "superseded" }] : [refresh]
  ]
}

/** Its app has run and has said what it shows: whatever was asked for before has not come about, and is asked for anew. */
const strand = (self: Activity, address: Address, at: Instant.Instant): Step.Step<Activity, Output> => {
  switch (self._tag) {
    case "Active":
      return isSameAddress(self.address, address) ? lost(self, 0, at) : [self, []]
    case "Pending":
      return self.askedAt === null && self.left === address._tag
        ? [self, []]
        : [{ ...self, askedAt: null, left: address._tag }, []]
    case "TokenInvalid":
      return [self, []]
    case "Failed":
      return [{ ...wanted, ...Leavings.leftOf(self), left: address._tag }, []]
    case "Ended":
      return [self, [{ _tag: "End", address, reason: self.reason }]]
  }
}

/** The system counts its eight hours from the start (Apple), however late its phone reports. */
const begunAt = (self: Activity, at: Instant.Instant): Instant.Instant => {
  if (self._tag === "Pending" && self.askedAt !== null && self.attempts > 0) return self.askedAt
  return self._tag === "Failed" ? self.at : at
}

/** Where a successor is on its way there is no need for another. */
const lost = (self: Active, attempts: number, at: Instant.Instant): Step.Step<Activity, Output> =>
  self.renewal === null
    ? [{ _tag: "TokenInvalid", at, attempts, ...Leavings.leftOf(self), left: self.address._tag }, []]
    : [{ _tag: "Ended", reason: "superseded", at }, []]

const hasSettled = ({ since }: Active, at: Instant.Instant): boolean =>
  !Instant.isBefore(at, Instant.plus(since, settledAfter))

/**
 * The system clears away what is old, and the app reports it like a swipe: near the limit nobody is taken at their word.
 */
const dismiss = (
  self: Activity,
  by: "person" | "system",
  at: Instant.Instant
): Step.Step<Activity, Output> => {
  if (self._tag === "Ended") return [self, []]
  const old = self._tag === "Active" && !Instant.isBefore(at, Instant.plus(self.since, renewAfter.latest))
  if (by === "system" || old) {
    return self._tag === "Active" ? [{ _tag: "Ended", reason: "expired", at }, []] : [self, []]
  }
  return [
    { _tag: "Ended", reason: "dismissed", at },
    [{ _tag: "Unfollow" }, ...(Leavings.isLikely(self) ? recall : nothing)]
  ]
}

const end = (self: Active, reason: EndReason, at: Instant.Instant): Step.Step<Activity, Output> => [
  { _tag: "Ended", reason, at },
  [{ _tag: "End", address: self.address, reason }]
]

const recall: ReadonlyArray<Output> = [{ _tag: "Recall" }]
const nothing: ReadonlyArray<Output> = []

/** Nobody wants it any more: nothing of it is to stay. */
const leave = (self: Activity, reason: EndReason, at: Instant.Instant): Step.Step<Activity, Output> => {
  if (self._tag === "Ended") return [self, []]
  const ended: Activity = { _tag: "Ended", reason, at }
  const more = Leavings.isLikely(self) ? recall : nothing
  return self._tag === "Active"
    ? [ended, [{ _tag: "End", address: self.address, reason }, ...more]]
    : [ended, more]
}

const close = (self: Activity, reason: EndReason, at: Instant.Instant): Step.Step<Activity, Output> =>
  self._tag === "Ended" ? [self, []] : [{ _tag: "Ended", reason, at }, []]

const age = (self: Active, at: Instant.Instant, pause: boolean): Step.Step<Activity, Output> => {
  const { renewal, since } = self
  if (!Instant.isBefore(at, Instant.plus(since, longest))) {
    return [{ _tag: "Ended", reason: renewal === null ? "expired" : "superseded", at }, []]
  }
  if (renewal !== null) {
    return renewal.startedAt !== null && !Instant.isBefore(at, Instant.plus(renewal.startedAt, overlap))
      ? end(self, "superseded", at)
      : [self, []]
  }
  const due = Instant.plus(since, pause ? renewAfter.inPause : renewAfter.latest)
  if (Instant.isBefore(at, due)) return [self, []]
  return [{ ...self, renewal: { at, startedAt: null } }, [{ _tag: "Renew" }]]
}

const wait = (self: Activity, at: Instant.Instant, slack: Duration.Duration): Step.Step<Activity, Output> => {
  if (self._tag === "Failed") return reconsider(self, at, slack)
  if (self._tag !== "Pending" && self._tag !== "TokenInvalid") return [self, []]
  const { attempts } = self
  const asked = self._tag === "Pending" && self.askedAt !== null && attempts > 0
  if (self._tag === "Pending" && self.askedAt !== null) {
    const pause = Duration.sum(patience[attempts] ?? Duration.minutes(5), slack)
    if (Instant.isBefore(at, Instant.plus(self.askedAt, pause)) || isToSay(self, at, slack)) return [self, []]
  }
  const unanswered: ReadonlyArray<Output> = asked ? [{ _tag: "Unanswered", attempt: attempts }] : []
  if (attempts >= maxAttempts)
    return [{ _tag: "Failed", at, ...Leavings.leftOf(self) }, [...unanswered, { _tag: "GaveUp" }]]
  return [
    { _tag: "Pending", attempts: attempts + 1, askedAt: at, ...Leavings.leftOf(self) },
    [...unanswered, { _tag: "Start", attempt: attempts + 1 }]
  ]
}

/** It was given up; its app has run since, and has had the time to say that its phone shows it. */
const reconsider = (
  self: Extract<Activity, { readonly _tag: "Failed" }>,
  at: Instant.Instant,
  slack: Duration.Duration
): Step.Step<Activity, Output> => {
  if (self.ranAt === undefined || isToSay(self, at, slack)) return [self, []]
  const again: Activity = { _tag: "Pending", attempts: 1, askedAt: at, ...Leavings.leftOf(self) }
  return [again, [{ _tag: "Start", attempt: 1 }]]
}

/** Its app has run so lately that it may yet say that its phone shows it. */
const isToSay = (
  { ranAt }: { readonly ranAt?: Instant.Instant },
  at: Instant.Instant,
  slack: Duration.Duration
): boolean =>
  ranAt !== undefined && Instant.isBefore(at, Instant.plus(ranAt, Duration.sum(patience[1]!, slack)))
