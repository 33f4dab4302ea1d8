import { type ChildProcess, spawn } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import { PgClient } from "@effect/sql-pg"
import { EmbeddedPostgres } from "@sightscreen/store"
import { Effect } from "effect"

/** The demo as its users run it: real processes in a folder of their own. Nothing is taken for granted by the clock. */
const root = fileURLToPath(new URL("../..", import.meta.url))
const own = `${root}node_modules/.bin/node`
const node = fs.existsSync(own) ? own : process.execPath

/** On a machine with other things to do. */
const patienceMillis = 60_000

/** Nothing of the test runner's own, and no setting of whoever runs the tests. */
const environment = Object.fromEntries(
  Object.entries(process.env).filter(
    ([name]) =>
      !/^(npm_|INIT_CWD|FORCE_|NO_COLOR|NODE_|VITEST|SPEED|MATCH|PHONES|PORT|DATABASE_URL|SIGHTSCREEN)/.test(
        name
      )
  )
)

export const until = async (what: string, check: () => boolean | Promise<boolean>, tell = () => "") => {
  const deadline = performance.now() + patienceMillis
  while (!(await check())) {
    if (performance.now() > deadline) throw new Error(`never: ${what}\n${tell()}`)
    await sleep(50)
  }
}

export const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    // A process that has ended may be listed until its parent looks.
    return !/^\d+ \(.*\) Z/s.test(fs.readFileSync(`/proc/${pid}/stat`, "utf8"))
  } catch (why) {
    return why instanceof Error && "code" in why && why.code === "ENOENT" && !fs.existsSync("/proc/self")
  }
}

/** Ends a process without asking it. */
export const kill = (pid: number): void => {
  try {
    process.kill(pid, "SIGKILL")
  } catch {
    // It is gone already.
  }
}

/** Processes below another whose command line says this. */
export const descendants = (pid: number, says: RegExp): ReadonlyArray<number> => {
  const all = fs
    .readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const [, parent] = /^\d+ \(.*\) \S (\d+)/s.exec(fs.readFileSync(`/proc/${name}/stat`, "utf8"))!
        return [{ pid: Number(name), parent: Number(parent) }]
      } catch {
        return []
      }
    })
  const below = (of: number): ReadonlyArray<number> =>
    all.filter(({ parent }) => parent === of).flatMap(({ pid }) => [pid, ...below(pid)])
  return below(pid).filter((one) => {
    const words = fs.readFileSync(`/proc/${one}/cmdline`, "utf8").split("\0")
    return words[0]!.endsWith("node") && words.some((word) => says.test(word))
  })
}

export interface Demo {
  readonly pid: number
  readonly out: () => string
  readonly err: () => string
  readonly says: (what: RegExp) => Promise<void>
  readonly signal: (name: NodeJS.Signals) => void
  /** The exit code; null if a signal ended it. */
  readonly ended: Promise<number | null>
}

const running = new Set<ChildProcess>()
const homes = new Set<string>()

/** A folder for everything that a demo keeps, that any user may enter. */
export const home = (mode = 0o755): string => {
  const made = fs.mkdtempSync(path.join(os.tmpdir(), "sightscreen-demo-"))
  fs.chmodSync(made, mode)
  homes.add(made)
  return made
}

/** Whatever a test left behind. */
export const cleanUp = async (): Promise<void> => {
  for (const { pid } of running) kill(pid!)
  for (const folder of homes) {
    for (const at of [folder, path.join(folder, "data")]) {
      const found = beacon(at)
      if (found !== null) kill(found.pid)
      await until("PostgreSQL ends", () => !fs.existsSync(postmaster(at)))
    }
    fs.rmSync(folder, { recursive: true, force: true, maxRetries: 20 })
  }
}

export const postmaster = (folder: string): string =>
  path.join(folder, "postgres", "cluster", "postmaster.pid")

