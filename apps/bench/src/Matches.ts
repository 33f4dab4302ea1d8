import { Cricsheet, Library, type Recording } from "@sightscreen/feed"
import { Effect, FileSystem, type Path, Result } from "effect"
import { basename, join } from "node:path"
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
  FileSystem.FileSystem | Path.Path
> =>
  dir !== null ? fromFolder(dir) : file !== null ? Effect.map(fromFile(file), (match) => [match]) : bundled

const fromFolder = Effect.fnUntraced(function* (dir: string) {
  const fs = yield* FileSystem.FileSystem
  const names = (yield* fs
    .readDirectory(yield* Library.pathOf(dir))
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
  const text = yield* fs.readFileString(yield* Library.pathOf(file)).pipe(
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

const bundled = Library.bundled.pipe(
  Effect.map((all) =>
    all.map(({ recording, tape: { id } }) => ({ id, text: CricsheetText.of(recording), recording }))
  ),
  Effect.mapError(({ problem, subject }) => new Unmeasurable({ subject, problem }))
)
