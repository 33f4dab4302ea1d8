import { Instant, type Step } from "@sightscreen/decider"
import { Schema } from "effect"
import { MatchId } from "../Ids.ts"
import * as Timings from "./Timings.ts"

/**
 * How one device is helped when remote starts do not work on it, and how many starts it may be asked for.
 *
 * A phone has a budget for starts and says nothing when it is spent; and Apple accepts starts by tokens that the phone no
 * longer has. So starts are counted before they are sent, and kept: a restart of the server spends none twice. When starts go
 * unanswered the ladder goes on without them: first a silent push, so that the app reports its token; then a visible alert,
 * once for a match, so that its owner hears of the match whatever the phone does.
 *
 * It says nothing of why a match is wanted, and knows no token, only whether there is one.
 */

/** What became of a start that was asked for. */
const Outcome = Schema.Literals([
  "awaited",
  "answered",
  "unanswered",
  /** By a token that has been replaced since, and not answered before that. */
  "outdated"
])

const Start = Schema.Struct({
  matchId: MatchId,
  attempt: Schema.Int,
  at: Instant.Instant,
  outcome: Outcome,
  /** What names this start like no other. */
  cause: Schema.optionalKey(Schema.String),
  /** How often it was asked for, by several at once or by whoever found that nobody had sent it; once where absent. */
  asked: Schema.optionalKey(Schema.Int)
})
type Start = typeof Start.Type

const Match = Schema.Struct({
  matchId: MatchId,
  /** When it was last heard of. */
  heardAt: Instant.Instant,
  /** Since when a start has waited for the device's first start token. */
  waitingSince: Schema.NullOr(Instant.Instant),
  wokenAt: Schema.NullOr(Instant.Instant),
  notifiedAt: Schema.NullOr(Instant.Instant),
  gaveUpAt: Schema.NullOr(Instant.Instant)
})
type Match = typeof Match.Type

export const Recovery = Schema.Struct({
  /** Those of the last 24 hours, in the order asked. */
  starts: Schema.Array(Start),
  /** Unanswered starts in a row by the present start token. */
  unansweredInARow: Schema.Int,
  /** Those heard of in the last 48 hours. */
  matches: Schema.Array(Match)
})
export type Recovery = typeof Recovery.Type

/** The device's start token, as far as it matters here. */
export type StartToken = "none" | { readonly registeredAt: Instant.Instant }

export type Input =
  /** A match that is followed on the device begins within `Timings.wakeBefore`. May be said again and again. */
  | {
      readonly _tag: "MatchSoon"
      readonly matchId: MatchId
      readonly startToken: StartToken
      readonly at: Instant.Instant
    }
  /**
   * May this start be sent? A start that is held is asked about again, and so is one that was allowed when its server fell:
   * `cause` tells that it is the same, which is counted once.
   */
  | {
      readonly _tag: "StartWanted"
      readonly matchId: MatchId
      readonly attempt: number
      readonly cause?: string
      readonly startToken: StartToken
      readonly at: Instant.Instant
    }
  /** Apple: the start token is dead. */
  | { readonly _tag: "StartRefused"; readonly matchId: MatchId; readonly at: Instant.Instant }
  /** Apple has certainly not taken it. */
  | { readonly _tag: "StartUnsent"; readonly matchId: MatchId; readonly at: Instant.Instant }
  /** The phone reported the activity's update token, or that it has subscribed to the channel. */
  | { readonly _tag: "StartAnswered"; readonly matchId: MatchId; readonly at: Instant.Instant }
  /** `Timings.patience` has passed without an answer. */
  | {
      readonly _tag: "StartUnanswered"
      readonly matchId: MatchId
      readonly attempt: number
      readonly at: Instant.Instant
    }
  /** The activity will not be asked for again by itself. */
  | { readonly _tag: "AttemptsExhausted"; readonly matchId: MatchId; readonly at: Instant.Instant }
  /** Around a remote start phones report the start token they had: that is not a new one. */
  | { readonly _tag: "StartTokenReported"; readonly isNew: boolean; readonly at: Instant.Instant }
  /** A silent push that was asked for has certainly not gone out, because Apple was away: it may be asked for again. */
  | { readonly _tag: "WakeUnsent"; readonly matchId: MatchId; readonly at: Instant.Instant }
  | { readonly _tag: "Ticked"; readonly at: Instant.Instant }

export type HeldFor = "no start token" | "suspect start token" | "start budget spent"

