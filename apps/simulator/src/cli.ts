import "effect/schema/SchemaJITCompiler/enable"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Cause, Console, Effect, Exit, Layer, Runtime } from "effect"
import * as CliConfig from "effect/cli/CliConfig"
import * as CliOutput from "effect/cli/CliOutput"
import * as Command from "effect/cli/Command"
import * as GlobalFlag from "effect/cli/GlobalFlag"
import { apple } from "./commands/Apple.ts"
import { events } from "./commands/Events.ts"
import { explain } from "./commands/Explain.ts"
import { matches } from "./commands/List.ts"
import { mutants } from "./commands/Mutants.ts"
import { record } from "./commands/Record.ts"
import { replay } from "./commands/Replay.ts"
import { run } from "./commands/Run.ts"
import { search } from "./commands/Search.ts"
import { soak } from "./commands/Soak.ts"

/** The command line: real matches told again, ball by ball, and a model of Apple to push to. */
const simulator = Command.make("simulator").pipe(
  Command.withDescription(
    "Replays real cricket matches through the same rules as the server.\n" +
      "  A match is a Cricsheet JSON file, a .tape file, or the name of a match that comes with the program.\n\n" +
      "  Also runs the model of Apple's push service that the simulations push to."
  ),
  Command.withSubcommands([run, search, soak, replay, mutants, events, record, matches, explain, apple]),
  Command.withExamples([
    { command: "npm run --silent simulator -- matches", description: "What there is to replay" },
    { command: "npm run --silent simulator -- events final", description: "Everything that a match tells" },
    {
      command: "npm run --silent simulator -- events final --format ndjson",
      description: "The same for programs"
    },
    {
      command: "npm run --silent simulator -- explain",
      description: "Why phones of the demo got what they got"
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

/** What runs until it is stopped has done its work when it is. */
const runsUntilStopped = ["apple", "soak"]
const teardown: Runtime.Teardown = (exit, onExit) =>
  Exit.isFailure(exit) &&
  Cause.hasInterruptsOnly(exit.cause) &&
  runsUntilStopped.includes(process.argv[2] ?? "")
    ? onExit(Number(process.exitCode ?? 0))
    : Runtime.defaultTeardown(exit, onExit)

Command.run(simulator, { version: "0.1.0" }).pipe(
  // Said in one line; what a person can mend needs no trace.
  Effect.tapErrorTag("Unusable", ({ message }) => Console.error(message)),
  Effect.provide(Layer.mergeAll(NodeServices.layer, Presenter, Config)),
  NodeRuntime.runMain({ teardown })
)
