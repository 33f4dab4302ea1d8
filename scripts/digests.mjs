/**
 * Whether the same seeds give the same digests on every version of Node: `npm run digests -- 22 24 /usr/bin/node`.
 *
 * A number is a major version, which npm fetches into node_modules/.cache once; anything else is a program. The Node of the
 * project is always among them. Exit code 1 where digests differ.
 */
import { spawnSync } from "node:child_process"
import { existsSync } from "node:fs"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("..", import.meta.url))
const seeds = ["3", "5", "9", "11", "17"]

const fail = (message) => {
  console.error(`digests: ${message}`)
  process.exit(1)
}

/** The program of a major version, fetched where it is not there. */
const fetched = (major) => {
  const name = `node-${process.platform === "win32" ? "win" : process.platform}-${process.arch}`
  const folder = `${root}node_modules/.cache/node-${major}`
  const program = `${folder}/node_modules/${name}/bin/node`
  if (!existsSync(program)) {
    const done = spawnSync(
      "npm",
      ["install", "--prefix", folder, "--no-save", "--loglevel=error", `${name}@${major}`],
      {
        encoding: "utf8"
      }
    )
    if (!existsSync(program)) fail(`npm could not fetch Node ${major}: ${done.stderr ?? done.error}`)
  }
  return program
}

const named = process.argv.slice(2).map((one) => (/^\d+$/.test(one) ? fetched(one) : one))
const tellings = [...new Set([`${root}node_modules/.bin/node`, ...named])].map((program) => {
  const version = spawnSync(program, ["--version"], { encoding: "utf8" })
  if (version.status !== 0) fail(`${program} does not run`)
  const told = spawnSync(program, ["--no-warnings", `${root}test/simulation/digests.ts`, ...seeds], {
    encoding: "utf8"
  })
  if (told.status !== 0) fail(`${version.stdout.trim()}: ${told.stderr}`)
  return { version: version.stdout.trim(), lines: told.stdout.trim().split("\n") }
})

const [first, ...others] = tellings
let differ = 0
for (const [nth, line] of first.lines.entries()) {
  const otherwise = others.filter(({ lines }) => lines[nth] !== line)
  differ += otherwise.length
  console.log(`${line}  ${tellings.map(({ version }) => version).join(" ")}`)
  for (const { lines, version } of otherwise) console.log(`${lines[nth]}  ${version} differs`)
}
console.log(differ === 0 ? `the same on ${tellings.length} versions of Node` : `${differ} digests differ`)
process.exit(differ === 0 ? 0 : 1)
