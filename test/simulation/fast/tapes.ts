import { Bundled, type Recording, Tape } from "@sightscreen/feed"
import { FaultKind, type Run, Scenario } from "@sightscreen/simulation"
import { Result } from "effect"
import { readFileSync } from "node:fs"

const known = new Map<string, Recording.Recording>()

/** A bundled match. */
export const tape = (name: string): Recording.Recording => {
  const found = known.get(name) ?? Result.getOrThrow(Tape.decode(readFileSync(Bundled.find(name)!.url)))
  known.set(name, found)
  return found
}

export const draw = (
  seed: number,
  name: string,
  faults: Scenario.Mood,
  phones: number,
  more: Partial<Scenario.Options> = {}
): Scenario.Scenario =>
  Scenario.draw(seed, { faults, phones, gear: "fast", match: { _tag: "Bundled", name }, ...more })

/** What went wrong, short enough to be read in a failed test. */
export const wrong = ({ scenario, violations }: Run.Run): ReadonlyArray<string> =>
  violations.slice(0, 5).map(({ check, what }) => `seed ${scenario.seed}: ${check}: ${what}`)

export const fastKinds = FaultKind.inGear("fast")
