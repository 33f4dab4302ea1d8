import * as fs from "node:fs"

/** Where a world that is running can be reached, and the key to it; readable by its own user only. */
export interface Beacon {
  readonly pid: number
  readonly url: string
  readonly key: string
  /** The contract that it speaks; see `WorldApi`. */
  readonly contract: number
}

const fileIn = (folder: string): string => `${folder}/beacon.json`

export const read = (folder: string): Beacon | null => {
  try {
    const { contract, key, pid, url } = JSON.parse(fs.readFileSync(fileIn(folder), "utf8")) as Partial<Beacon>
    return typeof pid === "number" && pid > 0 && typeof url === "string" && typeof key === "string"
      ? { pid, url, key, contract: contract ?? 0 }
      : null
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

/**
 * Whether the world that lit it still runs.
 *
 * The number of a process that is gone may be anybody's by now, so where a process can be looked at, it is.
 */
export const isLit = ({ pid }: Beacon): boolean => {
  try {
    process.kill(pid, 0)
  } catch {
    return false
  }
  try {
    if (fs.existsSync("/proc/self/cmdline"))
      return fs.readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("World.ts")
  } catch {
    return false
  }
  return true
}
