import "effect/schema/SchemaJITCompiler/enable"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Cause, Console, Effect, Exit, Layer } from "effect"
import { CliConfig, CliOutput, Command, Flag, GlobalFlag } from "effect/cli"
import { ActiveMatch } from "@sightscreen/domain"
import { key } from "./access/KeyCommand.ts"
import { backup, restore } from "./backup/Command.ts"
import * as Configured from "./Configured.ts"
import * as Demo from "./demo/Demo.ts"
import { Screen } from "./demo/Screen.ts"
import { token } from "./demo/TokenCommand.ts"
import { doctor } from "./doctor/Doctor.ts"
import * as Leaving from "./Leaving.ts"
import { hide } from "./operations/Hiding.ts"
import * as Log from "./operations/Log.ts"
import { push } from "./push/Push.ts"
import * as Text from "./push/Text.ts"
import { catalogue } from "./settings/Catalogue.ts"
import { config } from "./settings/Command.ts"
import * as Configuration from "./settings/Configuration.ts"
import * as Environment from "./settings/Environment.ts"
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

/** Commands for people who run a server; without one it is `npm start`. */
const tools = [push, doctor, config, key, token, backup, restore] as const
const [, , tool = ""] = process.argv
const isTool = tools.some(({ name }) => name === tool)
/** As it was called. */
const name =
  isTool || process.env["npm_lifecycle_event"] === "server" ? "npm run --silent server --" : "npm start --"

/** `npm start`: the embedded demo, until a configured server is asked for. */
const start = Command.make(
  name,
  {
    once: Flag.Boolean("once").pipe(
      Flag.withDescription(
        "end after the match; exit code 0 only if every phone shows the right final state " +
          "(with --mix: or it is said why it cannot)"
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
    ),
    followers: Flag.String("followers").pipe(
      Flag.withMetavar("number"),
      Flag.withDescription("the same as --phones"),
      Flag.optional
    ),
    mix: Flag.Boolean("mix").pipe(
      Flag.withDescription(
        "phones of all kinds: old and new ones, two languages, and some that are force-quit, offline, signed out …"
      ),
      Flag.withDefault(false)
    )
  },
  Effect.fnUntraced(function* (flags) {
    yield* Effect.forkChild(Leaving.dieWithNpm)
    if (Configuration.isWanted(yield* Environment.look(catalogue))) return yield* Configured.run(stage.say)
    const well = yield* Demo.run(yield* read(flags), { once: flags.once, stage })
    if (!well) process.exitCode = 1
  })
).pipe(
  Command.withDescription(
    "A real match, played again, on the lock screens of two hundred model phones.\n\n" +
      "  Settings may also come from the environment, in the names in parentheses; so may SIGHTSCREEN_HOME (the\n" +
      `  folder for everything that is kept; ${defaults.home}), DATABASE_URL (an own PostgreSQL instead of the embedded\n` +
      `  one) and PORT (of the API; ${defaults.port}, or any free one). CONFIRM_MS is how long an alert waits for a reading\n` +
      `  that confirms it (${ActiveMatch.careful.confirmWithin}; 0 for not at all), SPACING_MS how close quiet changes come ` +
      `(${ActiveMatch.careful.spacing}).`
  ),
  Command.withSubcommands(tools)
)

/** Help that was asked for is an answer; help after a mistake is an error message and keeps out of the output. */
const Presenter = CliOutput.layerPresenter({
  present: (event) => {
    if (event._tag === "Version") return CliOutput.defaultPresenter.present(event)
    if (event._tag === "Help") {
      return Effect.flatMap(CliOutput.Formatter, ({ formatHelpDoc }) =>
        Console.log(Text.help(formatHelpDoc(event.helpDoc)))
      )
    }
    const path = event.commandPath.join(" ")
    const short = path.replace(`${name} `, "")
    return Console.error(
      [
        ...event.errors.map(
          ({ message }) => `${short}: ${message.replace(` in command ${path}`, "").replace(/\s*\n\s*/g, " ")}`
        ),
        `usage: ${event.helpDoc.usage}`,
        `help:  ${path} --help`
      ].join("\n")
    )
  }
})

/** What a person can do something about is one line; what is a bug is told whole. */
const explain = (cause: Cause.Cause<unknown>) =>
  Effect.sync(() => {
    const error = Cause.squash(cause)
    const known = typeof error === "object" && error !== null && "_tag" in error && error instanceof Error
    // A mistake on the command line has been answered with the usage.
    if (known && error._tag === "ShowHelp") return
    complain(hide(known && error.message !== "" ? error.message : Cause.pretty(cause)))
  })

/** To `push`, 1 is Apple's refusal. The demo has done its work when it is stopped; a tool has not. */
const failed = tool === "push" ? 2 : 1
const interrupted = isTool ? 130 : 0

Leaving.watch()
Command.run(start, { version: "0.1.0" }).pipe(
  Effect.tapCause((cause) => (Cause.hasInterruptsOnly(cause) ? Effect.void : explain(cause))),
  Effect.provide(
    Layer.mergeAll(
      NodeServices.layer,
      Log.layer(complain),
      Presenter,
      CliConfig.layer({ builtIns: [GlobalFlag.Help, GlobalFlag.Version] })
    )
  ),
  (program) =>
    NodeRuntime.runMain(program, {
      disableErrorReporting: true,
      teardown: (exit) => {
        const stopped = Exit.isFailure(exit) && Cause.hasInterruptsOnly(exit.cause)
        const code = stopped ? interrupted : Exit.isSuccess(exit) ? Number(process.exitCode ?? 0) : failed
        // What was said is to arrive; connections that are kept open for more need not be waited for.
        stdout.write("", () => process.exit(code))
      }
    })
)
