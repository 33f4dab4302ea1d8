import * as fs from "node:fs"
import { resolve } from "node:path"
import { Hosts, type Notification, Tls } from "@sightscreen/apns"
import type { ActiveMatch, Cadence } from "@sightscreen/domain"
import { ApiSettings, Engine, Paces } from "@sightscreen/engine"
import { SportMonksMarquee } from "@sightscreen/feed"
import { ConfigProvider, Duration, Effect, Layer, Option, Redacted, Result } from "effect"
import { HttpServer } from "effect/http"
import * as AccessLayer from "./access/Access.ts"
import { oidc } from "./access/Settings.ts"
import { oneLine } from "./doctor/oneLine.ts"
import { Vault } from "@sightscreen/store"
import * as Live from "./Live.ts"
import * as Traces from "./operations/Traces.ts"
import * as PidFile from "./PidFile.ts"
import * as Replaying from "./Replaying.ts"
import * as Account from "./push/Account.ts"
import { BadSetting, defaults } from "./Settings.ts"
import * as Sealing from "./access/Sealing.ts"
import { Access } from "./settings/Access.ts"
import { Api } from "./settings/Api.ts"
import { Apple } from "./settings/Apple.ts"
import { catalogue } from "./settings/Catalogue.ts"
import { Demo } from "./settings/Demo.ts"
import * as Environment from "./settings/Environment.ts"
import { Logs, Watching } from "./settings/Observability.ts"
import { Server, Telling } from "./settings/Server.ts"
import * as Setting from "./settings/Setting.ts"
import { SportMonks } from "./settings/SportMonks.ts"
import { Webhooks } from "./settings/Webhooks.ts"
import * as Sender from "./webhooks/Sender.ts"

/**
 * The server for real: scores from SportMonks, pushes to Apple, people by their issuer's tokens, all of it as the environment
 * says. What is weak, or does not fit together, is told before anything is begun.
 */

const sections = {
  server: Server,
  sportmonks: SportMonks,
  apple: Apple,
  access: Access,
  api: Api,
  telling: Telling,
  logs: Logs,
  watching: Watching,
  webhooks: Webhooks
} as const

type Values = { readonly [Key in keyof typeof sections]: Setting.Values<(typeof sections)[Key]> }

/** Whether somebody wants a server, and not the demo. */
export const isWanted = Effect.map(Environment.look(catalogue), ({ given }) =>
  [...given.keys()].some((name) => /^(?:SPORTMONKS|APNS)_/.test(name))
)

const isLoopback = ({ hostname }: URL): boolean => /^(?:127\.\d+\.\d+\.\d+|localhost|\[::1\])$/.test(hostname)

/** What fits together on paper only. Each is a line that says what to do. */
const contradictions = (
  { api, apple, sportmonks, webhooks }: Values,
  given: Setting.Given
): ReadonlyArray<Setting.Problem> => {
  const problems: Array<Setting.Problem> = []
  const wrong = (name: string, problem: string) => void problems.push({ name, problem })
  for (const { name } of Object.values(Demo.settings))
    if (given.has(name))
      wrong(name, "only the demo has it, and SPORTMONKS_ and APNS_ settings ask for a server")
  for (const [name, value] of [
    ["APNS_PRIVATE_KEY", apple.privateKey],
    ["APNS_TEAM_ID", apple.teamId],
    ["APNS_BUNDLE_ID", apple.bundleId]
  ] as const)
    if (value === null) wrong(name, "is not set; without it nobody is pushed to")
  if (api.deviceTokenSecrets === null)
    wrong("DEVICE_TOKEN_SECRETS", "is not set; device tokens would lie open in the database")
  const vault = Sealing.vault(api.deviceTokenSecrets)
  if (Result.isFailure(vault)) problems.push(...vault.failure)
  if (sportmonks.baseUrl.protocol === "http:" && !isLoopback(sportmonks.baseUrl))
    wrong("SPORTMONKS_BASE_URL", "the token would go over an open line; use https")
  if (sportmonks.marqueePollMillis > sportmonks.pollMillis)
    wrong(
      "SPORTMONKS_MARQUEE_POLL_MS",
      "is longer than SPORTMONKS_POLL_MS; marquee matches are read more often than others"
    )
  if (apple.host === null && apple.ca !== null)
    wrong("APNS_CA", "is for another host than Apple's; set APNS_HOST as well")
  if (apple.host === null && apple.managementHost !== null)
    wrong(
      "APNS_MANAGEMENT_HOST",
      "channels would be Apple's and pushes not, or the other way round; set APNS_HOST as well"
    )
  if (apple.host !== null && apple.managementHost === null && apple.channels)
    wrong(
      "APNS_CHANNELS",
      "is on, and APNS_HOST is not Apple's: set APNS_MANAGEMENT_HOST, or switch channels off"
    )
  if (webhooks.near && apple.host === null)
    wrong("WEBHOOKS_ALLOW_LOOPBACK", "is for trying things out, and not for a server that pushes to Apple")
  return problems
}

/** Certificates that nobody looks at protect nothing. */
const openLines = Effect.map(ConfigProvider.ConfigProvider, () =>
  process.env["NODE_TLS_REJECT_UNAUTHORIZED"] === "0"
    ? [{ name: "NODE_TLS_REJECT_UNAUTHORIZED", problem: "certificates would not be checked; unset it" }]
    : []
)

