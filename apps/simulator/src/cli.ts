import "effect/schema/SchemaJITCompiler/enable"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Console, Effect, Layer } from "effect"
import * as CliConfig from "effect/cli/CliConfig"
import * as CliOutput from "effect/cli/CliOutput"
import * as Command from "effect/cli/Command"
import * as GlobalFlag from "effect/cli/GlobalFlag"
import { events } from "./commands/Events.ts"
import { matches } from "./commands/List.ts"
import { record } from "./commands/Record.ts"

/** The command line: real matches told again, ball by ball. */
const simulator = Command.make("simulator").pipe(
  Command.withDescription(
    "Replays real cricket matches through the same rules as the server.\n" +
      "  A match is a Cricsheet JSON file, a .tape file, or the name of a match that comes with the program."
  ),
  Command.withSubcommands([events, record, matches]),
  Command.withExamples([
    { command: "npm run --silent simulator -- matches", description: "What there is to replay" },
    { command: "npm run --silent simulator -- events final", description: "Everything that match tells" },
    {
      command: "npm run --silent simulator -- events 1512773.json --format ndjson",
      description: "The same for programs"
    }
  ])
)

/** Help that was asked for is an answer; help after a mistake is an error message and keeps out of the output. */
const Presenter = CliOutput.layerPresenter({
  present: (event) => {
    if (event._tag !== "InvalidInvocation") return CliOutput.defaultPresenter.present(event)
    const path = event.commandPath.join(" ")
    return Console.error(
      [
        ...event.errors.map(({ message }) => `${path}: ${message.replace(/\s*\n\s*/g, " ")}`),
        `usage: ${event.helpDoc.usage}`,
        `help:  npm run --silent ${path.replace(/^simulator/, "simulator --")} --help`
      ].join("\n")
    )
  }
})

const Config = CliConfig.layer({
  builtIns: [GlobalFlag.Help, GlobalFlag.Version, GlobalFlag.Completions]
})

Command.run(simulator, { version: "0.1.0" }).pipe(
  // Said in one line; what a person can mend needs no trace.
  Effect.tapErrorTag("Unusable", ({ message }) => Console.error(message)),
  Effect.provide(Layer.mergeAll(NodeServices.layer, Presenter, Config)),
  NodeRuntime.runMain
)
