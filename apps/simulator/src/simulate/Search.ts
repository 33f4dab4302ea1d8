import { type FaultKind, Shrink } from "@sightscreen/simulation"
import { Recording } from "@sightscreen/feed"
import { Effect, Stream } from "effect"
import type { Matches } from "./Matches.ts"
import * as Trial from "./Trial.ts"
import * as Workers from "./Workers.ts"

/** What a search has found. */
export interface Findings {
  readonly tried: number
  readonly seconds: number
  readonly failures: ReadonlyArray<Trial.Trial>
  /** In how many seeds each kind of fault befell. */
  readonly coverage: ReadonlyMap<FaultKind.Name | string, number>
}

export interface Options extends Workers.Options {
  readonly seeds: { readonly from: number; readonly count: number }
  readonly terms: Trial.Terms
  /** Whether the first failure is enough. */
  readonly stopsAtFirst: boolean
  readonly onTrial: (tried: number, failed: number) => void
  /** A seed broke a check: told as soon as it is known. */
  readonly onFailure?: (trial: Trial.Trial) => void
  /** Milliseconds, of any clock that goes on. */
  readonly now: () => number
}

/** Tries seed after seed. */
export const run = (options: Options): Effect.Effect<Findings, Workers.WorkerFell> =>
  Effect.scoped(
    Effect.gen(function* () {
      const { now, onFailure, onTrial, seeds, stopsAtFirst, terms } = options
      const began = now()
      const failures: Array<Trial.Trial> = []
      const coverage = new Map<string, number>()
      let tried = 0
      const trials = yield* Workers.trials(seeds, terms, options)
      yield* Stream.fromQueue(trials).pipe(
        Stream.takeUntil(({ broke }) => stopsAtFirst && broke.length > 0),
        Stream.runForEach((trial) =>
          Effect.sync(() => {
            tried++
            for (const kind of trial.befell) coverage.set(kind, (coverage.get(kind) ?? 0) + 1)
            if (trial.broke.length > 0) {
              failures.push(trial)
              onFailure?.(trial)
            }
            onTrial(tried, failures.length)
          })
        )
      )
      failures.sort((a, b) => a.seed - b.seed)
      return { tried, seconds: (now() - began) / 1000, failures, coverage }
    })
  )

/** The smallest scenario that was found to break the same check as the seed did. */
export const shrink = (
  trial: Trial.Trial,
  terms: Trial.Terms,
  matches: Matches,
  options: {
    readonly most: number
    readonly isEnough: () => boolean
    readonly onTried: (tried: number) => void
  }
): Shrink.Shrunk => {
  const scenario = Trial.scenarioOf(trial.seed, terms)
  const [broken = Trial.fell] = trial.broke
  let tried = 0
  return Shrink.shrink(scenario, {
    fails: (candidate) => {
      options.onTried(++tried)
      return Trial.ofScenario(candidate, terms.gear, matches).broke.includes(broken)
    },
    most: options.most,
    isEnough: options.isEnough,
    deliveries: Recording.deliveries(matches.recordingOf(scenario.match.source))
  })
}
