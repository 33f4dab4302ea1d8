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

const run = (program: string, args: ReadonlyArray<string>): Promise<Said> =>
  new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: root, env: environment, stdio: ["ignore", "pipe", "pipe"] })
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
