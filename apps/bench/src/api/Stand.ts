import { type ChildProcess, spawn } from "node:child_process"
import { generateKeyPairSync, randomBytes, sign } from "node:crypto"
import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { createServer, type Server as HttpServer } from "node:http"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { Server as Provider, Bundled, Cursor, Replay, Tape, Timeline, Twin } from "@sightscreen/feed"
import { Instant } from "@sightscreen/decider"
import { EmbeddedPostgres, Vault } from "@sightscreen/store"
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import { Clock, Effect, Layer, Redacted, Result } from "effect"
import { HttpRouter, HttpServer as Listening } from "effect/http"
import { Unmeasurable } from "../Bench.ts"
import type { Sink } from "../push/Sink.ts"

/**
 * The server as it is run, with what it needs around it: a PostgreSQL of its own that makes every commit durable, a provider
 * with one match that is about to begin, an issuer of people's tokens, and a sink for its pushes.
 */
export interface Stand {
  readonly port: number
  readonly pid: number
  readonly database: EmbeddedPostgres.Server
  /** How device tokens are sealed there. */
  readonly vault: Vault.Vault
  readonly matchId: string
  /** A person's bearer token. */
  readonly bearer: (userId: string) => string
  /** The first ball is bowled. */
  readonly begin: Effect.Effect<void>
}

const issuer = "http://127.0.0.1:1/issuer"
const audience = "bench"
export const bundleId = "com.example.cricket"
const main = fileURLToPath(new URL("../../../server/src/main.ts", import.meta.url))

const base64url = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url")

/** An issuer whose tokens are signed by ES256. */
const issue = () => {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" })
  const keys = { keys: [{ ...publicKey.export({ format: "jwk" }), kid: "bench", alg: "ES256", use: "sig" }] }
  const head = base64url({ alg: "ES256", kid: "bench", typ: "JWT" })
  const bearer = (at: number) => (sub: string) => {
    const text = `${head}.${base64url({ sub, iss: issuer, aud: audience, iat: at, exp: at + 86_400 })}`
    const signature = sign("sha256", Buffer.from(text), { key: privateKey, dsaEncoding: "ieee-p1363" })
    return `${text}.${signature.toString("base64url")}`
  }
  return { keys: JSON.stringify(keys), bearer }
}

const listen = (server: HttpServer) =>
  Effect.acquireRelease(
    Effect.callback<number>((resume) => {
      server.listen(0, "127.0.0.1", () => {
        const address = server.address()
        resume(Effect.succeed(typeof address === "object" ? (address?.port ?? 0) : 0))
      })
    }),
    () =>
      Effect.sync(() => {
        server.closeAllConnections()
        server.close()
      })
  )

const recording = Effect.sync(() =>
  Result.getOrThrow(Tape.decode(readFileSync(fileURLToPath(Bundled.find("final")!.url))))
)

/** A provider with one match, whose first ball lies two hours ahead until it is told to begin. */
const provider = Effect.gen(function* () {
  const tape = yield* recording
  const twin = new Twin.Twin()
  const now = Effect.map(Clock.currentTimeMillis, Instant.fromMillis)
  const fixtureId = Provider.fixtureIdOf(Timeline.make(tape).info.matchId)
  const show = (startsAt: number) => {
    const timeline = Timeline.make(tape, { startsAt: Instant.fromMillis(startsAt) })
    twin.put(
      Replay.make({
        recording: tape,
        tapeId: "final",
        timeline,
        cursor: Cursor.play(Instant.fromMillis(0), Instant.fromMillis(0), 1)
      })
    )
  }
  const first = yield* now
  show(first + 7_200_000)
  const token = randomBytes(18).toString("base64url")
  const routes = Provider.routes({ twin, now, token: Redacted.make(token), limit: 1_000_000 })
  const context = yield* Layer.build(
    HttpRouter.serve(routes, { disableLogger: true, disableListenLog: true }).pipe(
      Layer.provideMerge(NodeHttpServer.layer(createServer, { port: 0, host: "127.0.0.1" }))
    )
  )
  const { address } = yield* Effect.provideContext(Listening.HttpServer, context)
  const port = "port" in address ? address.port : 0
  return {
    fixtureId,
    token,
    url: `http://127.0.0.1:${port}${Provider.base}`,
    begin: Effect.map(now, (at) => show(at - 1000))
  }
})

