import * as fs from "node:fs"
import { resolve } from "node:path"
import { Hosts, type Notification, Tls } from "@sightscreen/apns"
import type { ActiveMatch, Cadence } from "@sightscreen/domain"
import { ApiSettings, Engine, Paces } from "@sightscreen/engine"
import { SportMonksMarquee } from "@sightscreen/feed"
import { Duration, Effect, Layer, Option, Redacted, Result } from "effect"
import { HttpServer } from "effect/http"
import * as AccessLayer from "./access/Access.ts"
import * as Issuer from "./access/Settings.ts"
import { oneLine } from "./doctor/oneLine.ts"
import { Vault } from "@sightscreen/store"
import * as Live from "./Live.ts"
import * as Traces from "./operations/Traces.ts"
import * as PidFile from "./PidFile.ts"
import * as Replaying from "./Replaying.ts"
import * as Account from "./push/Account.ts"
import { BadSetting, defaults } from "./Settings.ts"
import * as Sealing from "./access/Sealing.ts"
import * as Configuration from "./settings/Configuration.ts"
import * as Sender from "./webhooks/Sender.ts"

/**
 * The server for real: scores from SportMonks, pushes to Apple, people by their issuer's tokens, all of it as the environment
 * says. What is weak, or does not fit together, is told before anything is begun.
 */

/** The key is read, and found to be one, before anything is begun. */
const credentials = ({ bundleId, environment, keyId, privateKey, teamId }: Configuration.Values["apple"]) => {
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
    const settings = yield* Configuration.read
    const { apple, server, sportmonks, telling, watching, webhooks } = settings
    const { bundle, signing } = yield* credentials(apple)
    const access = Issuer.oidc(settings.access)
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
