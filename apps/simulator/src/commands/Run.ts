import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import { Scenario } from "@sightscreen/simulation"
import { Effect } from "effect"
import * as Carry from "../simulate/Carry.ts"
import * as Flags from "../simulate/Flags.ts"

/** Plays one match with many phones, from a seed, and says what came of it. */
export const run = Command.make(
  "run",
  {
    ...Flags.shared,
    seed: Flag.Int("seed").pipe(Flag.withDescription("What all chance follows from"), Flag.withDefault(1)),
    ...Carry.flags
  },
  (flags) =>
    Effect.gen(function* () {
      const options = yield* Flags.drawing(flags, flags.seed)
      yield* Carry.out(Scenario.draw(flags.seed, options), flags.gear, flags)
    })
).pipe(
  Command.withDescription(
    "Plays a whole match with many phones against a model Apple, with faults, and checks all the while that what must\n" +
      "  hold does hold. The same seed and commit give the same run, to the last line of its journal.\n\n" +
      "  Exit code 0: every check was kept. 1: one was not."
  ),
  Command.withShortDescription("Play one match with many phones from a seed"),
  Command.withExamples([
    {
      command: "npm run --silent simulator -- run --seed 7 --faults storm",
      description: "A match, fifty phones, and much trouble"
    },
    {
      command: "npm run --silent simulator -- run --match final --seed 1 --report final.html",
      description: "A page about the run, to be opened in a browser"
    },
    {
      command: "npm run --silent simulator -- run --generate t20 --seed 9 --gear true --json",
      description: "The engine itself, a match that invents itself, for programs"
    }
  ])
)
