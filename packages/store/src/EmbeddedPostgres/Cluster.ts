import { execFile, execFileSync } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { Effect } from "effect"
import { type EmbeddedPostgresFailed, failed } from "./Failed.ts"
import { handOver, type Home, plainEnvironment, reason } from "./Home.ts"
import type { Programs } from "./Programs.ts"

/** Makes the cluster where there is none: beside its place first, so that half of one is never found there. */
export const begin = (home: Home, programs: Programs): Effect.Effect<void, EmbeddedPostgresFailed> =>
  Effect.callback<void, EmbeddedPostgresFailed>((resume) => {
    if (fs.existsSync(path.join(home.cluster, "PG_VERSION"))) return resume(Effect.void)
    let making: string
    try {
      sweep(home)
      making = fs.mkdtempSync(`${home.cluster}.making-${process.pid}-`)
      handOver(making, home.runAs)
    } catch (why) {
      return resume(Effect.fail(failed("initdb", reason(why))))
    }
    const give = (detail: string) => {
      fs.rmSync(making, { recursive: true, force: true })
      resume(Effect.fail(failed("initdb", detail)))
    }
    const flags = ["-D", making, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]
    execFile(
      programs.initdb,
      flags,
      { ...home.runAs, cwd: making, env: plainEnvironment(), encoding: "utf8" },
      (failure, _, complaint) => {
        if (failure !== null) return give(complaint.trim() === "" ? failure.message : complaint)
        try {
          fs.renameSync(making, home.cluster)
          resume(Effect.void)
        } catch (why) {
          // Another process was quicker, and its cluster is as good.
          fs.rmSync(making, { recursive: true, force: true })
          resume(
            fs.existsSync(path.join(home.cluster, "PG_VERSION"))
              ? Effect.void
              : Effect.fail(failed("initdb", reason(why)))
          )
        }
      }
    )
  })

/** Removes what processes left that died while they made a cluster. */
const sweep = (home: Home): void => {
  for (const name of fs.readdirSync(home.folder)) {
    const maker = /^cluster\.(?:making|trial)-(\d+)/.exec(name)?.[1]
    if (maker !== undefined && !isAlive(Number(maker))) {
      fs.rmSync(path.join(home.folder, name), { recursive: true, force: true })
    }
  }
}

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch (why) {
    return why instanceof Error && "code" in why && why.code === "EPERM"
  }
}

/**
 * Whether a running server holds the cluster.
 *
 * The file that a server leaves when its machine is killed names a process, and after a restart that number may be
 * anybody's; PostgreSQL would take it for a running server and refuse to start. So the process itself is looked at, and
 * a file left behind is removed.
 */
export const isHeld = (home: Home): boolean => {
  const pid = holder(home)
  if (pid === null) return false
  if (commandOf(pid).includes(home.cluster)) return true
  fs.rmSync(path.join(home.cluster, "postmaster.pid"), { force: true })
  fs.rmSync(`${home.socket}.lock`, { force: true })
  return false
}

/** The process that says it is the server of the cluster. */
export const holder = (home: Home): number | null => {
  try {
    return Number.parseInt(fs.readFileSync(path.join(home.cluster, "postmaster.pid"), "utf8"), 10)
  } catch {
    return null
  }
}

const commandOf = (pid: number): string => {
  try {
    if (fs.existsSync("/proc/self/cmdline")) return fs.readFileSync(`/proc/${pid}/cmdline`, "utf8")
    return execFileSync("ps", ["-p", String(pid), "-o", "args="], { encoding: "utf8", stdio: "pipe" })
  } catch {
    return ""
  }
}