export type Output =
  /** The start is counted; now send it. */
  | { readonly _tag: "StartAllowed"; readonly matchId: MatchId }
  | { readonly _tag: "StartHeld"; readonly matchId: MatchId; readonly why: HeldFor }
  /** A silent push, so that the app runs and reports its start token. */
  | { readonly _tag: "WakeApp"; readonly matchId: MatchId }
  /** A visible alert: the match is on, and a tap shows it. */
  | { readonly _tag: "NotifyUser"; readonly matchId: MatchId }
  | { readonly _tag: "GaveUp"; readonly matchId: MatchId }
  /** There is a new start token: everything that waits on this device may be started now. */
  | { readonly _tag: "StartPending" }

export const fresh: Recovery = { starts: [], unansweredInARow: 0, matches: [] }

/** Whether the present start token is taken for one that the phone no longer has. */
export const isSuspect = (self: Recovery): boolean => self.unansweredInARow >= Timings.suspectAfter

/** Nothing is remembered, so nothing need be kept. */
export const isFresh = (self: Recovery): boolean =>
  self.starts.length === 0 && self.matches.length === 0 && self.unansweredInARow === 0

export const step = (before: Recovery, input: Input): Step.Step<Recovery, Output> => {
  const self = forget(before, input.at)
  switch (input._tag) {
    case "MatchSoon":
      return soon(self, input)
    case "StartWanted":
      return want(self, input)
    case "StartRefused":
      return notify(takeBack(self, input.matchId), input.matchId, input.at)
    case "StartUnsent":
      return [takeBack(self, input.matchId), []]
    case "StartAnswered":
      return [answer(self, input.matchId), []]
    case "StartUnanswered":
      return miss(self, input)
    case "AttemptsExhausted":
      return giveUp(self, input.matchId, input.at)
    case "StartTokenReported":
      return input.isNew ? [renew(self), [{ _tag: "StartPending" }]] : [self, []]
    case "WakeUnsent":
      return [update(self, input.matchId, { wokenAt: null }), []]
    case "Ticked":
      return self.matches.map(({ matchId }) => overdue(matchId, input.at)).reduce(after, [self, []])
  }
}

type Of<Tag extends Input["_tag"]> = Extract<Input, { readonly _tag: Tag }>
type Says = Step.Step<Recovery, Output>
type Rung = (self: Recovery) => Says

const after = ([self, said]: Says, rung: Rung): Says => {
  const [next, more] = rung(self)
  return [next, more.length === 0 ? said : [...said, ...more]]
}

const soon = (self: Recovery, { at, matchId, startToken }: Of<"MatchSoon">): Says => {
  const isGood =
    startToken !== "none" &&
    !isSuspect(self) &&
    Instant.isBefore(at, Instant.plus(startToken.registeredAt, Timings.startTokenStaleAfter))
  return isGood ? [self, []] : wake(self, matchId, at)
}

const want = (before: Recovery, { at, attempt, cause, matchId, startToken }: Of<"StartWanted">): Says => {
  // To be asked again is to be told that the earlier ones brought nothing.
  const self = unanswered(heard(before, matchId, at), matchId, (one) => one.attempt < attempt)
  if (startToken === "none") {
    return held(self, matchId, "no start token", [
      (state) => wake(waiting(state, matchId, at), matchId, at),
      overdue(matchId, at)
    ])
  }
  const ready = change(self, matchId, at, { waitingSince: null })
  if (isSuspect(ready) && !mayTryAgain(ready)) {
    return held(ready, matchId, "suspect start token", [
      (state) => wake(state, matchId, at),
      (state) => notify(state, matchId, at)
    ])
  }
  const known = cause === undefined ? -1 : ready.starts.findIndex((one) => isAwaited(one, cause))
  const budget = known === -1 ? budgetOf(ready, at) : "left"
  if (budget !== "left") {
    // An answer that is still awaited may give the budget back, in minutes.
    const rungs: ReadonlyArray<Rung> = budget === "spent" ? [(state) => notify(state, matchId, at)] : []
    return held(ready, matchId, "start budget spent", rungs)
  }
  const asked: Recovery = {
    ...change(ready, matchId, at, { gaveUpAt: null }),
    starts:
      known === -1
        ? [
            ...ready.starts,
            { matchId, attempt, at, outcome: "awaited", ...(cause === undefined ? {} : { cause }) }
          ]
        : ready.starts.with(known, askedAgain(ready.starts[known]!, at))
  }
  const allowed: Says = [asked, [{ _tag: "StartAllowed", matchId }]]
  // The second start goes to a phone that did not hear the first: its token may be old.
  return attempt < 2 ? allowed : after(allowed, (state) => wake(state, matchId, at))
}

