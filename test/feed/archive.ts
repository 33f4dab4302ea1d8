import { Bundled, Tape, type Recording } from "@sightscreen/feed"
import { Result } from "effect"
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"

/** A folder of Cricsheet's files, which are not part of this repository; tests that need it are left out without it. */
const folder = process.env["CRICSHEET_DIR"]

export interface File {
  readonly id: string
  readonly text: string
}

export const files: ReadonlyArray<File> =
  folder === undefined
    ? []
    : readdirSync(folder)
        .filter((name) => name.endsWith(".json"))
        .map((name) => ({
          id: name.slice(0, -".json".length),
          text: readFileSync(join(folder, name), "utf8")
        }))

export const missing = files.length === 0

/** For the name of a suite, so that the report says why it was left out. */
export const note = missing ? " (left out: CRICSHEET_DIR names no folder of Cricsheet files)" : ""

export const tape = (name: string): Recording.Recording =>
  Result.getOrThrow(Tape.decode(readFileSync(Bundled.find(name)!.url)))

export const tapes: ReadonlyArray<Recording.Recording> = Bundled.bundled.map(({ id }) => tape(id))
