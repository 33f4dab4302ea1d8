import { Library } from "@sightscreen/feed"
import { EventLog } from "@sightscreen/simulation"
import { Console, Effect, Stdio } from "effect"
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as TerminalCapabilities from "effect/cli/TerminalCapabilities"
import * as EventLine from "../EventLine.ts"
import * as EventTable from "../EventTable.ts"

/** Prints everything that a match tells, each event once and with what became of it. */
export const events = Command.make(
  "events",
  {
    match: Argument.String("match").pipe(
      Argument.withDescription(
        "A Cricsheet JSON file, a .tape file, or the name or number of a bundled match"
      )
    ),
    format: Flag.Literals("format", ["text", "ndjson"]).pipe(
      Flag.withDescription(
        "text: a table for people. ndjson: a JSON object a line for each event, then each innings, then the result"
      ),
      Flag.withDefault("text")
    )
  },
  ({ format, match }) =>
    Effect.gen(function* () {
      const recording = yield* Library.open(match)
      const log = EventLog.of(recording)
      if (format === "ndjson") {
        // In one piece: a reader who leaves early is met once.
        const lines = EventLine.lines(recording, log).map((line) => JSON.stringify(line))
        return yield* Console.log(lines.join("\n"))
      }
      const { canColor } = yield* TerminalCapabilities.TerminalCapabilities
      const colours = canColor && (yield* (yield* Stdio.Stdio).stdoutIsTerminal)
      yield* Console.log(EventTable.page(recording, log, { colours }))
    })
).pipe(
  Command.withDescription(
    "Folds a match as the server does, one snapshot for each delivery, and prints every event it notices:\n" +
      "  wickets, milestones, hat-tricks, boundaries, the ends of innings and of the match.\n\n" +
      "  Each has its fate: headline (it leads its reading), deferred (it had to wait and its turn never came),\n" +
      "  cooldown (told too recently), stale (overtaken by the match), outranked, or retracted."
  ),
  Command.withShortDescription("Print every event of a match, and what became of it"),
  Command.withExamples([
    { command: "npm run --silent simulator -- events final", description: "A bundled match, for people" },
    {
      command: "npm run --silent simulator -- events final --format ndjson",
      description: "The same for programs: a JSON object a line"
    }
  ])
)
