import { execFileSync, spawnSync } from "node:child_process"
import { createHash } from "node:crypto"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { Effect } from "effect"
import { type EmbeddedPostgresFailed, failed } from "./Failed.ts"

/** The user that PostgreSQL runs as; undefined is the user of this process. */
export type RunAs = { readonly uid: number; readonly gid: number } | undefined

/** Where a server keeps its things, and as whom it runs. */
export interface Home {
  readonly folder: string
  /** The folder that was asked for, where it could not be had. */
  readonly movedFrom: string | null
  readonly cluster: string
  readonly log: string
  readonly sockets: string
  readonly socket: string
  readonly runAs: RunAs
}

export const digest = (...parts: ReadonlyArray<unknown>): string =>
  createHash("sha256").update(parts.join("\0")).digest("hex").slice(0, 12)

export const self: number = process.getuid?.() ?? 0

/**
 * Settles in the folder that is wanted, or else in one in the temporary folder.
 *
 * PostgreSQL refuses to run as root, so a root process runs it as nobody, and nobody may well be unable to enter a folder
 * that root can. The name of the folder moved to derives from the one wanted: the next start finds the same data.
 */
export const settle = (wanted: string): Effect.Effect<Home, EmbeddedPostgresFailed> =>
  Effect.suspend(() => {
    const [first, second] = placesFor(wanted)
    const [home, problem] = attempt(() => inhabit(first, null))
    if (home !== null) return Effect.succeed(home)
    const [elsewhere, another] = attempt(() => inhabit(oursAlone(second), first))
    if (elsewhere !== null) return Effect.succeed(elsewhere)
    return Effect.fail(
      failed(
        "find a folder",
        `neither ${first} (${problem}) nor ${second} (${another}) can be used.`,
        "Name a data folder that this user can write to, or set DATABASE_URL to use your own server."
      )
    )
  })

const placesFor = (wanted: string): readonly [first: string, second: string] => {
  const first = path.resolve(wanted)
  return [first, path.join(os.tmpdir(), `sightscreen-${digest(self, first)}`)]
}

/** Whether there are data for the folder that is wanted already. Only looks, and makes nothing. */
export const isBegun = (wanted: string): boolean =>
  placesFor(wanted).some((folder) => fs.existsSync(path.join(folder, "cluster", "PG_VERSION")))

const attempt = (how: () => Home): readonly [home: Home | null, problem: string | null] => {
  try {
    return [how(), null]
  } catch (why) {
    return [null, reason(why)]
  }
}

/** Gives a folder to the user that the server runs as, and to nobody else. */
export const handOver = (folder: string, runAs: RunAs): void => {
  fs.mkdirSync(folder, { recursive: true })
  fs.chmodSync(folder, 0o700)
  if (runAs !== undefined) fs.chownSync(folder, runAs.uid, runAs.gid)
}

const inhabit = (folder: string, movedFrom: string | null): Home => {
  const isNew = fs.mkdirSync(folder, { recursive: true }) !== undefined
  const cluster = path.join(folder, "cluster")
  const begun = fs.existsSync(cluster)
  const runAs = process.getuid === undefined || self !== 0 ? undefined : begun ? ownerOf(cluster) : nobody()
  try {
    if (isNew) fs.chmodSync(folder, 0o755)
    if (begun) tryWriting(cluster, runAs)
    else {
      const trial = fs.mkdtempSync(`${cluster}.trial-${process.pid}-`)
      try {
        handOver(trial, runAs)
        tryWriting(trial, runAs)
      } finally {
        fs.rmSync(trial, { recursive: true })
      }
    }
  } catch (why) {
    if (isNew) fs.rmdirSync(folder)
    throw why
  }
  const sockets = socketFolder(cluster, runAs)
  return {
    folder,
    movedFrom,
    cluster,
    log: path.join(folder, "server.log"),
    sockets,
    socket: path.join(sockets, ".s.PGSQL.5432"),
    runAs
  }
}

/** What a program of PostgreSQL may know of ours: not our secrets, nor settings that are meant for a client (`PGPORT`). */
export const plainEnvironment = (): NodeJS.ProcessEnv => ({ PATH: process.env["PATH"] ?? "/usr/bin:/bin" })

/** Only the user that is to write somewhere can tell whether it may. */
const tryWriting = (folder: string, runAs: RunAs): void => {
  const script = 'cd "$0" && : > trial && rm trial'
  const tried = spawnSync("/bin/sh", ["-c", script, folder], { ...runAs, cwd: "/", encoding: "utf8" })
  if (tried.status !== 0) throw tried.error ?? new Error(tried.stderr.trim())
}

/**
 * The path of a socket may have about a hundred bytes, so it gets a short name in the temporary folder. Anybody may make a
 * folder of that name first and listen there, so a folder that is not the server's own is not used.
 */
const socketFolder = (cluster: string, runAs: RunAs): string => {
  const uid = runAs?.uid ?? self
  const sockets = path.join(os.tmpdir(), `pg-${digest(uid, cluster)}`)
  const there = fs.lstatSync(sockets, { throwIfNoEntry: false })
  if (there !== undefined && (!there.isDirectory() || there.uid !== uid))
    fs.rmSync(sockets, { recursive: true })
  handOver(sockets, runAs)
  return sockets
}

/** Anybody may have made a folder of a name in the temporary folder. */
export const oursAlone = (folder: string): string => {
  const found = fs.lstatSync(folder, { throwIfNoEntry: false })
  if (found !== undefined && !(found.isDirectory() && found.uid === self)) {
    throw new Error(`${folder} belongs to somebody else`)
  }
  return folder
}

/** A cluster begun by an ordinary user goes on as that user's, also when root starts it. */
const ownerOf = (cluster: string): RunAs => {
  const { gid, uid } = fs.statSync(cluster)
  return uid === 0 ? nobody() : { uid, gid }
}

const nobody = (): RunAs => {
  const ask = (flag: string) =>
    Number(execFileSync("id", [flag, "nobody"], { encoding: "utf8", stdio: "pipe" }))
  try {
    return { uid: ask("-u"), gid: ask("-g") }
  } catch {
    return { uid: 65_534, gid: 65_534 }
  }
}

export const reason = (why: unknown): string => (why instanceof Error ? why.message : String(why))
