import * as fs from "node:fs"

/** Where a world that is running can be reached, and the key to it; readable by its own user only. */
export interface Beacon {
  readonly pid: number
  readonly url: string
  readonly key: string
}

const fileIn = (folder: string): string => `${folder}/beacon.json`

export const read = (folder: string): Beacon | null => {
  try {
    return JSON.parse(fs.readFileSync(fileIn(folder), "utf8")) as Beacon
  } catch {
    return null
  }
}

export const light = (folder: string, beacon: Beacon): void => {
  fs.writeFileSync(`${fileIn(folder)}.new`, JSON.stringify(beacon), { mode: 0o600 })
  fs.renameSync(`${fileIn(folder)}.new`, fileIn(folder))
}

/** Puts it out, unless another world has lit its own meanwhile. */
export const putOut = (folder: string, pid: number): void => {
  if (read(folder)?.pid === pid) fs.rmSync(fileIn(folder), { force: true })
}
