import type { Instant } from "@sightscreen/decider"
import type { Entry, Tag } from "../journal/Entry.ts"
import { AlertsTold } from "./AlertsTold.ts"
import { AlertOnce } from "./AlertOnce.ts"
import { AllSettled } from "./AllSettled.ts"
import { Bounded } from "./Bounded.ts"
import { type Check, run, type Running, type Terms, type Violation } from "./Check.ts"
import { Converges } from "./Converges.ts"
import { FewBearers } from "./FewBearers.ts"
import { FewRetries } from "./FewRetries.ts"
import { LatecomersTold } from "./LatecomersTold.ts"
import { LedgerHeeded } from "./LedgerHeeded.ts"
import { NoOrphans } from "./NoOrphans.ts"
import { NothingLost } from "./NothingLost.ts"
import { OffTheScreen } from "./OffTheScreen.ts"
import { OneActivity } from "./OneActivity.ts"
import { Readable } from "./Readable.ts"
import { RetiredForCause } from "./RetiredForCause.ts"
import { RightHolder } from "./RightHolder.ts"
import { SameBytes } from "./SameBytes.ts"
import { StampsRise } from "./StampsRise.ts"
import { StartsMeasured } from "./StartsMeasured.ts"
import { TidiedUp } from "./TidiedUp.ts"
import { TrueScore } from "./TrueScore.ts"
import type { View } from "./View.ts"

export type { Check, Terms, Violation } from "./Check.ts"
export type { ActivityView, ChannelView, PhoneView, Tables, View } from "./View.ts"

/** All of them. Adding one is a file and a line here. */
const begin = (terms: Terms): ReadonlyArray<Running> => [
  run(OneActivity, terms),
  run(StampsRise, terms),
  run(RightHolder, terms),
  run(NothingLost, terms),
  run(AlertOnce, terms),
  run(Readable, terms),
  run(FewBearers, terms),
  run(Bounded, terms),
  run(FewRetries, terms),
  run(RetiredForCause, terms),
  run(TrueScore, terms),
  run(SameBytes, terms),
  run(Converges, terms),
  run(AllSettled, terms),
  run(NoOrphans, terms),
  run(AlertsTold, terms),
  run(LatecomersTold, terms),
  run(StartsMeasured, terms),
  run(OffTheScreen, terms),
  run(LedgerHeeded, terms),
  run(TidiedUp, terms)
]

const all: ReadonlyArray<Pick<Check<never>, "claim" | "name">> = [
  OneActivity,
  StampsRise,
  RightHolder,
  NothingLost,
  AlertOnce,
  Readable,
  FewBearers,
  Bounded,
  FewRetries,
  RetiredForCause,
  TrueScore,
  SameBytes,
  Converges,
  AllSettled,
  NoOrphans,
  AlertsTold,
  LatecomersTold,
  StartsMeasured,
  OffTheScreen,
  LedgerHeeded,
  TidiedUp
]

/** What each of them claims, in their order. */
export const claims: ReadonlyArray<{ readonly name: string; readonly claim: string }> = all.map(
  ({ claim, name }) => ({
    name,
    claim
  })
)

/** All checks at work on one run. Violations are kept up to a number; beyond that they are only counted. */
export interface Watch {
  readonly hear: (entry: Entry) => void
  readonly look: (view: View) => void
  readonly violations: () => ReadonlyArray<Violation>
  /** For every check, in their order. */
  readonly counts: () => ReadonlyArray<{ readonly name: string; readonly violations: number }>
}

const mostKept = 100

export const watch = (terms: Terms): Watch => {
  const running = begin(terms)
  const violations: Array<Violation> = []
  const counts = new Map(running.map(({ name }) => [name, 0]))
  const byTag = new Map<Tag, Array<Running>>()
  for (const one of running)
    for (const tag of one.hears) {
      const known = byTag.get(tag)
      if (known === undefined) byTag.set(tag, [one])
      else known.push(one)
    }
  let entries = 0
  const accuse = (check: string, at: Instant.Instant, what: string): void => {
    counts.set(check, (counts.get(check) ?? 0) + 1)
    if (violations.length < mostKept) violations.push({ check, at, entry: entries - 1, what })
  }
  return {
    hear: (entry) => {
      entries++
      const hearing = byTag.get(entry._tag)
      if (hearing === undefined) return
      for (const one of hearing) {
        const what = one.step(entry)
        if (what !== null) accuse(one.name, entry.at, what)
      }
    },
    look: (view) => {
      for (const one of running) for (const what of one.look(view)) accuse(one.name, view.at, what)
    },
    violations: () => violations,
    counts: () => [...counts].map(([name, count]) => ({ name, violations: count }))
  }
}
