/**
 * Completes package-lock.json after a change of dependencies: names the optional platform packages that the registry's
 * view left out, so that `npm ci` finds the lock complete on every platform.
 */
import fs from "node:fs"

const file = new URL("../package-lock.json", import.meta.url)
const lock = JSON.parse(fs.readFileSync(file, "utf8"))
for (const entry of Object.values(lock.packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const platform = name.match(/(win32|linux|darwin|android|freebsd|openharmony)-(\w+)/)
    if (platform && !lock.packages[`node_modules/${name}`]) {
      lock.packages[`node_modules/${name}`] = {
        version,
        cpu: [platform[2]],
        dev: true,
        optional: true,
        os: [platform[1]]
      }
    }
  }
}
fs.writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`)
