import { type FaultKind, Scenario } from "@sightscreen/simulation"
import { gears } from "./Gears.ts"
import type { Matches } from "./Matches.ts"

/** One seed of a search, tried. */
export interface Trial {
  readonly seed: number
  /** The checks that it broke; empty where all was well. */
  readonly broke: ReadonlyArray<string>
  /** What the first violation was. */
  readonly what: string | null
  /** The kinds of faults that befell. */
  readonly befell: ReadonlyArray<string>
}

/** What is tried with every seed. It crosses to other processes as JSON. */
export interface Terms {
  readonly gear: FaultKind.Gear
  readonly draw: Scenario.Options
}

/** The check that a run fails when it does not come to its end. */
export const fell = "runs to its end"

export const of = (seed: number, terms: Terms, matches: Matches): Trial =>
  ofScenario(scenarioOf(seed, terms), terms.gear, matches)

/** A match that invents itself does so anew for each seed. */
export const scenarioOf = (seed: number, { draw, gear }: Terms): Scenario.Scenario =>
  Scenario.draw(seed, {
    ...draw,
    gear,
    ...(draw.match?._tag === "Generated" ? { match: { ...draw.match, seed } } : {})
  })

/** What goes wrong in a scenario. That the program itself falls is a failure like any other. */
export const ofScenario = (scenario: Scenario.Scenario, gear: FaultKind.Gear, matches: Matches): Trial => {
  const { seed } = scenario
  try {
    const { summary, violations } = gears[gear](scenario, matches.recordingOf(scenario.match.source))
    return {
      seed,
      broke: summary.checks.flatMap((check) => (check.violations > 0 ? [check.name] : [])),
      what: violations[0]?.what ?? null,
      befell: Object.entries(summary.faults).flatMap(([kind, times]) => (times > 0 ? [kind] : []))
    }
  } catch (error) {
    return { seed, broke: [fell], what: error instanceof Error ? error.message : String(error), befell: [] }
  }
}
