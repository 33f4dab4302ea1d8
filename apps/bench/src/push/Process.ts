import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { availableParallelism } from "node:os"

/** Processes of a bench, each on a core of its own where the system lets us say so. */

export const isInstalled = (program: string): boolean =>
  spawnSync(program, ["--version"], { stdio: "ignore" }).error === undefined

const canPin = availableParallelism() > 1 && isInstalled("taskset")

const pinned = (core: number, command: ReadonlyArray<string>): readonly [string, ReadonlyArray<string>] =>
  canPin ? ["taskset", ["-c", String(core), ...command]] : [command[0]!, command.slice(1)]

export const senderCore = 0
export const sinkCore = 1
export const pinning = canPin ? "client and sink on a core each" : "client and sink not bound to a core"

const congestionControl = (): string => {
  try {
    return readFileSync("/proc/sys/net/ipv4/tcp_congestion_control", "utf8").trim()
  } catch {
    return ""
  }
}

/** What the system does to loopback that a figure should be read with: bbr spaces packets out there too. */
export const pacing = congestionControl().startsWith("bbr") ? ", over a loopback that bbr paces" : ""

/** Runs to its end and gives what it has printed; throws what it has complained of. */
export const run = (core: number, command: ReadonlyArray<string>, env: NodeJS.ProcessEnv = {}): string => {
  const [program, args] = pinned(core, command)
  return execFileSync(program, args, {
    encoding: "utf8",
    env: { ...process.env, ...env },
    maxBuffer: 1 << 26,
    stdio: ["ignore", "pipe", "pipe"]
  })
}

/** Starts what runs until it is stopped. */
export const start = (core: number, command: ReadonlyArray<string>): ChildProcess => {
  const [program, args] = pinned(core, command)
  return spawn(program, args, { stdio: ["ignore", "pipe", "inherit"] })
}
