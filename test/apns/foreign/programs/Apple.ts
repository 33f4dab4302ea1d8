import { readFileSync } from "node:fs"
import { join } from "node:path"
import { Instant } from "@sightscreen/decider"
import * as jose from "jose"
import { type Bench, until } from "./Check.ts"

/** The model Apple as anybody starts it, and what its leaflet says. */
export interface Apple {
  readonly origin: string
  readonly management: string
  readonly ca: string
  readonly bundleId: string
  readonly token: string
  /** The command lines that it prints. */
  readonly curls: ReadonlyArray<string>
  readonly certificate: string
  readonly certificateKey: string
  /** A bearer token that was made so many seconds ago. */
  readonly bearer: (secondsAgo: number) => Promise<string>
}

export const start = async (bench: Bench): Promise<Apple> => {
  const { said } = bench.start(process.execPath, [
    "apps/simulator/src/main.ts",
    "apple",
    "--port",
    "0",
    "--management-port",
    "0",
    "--strict",
    "--folder",
    join(bench.folder, "papers")
  ])
  const ready = await until(() => said().includes("Ctrl-C stops it."))
  bench.check("simulator apple starts", ready, said())
  const leaflet = said()
  const field = (name: string) => new RegExp(`^  ${name} +(\\S+)$`, "m").exec(leaflet)?.[1] ?? ""
  return {
    origin: /is at (https:\S+)$/m.exec(leaflet)?.[1] ?? "",
    management: field("channels"),
    ca: field("CA"),
    bundleId: field("bundle ID"),
    token: field("token"),
    curls: leaflet.split("\n").filter((line) => line.startsWith("curl ")),
    certificate: field("certificate"),
    certificateKey: field("and its key"),
    bearer: async (secondsAgo) => {
      const key = await jose.importPKCS8(readFileSync(field("key"), "utf8"), "ES256")
      const now = Instant.toSeconds(Instant.fromMillis(performance.timeOrigin + performance.now()))
      return new jose.SignJWT()
        .setProtectedHeader({ alg: "ES256", kid: field("key id") })
        .setIssuer(field("team id"))
        .setIssuedAt(now - secondsAgo)
        .sign(key)
    }
  }
}
