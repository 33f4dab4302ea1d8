import { Library, Recording, Tape } from "@sightscreen/feed"
import { Console, Effect, FileSystem } from "effect"
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import { title } from "../EventLine.ts"

/** Writes a match to a tape: the same balls in a few kilobytes. */
export const record = Command.make(
  "record",
  {
    match: Argument.String("match").pipe(
      Argument.withDescription("A Cricsheet JSON file, or whatever else `events` takes")
    ),
    out: Flag.String("out").pipe(
      Flag.withAlias("o"),
      Flag.withMetavar("file"),
      Flag.withDescription(
        "The tape to write; a tape that is there is replaced, any other file is left alone"
      )
    )
  },
  ({ match, out }) =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const recording = yield* Library.open(match)
      const path = yield* Library.pathOf(out)
      yield* refuseOthers(out, path)
      const bytes = Tape.encode(recording)
      // Whole or not at all: whoever reads the tape meanwhile reads the old one.
      const part = `${path}.part`
      yield* fs.writeFile(part, bytes).pipe(
        Effect.andThen(fs.rename(part, path)),
        Effect.mapError(
          ({ reason }) =>
            new Library.Unusable({
              subject: out,
              problem:
                reason._tag === "NotFound"
                  ? "there is no such folder to write to"
                  : `the file cannot be written (${reason._tag})`
            })
        )
      )
      yield* Console.log(
        `${out}  ${title(recording)}  ${Recording.deliveries(recording)} balls  ${bytes.length} bytes`
      )
    })
).pipe(
  Command.withDescription("Writes a match to a tape, which holds every ball in a few kilobytes."),
  Command.withShortDescription("Make a tape of a match"),
  Command.withExamples([
    {
      command: "npm run --silent simulator -- record 1512773.json --out final.tape",
      description: "Makes final.tape, which `events` reads like the file itself"
    }
  ])
)

/** The match itself, mistyped as its tape, would be gone. */
const refuseOthers = (out: string, path: string) =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const there = yield* fs.readFile(path).pipe(
      Effect.catchIf(
        ({ reason }) => reason._tag === "NotFound",
        () => Effect.succeed(null)
      ),
      Effect.mapError(
        ({ reason }) =>
          new Library.Unusable({
            subject: out,
            problem:
              reason._tag === "BadResource" ? "a folder, not a file" : `cannot be written (${reason._tag})`
          })
      )
    )
    if (there !== null && there.length > 0 && !Library.isTape(there)) {
      return yield* new Library.Unusable({
        subject: out,
        problem: "there is a file that is no tape; it stays"
      })
    }
  })
