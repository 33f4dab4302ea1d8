import { randomBytes } from "node:crypto"
import * as fs from "node:fs"
import { Vault } from "@sightscreen/store"
import { Effect, Redacted, Result } from "effect"
import { CannotPlay } from "./CannotPlay.ts"

/** The demo's own secret for device tokens, made once and kept in a file that its owner alone can read. */
export const ofHome = (home: string): Effect.Effect<Vault.Vault, CannotPlay> =>
  Effect.suspend(() => {
    const file = `${home}/device-token-secrets`
    fs.mkdirSync(home, { recursive: true })
    if (!fs.existsSync(file))
      fs.writeFileSync(file, `demo:${randomBytes(32).toString("base64")}\n`, { mode: 0o600, flag: "wx" })
    return Result.match(Vault.fromSecrets(Redacted.make(fs.readFileSync(file, "utf8").trim())), {
      onSuccess: Effect.succeed,
      onFailure: ({ problem }) =>
        Effect.fail(new CannotPlay({ problem: `${file} cannot be used: ${problem}` }))
    })
  })
