import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { isInstalled, run, senderCore } from "./Process.ts"
import { type Found, payload, tokens, topic } from "./Order.ts"

/**
 * nghttp2's load generator, written in C: a client that does nothing with an answer but count it.
 *
 * It reads its list of paths before it starts; what that costs is taken off, by a run with a single push.
 */
export const isThere = isInstalled("h2load")

export const measure = (folder: string, origin: string, underWay: number, howMany: number): Found => {
  const paths = join(folder, "paths.txt")
  const body = join(folder, "body.json")
  writeFileSync(
    paths,
    tokens(howMany)
      .map((token) => `${origin}/3/device/${token}\n`)
      .join("")
  )
  writeFileSync(body, JSON.stringify(payload(0)))
  const shot = (pushes: number) => {
    const fields = {
      authorization: `bearer ${"0123456789abcdef".repeat(12)}`,
      "apns-topic": topic,
      "apns-push-type": "liveactivity",
      "apns-priority": "10",
      "apns-expiration": "0"
    }
    const flags = { n: pushes, c: 1, m: underWay, t: 1, i: paths, d: body }
    const command = [
      "h2load",
      ...Object.entries(flags).flatMap(([name, value]) => [`-${name}`, String(value)]),
      ...Object.entries(fields).flatMap(([name, value]) => ["-H", `${name}: ${value}`])
    ]
    const script = `TIMEFORMAT='cpu %U %S'; time ${command.map((word) => `'${word}'`).join(" ")}`
    return run(senderCore, ["bash", "-c", `exec 2>&1; ${script}`])
  }
  const cpuOf = (text: string) => {
    const [, user = "0", system = "0"] = /cpu ([\d.]+) ([\d.]+)/.exec(text) ?? []
    return Number(user) + Number(system)
  }
  const idle = cpuOf(shot(1))
  const text = shot(howMany)
  const [, perSecond = "0"] = /([\d.]+) req\/s/.exec(text) ?? []
  const [, succeeded = "0"] = /(\d+) succeeded/.exec(text) ?? []
  return {
    pushes: howMany,
    accepted: Number(succeeded),
    seconds: howMany / Number(perSecond),
    cpuSeconds: Math.max(0, cpuOf(text) - idle),
    growthMiB: 0,
    lateGrowthMiB: 0,
    peakRssMiB: 0,
    p50Millis: 0,
    p99Millis: 0
  }
}
