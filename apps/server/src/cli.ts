import "effect/schema/SchemaJITCompiler/enable"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Cause, Effect, Exit, Layer, Logger } from "effect"
import { Command, Flag } from "effect/cli"
import * as Demo from "./demo/Demo.ts"
import { Screen } from "./demo/Screen.ts"
import * as Leaving from "./Leaving.ts"
import { defaults, read } from "./Settings.ts"

const { stderr, stdout } = process
const screen =
  stdout.isTTY === true && process.env["TERM"] !== "dumb"
    ? new Screen({
        write: (text) => void stdout.write(text),
        columns: () => stdout.columns,
        rows: () => stdout.rows
      })
    : null

const stage = {
  screen,
  say: (line: string) => void stdout.write(`${line}\n`),
  room: () => ({
    columns: stdout.columns ?? 80,
    rows: stdout.rows ?? 24,
    colour: (process.env["NO_COLOR"] ?? "") === ""
  })
}

/** The log goes to the side, and on a terminal above the picture. */
const complain = (text: string): void => {
  const write = () => void stderr.write(`${text}\n`)
  if (screen !== null && stderr.isTTY) screen.above(write)
  else write()
}
const logger = Logger.map(Logger.formatLogFmt, complain)

/** `npm start`: the embedded demo, until a configured server is asked for. */
const start = Command.make(
  "npm start --",
  {
    once: Flag.Boolean("once").pipe(
      Flag.withDescription(
        "end after the match; exit code 0 only if every phone shows the right final state"
      ),
      Flag.withDefault(false)
    ),
    speed: Flag.String("speed").pipe(
      Flag.withMetavar("number"),
      Flag.withDescription(`how many times as fast as life (SPEED; ${defaults.speed})`),
      Flag.optional
    ),
    match: Flag.String("match").pipe(
      Flag.withMetavar("name"),
      Flag.withDescription(`a bundled match, a tape or a Cricsheet file (MATCH; ${defaults.match})`),
      Flag.optional
    ),
    phones: Flag.String("phones").pipe(
      Flag.withMetavar("number"),
      Flag.withDescription(`how many follow it (PHONES; ${defaults.phones})`),
      Flag.optional
    )
  },
  Effect.fnUntraced(function* (flags) {
    yield* Effect.forkChild(Leaving.dieWithNpm)
    const well = yield* Demo.run(yield* read(flags), { once: flags.once, stage })
    if (!well) process.exitCode = 1
  })
).pipe(
  Command.withDescription(
    "A real match, played again, on the lock screens of two hundred model phones.\n\n" +
      "  Settings may also come from the environment, in the names in parentheses; so may SIGHTSCREEN_HOME (the\n" +
      `  folder for everything that is kept; ${defaults.home}), DATABASE_URL (an own PostgreSQL instead of the embedded\n` +
      `  one) and PORT (of the API; ${defaults.port}, or any free one).`
  )
)

/** What a person can do something about is one line; what is a bug is told whole. */
const explain = (cause: Cause.Cause<unknown>) =>
  Effect.sync(() => {
    const error = Cause.squash(cause)
    const known = typeof error === "object" && error !== null && "_tag" in error && error instanceof Error
    // A mistake on the command line has been answered with the usage.
    if (known && error._tag === "ShowHelp") return
    complain(known && error.message !== "" ? error.message : Cause.pretty(cause))
  })

Leaving.watch()
Command.run(start, { version: "0.1.0" }).pipe(
  Effect.tapCause((cause) => (Cause.hasInterruptsOnly(cause) ? Effect.void : explain(cause))),
  Effect.provide(Layer.merge(NodeServices.layer, Logger.layer([logger]))),
  (program) =>
    NodeRuntime.runMain(program, {
      disableErrorReporting: true,
      teardown: (exit) => {
        const stopped = Exit.isFailure(exit) && Cause.hasInterruptsOnly(exit.cause)
        const code = stopped ? 0 : Exit.isSuccess(exit) ? Number(process.exitCode ?? 0) : 1
        // What was said is to arrive; connections that are kept open for more need not be waited for.
        stdout.write("", () => process.exit(code))
      }
    })
)
