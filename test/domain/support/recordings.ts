import { readdirSync, readFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { Bundled, Cricsheet, type FeedError, type Recording, Tape } from "@sightscreen/feed"
import { Result } from "effect"
import { type Brief, fromBrief, fromFull, type Full, type Truth } from "./truth.ts"

/** A recorded match and what should come of it. */
export interface Known {
  readonly id: string
  readonly name: string
  readonly recording: Recording.Recording
  readonly truth: Truth
}

const folder = process.env["CRICSHEET_DIR"]

const json = <A>(path: string): A => JSON.parse(readFileSync(path, "utf8")) as A

const read = (result: Result.Result<Recording.Recording, FeedError.FeedError>): Recording.Recording => {
  if (Result.isFailure(result)) throw result.failure
  return result.success
}

/** All matches of the folder that the environment names; null without one. */
export const cricsheet = (): ReadonlyArray<Known> | null =>
  folder === undefined
    ? null
    : readdirSync(folder)
        .filter((file) => file.endsWith(".json"))
        .sort()
        .map((file) => {
          const id = file.slice(0, -".json".length)
          return {
            id,
            name: id,
            recording: read(Cricsheet.parse(id, readFileSync(join(folder, file), "utf8"))),
            truth: fromFull(json<Full>(join(dirname(folder), "truth", file)))
          }
        })

/** The tapes that come with the feed. */
export const bundled = (): ReadonlyArray<Known> =>
  Bundled.bundled.map(({ alias, id, url }) => ({
    id,
    name: alias,
    recording: read(Tape.decode(readFileSync(fileURLToPath(url)), alias)),
    truth: fromBrief(json<Brief>(fileURLToPath(new URL(`../../truth/${id}.json`, import.meta.url))))
  }))
