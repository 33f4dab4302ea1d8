import type { Run } from "@sightscreen/simulation"

/** What a run came to, as `run` and `replay` print it for programs. */
export interface Outcome extends Run.Summary {
  readonly commit: string
  readonly wallSeconds: number
  /** The first hundred at most. */
  readonly violations: ReadonlyArray<{
    readonly check: string
    /** Virtual seconds since the run began. */
    readonly at: number
    readonly what: string
  }>
}

export const of = (run: Run.Run, commit: string, wallSeconds: number): Outcome => {
  const { checks, digest, faults, gear, match, phones, pushes, seed, verdict, virtualSeconds } = run.summary
  return {
    seed,
    commit,
    gear,
    digest,
    match,
    virtualSeconds,
    wallSeconds: Math.round(wallSeconds * 1000) / 1000,
    pushes,
    phones,
    faults,
    checks,
    violations: run.violations.map(({ at, check, what }) => ({
      check,
      at: (at - run.began) / 1000,
      what
    })),
    verdict
  }
}
