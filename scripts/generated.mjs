import { spawnSync } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

// Has another generator make a client from the API's description, and takes it through a match: npm run generated.
// The generator is installed in a folder of its own, and is no part of the project.
const folder = mkdtempSync(join(tmpdir(), "sightscreen-generated-"))
process.on("exit", () => rmSync(folder, { recursive: true, force: true }))
const packages = ["openapi-typescript@7.13.0", "openapi-fetch@0.17.0", "typescript@5.9.3"]

const installed = spawnSync(
  "npm",
  ["install", "--prefix", folder, "--no-audit", "--no-fund", "--no-package-lock", ...packages],
  { stdio: ["ignore", "ignore", "inherit"] }
)
if (installed.status !== 0) {
  console.error("generated: the generator cannot be installed here; nothing was checked")
  process.exit(77)
}
const { status } = spawnSync(
  process.execPath,
  [
    "node_modules/vitest/vitest.mjs",
    "run",
    "--config",
    "test/vitest.config.ts",
    "test/api/generated.test.ts"
  ],
  { stdio: "inherit", env: { ...process.env, GENERATED_CLIENT: folder } }
)
process.exit(status ?? 1)
