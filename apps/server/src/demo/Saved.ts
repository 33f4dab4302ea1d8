import * as fs from "node:fs"
import { App, type Handset } from "@sightscreen/handset"

/**
 * The world between two lives of its process: where its clock stood, which match is played, what is on every phone.
 *
 * It is the model's own notebook, written and read by this file alone; a notebook that cannot be read begins a new one.
 */
export interface Saved {
  readonly version: 1
  /** Counts the matches that were played in this world: each has a name of its own. */
  readonly run: number
  readonly match: string
  readonly world: number
  /** When the first ball is bowled; null until everybody is ready. */
  readonly startsAt: number | null
  readonly following: ReadonlyArray<string>
  readonly phones: ReadonlyArray<Handset.Handset>
}

const fileIn = (folder: string): string => `${folder}/world.json`

export const read = (folder: string): Saved | null => {
  try {
    const saved = JSON.parse(fs.readFileSync(fileIn(folder), "utf8")) as Saved
    if (saved.version !== 1) return null
    return { ...saved, phones: saved.phones.map((phone) => ({ ...phone, app: App.current })) }
  } catch {
    return null
  }
}

/** Written beside and moved into place, so that no half notebook is ever found. */
export const write = (folder: string, saved: Saved): void => {
  const lean = { ...saved, phones: saved.phones.map(({ app: _, ...phone }) => phone) }
  fs.writeFileSync(`${fileIn(folder)}.new`, JSON.stringify(lean))
  fs.renameSync(`${fileIn(folder)}.new`, fileIn(folder))
}
