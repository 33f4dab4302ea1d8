import * as fs from "node:fs"
import { Effect, Schedule } from "effect"

let leaving = false

/** The ways in which a process is left alone, turned into those it knows how to take. */
export const watch = (): void => {
  // A reader that has heard enough, or a terminal that was closed: nobody looks on any longer.
  const leave = () => process.kill(process.pid, "SIGTERM")
  process.on("SIGHUP", leave)
  process.stdout.on("error", leave)
  process.stderr.on("error", () => {})
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => void (leaving = true))
}

/**
 * Dies when npm is killed, as abruptly.
 *
 * Who kills `npm start` means the server. npm cannot pass on a signal that ends it at once, and a server that lived on would
 * be in the way of the next one.
 */
export const dieWithNpm: Effect.Effect<void> = Effect.suspend(() => {
  const npm = process.env["npm_lifecycle_event"] === undefined ? null : npmAbove(process.ppid)
  if (npm === null) return Effect.void
  return Effect.sync(() => {
    // A server that is on its way out, as asked, takes the time that it needs.
    if (!leaving && !isAlive(npm)) process.kill(process.pid, "SIGKILL")
  }).pipe(Effect.repeat(Schedule.spaced("500 millis")), Effect.asVoid)
})

/** npm runs a script through a shell, which may or may not stay. */
const npmAbove = (pid: number): number | null => {
  try {
    const command = fs.readFileSync(`/proc/${pid}/cmdline`, "utf8")
    if (/^npm|\bnpm\b/.test(command)) return pid
    const { parent } = look(pid)
    return parent > 1 ? npmAbove(parent) : null
  } catch {
    return null
  }
}

/** A process that is dead may still be listed, until its own parent takes notice. */
const isAlive = (pid: number): boolean => {
  try {
    return look(pid).state !== "Z"
  } catch {
    return false
  }
}

const look = (pid: number): { readonly state: string; readonly parent: number } => {
  // The name comes in parentheses, and may itself have some.
  const [state = "", parent] = fs
    .readFileSync(`/proc/${pid}/stat`, "utf8")
    .replace(/^.*\) /s, "")
    .split(" ")
  return { state, parent: Number(parent) }
}