const isAwaited = (one: Start, cause: string): boolean => one.cause === cause && one.outcome === "awaited"

const askedAgain = (one: Start, at: Instant.Instant): Start => ({ ...one, at, asked: timesAsked(one) + 1 })

const timesAsked = ({ asked }: Start): number => asked ?? 1

const held = (self: Recovery, matchId: MatchId, why: HeldFor, rungs: ReadonlyArray<Rung>): Says =>
  rungs.reduce(after, [self, [{ _tag: "StartHeld", matchId, why }]])

/** The phone may have been at fault, not the token, so one start a day finds out. */
const mayTryAgain = ({ starts }: Recovery): boolean =>
  starts.every(({ outcome }) => outcome === "answered" || outcome === "outdated")

/** Whether there is a start left: not until an answer has had its time, or not until older starts are forgotten. */
const budgetOf = ({ starts }: Recovery, at: Instant.Instant): "left" | "awaited" | "spent" => {
  const longest = Timings.patience(Timings.startsPerActivity)
  let lately = 0
  let awaited = 0
  let missed = 0
  let outdated = 0
  for (const one of starts) {
    if (Instant.isBefore(at, Instant.plus(one.at, Timings.startsHour))) lately += 1
    if (one.outcome === "outdated") outdated += 1
    else if (one.outcome !== "answered") {
      // Nobody tells of a start that is no longer of interest, such as one for a match that is over.
      const isOpen = one.outcome === "awaited" && Instant.isBefore(at, Instant.plus(one.at, longest))
      if (isOpen) awaited += 1
      else missed += 1
    }
  }
  const isSpent = (ofToken: number) =>
    ofToken >= Timings.unansweredADay || ofToken + outdated >= Timings.unansweredADayByAnyToken
  if (lately >= Timings.startsAnHour || isSpent(missed)) return "spent"
  return isSpent(missed + awaited) ? "awaited" : "left"
}

/** The newest start of the match has not reached the phone, so it has cost nothing. */
const takeBack = (self: Recovery, matchId: MatchId): Recovery => {
  const at = self.starts.findLastIndex((one) => one.matchId === matchId && one.outcome === "awaited")
  const found = self.starts[at]
  if (found === undefined) return self
  const times = timesAsked(found)
  // Somebody else was allowed it too.
  const starts =
    times > 1 ? self.starts.with(at, { ...found, asked: times - 1 }) : self.starts.toSpliced(at, 1)
  return { ...self, starts }
}

const answer = (self: Recovery, matchId: MatchId): Recovery => {
  const shown = update(self, matchId, { waitingSince: null, gaveUpAt: null })
  // An app may begin an activity by itself, which says nothing of start tokens.
  const ofMatch = shown.starts.filter((one) => one.matchId === matchId)
  if (ofMatch.every(({ outcome }) => outcome === "answered")) return shown
  const isByThisToken = ofMatch.some(({ outcome }) => outcome !== "outdated")
  return {
    ...shown,
    unansweredInARow: isByThisToken ? 0 : shown.unansweredInARow,
    starts: shown.starts.map((one) => (one.matchId === matchId ? { ...one, outcome: "answered" } : one))
  }
}

const unanswered = (self: Recovery, matchId: MatchId, which: (one: Start) => boolean): Recovery => {
  let found = 0
  const starts = self.starts.map((one): Start => {
    if (one.matchId !== matchId || one.outcome !== "awaited" || !which(one)) return one
    found += 1
    return { ...one, outcome: "unanswered" }
  })
  return found === 0 ? self : { ...self, starts, unansweredInARow: self.unansweredInARow + found }
}

const miss = (before: Recovery, { at, attempt, matchId }: Of<"StartUnanswered">): Says => {
  const self = unanswered(before, matchId, (one) => one.attempt === attempt)
  return self !== before && isSuspect(self) ? notify(self, matchId, at) : [self, []]
}

