import { enableCompileCache } from "node:module"

// Whoever reads the output may stop reading (`| head`): nothing is wrong then, and nobody is left to tell.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(0)
    process.exitCode = 1
    if (stream !== process.stderr) console.error(`the output cannot be written: ${error.message}`)
  })
}

// Only modules that load after this call come from the cache, so the rest is imported from here.
enableCompileCache()
await import("./cli.ts")
