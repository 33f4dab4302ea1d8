import { Instant, type Step } from "@sightscreen/decider"
import { Duration, Schema } from "effect"

/**
 * The life of one Live Activity of one match on one phone, as the server knows it.
 *
 * A start that Apple accepted is only a hope; the activity counts as alive when its update token arrives. The end is
 * absorbing: whatever is heard of an ended activity is answered with an end.
 */
export const EndReason = Schema.Literals(["match over", "unfollowed", "dismissed", "superseded"])
export type EndReason = typeof EndReason.Type

export const Activity = Schema.TaggedUnion({
  /** Wanted; asked for as often as `attempts` says. */
  Pending: { attempts: Schema.Int, askedAt: Schema.NullOr(Instant.Instant) },
  /** `attempts` are the starts that it took, or may yet bring a second one. */
  Active: { token: Schema.String, since: Instant.Instant, attempts: Schema.Int },
  /** Its update token died; it is asked for anew, as often as `attempts` leaves. */
  TokenInvalid: { at: Instant.Instant, attempts: Schema.Int },
  /** Asked for in vain. A token, should one still come, revives it. */
  Failed: { at: Instant.Instant },
  Ended: { reason: EndReason, at: Instant.Instant }
})
export type Activity = typeof Activity.Type

export type Input =
  | { readonly _tag: "TokenReported"; readonly token: string; readonly at: Instant.Instant }
  | { readonly _tag: "TokenDisowned"; readonly token: string; readonly at: Instant.Instant }
  | { readonly _tag: "StartRefused"; readonly at: Instant.Instant }
  /** The start has certainly not been taken, and nothing is wrong with it. */
  | { readonly _tag: "StartUnsent"; readonly at: Instant.Instant }
  /** Somebody asks for it once more: a person who follows again, or a start token that has not been tried. */
  | { readonly _tag: "Wanted"; readonly at: Instant.Instant }
  | { readonly _tag: "Dismissed"; readonly at: Instant.Instant }
  | { readonly _tag: "Unfollowed"; readonly at: Instant.Instant }
  | { readonly _tag: "MatchEnded"; readonly at: Instant.Instant }
  /** `slack` is how much longer than in life a phone's report may take to get here. */
  | { readonly _tag: "Ticked"; readonly at: Instant.Instant; readonly slack?: Duration.Duration }

export type Output =
  | { readonly _tag: "Start"; readonly attempt: number }
  /** The newest state goes to a token that has not had it. */
  | { readonly _tag: "Refresh"; readonly token: string }
  /**
   * It is over for this token: gone at once, or with the final score where the match is over. `superseded` is a token that
   * is not the activity's any more.
   */
  | { readonly _tag: "End"; readonly token: string; readonly reason: EndReason }

export const wanted: Activity = { _tag: "Pending", attempts: 0, askedAt: null }

/** How long to wait for an update token before asking again, by attempts made. */
export const patience: ReadonlyArray<Duration.Duration> = [
  Duration.zero,
  Duration.seconds(90),
  Duration.minutes(5),
  Duration.minutes(5)
]

/** Starts are budgeted by the phone, in numbers that Apple does not give; three is what we plan for. */
export const maxAttempts = 3

/** An activity that has lived so long was no failure: should its token die, the attempts are counted anew. */
export const settledAfter = Duration.hours(1)

export const isOver = (self: Activity): boolean => self._tag === "Ended"

export const step = (self: Activity, input: Input): Step.Step<Activity, Output> => {
  switch (input._tag) {
    case "TokenReported":
      return report(self, input.token, input.at)
    case "TokenDisowned":
      return disown(self, input.token, input.at)
    case "StartRefused":
      return self._tag === "Pending" ? [{ _tag: "Failed", at: input.at }, []] : [self, []]
    case "StartUnsent":
      return self._tag === "Pending" && self.attempts > 0
        ? [{ ...self, attempts: self.attempts - 1 }, []]
        : [self, []]
    case "Wanted":
      return self._tag === "Failed" ? [wanted, []] : [self, []]
    case "Dismissed":
      return isOver(self) ? [self, []] : [{ _tag: "Ended", reason: "dismissed", at: input.at }, []]
    case "Unfollowed":
      return end(self, "unfollowed", input.at)
    case "MatchEnded":
      return isOver(self) ? [self, []] : [{ _tag: "Ended", reason: "match over", at: input.at }, []]
    case "Ticked":
      return tick(self, input.at, input.slack ?? Duration.zero)
  }
}

const report = (self: Activity, token: string, at: Instant.Instant): Step.Step<Activity, Output> => {
  if (self._tag === "Ended") return [self, [{ _tag: "End", token, reason: self.reason }]]
  if (self._tag !== "Active") {
    const attempts = self._tag === "Failed" ? maxAttempts : self.attempts
    return [{ _tag: "Active", token, since: at, attempts }, [{ _tag: "Refresh", token }]]
  }
  if (self.token === token) return [self, []]
  const refresh: Output = { _tag: "Refresh", token }
  // One start makes one activity, so another token is its new one. Several starts may have made several activities, and a
  // phone is to show one.
  return [
    { ...self, token },
    self.attempts > 1 ? [refresh, { _tag: "End", token: self.token, reason: "superseded" }] : [refresh]
  ]
}

const disown = (self: Activity, token: string, at: Instant.Instant): Step.Step<Activity, Output> => {
  if (self._tag !== "Active" || self.token !== token) return [self, []]
  const settled = !Instant.isBefore(at, Instant.plus(self.since, settledAfter))
  return [{ _tag: "TokenInvalid", at, attempts: settled ? 0 : self.attempts }, []]
}

const end = (self: Activity, reason: EndReason, at: Instant.Instant): Step.Step<Activity, Output> => {
  if (self._tag === "Ended") return [self, []]
  return [
    { _tag: "Ended", reason, at },
    self._tag === "Active" ? [{ _tag: "End", token: self.token, reason }] : []
  ]
}

const tick = (self: Activity, at: Instant.Instant, slack: Duration.Duration): Step.Step<Activity, Output> => {
  if (self._tag !== "Pending" && self._tag !== "TokenInvalid") return [self, []]
  const { attempts } = self
  if (self._tag === "Pending" && self.askedAt !== null) {
    const wait = Duration.sum(patience[attempts] ?? Duration.minutes(5), slack)
    if (Instant.isBefore(at, Instant.plus(self.askedAt, wait))) return [self, []]
  }
  return attempts >= maxAttempts ? [{ _tag: "Failed", at }, []] : ask(self, at)
}

const ask = (
  { attempts }: { readonly attempts: number },
  at: Instant.Instant
): Step.Step<Activity, Output> => [
  { _tag: "Pending", attempts: attempts + 1, askedAt: at },
  [{ _tag: "Start", attempt: attempts + 1 }]
]
