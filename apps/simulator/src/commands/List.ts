import { Library, Recording, Tape } from "@sightscreen/feed"
import { Console, Effect } from "effect"
import * as Command from "effect/cli/Command"

/** Lists what comes with the program. */
export const matches = Command.make("matches", {}, () =>
  Effect.gen(function* () {
    const rows = (yield* Library.bundled).map(({ recording, tape }) => [
      tape.alias,
      tape.id,
      `${Recording.deliveries(recording)}`,
      tape.description
    ])
    const table = [["name", "number", "balls", ""], ...rows]
    const width = (column: number) => Math.max(...table.map((row) => row[column]!.length))
    const [first, second, third] = [width(0), width(1), width(2)]
    const lines = table.map(([name, number, balls, what]) =>
      `${name!.padEnd(first)}  ${number!.padEnd(second)}  ${balls!.padStart(third)}  ${what}`.trimEnd()
    )
    yield* Console.log([...lines, "", Tape.attribution].join("\n"))
  })
).pipe(
  Command.withDescription(
    "Lists the matches that come with the program, by the names that other commands take."
  ),
  Command.withShortDescription("List the bundled matches")
)