const stopped = (child: ChildProcess) =>
  Effect.callback<void>((resume) => {
    if (child.exitCode !== null || child.signalCode !== null) return resume(Effect.void)
    child.once("exit", () => resume(Effect.void))
    child.kill("SIGTERM")
  }).pipe(Effect.timeoutOption("15 seconds"), Effect.andThen(Effect.sync(() => void child.kill("SIGKILL"))))

export const open = Effect.fnUntraced(function* (folder: string, sink: Sink) {
  const broken = (problem: string) => new Unmeasurable({ subject: "api", problem })
  const home = join(folder, "home")
  mkdirSync(home, { recursive: true })
  const database = yield* Effect.mapError(EmbeddedPostgres.start(join(home, "postgres")), ({ message }) =>
    broken(message)
  )
  const { bearer, keys } = issue()
  const jwks = yield* listen(
    createServer((_, response) => response.setHeader("content-type", "application/json").end(keys))
  )
  const { begin, fixtureId, token, url } = yield* Effect.mapError(provider, ({ message }) => broken(message))
  const keyFile = join(folder, "AuthKey_BENCHKEY01.p8")
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" })
  writeFileSync(keyFile, privateKey.export({ type: "pkcs8", format: "pem" }), { mode: 0o600 })
  const secrets = `one:${randomBytes(32).toString("base64")}`
  const said = { out: "", err: "" }
  const child = yield* Effect.acquireRelease(
    Effect.sync(() => {
      const { HOME = "/", PATH = "" } = process.env
      return spawn(process.execPath, [main], {
        env: {
          HOME,
          PATH,
          PORT: "0",
          SIGHTSCREEN_HOME: home,
          SPORTMONKS_API_TOKEN: token,
          SPORTMONKS_BASE_URL: url,
          SPORTMONKS_CALLS_PER_HOUR: "1000000",
          APNS_PRIVATE_KEY: keyFile,
          APNS_KEY_ID: "BENCHKEY01",
          APNS_TEAM_ID: "BENCHTEAM1",
          APNS_BUNDLE_ID: bundleId,
          APNS_HOST: sink.origin,
          APNS_CA: sink.ca,
          APNS_CHANNELS: "off",
          OIDC_ISSUER: issuer,
          OIDC_AUDIENCE: audience,
          OIDC_JWKS_URL: `http://127.0.0.1:${jwks}/keys`,
          DEVICE_TOKEN_SECRETS: secrets,
          LOG_LEVEL: "warn",
          LOG_REQUESTS: "off"
        },
        stdio: ["ignore", "pipe", "pipe"]
      })
    }),
    stopped
  )
  child.stdout.setEncoding("utf8").on("data", (text: string) => (said.out += text))
  child.stderr
    .setEncoding("utf8")
    .on("data", (text: string) => (said.err = `${said.err}${text}`.slice(-4000)))
  const ask = (path: string) =>
    Effect.promise(() =>
      fetch(`http://127.0.0.1:${port()}${path}`)
        .then((answer) => answer.ok)
        .catch(() => false)
    )
  const port = () => Number(/listens on \S+:(\d+)/.exec(said.out)?.[1] ?? 0)
  for (let tries = 0; ; tries++) {
    if (child.exitCode !== null || tries > 600) return yield* broken(`the server does not start: ${said.err}`)
    if (port() > 0 && (yield* ask("/health/ready"))) break
    yield* Effect.sleep("100 millis")
  }
  const matchId = String(fixtureId)
  const at = Math.floor((yield* Clock.currentTimeMillis) / 1000)
  const stand: Stand = {
    port: port(),
    pid: child.pid!,
    database,
    vault: Result.getOrThrow(Vault.fromSecrets(Redacted.make(secrets))),
    matchId,
    bearer: bearer(at),
    begin
  }
  // It knows the match once it has read the provider's list.
  const known = () =>
    fetch(`http://127.0.0.1:${stand.port}/v1/matches/${matchId}`, {
      headers: { authorization: `Bearer ${stand.bearer("looker")}` }
    }).then(({ status }) => status)
  for (let tries = 0; (yield* Effect.promise(known)) !== 200; tries++) {
    if (tries > 300) return yield* broken(`the server does not learn of its match: ${said.err}`)
    yield* Effect.sleep("200 millis")
  }
  return stand
})