const run = (program: string, args: ReadonlyArray<string>, env: Readonly<Record<string, string>>): Demo => {
  const child = spawn(program, args, {
    cwd: root,
    env: { ...environment, PORT: "0", ...env },
    stdio: ["ignore", "pipe", "pipe"]
  })
  running.add(child)
  const said = { out: "", err: "" }
  child.stdout.setEncoding("utf8").on("data", (text: string) => (said.out += text))
  child.stderr.setEncoding("utf8").on("data", (text: string) => (said.err += text))
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on("error", reject)
    child.on("exit", () => running.delete(child))
    child.on("close", resolve)
  })
  const all = () => `${said.out}\n${said.err}`
  return {
    pid: child.pid!,
    out: () => said.out,
    err: () => said.err,
    says: async (what) => {
      await until(`it says ${what}`, () => what.test(said.out) || child.exitCode !== null, all)
      if (!what.test(said.out)) throw new Error(`it ended without saying ${what}\n${all()}`)
    },
    signal: (name) => void child.kill(name),
    ended
  }
}

type Environment = Readonly<Record<string, string>>

export const start = (folder: string, args: ReadonlyArray<string> = [], env: Environment = {}): Demo =>
  run(node, [`${root}apps/server/src/main.ts`, ...args], { SIGHTSCREEN_HOME: folder, ...env })

/** As the README says. */
export const npmStart = (folder: string, args: ReadonlyArray<string> = []): Demo =>
  run("npm", ["start", "--", ...args], { SIGHTSCREEN_HOME: folder })

/** What the world's own files say. */
export interface Alert {
  readonly title: string
  readonly body: string
  readonly timestamp: number
}

export interface Notebook {
  readonly run: number
  readonly world: number
  readonly following: ReadonlyArray<string>
  readonly phones: ReadonlyArray<{
    readonly deviceId: string
    readonly online: boolean
    readonly forceQuit: boolean
    readonly os: readonly [number, number]
    readonly alerts: ReadonlyArray<Alert>
    readonly activities: ReadonlyArray<{
      readonly matchId: string
      readonly startedAt: number
      readonly state: { readonly _tag: string }
      readonly address: { readonly _tag: "Token" | "Channel" }
      readonly content: { readonly expanded: { readonly statusLine: string } }
    }>
    readonly counters: { readonly doubled: number }
  }>
}

const notebookIn = (folder: string): string => path.join(folder, "world", "world.json")

export const notebook = (folder: string): Notebook => JSON.parse(fs.readFileSync(notebookIn(folder), "utf8"))

export const rewrite = (folder: string, change: (notebook: Notebook) => Notebook): void =>
  fs.writeFileSync(notebookIn(folder), JSON.stringify(change(notebook(folder))))

interface Beacon {
  readonly pid: number
  readonly url: string
  readonly key: string
}

export const beacon = (folder: string): Beacon | null => {
  try {
    return JSON.parse(fs.readFileSync(path.join(folder, "world", "beacon.json"), "utf8"))
  } catch {
    return null
  }
}

/** What a world that stands says of its phones. */
export const phones = async (
  folder: string
): Promise<{
  readonly total: number
  readonly alerts: number
  readonly right: number
  readonly byToken: number
  readonly byChannel: number
}> => {
  const { key, url } = beacon(folder)!
  const answer = await fetch(`${url}/phones`, { headers: { authorization: `Bearer ${key}` } })
  return (await answer.json()) as never
}

/** Asks the embedded database of a demo, also after the demo has ended. */
export const ask = <A>(
  folder: string,
  question: (sql: PgClient.PgClient) => Effect.Effect<A, unknown>
): Promise<A> =>
  Effect.gen(function* () {
    const server = yield* EmbeddedPostgres.start(path.join(folder, "postgres"))
    return yield* Effect.flatMap(PgClient.PgClient, question).pipe(
      Effect.provide(PgClient.layer({ ...EmbeddedPostgres.connection(server), maxConnections: 1 }))
    )
  }).pipe(Effect.scoped, Effect.orDie, Effect.runPromise)
