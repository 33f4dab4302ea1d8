import { Library, type Recording, Tape } from "@sightscreen/feed"
import { Digest, MatchSource } from "@sightscreen/simulation"
import { Effect, type FileSystem, type Path } from "effect"

/**
 * The matches that scenarios name, read once: a run itself reads no files.
 */
export interface Matches {
  /** The recording behind a source that was asked for, or that a seed may draw. */
  readonly recordingOf: (source: MatchSource.MatchSource) => Recording.Recording
}

type Files = FileSystem.FileSystem | Path.Path

/** With every match that comes with the program, and those of the sources beside them. */
export const load = (
  ...sources: ReadonlyArray<MatchSource.MatchSource>
): Effect.Effect<Matches, Library.Unusable, Files> =>
  Effect.gen(function* () {
    const known = new Map<string, Recording.Recording>()
    for (const { recording, tape } of yield* Library.bundled) {
      known.set(`bundled/${tape.id}`, recording)
      known.set(`bundled/${tape.alias}`, recording)
    }
    for (const source of sources) {
      if (source._tag !== "File") continue
      const recording = yield* Library.open(source.path)
      if (digestOf(recording) !== source.digest) {
        return yield* new Library.Unusable({
          subject: source.path,
          problem: "is not the match any more that the scenario was made with"
        })
      }
      known.set(`file/${source.path}`, recording)
    }
    return {
      recordingOf: (source) => {
        const found =
          source._tag === "Generated"
            ? MatchSource.played(source).recording
            : known.get(source._tag === "Bundled" ? `bundled/${source.name}` : `file/${source.path}`)
        if (found === undefined) throw new Error(`no match was read for ${JSON.stringify(source)}`)
        return found
      }
    }
  })

/** What a person calls a match, as a scenario names it. */
export const sourceOf = (given: string): Effect.Effect<MatchSource.MatchSource, Library.Unusable, Files> =>
  Effect.gen(function* () {
    const recording = yield* Library.open(given)
    const tape = (yield* Library.bundled).find(({ tape }) => tape.id === given || tape.alias === given)
    if (tape !== undefined) return { _tag: "Bundled", name: tape.tape.alias }
    return { _tag: "File", path: yield* Library.pathOf(given), digest: digestOf(recording) }
  })

const digestOf = (recording: Recording.Recording): string => {
  const digest = Digest.begin()
  for (const byte of Tape.encode(recording)) Digest.add(digest, String(byte))
  return Digest.text(digest)
}
