import * as fs from "node:fs"
import * as net from "node:net"
import * as os from "node:os"
import { join } from "node:path"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Authority, type ModelChannels, type Gate, Server, SigningKey } from "@sightscreen/apns"
import { Instant } from "@sightscreen/decider"
import { Clock, ConfigProvider, Console, Duration, Effect, Redacted, Scope } from "effect"
import * as Command from "effect/cli/Command"
import { doctor } from "../../apps/server/src/doctor/Doctor.ts"
import { push } from "../../apps/server/src/push/Push.ts"

/** The two commands as a person at a shell has them, and a model Apple to try them on. */

/** Null until a file is asked for. Several test files, one after another, may share this module. */
let folder: string | null = null
export const cleanUp = () => {
  if (folder !== null) fs.rmSync(folder, { recursive: true })
  folder = null
}

let files = 0
export const file = (text: string, name = "file", mode = 0o600): string => {
  folder ??= fs.mkdtempSync(join(os.tmpdir(), "operator-"))
  const path = join(folder, `${++files}-${name}`)
  fs.writeFileSync(path, text, { mode })
  return path
}

export interface Said {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** A clock that is wrong by so much. */
const askew = (by: Duration.Input): Clock.Clock => {
  const real = Clock.Clock.defaultValue()
  const millis = Duration.toMillis(by)
  const now = () => real.currentTimeMillisUnsafe() + millis
  const nanos = () => BigInt(now()) * 1_000_000n
  return {
    sleep: (time) => real.sleep(time),
    currentTimeMillisUnsafe: now,
    currentTimeMillis: Effect.sync(now),
    currentTimeNanosUnsafe: nanos,
    currentTimeNanos: Effect.sync(nanos),
    monotonicTimeNanosUnsafe: () => real.monotonicTimeNanosUnsafe(),
    monotonicTimeNanos: real.monotonicTimeNanos
  }
}

const quiet = (lines: Array<string>, errors: Array<string>): Console.Console => ({
  ...globalThis.console,
  log: (...parts) => void lines.push(parts.join(" ")),
  error: (...parts) => void errors.push(parts.join(" "))
})

/** Calls `push` or `doctor` with arguments, an environment of its own, and a clock that may be wrong. */
export const call = (
  name: "push" | "doctor",
  args: ReadonlyArray<string>,
  env: Readonly<Record<string, string>> = {},
  clock: Duration.Input = 0
): Effect.Effect<Said> =>
  Effect.gen(function* () {
    const out: Array<string> = []
    const err: Array<string> = []
    process.exitCode = undefined
    const run =
      name === "push"
        ? Command.runWith(push, { version: "0" })([...args])
        : Command.runWith(doctor, { version: "0" })([...args])
    const exit = yield* run.pipe(
      Effect.provide(NodeServices.layer),
      Effect.provideService(Console.Console, quiet(out, err)),
      Effect.provideService(Clock.Clock, askew(clock)),
      Effect.provideService(ConfigProvider.ConfigProvider, ConfigProvider.fromEnv({ env: { ...env } })),
      Effect.exit
    )
    const code = exit._tag === "Success" ? Number(process.exitCode ?? 0) : 2
    process.exitCode = undefined
    return { code, out: out.join("\n"), err: err.join("\n") }
  })

export const bundleId = "uk.example.cricket"
export const token = "0123456789abcdef".repeat(10)

const authority = Effect.runSync(Effect.cached(Authority.make))
export const signingKey = Effect.runSync(Effect.cached(SigningKey.make()))

export interface World {
  readonly server: Server.Server
  readonly accepted: ReadonlyArray<Gate.Accepted>
  readonly published: ReadonlyArray<ModelChannels.Published>
  /** Where it is. */
  readonly host: ReadonlyArray<string>
  readonly management: ReadonlyArray<string>
  readonly caFile: string
  readonly keyFile: string
  /** What signs with a key that it knows. */
  readonly env: Readonly<Record<string, string>>
  /** The key's own letters, which must be nowhere. */
  readonly secret: string
}

/** A sandbox that knows one key, and takes any well-formed token. */
export const world = Effect.fnUntraced(function* (
  more: Partial<Server.Options> = {},
  key: Partial<Server.Key> = {}
): Effect.fn.Return<World, never, Scope.Scope> {
  const { credentials, publicKey } = yield* Effect.orDie(signingKey)
  const issuer = yield* Effect.orDie(authority)
  const accepted: Array<Gate.Accepted> = []
  const published: Array<ModelChannels.Published> = []
  const server = yield* Server.make({
    authority: issuer,
    keys: [{ keyId: credentials.keyId, teamId: credentials.teamId, publicKey, ...key }],
    now: () => Instant.fromMillis(Clock.Clock.defaultValue().currentTimeMillisUnsafe()),
    onAccepted: (push) => accepted.push(push),
    onPublished: (publish) => published.push(publish),
    managementPort: 0,
    ...more,
    rules: { environment: "sandbox", strangers: "welcome", ...more.rules }
  }).pipe(Effect.orDie)
  const pem = Redacted.value(credentials.privateKey)
  const caFile = file(issuer.ca, "ca.pem")
  const keyFile = file(pem, `AuthKey_${credentials.keyId}.p8`)
  return {
    server,
    accepted,
    published,
    host: ["--host", server.origin, "--ca", caFile],
    management: ["--host", server.management!.origin, "--ca", caFile],
    caFile,
    keyFile,
    env: {
      APNS_PRIVATE_KEY: keyFile,
      APNS_KEY_ID: credentials.keyId,
      APNS_TEAM_ID: credentials.teamId,
      APNS_BUNDLE_ID: bundleId,
      APNS_ENV: "sandbox"
    },
    secret: pem.replaceAll(/-----[^-]+-----|\s/g, "").slice(20, 60)
  }
})

/** A port that takes connections and never says a word. */
export const blackHole = Effect.acquireRelease(
  Effect.callback<{ readonly port: number; readonly close: () => void }>((resume) => {
    const sockets = new Set<net.Socket>()
    const server = net.createServer((socket) => {
      sockets.add(socket)
      socket.on("error", () => {})
    })
    server.listen(0, "127.0.0.1", () =>
      resume(
        Effect.succeed({
          port: (server.address() as net.AddressInfo).port,
          close: () => {
            for (const socket of sockets) socket.destroy()
            server.close()
          }
        })
      )
    )
  }),
  ({ close }) => Effect.sync(close)
).pipe(Effect.map(({ port }) => port))
