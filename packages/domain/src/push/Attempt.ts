import { Instant } from "@sightscreen/decider"
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
}

/** The same bytes for many. */
export interface Mailing {
  readonly kind: Retry.Kind
  /** Past this it is not worth another try. */
  readonly until: Instant.Instant
}

/** Apple is known to be down, or has asked to be left alone, so it was not asked. */
export const notSent: Outcome = { _tag: "Unanswered", unprocessed: true, reason: "not sent" }

export const waiting = <To>(to: To): Waiting<To> => ({ to, last: notSent, tries: 0, due: null })

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
    if (due === null) settled.push({ to, last, tries, due })
    else again.push({ to, last, tries: self.isDown ? tries : tries + 1, due })
  })
  return { again, settled }
}

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
