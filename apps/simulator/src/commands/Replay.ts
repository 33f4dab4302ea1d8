import { Library } from "@sightscreen/feed"
import { Scenario } from "@sightscreen/simulation"
import { Effect, FileSystem, Result } from "effect"
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Carry from "../simulate/Carry.ts"

/** Plays a scenario that was written to a file. */
export const replay = Command.make(
  "replay",
  {
    file: Argument.String("file").pipe(Argument.withDescription("A scenario, as `search` writes it")),
    gear: Flag.Literals("gear", ["fast", "true"]).pipe(
      Flag.withDescription("fast: the deciders in a plain loop. true: the engine itself on virtual time"),
      Flag.withDefault("fast" as const)
    ),
    ...Carry.flags
  },
  (flags) =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const text = yield* fs.readFileString(yield* Library.pathOf(flags.file)).pipe(
        Effect.mapError(
          ({ reason }) =>
            new Library.Unusable({
              subject: flags.file,
              problem:
                reason._tag === "NotFound" ? "there is no such file" : `cannot be read (${reason._tag})`
            })
        )
      )
      const scenario = Scenario.decode(text)
      if (Result.isFailure(scenario))
        return yield* new Library.Unusable({ subject: flags.file, problem: scenario.failure })
      yield* Carry.out(scenario.success, flags.gear, flags)
    })
).pipe(
  Command.withDescription(
    "Plays a scenario from a file, in every detail as it was when the file was written by the same commit.\n\n" +
      "  Exit code 0: every check was kept. 1: one was not."
  ),
  Command.withShortDescription("Play a scenario from a file"),
  Command.withExamples([
    {
      command: "npm run --silent simulator -- replay seed-42.json --report seed-42.html",
      description: "What went wrong, as a page"
    }
  ])
)
