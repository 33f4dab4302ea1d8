import { enableCompileCache } from "node:module"

// Only modules that load after this call come from the cache, so the rest is imported from here.
enableCompileCache()
await import("./cli.ts")
