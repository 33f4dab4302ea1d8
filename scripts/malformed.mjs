import { spawnSync } from "node:child_process"

// Sends the API many more malformed requests than the suite does: npm run malformed [-- count [seed]]
const [count = "10000", seed = "6"] = process.argv.slice(2)
const { status } = spawnSync(
  process.execPath,
  [
    "node_modules/vitest/vitest.mjs",
    "run",
    "--config",
    "test/vitest.config.ts",
    "test/api/malformed.test.ts"
  ],
  { stdio: "inherit", env: { ...process.env, MALFORMED: count, SEED: seed } }
)
process.exit(status ?? 1)
