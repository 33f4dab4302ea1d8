import { spawn } from "node:child_process"
import { fileURLToPath } from "node:url"

export interface Script {
  readonly client: string
  readonly port: number
  /** Files. */
  readonly ca: string
  readonly key: string
  readonly keyId: string
  readonly teamId: string
  readonly bundleId: string
  readonly tokens: ReadonlyArray<string>
  readonly pauseMillis: number
}

/** Runs a client in a process of its own; gives what it was told of each push, `ok` or a reason. */
export const runForeign = (script: Script): Promise<ReadonlyArray<string>> =>
  new Promise((resolve, reject) => {
    const path = fileURLToPath(new URL("client.ts", import.meta.url))
    const child = spawn(process.execPath, [path, JSON.stringify(script)], {
      env: { ...process.env, NODE_EXTRA_CA_CERTS: script.ca, NODE_NO_WARNINGS: "1" },
      stdio: ["ignore", "pipe", "pipe"]
    })
    let out = ""
    let err = ""
    child.stdout.on("data", (bytes: Buffer) => (out += bytes.toString()))
    child.stderr.on("data", (bytes: Buffer) => (err += bytes.toString()))
    child.on("error", reject)
    child.on("close", () => {
      try {
        resolve(JSON.parse(out.trim().split("\n").at(-1)!) as ReadonlyArray<string>)
      } catch {
        reject(new Error(`${script.client} said: ${out}${err}`))
      }
    })
  })
