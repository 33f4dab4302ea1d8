import { execFileSync } from "node:child_process"

/** Which version of the program this is: with the seed it names a run. `unknown` where it lies in no repository. */
export const commit = (): string => {
  try {
    return execFileSync("git", ["describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"], {
      cwd: import.meta.dirname,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"]
    }).trim()
  } catch {
    return "unknown"
  }
}