/** All that the environment says, or everything that is wrong with it. */
export const read = Effect.gen(function* () {
  const looked = yield* Environment.look(catalogue)
  const decoded = Setting.decode(sections, looked.given)
  for (const { name, problem } of looked.remarks) yield* Effect.logWarning(`${name}: ${problem}`)
  const problems = [
    ...looked.problems,
    ...(yield* openLines),
    ...(Result.isFailure(decoded) ? decoded.failure : contradictions(decoded.success, looked.given))
  ]
  if (problems.length > 0 || Result.isFailure(decoded))
    return yield* new Environment.BadSettings({ problems })
  return decoded.success
})

/** The key is read, and found to be one, before anything is begun. */
const credentials = ({ bundleId, environment, keyId, privateKey, teamId }: Values["apple"]) => {
  const said = (from: string, value: string | null) => (value === null ? undefined : { from, value })
  const given: Account.Given = {
    bundle: said("APNS_BUNDLE_ID", bundleId),
    environment: { from: "APNS_ENV", value: environment },
    keyId: said("APNS_KEY_ID", keyId),
    teamId: said("APNS_TEAM_ID", teamId),
    host: undefined,
    ca: undefined,
    timeout: { from: "", value: "10s" },
    key: privateKey === null ? undefined : { from: "APNS_PRIVATE_KEY", value: privateKey }
  }
  return Effect.all({ signing: Account.credentialsOf(given), bundle: Account.bundleOf(given) })
}

const issuer = Effect.flatMap(
  oidc,
  Option.match({
    onNone: () =>
      Effect.fail(new BadSetting({ name: "OIDC_ISSUER", problem: "is not set; nobody could sign in" })),
    onSome: (found) => Effect.succeed(found)
  })
)

const pem = (file: string | null): Effect.Effect<string, BadSetting> =>
  file === null
    ? Effect.succeed("")
    : Effect.try({
        try: () => fs.readFileSync(file, "utf8"),
        catch: (why) => new BadSetting({ name: "APNS_CA", problem: oneLine(why) })
      })

/** Serves until it is asked to stop. */
export const run = (say: (line: string) => void) =>
  Effect.gen(function* () {
    const settings = yield* read
    const { apple, server, sportmonks, telling, watching, webhooks } = settings
    const { bundle, signing } = yield* credentials(apple)
    const access = yield* issuer
    const vault = Result.getOrElse(Sealing.vault(settings.api.deviceTokenSecrets), () => null) ?? Vault.plain
    const ca = yield* pem(apple.ca)
    const home = resolve(server.home)
    fs.mkdirSync(home, { recursive: true })
    const store = yield* Layer.build(Live.store(home, Option.fromNullOr(server.databaseUrl), vault)).pipe(
      Effect.mapError((error) =>
        server.databaseUrl === null || error._tag === "EmbeddedPostgresFailed"
          ? error
          : new BadSetting({
              name: "DATABASE_URL",
              problem: `the database cannot be used: ${oneLine(error, Redacted.value(server.databaseUrl))}`
            })
      )
    )
    const manner: ActiveMatch.Manner = telling
    const management = apple.managementHost?.origin ?? Hosts.management[apple.environment]
    const paces: Cadence.Paces = {
      live: Duration.millis(sportmonks.pollMillis),
      marquee: Duration.millis(sportmonks.marqueePollMillis)
    }
    const scores = Live.sportmonks(
      {
        baseUrl: sportmonks.baseUrl.href.replace(/\/$/, ""),
        token: sportmonks.token,
        timeout: Duration.millis(sportmonks.timeoutMillis),
        marquee: SportMonksMarquee.parse(sportmonks.marquee),
        paces: { marquee: paces.marquee, usual: paces.live },
        ...(sportmonks.limit !== null && { limit: sportmonks.limit })
      },
      Live.ownerOf(sportmonks.token)
    )
    const layers = Layer.mergeAll(
      Live.http({
        port: server.port ?? defaults.port,
        host: server.host,
        metricsKey: watching.metricsKey,
        logRequests: settings.logs.requests ?? true
      }),
      Engine.runWatched(Duration.millis(server.drainMillis))
    ).pipe(
      Layer.provide(AccessLayer.layer(access)),
      Layer.provide(
        Layer.succeed(ApiSettings.ApiSettings, { ...settings.api, allowances: ApiSettings.allowances })
      ),
      Layer.provideMerge(Layer.provide(Live.engine, Layer.succeed(Paces.Paces, paces))),
      Layer.provideMerge(
        Sender.layer({ near: webhooks.near, patience: Duration.millis(webhooks.patienceMillis) })
      ),
      Layer.provideMerge(
        Live.apns({
          origin: apple.host?.origin ?? Tls.apple[apple.environment],
          management: apple.channels ? management : null,
          ca: ca === "" ? null : ca,
          environment: apple.environment as Notification.Environment,
          bundleId: bundle,
          credentials: signing,
          slack: Duration.zero,
          manner
        })
      ),
      Layer.provideMerge(sportmonks.replays ? Replaying.beside(scores) : scores),
      Layer.provideMerge(Traces.layer(watching))
    )
    return yield* Effect.gen(function* () {
      const { address } = yield* HttpServer.HttpServer
      const port = "port" in address ? address.port : 0
      yield* PidFile.hold(home)
      say(
        `Sightscreen listens on http://${server.host.includes(":") ? `[${server.host}]` : server.host}:${port}`
      )
      return yield* Effect.never
    }).pipe(
      Effect.provide(layers),
      Effect.catchTag("ServeError", () =>
        Effect.fail(
          new BadSetting({
            name: "PORT",
            problem: `${server.port ?? defaults.port} cannot be listened on; somebody else may do so already`
          })
        )
      ),
      Effect.provideContext(store)
    )
  }).pipe(Effect.scoped)
