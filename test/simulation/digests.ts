import { FastGear, MatchSource, type Scenario } from "@sightscreen/simulation"
import { run, short } from "./trueGear.ts"

/** The names of a short, shuffled run of a seed, in both gears: what every process and every version of Node agrees on. */
export const digestsOf = (seed: number): ReadonlyArray<string> => {
  const scenario: Scenario.Scenario = short(seed, { shuffle: true })
  const { source } = scenario.match
  if (source._tag !== "Generated") throw new Error("these matches invent themselves")
  const { recording } = MatchSource.played(source)
  return [
    `true ${seed} ${run(scenario, { digest: true }).summary.digest}`,
    `fast ${seed} ${FastGear.run(scenario, recording, { digest: true }).summary.digest}`
  ]
}

if (import.meta.main)
  for (const seed of process.argv.slice(2)) console.log(digestsOf(Number(seed)).join("\n"))
