import type { Step } from "@sightscreen/decider"
import * as Cohort from "../activity/Cohort.ts"
import { type Edition, isKept } from "../activity/Edition.ts"

/**
 * What waits to be sent for one match: a queue with manners.
 *
 * What must be told waits its turn and is never replaced. Plain state is only ever replaced, by newer state, so that a slow
 * day never builds up old scores; and state that is older than what has gone out since is dropped, because phones would
 * ignore it anyway.
 */
export interface Outbox {
  /** By rising stamp. */
  readonly kept: ReadonlyArray<Edition>
  /** The newest plain state of each cohort, if it has not gone out. */
  readonly routine: ReadonlyArray<Edition>
  /** The highest stamp that was taken to be sent, by cohort. */
  readonly sent: Readonly<Record<string, number>>
}

export type Input = { readonly _tag: "Offered"; readonly edition: Edition } | { readonly _tag: "Taken" }

/** The edition to send now. */
export type Output = Edition

export const empty: Outbox = { kept: [], routine: [], sent: {} }

const cohortOf = ({ cohort }: Edition): string => Cohort.nameOf(cohort)

/** How many editions wait. */
export const size = (self: Outbox): number => self.kept.length + self.routine.length

export const isEmpty = (self: Outbox): boolean => self.kept.length === 0 && self.routine.length === 0

export const step = (self: Outbox, input: Input): Step.Step<Outbox, Output> =>
  input._tag === "Offered" ? offer(self, input.edition) : take(self)

const offer = (self: Outbox, edition: Edition): Step.Step<Outbox, Output> => {
  if (isKept(edition)) {
    if (self.kept.some(({ id }) => id === edition.id)) return [self, []]
    const at = self.kept.findIndex(({ stamp }) => stamp > edition.stamp)
    const kept = at < 0 ? [...self.kept, edition] : self.kept.toSpliced(at, 0, edition)
    return [{ ...self, kept }, []]
  }
  const cohort = cohortOf(edition)
  const known = self.routine.find((one) => cohortOf(one) === cohort)
  if (edition.stamp <= (self.sent[cohort] ?? 0) || (known !== undefined && known.stamp >= edition.stamp))
    return [self, []]
  return [{ ...self, routine: [...self.routine.filter((one) => one !== known), edition] }, []]
}

const take = (self: Outbox): Step.Step<Outbox, Output> => {
  const next = self.kept[0] ?? self.routine[0]
  if (next === undefined) return [self, []]
  const cohort = cohortOf(next)
  const stamp = Math.max(next.stamp, self.sent[cohort] ?? 0)
  return [
    {
      kept: self.kept[0] === next ? self.kept.slice(1) : self.kept,
      routine: self.routine.filter(
        (one) => one !== next && !(cohortOf(one) === cohort && one.stamp <= stamp)
      ),
      sent: { ...self.sent, [cohort]: stamp }
    },
    [next]
  ]
}
