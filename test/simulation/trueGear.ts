import { MatchSource, type Run, Scenario, TrueGear } from "@sightscreen/simulation"

/** A hundred balls that invent themselves, or the first of them, and a few phones: short, and all that happens happens in it. */
export const short = (seed: number, options: Partial<Scenario.Options> = {}): Scenario.Scenario =>
  Scenario.draw(seed, {
    faults: "storm",
    phones: 8,
    match: { _tag: "Generated", format: "hundred", seed, dramas: [] },
    deliveries: 50,
    gear: "true",
    ...options
  })

export const run = (scenario: Scenario.Scenario, wants: Run.Wants = {}): Run.Run => {
  const { source } = scenario.match
  if (source._tag !== "Generated") throw new Error("these matches invent themselves")
  return TrueGear.run(scenario, MatchSource.played(source).recording, wants)
}
