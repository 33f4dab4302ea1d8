import { readFileSync } from "node:fs"
import type { Ids } from "@sightscreen/domain"
import { Bundled, Cricsheet, type Recording, Tape } from "@sightscreen/feed"
import { Result } from "effect"

/** A match by a bundled name, a tape or a Cricsheet file; a line that says what is wrong where it cannot be had. */
export const open = (wanted: string): Result.Result<Recording.Recording, string> => {
  const bundled = Bundled.find(wanted)
  const from = bundled === undefined ? wanted : bundled.url
  let bytes: Uint8Array
  try {
    bytes = readFileSync(from)
  } catch {
    const names = Bundled.bundled.map(({ alias }) => alias).join(", ")
    return Result.fail(`${wanted}: no such file, and no bundled match (${names})`)
  }
  const name = wanted.replace(/^.*\//, "").replace(/\.[^.]*$/, "")
  const read =
    bundled !== undefined || wanted.endsWith(".tape")
      ? Tape.decode(bytes, wanted)
      : Cricsheet.parse(name, new TextDecoder().decode(bytes))
  return Result.mapError(read, ({ message }) => message)
}

/** The match when it is played for the so-manieth time: another match to everybody but the archive. */
export const idOf = (recording: Recording.Recording, run: number): Ids.MatchId =>
  (run === 1 ? recording.info.matchId : `${recording.info.matchId}-${run}`) as Ids.MatchId
