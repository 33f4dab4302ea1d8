import { Bundled, Cricsheet, type Recording, Tape } from "@sightscreen/feed"
import { Effect, FileSystem, Result } from "effect"
import { basename, join, resolve } from "node:path"
import { fileURLToPath } from "node:url"
import { type Options, Unmeasurable } from "./Bench.ts"
import * as CricsheetText from "./CricsheetText.ts"

/** What to measure with: matches, as the text of their files and as recordings. */
export interface Match {
  readonly id: string
  readonly text: string
  readonly recording: Recording.Recording
}

export const load = ({
  dir,
  file
}: Pick<Options, "dir" | "file">): Effect.Effect<
  ReadonlyArray<Match>,
  Unmeasurable,
  FileSystem.FileSystem
> =>
  dir !== null ? fromFolder(dir) : file !== null ? Effect.map(fromFile(file), (match) => [match]) : bundled

/** npm runs scripts in the root of the repository; a path means the folder that npm was called in. */
const here = process.env["npm_lifecycle_event"] === undefined ? undefined : process.env["INIT_CWD"]
const pathOf = (given: string): string => resolve(here ?? "", given)

const fromFolder = Effect.fnUntraced(function* (dir: string) {
  const fs = yield* FileSystem.FileSystem
  const names = (yield* fs
    .readDirectory(pathOf(dir))
    .pipe(
      Effect.mapError(() => new Unmeasurable({ subject: dir, problem: "not a folder that can be read" }))
    ))
    .filter((name) => name.endsWith(".json"))
    .toSorted()
  if (names.length === 0) return yield* new Unmeasurable({ subject: dir, problem: "no JSON file is in it" })
  return yield* Effect.forEach(names, (name) => fromFile(join(dir, name)))
})

const fromFile = Effect.fnUntraced(function* (file: string) {
  const fs = yield* FileSystem.FileSystem
  const text = yield* fs.readFileString(pathOf(file)).pipe(
    Effect.mapError(({ reason }) => {
      const problem = reason._tag === "NotFound" ? "there is no such file" : "not a file that can be read"
      return new Unmeasurable({ subject: file, problem })
    })
  )
  const id = basename(file).replace(/\.json$/i, "")
  const recording = Cricsheet.parse(id, text)
  return Result.isSuccess(recording)
    ? { id, text, recording: recording.success }
    : yield* new Unmeasurable({ subject: file, problem: recording.failure.problem })
})

const bundled = Effect.forEach(
  Bundled.bundled,
  Effect.fnUntraced(function* ({ id, url }: Bundled.Bundled) {
    const fs = yield* FileSystem.FileSystem
    const bytes = yield* fs
      .readFile(fileURLToPath(url))
      .pipe(Effect.mapError(() => new Unmeasurable({ subject: id, problem: "its tape is missing" })))
    const recording = Tape.decode(bytes, id)
    return Result.isSuccess(recording)
      ? { id, text: CricsheetText.of(recording.success), recording: recording.success }
      : yield* new Unmeasurable({ subject: id, problem: recording.failure.problem })
  })
)
