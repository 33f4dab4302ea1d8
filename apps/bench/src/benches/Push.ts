import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import { fileURLToPath } from "node:url"
import { SigningKey } from "@sightscreen/apns"
import { Effect, Redacted } from "effect"
import { type Bench, type Findings, type Options, type Row, Unmeasurable } from "../Bench.ts"
import { quantile } from "../Measure.ts"
import * as H2load from "../push/H2load.ts"
import { type Bodies, type Found, keyId, type Order, teamId } from "../push/Order.ts"
import { pacing, pinning, run, senderCore } from "../push/Process.ts"
import * as Sink from "../push/Sink.ts"

/**
 * What a push costs by our client and by others, against one and the same sink.
 *
 * Every client runs in a process of its own, warms up for as long as it is then measured, and sends to distinct tokens bodies
 * of some 600 bytes. Rounds go through all of them, so that a machine that is busy for a while is unfair to all alike, and
 * ratios are taken within a round.
 */
export const Push: Bench = {
  name: "push",
  description: "pushes a second and what they cost, by our client and by others",
  usual: { rounds: 3, millis: 2000 },
  run: (options) =>
    Effect.scoped(
      Effect.gen(function* () {
        const folder = yield* Effect.acquireRelease(
          Effect.sync(() => mkdtempSync(join(tmpdir(), "bench-push-"))),
          (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
        )
        const signing = yield* Effect.mapError(
          SigningKey.make({ keyId, teamId }),
          () => new Unmeasurable({ subject: "push", problem: "no key could be made" })
        )
        const key = join(folder, `AuthKey_${keyId}.p8`)
        writeFileSync(key, Redacted.value(signing.credentials.privateKey), { mode: 0o600 })
        const sink = yield* Sink.open(options.push, folder)
        const chosen = yield* choose(options)
        const found = new Map<string, Array<Found>>(chosen.map(({ name }) => [name, []]))
        const first = options.push.cold === null ? 0 : -1
        for (let round = first; round < options.rounds; round++) {
          for (const entry of chosen) {
            const one = yield* Effect.try({
              try: () => measure(entry, sink, folder, key, options, found),
              catch: (cause) => new Unmeasurable({ subject: entry.name, problem: lastLine(cause) })
            })
            if (round >= 0) found.get(entry.name)!.push(one)
          }
        }
        return report(sink, found, options)
      })
    )
}

interface Entry {
  readonly name: string
  readonly client: string
  readonly bodies: Bodies
  /** So many connections, each with as much under way, where answers take their time; not measured elsewhere. */
  readonly connections?: number
}

const entries: ReadonlyArray<Entry> = [
  { name: "sendMany", client: "sendMany", bodies: "shared" },
  { name: "send", client: "send", bodies: "shared" },
  { name: "h2load", client: "h2load", bodies: "shared" },
  { name: "node:http2", client: "node:http2", bodies: "shared" },
  { name: "node-apn", client: "node-apn", bodies: "shared" },
  { name: "apns2", client: "apns2", bodies: "shared" },
  { name: "hapns", client: "hapns", bodies: "shared" },
  { name: "sendMany 4 connections", client: "sendMany", bodies: "shared", connections: 4 },
  { name: "sendMany distinct", client: "sendMany", bodies: "distinct" },
  { name: "sendMany moulded", client: "sendMany", bodies: "moulded" },
  { name: "send distinct", client: "send", bodies: "distinct" },
  { name: "node:http2 distinct", client: "node:http2", bodies: "distinct" },
  { name: "node-apn distinct", client: "node-apn", bodies: "distinct" }
]

const choose = ({ push }: Options): Effect.Effect<ReadonlyArray<Entry>, Unmeasurable> => {
  const stranger = push.only?.find((name) => !entries.some((entry) => entry.name === name))
  if (stranger !== undefined) {
    const known = entries.map(({ name }) => name).join(", ")
    return Effect.fail(new Unmeasurable({ subject: stranger, problem: `no such row; there are ${known}` }))
  }
  const warm = push.cold === null && push.rate === null
  return Effect.succeed(
    entries.filter(
      ({ client, connections, name }) =>
        (push.only === null || push.only.includes(name)) &&
        (client !== "h2load" || (H2load.isThere && warm)) &&
        (connections === undefined || push.delay !== null)
    )
  )
}

const sender = fileURLToPath(new URL("../push/sender.ts", import.meta.url))

const measure = (
  { bodies, client, connections }: Entry,
  sink: Sink.Sink,
  folder: string,
  key: string,
  options: Options,
  found: ReadonlyMap<string, ReadonlyArray<Found>>
): Found => {
  const { push } = options
  // As many as ours have sent, so that it does not go by its start alone.
  if (client === "h2load") {
    const howMany = found.get("sendMany")?.at(-1)?.pushes ?? 200_000
    return H2load.measure(folder, sink.origin, push.underWay, howMany)
  }
  const ca = resolve(sink.ca)
  const order: Order = {
    client,
    origin: sink.origin,
    ca,
    key,
    bodies,
    underWay: push.underWay * (connections ?? 1),
    connections: connections ?? push.connections,
    warmMillis: options.millis,
    millis: options.millis,
    pushes: push.pushes,
    rate: push.rate,
    cold: push.cold
  }
  const command = [process.execPath, "--expose-gc", sender, JSON.stringify(order)]
  const text = run(senderCore, command, {
    NODE_EXTRA_CA_CERTS: ca,
    NODE_NO_WARNINGS: "1",
    // As a program that starts often is run. What is left of its first start is there for the ones that count.
    ...(push.cold !== null && { NODE_COMPILE_CACHE: join(folder, "compiled") })
  })
  return JSON.parse(text.trim().split("\n").at(-1)!) as Found
}

const median = (found: ReadonlyArray<Found>, of: (found: Found) => number): number =>
  quantile(found.map(of), 0.5)
const rateOf = ({ pushes, seconds }: Found): number => pushes / seconds
const cpuOf = ({ cpuSeconds, pushes }: Found): number => (10_000 * cpuSeconds) / pushes

const report = (
  sink: Sink.Sink,
  all: ReadonlyMap<string, ReadonlyArray<Found>>,
  { push, rounds }: Options
): Findings => {
  const measured = [...all].filter(([, found]) => found.length > 0)
  const rows = measured.map(([name, found]): Row => {
    const timed = name !== "h2load"
    const failures = found.reduce((sum, { accepted, pushes }) => sum + pushes - accepted, 0)
    return {
      name,
      perSecond: median(found, rateOf),
      cpuSecondsPer10k: median(found, cpuOf),
      peakRssMiB: timed ? median(found, ({ peakRssMiB }) => peakRssMiB) : null,
      ...(timed && {
        growthMiB: median(found, ({ growthMiB }) => growthMiB),
        lateGrowthMiB: median(found, ({ lateGrowthMiB }) => lateGrowthMiB)
      }),
      p50Millis: timed ? median(found, ({ p50Millis }) => p50Millis) : null,
      p99Millis: timed ? median(found, ({ p99Millis }) => p99Millis) : null,
      note: `${failures === 0 ? "all accepted" : `${failures} not accepted`}, ${least(found, rateOf)} to ${most(found, rateOf)} a second`
    }
  })
  const pushed =
    push.rate === null
      ? push.cold === null
        ? "as fast as they go"
        : `${push.cold} from a cold start, with Node's compile cache filled`
      : `${push.rate} a second`
  const delayed = push.delay === null ? "" : `, answers after ${push.delay} ms`
  return {
    subject: `${pushed}${delayed}, ${push.underWay} under way, ${rounds} rounds; ${pinning}; to ${sink.what}${pacing}`,
    rows,
    ratios: { ...ratiosOf(new Map(measured)), ...sharesOf(new Map(measured), push) }
  }
}

const least = (found: ReadonlyArray<Found>, of: (found: Found) => number) =>
  Math.round(Math.min(...found.map(of)))
const most = (found: ReadonlyArray<Found>, of: (found: Found) => number) =>
  Math.round(Math.max(...found.map(of)))

const npmPeers = ["node-apn", "apns2", "hapns"]

const ratiosOf = (all: ReadonlyMap<string, ReadonlyArray<Found>>): Readonly<Record<string, number>> => {
  const ratios: Record<string, number> = {}
  const compare = (one: string, other: string, as: string = other) => {
    const a = all.get(one)
    const b = all.get(other)
    if (a === undefined || b === undefined) return
    const within = (of: (found: Found) => number) =>
      quantile(
        a.map((found, round) => of(found) / of(b[round]!)),
        0.5
      )
    ratios[`${one}/${as}`] = within(rateOf)
    ratios[`cpu ${one}/${as}`] = within(cpuOf)
  }
  const fastest = npmPeers
    .flatMap((name) => {
      const found = all.get(name)
      return found === undefined ? [] : [{ name, rate: median(found, rateOf) }]
    })
    .toSorted((a, b) => b.rate - a.rate)[0]
  for (const ours of ["sendMany", "send"]) {
    for (const peer of ["h2load", "node:http2", "node-apn"]) compare(ours, peer)
    if (fastest !== undefined) compare(ours, fastest.name, "fastestNpmPeer")
    for (const peer of ["node:http2 distinct", "node-apn distinct"]) compare(`${ours} distinct`, peer)
  }
  compare("sendMany moulded", "sendMany")
  compare("sendMany 4 connections", "sendMany")
  return ratios
}

/** Where answers take their time: how much is made of what streams allow, and what more connections bring. */
const sharesOf = (
  all: ReadonlyMap<string, ReadonlyArray<Found>>,
  { delay, underWay }: Options["push"]
): Readonly<Record<string, number>> => {
  if (delay === null) return {}
  const shares: Record<string, number> = {}
  for (const name of ["sendMany", "send", "h2load", "node:http2", "node-apn"]) {
    const found = all.get(name)
    if (found !== undefined)
      shares[`${name}/streams over delay`] = (median(found, rateOf) * delay) / 1000 / underWay
  }
  return shares
}

const lastLine = (cause: unknown): string => {
  const text = cause instanceof Error ? cause.message : String(cause)
  return text.trim().split("\n").slice(0, 3).join(" ").slice(0, 600)
}
