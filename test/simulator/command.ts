import { spawn } from "node:child_process"
import { fileURLToPath } from "node:url"

/** Runs the command lines as their users do: another process, text in and text out. */
const root = fileURLToPath(new URL("../..", import.meta.url))
const node = `${root}node_modules/.bin/node`

export interface Said {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

export const simulator = (...args: ReadonlyArray<string>): Promise<Said> =>
  run(node, [`${root}apps/simulator/src/main.ts`, ...args])

/** A command that runs until it is stopped. */
export interface Running {
  readonly out: () => string
  readonly err: () => string
  /** The output, once it holds this. */
  readonly says: (what: RegExp) => Promise<string>
  readonly interrupt: () => void
  readonly ended: Promise<number | null>
}

export const startSimulator = (...args: ReadonlyArray<string>): Running => startSimulatorWith({}, ...args)

/** The same with some variables of its own. */
export const startSimulatorWith = (
  variables: Readonly<Record<string, string>>,
  ...args: ReadonlyArray<string>
): Running => {
  const child = spawn(node, [`${root}apps/simulator/src/main.ts`, ...args], {
    cwd: root,
    env: { ...environment, ...variables },
    stdio: ["ignore", "pipe", "pipe"]
  })
  let out = ""
  let err = ""
  child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text))
  child.stderr.setEncoding("utf8").on("data", (text: string) => (err += text))
  const ended = new Promise<number | null>((resolve) => child.on("close", resolve))
  const says = (what: RegExp) =>
    new Promise<string>((resolve, reject) => {
      const look = () => {
        if (what.test(out)) resolve(out)
      }
      child.stdout.on("data", look)
      void ended.then((code) => reject(new Error(`it ended with ${code} before ${what}: ${out}${err}`)))
      look()
    })
  return { out: () => out, err: () => err, says, interrupt: () => child.kill("SIGINT"), ended }
}

/** The same with some variables of its own. */
export const simulatorWith = (
  variables: Readonly<Record<string, string>>,
  ...args: ReadonlyArray<string>
): Promise<Said> => run(node, [`${root}apps/simulator/src/main.ts`, ...args], variables)

export const bench = (...args: ReadonlyArray<string>): Promise<Said> =>
  run(node, [`${root}apps/bench/src/main.ts`, ...args])

/** Into the hands of a reader who leaves after the first line. */
export const simulatorToHead = (...args: ReadonlyArray<string>): Promise<Said> =>
  run("/bin/bash", [
    "-c",
    '"$0" "$@" | head -n 1; exit "${PIPESTATUS[0]}"',
    node,
    `${root}apps/simulator/src/main.ts`,
    ...args
  ])

const run = (
  program: string,
  args: ReadonlyArray<string>,
  variables: Readonly<Record<string, string>> = {}
): Promise<Said> =>
  new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: root,
      env: { ...environment, ...variables },
      stdio: ["ignore", "pipe", "pipe"]
    })
    const said = { out: "", err: "" }
    child.stdout.setEncoding("utf8").on("data", (text: string) => (said.out += text))
    child.stderr.setEncoding("utf8").on("data", (text: string) => (said.err += text))
    child.on("error", reject)
    child.on("close", (code) => resolve({ code, ...said }))
  })

/** Nothing of the test runner's own: colours, or the folder that npm was called in. */
const environment = Object.fromEntries(
  Object.entries(process.env).filter(
    ([name]) => !/^(npm_|INIT_CWD|FORCE_|NO_COLOR|NODE_OPTIONS|VITEST)/.test(name)
  )
)