const giveUp = (before: Recovery, matchId: MatchId, at: Instant.Instant): Says => {
  const self = unanswered(heard(before, matchId, at), matchId, () => true)
  if (matchOf(self, matchId)?.gaveUpAt != null) return [self, []]
  const given: Says = [change(self, matchId, at, { gaveUpAt: at }), [{ _tag: "GaveUp", matchId }]]
  // An app that runs says what its phone shows, or what its start token is by now, whichever it was that was missing.
  return [
    (state: Recovery) => wake(state, matchId, at),
    (state: Recovery) => notify(state, matchId, at)
  ].reduce(after, given)
}

/** What the old token swallowed is not held against the new one, and what waited for a token waits no longer. */
const renew = (self: Recovery): Recovery => ({
  starts: self.starts.map((one) => (one.outcome === "answered" ? one : { ...one, outcome: "outdated" })),
  unansweredInARow: 0,
  matches: self.matches.map((one) => ({ ...one, waitingSince: null, gaveUpAt: null }))
})

const waiting = (self: Recovery, matchId: MatchId, at: Instant.Instant): Recovery =>
  matchOf(self, matchId)?.waitingSince != null ? self : change(self, matchId, at, { waitingSince: at })

/** A match that has waited for a start token for too long is told of. */
const overdue =
  (matchId: MatchId, at: Instant.Instant): Rung =>
  (self) => {
    const since = matchOf(self, matchId)?.waitingSince ?? null
    const isOverdue = since !== null && !Instant.isBefore(at, Instant.plus(since, Timings.startTokenWithin))
    return isOverdue ? notify(self, matchId, at) : [self, []]
  }

const wake = (self: Recovery, matchId: MatchId, at: Instant.Instant): Says => {
  if (matchOf(self, matchId)?.wokenAt != null) return [self, []]
  const lately = self.matches.filter(
    ({ wokenAt }) => wokenAt !== null && Instant.isBefore(at, Instant.plus(wokenAt, Timings.wakesWindow))
  )
  if (lately.length >= Timings.wakesAnHour) return [self, []]
  return [change(self, matchId, at, { wokenAt: at }), [{ _tag: "WakeApp", matchId }]]
}

const notify = (self: Recovery, matchId: MatchId, at: Instant.Instant): Says =>
  matchOf(self, matchId)?.notifiedAt != null
    ? [self, []]
    : [change(self, matchId, at, { notifiedAt: at }), [{ _tag: "NotifyUser", matchId }]]

const matchOf = (self: Recovery, matchId: MatchId): Match | undefined =>
  self.matches.find((one) => one.matchId === matchId)

/** Changes what is known of a match; nothing, where that is so already. */
const update = (self: Recovery, matchId: MatchId, news: Partial<Match>): Recovery => {
  const at = self.matches.findIndex((one) => one.matchId === matchId)
  const known = self.matches[at]
  if (known === undefined) return self
  const next = { ...known, ...news }
  return isSame(known, next) ? self : { ...self, matches: self.matches.with(at, next) }
}

const isSame = (one: Match, other: Match): boolean =>
  one.heardAt === other.heardAt &&
  one.waitingSince === other.waitingSince &&
  one.wokenAt === other.wokenAt &&
  one.notifiedAt === other.notifiedAt &&
  one.gaveUpAt === other.gaveUpAt

const change = (
  self: Recovery,
  matchId: MatchId,
  at: Instant.Instant,
  news: Partial<Omit<Match, "matchId">>
): Recovery => update(heard(self, matchId, at), matchId, news)

/** A start that is held is asked about with every tick; noting each of them would write a row each time. */
const heard = (self: Recovery, matchId: MatchId, at: Instant.Instant): Recovery => {
  const known = matchOf(self, matchId)
  if (known === undefined) {
    const match = {
      matchId,
      heardAt: at,
      waitingSince: null,
      wokenAt: null,
      notifiedAt: null,
      gaveUpAt: null
    }
    return { ...self, matches: [...self.matches, match] }
  }
  return Instant.isBefore(at, Instant.plus(known.heardAt, Timings.heardAgainAfter))
    ? self
    : update(self, matchId, { heardAt: at })
}

const forget = (self: Recovery, at: Instant.Instant): Recovery => {
  const starts = self.starts.filter((one) => Instant.isBefore(at, Instant.plus(one.at, Timings.startsWindow)))
  const matches = self.matches.filter((one) =>
    Instant.isBefore(at, Instant.plus(one.heardAt, Timings.matchKeptFor))
  )
  return starts.length === self.starts.length && matches.length === self.matches.length
    ? self
    : { ...self, starts, matches }
}
