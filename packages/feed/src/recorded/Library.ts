import { Instant } from "@sightscreen/decider"
import { Progress } from "@sightscreen/domain"
import { Config, Effect, FileSystem, Path, type PlatformError, Result, Runtime, Schema } from "effect"
import { type FeedError, oneLine } from "../FeedError.ts"
import * as Bundled from "./bundled.ts"
import * as Cricsheet from "./Cricsheet.ts"
import type { Recording } from "./Recording.ts"
import * as Tape from "./Tape.ts"
import * as Timeline from "./Timeline.ts"

/**
 * Opens what a person calls a match: a bundled one by its number or name, a Cricsheet file, or a tape.
 *
 * A match that is opened can be played: what is no possible cricket is refused here, with the ball that is wrong.
 */

/** What was asked for cannot be had; one line that a person can act on. */
export class Unusable extends Schema.TaggedError<Unusable>()("Unusable", {
  /** As the person wrote it. */
  subject: Schema.String,
  problem: Schema.String
}) {
  /** The command line prints the message itself. */
  override readonly [Runtime.errorReported] = false
  override get message(): string {
    return oneLine(`${this.subject}: ${this.problem}`)
  }
}

const unusable = (subject: string, problem: string): Unusable => new Unusable({ subject, problem })

/** Where a person's relative paths begin: npm runs scripts in the root of the repository, but was called somewhere else. */
const calledFrom = Config.all({
  script: Config.option(Config.String("npm_lifecycle_event")),
  folder: Config.option(Config.String("INIT_CWD"))
}).pipe(
  Effect.map(({ folder, script }) => (script._tag === "Some" && folder._tag === "Some" ? folder.value : "")),
  Effect.orElseSucceed(() => "")
)

/** A path as a person gives it, seen from the folder that the command was called in. */
export const pathOf = (given: string): Effect.Effect<string, never, Path.Path> =>
  Effect.gen(function* () {
    const path = yield* Path.Path
    return path.resolve(yield* calledFrom, given)
  })

export const open = (given: string): Effect.Effect<Recording, Unusable, FileSystem.FileSystem | Path.Path> =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    const tape = Bundled.find(given)
    const file = tape === undefined ? yield* pathOf(given) : yield* Effect.orDie(path.fromFileUrl(tape.url))
    const bytes = yield* fs.readFile(file).pipe(Effect.mapError((error) => unreadable(given, error)))
    const recording = read(given, path.basename(given), bytes)
    if (Result.isFailure(recording)) return yield* unusable(given, recording.failure.problem)
    const impossible = whyImpossible(recording.success)
    return impossible === null
      ? recording.success
      : yield* unusable(given, `not possible cricket: ${impossible}`)
  })

/** Every match that comes with the program. */
export const bundled: Effect.Effect<
  ReadonlyArray<{ readonly tape: Bundled.Bundled; readonly recording: Recording }>,
  Unusable,
  FileSystem.FileSystem | Path.Path
> = Effect.forEach(Bundled.bundled, (tape) => Effect.map(open(tape.id), (recording) => ({ tape, recording })))

/** Tapes say in their first bytes what they are, whatever the file is called. */
export const isTape = (bytes: Uint8Array): boolean =>
  new TextDecoder().decode(bytes.subarray(0, 4)) === "tape"

const read = (given: string, name: string, bytes: Uint8Array): Result.Result<Recording, FeedError> =>
  isTape(bytes) || given.endsWith(".tape")
    ? Tape.decode(bytes, given)
    : Cricsheet.parse(name.replace(/\.json$/i, ""), new TextDecoder().decode(bytes))

/** The rules look at balls that a record may still hold: a batter who bowls to himself. */
const whyImpossible = (recording: Recording): string | null => {
  const timeline = Timeline.make(recording)
  const last = timeline.times.length - 1
  const at = timeline.times[last] ?? timeline.info.startsAt
  const progress = Progress.advance(
    null,
    Timeline.snapshot(timeline, last, Instant.later(at, timeline.info.startsAt))
  )
  return progress._tag === "Refused" ? progress.reason : null
}

const unreadable = (given: string, { reason }: PlatformError.PlatformError): Unusable => {
  switch (reason._tag) {
    case "NotFound":
      if (Bundled.find(given) !== undefined) return unusable(given, "its tape is missing from the program")
      return /[\\/]|\.(json|tape)$/i.test(given)
        ? unusable(given, "there is no such file")
        : unusable(given, `neither a file nor a match that comes with the program${hint(given)}`)
    case "BadResource":
      return unusable(given, "a folder, not a file")
    case "PermissionDenied":
      return unusable(given, "the file may not be read")
    default:
      return unusable(given, `the file cannot be read (${reason.description ?? reason._tag})`)
  }
}

const hint = (given: string): string => {
  const names = Bundled.bundled.map(({ alias }) => alias)
  const close = names.find((name) => distance(given.toLowerCase(), name) <= 2)
  return close === undefined ? `; those are ${names.join(", ")}` : `; did you mean ${close}?`
}

/** Letters to add, drop or change to get from one word to the other. */
const distance = (from: string, to: string): number => {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (let i = 1; i <= from.length; i++) {
    const next = [i]
    for (let j = 1; j <= to.length; j++) {
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (from[i - 1] === to[j - 1] ? 0 : 1)))
    }
    row = next
  }
  return row[to.length]!
}
