import { Console, Effect, Result } from "effect"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Text from "../push/Text.ts"
import { catalogue } from "./Catalogue.ts"
import * as Configuration from "./Configuration.ts"
import * as Environment from "./Environment.ts"
import * as Reference from "./Reference.ts"
import * as Setting from "./Setting.ts"

/** `config`: what can be set, or with `--check` what is set here and what is wrong with it. */

const formats = { text: Reference.text, markdown: Reference.markdown, json: Reference.json } as const

/** What is set, as far as it may be shown. */
const shown = (look: Environment.Look): ReadonlyArray<readonly [string, string]> =>
  Environment.settingsOf(catalogue).flatMap(({ kind, name }) => {
    const given = look.given.get(name)
    return given === undefined ? [] : [[name, kind.secret ? "(a secret)" : given.trim()] as const]
  })

/** Everything that is wrong with what is set: as a server would find it, where one is wanted; else section by section. */
const wrong = (look: Environment.Look): ReadonlyArray<Setting.Problem> => {
  if (Configuration.isWanted(look)) {
    const decoded = Configuration.decode(look)
    return Result.isFailure(decoded) ? decoded.failure : []
  }
  return [
    ...look.problems,
    ...catalogue.flatMap((section) => {
      // What is missing is missed only where something beside it is set.
      if (!Object.values(section.settings).some(({ name }) => look.given.has(name))) return []
      const decoded = Setting.decode({ section }, look.given)
      return Result.isFailure(decoded) ? decoded.failure : []
    })
  ]
}

const check = Effect.gen(function* () {
  const look = yield* Environment.look(catalogue)
  const problems = wrong(look)
  const set = shown(look)
  yield* Console.log(set.length === 0 ? "Nothing is set; everything is at its default." : Text.fields(set))
  for (const { name, problem } of look.remarks)
    yield* Console.log(Text.wrap(`${name}: ${problem}`, "! ", "  "))
  for (const { name, problem } of problems) yield* Console.log(Text.wrap(`${name}: ${problem}`, "✗ ", "  "))
  if (problems.length > 0) process.exitCode = 1
})

export const config = Command.make(
  "config",
  {
    format: Flag.Literals("format", ["text", "markdown", "json"]).pipe(
      Flag.withDescription("How to print it"),
      Flag.withDefault("text" as const)
    ),
    check: Flag.Boolean("check").pipe(
      Flag.withDescription("Say what is set here, and what is wrong with it, instead"),
      Flag.withDefault(false)
    )
  },
  (flags) => (flags.check ? check : Console.log(formats[flags.format](catalogue)))
).pipe(
  Command.withDescription(
    "Prints every setting: what it means, what it holds, in which unit, and what holds where it is not set.\n\n" +
      "  With --check it looks at the environment that it runs in. Secrets are not shown. Exit code 0: nothing is\n" +
      "  wrong. 1: something is."
  ),
  Command.withShortDescription("Print every setting, or check those that are set")
)
