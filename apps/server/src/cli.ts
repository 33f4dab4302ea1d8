import "effect/schema/SchemaJITCompiler/enable"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Cause, Console, Effect, Exit, Logger, Runtime } from "effect"
import { Command, Flag } from "effect/cli"
import * as Demo from "./demo/Demo.ts"
import { defaults, read } from "./Settings.ts"

/** `npm start`: the embedded demo, until a configured server is asked for. */
const start = Command.make(
  "npm start --",
  {
    once: Flag.Boolean("once").pipe(
      Flag.withDescription("end after the match; exit code 0 only if every phone shows the right final state")
    ),
    speed: Flag.Finite("speed").pipe(
      Flag.withDescription(`how many times as fast as life (SPEED; ${defaults.speed})`),
      Flag.optional
    ),
    match: Flag.String("match").pipe(
      Flag.withDescription(`a bundled match, a tape or a Cricsheet file (MATCH; ${defaults.match})`),
      Flag.optional
    ),
    phones: Flag.Int("phones").pipe(
      Flag.withDescription(`how many follow it (PHONES; ${defaults.phones})`),
      Flag.optional
    )
  },
  Effect.fnUntraced(function* (flags) {
    const settings = yield* read(flags)
    const tty = process.stdout.isTTY === true
    const well = yield* Demo.run(settings, {
      once: flags.once,
      tty,
      write: (text) => process.stdout.write(text)
    })
    if (!well) process.exitCode = 1
  })
).pipe(Command.withDescription("A real match, played again, on two hundred lock screens"))

/** What a person can do something about is one line; what is a bug is told whole. */
const explain = (cause: Cause.Cause<unknown>) => {
  const error = Cause.squash(cause)
  const known = typeof error === "object" && error !== null && "_tag" in error && error instanceof Error
  return Console.error(known ? error.message : Cause.pretty(cause))
}

Command.run(start, { version: "0.1.0" }).pipe(
  Effect.tapCause((cause) => (Cause.hasInterruptsOnly(cause) ? Effect.void : explain(cause))),
  Effect.provide(NodeServices.layer),
  Effect.provide(Logger.layer([Logger.withConsoleError(Logger.formatLogFmt)])),
  (program) =>
    NodeRuntime.runMain(program, {
      disableErrorReporting: true,
      teardown: (exit, done) =>
        Exit.isFailure(exit) && Cause.hasInterruptsOnly(exit.cause)
          ? done(0)
          : Exit.isSuccess(exit)
            ? done(Number(process.exitCode ?? 0))
            : Runtime.defaultTeardown(exit, done)
    })
)
