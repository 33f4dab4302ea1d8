import "effect/schema/SchemaJITCompiler/enable"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Console, Effect, Layer, Option } from "effect"
import * as Argument from "effect/cli/Argument"
import * as CliConfig from "effect/cli/CliConfig"
import * as CliOutput from "effect/cli/CliOutput"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as GlobalFlag from "effect/cli/GlobalFlag"
import { benches } from "./benches/index.ts"
import * as Report from "./Report.ts"

/** The command line: one bench, measured now, on this machine. */
const bench = Command.make(
  "bench",
  {
    name: Argument.Literals(
      "name",
      benches.map(({ name }) => name)
    ).pipe(Argument.withDescription("What to measure")),
    json: Flag.Boolean("json").pipe(
      Flag.withDescription("Print one JSON object, not a table"),
      Flag.withDefault(false)
    ),
    dir: Flag.String("dir").pipe(
      Flag.withDescription("Measure with all Cricsheet JSON files of a folder"),
      Flag.optional
    ),
    file: Flag.String("file").pipe(
      Flag.withDescription("Measure with one Cricsheet JSON file"),
      Flag.optional
    ),
    rounds: Flag.Int("rounds").pipe(
      Flag.withDescription("Samples of each row; the medians are printed"),
      Flag.optional
    ),
    millis: Flag.Int("millis").pipe(Flag.withDescription("How long a sample takes at least"), Flag.optional),
    sink: Flag.String("sink").pipe(
      Flag.withDescription("push: HOST:PORT of a server to push to, instead of one of its own"),
      Flag.optional
    ),
    ca: Flag.String("ca").pipe(
      Flag.withDescription("push: PEM file of the authority that signed the sink's certificate"),
      Flag.optional
    ),
    only: Flag.String("only").pipe(
      Flag.withDescription("push: rows to measure, separated by commas"),
      Flag.optional
    ),
    underWay: Flag.Int("under-way").pipe(
      Flag.withDescription("push: how many pushes are under way at once"),
      Flag.withDefault(1000)
    ),
    connections: Flag.Int("connections").pipe(
      Flag.withDescription("push: connections that ours may use"),
      Flag.withDefault(1)
    ),
    pushes: Flag.Int("pushes").pipe(
      Flag.withDescription("push: how many a sample sends, instead of as many as go in its time"),
      Flag.optional
    ),
    delay: Flag.Int("delay").pipe(
      Flag.withDescription(
        "push: milliseconds that the sink takes over an answer; one of --sink is to do so by itself"
      ),
      Flag.optional
    ),
    rate: Flag.Int("rate").pipe(
      Flag.withDescription("push: pushes a second, instead of as many as go"),
      Flag.optional
    ),
    phones: Flag.Int("phones").pipe(
      Flag.withDescription("api: how many phones follow the match"),
      Flag.withDefault(100_000)
    ),
    asked: Flag.Int("asked").pipe(
      Flag.withDescription("api: how many of them register by asking; the others are in the database before"),
      Flag.optional
    ),
    cold: Flag.Int("cold").pipe(
      Flag.withDescription("push: so many from a cold start, the whole process counted"),
      Flag.optional
    )
  },
  ({
    asked,
    ca,
    cold,
    connections,
    delay,
    dir,
    file,
    json,
    millis,
    name,
    only,
    phones,
    pushes,
    rate,
    rounds,
    sink,
    underWay
  }) =>
    Effect.gen(function* () {
      const chosen = benches.find((one) => one.name === name)!
      const findings = yield* chosen.run({
        dir: Option.getOrNull(dir),
        file: Option.getOrNull(file),
        rounds: Math.max(
          1,
          Option.getOrElse(rounds, () => chosen.usual.rounds)
        ),
        millis: Math.max(
          1,
          Option.getOrElse(millis, () => chosen.usual.millis)
        ),
        phones: Math.max(1, phones),
        asked: Math.max(
          1,
          Math.min(
            phones,
            Option.getOrElse(asked, () => phones)
          )
        ),
        push: {
          sink: Option.getOrNull(sink),
          ca: Option.getOrNull(ca),
          only: Option.getOrNull(only)?.split(",") ?? null,
          underWay: Math.max(1, underWay),
          connections: Math.max(1, connections),
          pushes: Option.getOrNull(pushes),
          delay: Option.getOrNull(delay),
          rate: Option.getOrNull(rate),
          cold: Option.getOrNull(cold)
        }
      })
      const report = Report.make(name, findings)
      yield* Console.log(json ? Report.toJson(report) : Report.toTable(report))
    })
).pipe(
  Command.withDescription(
    [
      "Measures how fast things are here and now.",
      ...benches.map((one) => `${one.name}: ${one.description}`)
    ].join("\n  ")
  ),
  Command.withExamples([
    { command: "npm run --silent bench -- detect", description: "A table, from the matches that come along" },
    { command: "npm run --silent bench -- detect --dir matches --json", description: "JSON, from a folder" },
    { command: "npm run --silent bench -- push", description: "Our client of APNs beside others" }
  ])
)

/** Help that was asked for is an answer; help after a mistake keeps out of the output. */
const Presenter = CliOutput.layerPresenter({
  present: (event) =>
    event._tag !== "InvalidInvocation"
      ? CliOutput.defaultPresenter.present(event)
      : Console.error(
          [
            ...event.errors.map(({ message }) => `bench: ${message.replace(/\s*\n\s*/g, " ")}`),
            `usage: ${event.helpDoc.usage}`,
            "help:  npm run --silent bench -- --help"
          ].join("\n")
        )
})

const Config = CliConfig.layer({
  builtIns: [GlobalFlag.Help, GlobalFlag.Version, GlobalFlag.Completions]
})

Command.run(bench, { version: "0.1.0" }).pipe(
  Effect.tapErrorTag("Unmeasurable", ({ message }) => Console.error(message)),
  Effect.provide(Layer.mergeAll(NodeServices.layer, Presenter, Config)),
  NodeRuntime.runMain
)
