import { Instant } from "@sightscreen/decider"
import { Duration } from "effect"
import * as Consequence from "./Consequence.ts"
import { notBeforeOf, type Outcome } from "./Outcome.ts"
import * as Retry from "./Retry.ts"

/** A push on its way to an outcome that stands. */
export interface Waiting<To> {
  readonly to: To
  /** What became of it at its last try. */
  readonly last: Outcome
  /** Tries that were answered. */
  readonly tries: number
  /** When its next try is; null before the first. */
  readonly due: Instant.Instant | null
  /** Its next try is a retry that is to be paid for (`RetryBudget`). */
  readonly owes: boolean
}

/** The same bytes for many. */
export interface Mailing {
  readonly kind: Retry.Kind
  /** Past this it is not worth another try. */
  readonly until: Instant.Instant
}

/** Apple is known to be down, or has asked to be left alone, so it was not asked. */
export const notSent: Outcome = { _tag: "Unanswered", unprocessed: true, reason: "not sent" }

export const waiting = <To>(to: To): Waiting<To> => ({
  to,
  last: notSent,
  tries: 0,
  due: null,
  owes: false
})

/**
 * Who is sent it now, who later, and who not at all, since Apple wants nothing for them for as long as it is of use. `restOf`
 * tells until when an address is to be left alone.
 */
export const partition = <To>(
  all: ReadonlyArray<Waiting<To>>,
  { kind, until }: Mailing,
  at: Instant.Instant,
  restOf: (to: To) => Instant.Instant | null
): {
  readonly ready: ReadonlyArray<Waiting<To>>
  readonly resting: ReadonlyArray<Waiting<To>>
  readonly hopeless: ReadonlyArray<Waiting<To>>
} => {
  const ready: Array<Waiting<To>> = []
  const resting: Array<Waiting<To>> = []
  const hopeless: Array<Waiting<To>> = []
  for (const one of all) {
    const rest = restOf(one.to)
    const due = rest === null ? one.due : Instant.later(rest, one.due ?? rest)
    if (due === null || due <= at) ready.push(one)
    else if (rest === null || Retry.waitsFor(kind, rest, { at, until })) resting.push({ ...one, due })
    else hopeless.push(one)
  }
  return { ready, resting, hopeless }
}

/** When the first of those that rest is to be sent. */
export const firstDue = (
  resting: ReadonlyArray<Pick<Waiting<unknown>, "due">>,
  otherwise: Instant.Instant
): Instant.Instant =>
  resting.reduce<Instant.Instant | null>(
    (soonest, { due }) => (soonest === null || (due !== null && due < soonest) ? due : soonest),
    null
  ) ?? otherwise

/** One try that was answered. */
export interface Attempt extends Mailing {
  readonly at: Instant.Instant
  /** Apple is down: it is the breaker that says when to try again. */
  readonly isDown: boolean
  /** A number from 0 up to 1. */
  readonly chance: number
}

/** Who may be sent it again, and when; and for whom this was the last try. */
export const sort = <To>(
  self: Attempt,
  sent: ReadonlyArray<Waiting<To>>,
  outcomes: ReadonlyArray<Outcome>
): { readonly again: ReadonlyArray<Waiting<To>>; readonly settled: ReadonlyArray<Waiting<To>> } => {
  const again: Array<Waiting<To>> = []
  const settled: Array<Waiting<To>> = []
  outcomes.forEach((last, place) => {
    const { to, tries } = sent[place]!
    const more = Consequence.of(last, self.kind).some(({ _tag }) => _tag === "SendAgain")
    const due = more ? next(self, last, tries) : null
    if (due === null) settled.push({ to, last, tries, due, owes: false })
    // While Apple is down it is the breaker that decides; a few that failed among many are paid for.
    else again.push({ to, last, tries: self.isDown ? tries : tries + 1, due, owes: !self.isDown })
  })
  return { again, settled }
}

/** How many of them are retries to be paid for. */
export const owing = (ready: ReadonlyArray<Waiting<unknown>>): number =>
  ready.reduce((sum, { owes }) => sum + (owes ? 1 : 0), 0)

/**
 * Who is sent it now, where so many retries could be paid for. The others are not sent it, and have their turn when the next
 * try would be: what must be told is not lost for want of credit while it is of use and has tries left.
 */
export const afford = <To>(
  self: Omit<Attempt, "isDown">,
  ready: ReadonlyArray<Waiting<To>>,
  granted: number
): {
  readonly sent: ReadonlyArray<Waiting<To>>
  readonly later: ReadonlyArray<Waiting<To>>
  readonly settled: ReadonlyArray<Waiting<To>>
} => {
  const sent: Array<Waiting<To>> = []
  const later: Array<Waiting<To>> = []
  const settled: Array<Waiting<To>> = []
  let left = granted
  for (const one of ready) {
    if (!one.owes || left > 0) {
      if (one.owes) left -= 1
      sent.push(one.owes ? { ...one, owes: false } : one)
      continue
    }
    const due = next({ ...self, isDown: false }, one.last, one.tries)
    if (due === null) settled.push(one)
    else
      later.push({ ...one, due: Instant.later(due, Instant.plus(self.at, oneMilli)), tries: one.tries + 1 })
  }
  return { sent, later, settled }
}

/** By chance the next try may be due now. */
const oneMilli = Duration.millis(1)

const next = (
  { at, chance, isDown, kind, until }: Attempt,
  last: Outcome,
  tries: number
): Instant.Instant | null => {
  if (isDown) return Instant.isBefore(until, at) ? null : at
  return Retry.next(kind, tries, { at, chance, notBefore: notBeforeOf(last), until })
}

/** Apple has it, or may have it. */
export const perhapsTaken: ReadonlyArray<Outcome["_tag"]> = ["Accepted", "Unanswered"]
