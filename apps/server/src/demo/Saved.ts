import * as fs from "node:fs"
import { App, type Handset } from "@sightscreen/handset"
import type { Cast, Errand, Fate } from "@sightscreen/simulation"

/**
 * The world between two lives of its process: where its clock stood, which match is played, what is on every phone.
 *
 * It is the model's own notebook, written and read by this file alone; a notebook that cannot be read begins a new one.
 */
export interface Saved {
  readonly version: 4
  /** Counts the matches that were played in this world: each has a name of its own. */
  readonly run: number
  readonly match: string
  readonly crowd: Cast.Kind
  readonly world: number
  /** When the first ball is bowled; null until everybody is ready. */
  readonly startsAt: number | null
  /** People, by the name they are signed in with. */
  readonly following: ReadonlyArray<string>
  readonly phones: ReadonlyArray<Handset.Handset>
  /** What phones had yet to report. */
  readonly errands: ReadonlyArray<Errand.Errand>
  /** Of those phones to which something was done, by their place in the crowd. */
  readonly diaries: ReadonlyArray<readonly [nth: number, diary: Fate.Diary]>
  /** How many of the scenes have been played. */
  readonly scenes: number
  readonly post: Post
  /** The world came to rest after this was written; without it, it went on for a while, and was killed. */
  readonly rested: boolean
  /** Everybody has seen the end of the match: the next one is to begin. */
  readonly over: boolean
}

/** What Apple took and brought in this match. */
export interface Post {
  readonly pushes: number
  readonly publishes: number
  /** Copies of publishes that came to a phone. */
  readonly reached: number
  /** Notifications shown before the match, and instead of an activity. */
  readonly prematch: number
  readonly fallback: number
}

export const noPost: Post = { pushes: 0, publishes: 0, reached: 0, prematch: 0, fallback: 0 }

const fileIn = (folder: string): string => `${folder}/world.json`

/** What was saved; null where there is nothing, "unreadable" where there is something else. */
export const read = (folder: string): Saved | null | "unreadable" => {
  try {
    const saved: unknown = JSON.parse(fs.readFileSync(fileIn(folder), "utf8"))
    if (!isSaved(saved)) return "unreadable"
    return { ...saved, phones: saved.phones.map((phone) => ({ ...phone, app: App.current })) }
  } catch (why) {
    return why instanceof Error && "code" in why && why.code === "ENOENT" ? null : "unreadable"
  }
}

/** Written beside and moved into place, so that no half notebook is ever found. */
export const write = (folder: string, saved: Saved): void => {
  // The app is the program's own; undefined is not written at all.
  const lean = { ...saved, phones: saved.phones.map((phone) => ({ ...phone, app: undefined })) }
  fs.writeFileSync(`${fileIn(folder)}.new`, JSON.stringify(lean), { mode: 0o600 })
  fs.renameSync(`${fileIn(folder)}.new`, fileIn(folder))
}

/** Puts a notebook aside that nobody can read, for a person to look at. */
export const putAside = (folder: string): void =>
  fs.renameSync(fileIn(folder), `${fileIn(folder)}.unreadable`)

const isSaved = (it: unknown): it is Saved =>
  isRecord(it) &&
  it["version"] === 4 &&
  typeof it["run"] === "number" &&
  typeof it["match"] === "string" &&
  (it["crowd"] === "plain" || it["crowd"] === "mix") &&
  typeof it["world"] === "number" &&
  Number.isFinite(it["world"]) &&
  (it["startsAt"] === null || typeof it["startsAt"] === "number") &&
  Array.isArray(it["following"]) &&
  Array.isArray(it["errands"]) &&
  Array.isArray(it["diaries"]) &&
  typeof it["scenes"] === "number" &&
  isRecord(it["post"]) &&
  Array.isArray(it["phones"]) &&
  it["phones"].every(isPhone)

const isPhone = (it: unknown): boolean =>
  isRecord(it) &&
  typeof it["deviceId"] === "string" &&
  isRecord(it["tokens"]) &&
  isRecord(it["counters"]) &&
  Array.isArray(it["activities"]) &&
  Array.isArray(it["alerts"]) &&
  Array.isArray(it["unsent"])

const isRecord = (it: unknown): it is Record<string, unknown> =>
  typeof it === "object" && it !== null && !Array.isArray(it)
