import { Result } from "effect"
import { registerHooks } from "node:module"
import { pathToFileURL } from "node:url"
import { find, plant } from "./index.ts"
import { variable } from "./variable.ts"

/**
 * Loaded before everything else into a process that is to have a bug: one file of ours reads differently to it than it stands
 * on the disk.
 */
const root = pathToFileURL(`${import.meta.dirname}/../../../../`)
const mutant = find(process.env[variable] ?? "")
if (mutant !== undefined) {
  const target = new URL(mutant.file, root).href
  registerHooks({
    load: (url, context, next) => {
      const loaded = next(url, context)
      if (url !== target) return loaded
      const source = plant(mutant, Buffer.from(loaded.source as Uint8Array).toString("utf8"))
      if (Result.isFailure(source)) throw new Error(source.failure)
      return { ...loaded, source: source.success }
    }
  })
}
