import { createHash } from "node:crypto"
import { createServer } from "node:http"
import { Apns, Channels, Hosts, type Notification, ProviderToken, Tls } from "@sightscreen/apns"
import type { ActiveMatch } from "@sightscreen/domain"
import {
  AppSettings,
  Engine,
  FeedDesk,
  Http,
  MetricsDoor,
  Requests,
  SharedAllowances
} from "@sightscreen/engine"
import { SportMonks } from "@sightscreen/feed"
import { ApiKeys, Reseal, Sql, Store, Vault } from "@sightscreen/store"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import { type Duration, Effect, Layer, Option, Redacted } from "effect"
import * as Process from "./operations/Process.ts"

/** The real layers, wired: the only place where the server's parts meet. */
export interface Apple {
  readonly origin: string
  /** Where channels are managed; null where phones are told by their tokens alone. */
  readonly management: string | null
  /** PEM, where Apple is a model of our own; null for the system's certificates. */
  readonly ca: string | null
  readonly environment: Notification.Environment
  readonly bundleId: Notification.BundleId
  readonly credentials: ProviderToken.Credentials
  /** See `AppSettings`. */
  readonly slack: Duration.Duration
  readonly manner: ActiveMatch.Manner
}

/** Device tokens are sealed before anybody asks for one. */
const sealed = Layer.effectDiscard(
  Effect.flatMap(Reseal.run, (count) =>
    count === 0 ? Effect.void : Effect.logInfo(`${count} device tokens were sealed`)
  )
)

export const store = (
  home: string,
  databaseUrl: Option.Option<Redacted.Redacted<string>>,
  vault: Vault.Vault
) => {
  const tables = Layer.merge(Store.layer, sealed).pipe(Layer.provide(Layer.succeed(Vault.Vault, vault)))
  return Option.match(databaseUrl, {
    onNone: () => tables.pipe(Layer.provideMerge(Sql.layerEmbedded(`${home}/postgres`))),
    onSome: (url) => tables.pipe(Layer.provideMerge(Sql.layerUrl(url)))
  })
}

/** Operators' keys alone, for whoever makes them beside a server that runs. */
export const keys = (home: string, databaseUrl: Option.Option<Redacted.Redacted<string>>) =>
  Option.match(databaseUrl, {
    onNone: () => ApiKeys.ApiKeys.layer.pipe(Layer.provide(Sql.layerEmbedded(`${home}/postgres`))),
    onSome: (url) => ApiKeys.ApiKeys.layer.pipe(Layer.provide(Sql.layerUrl(url)))
  })

export const apns = ({
  bundleId,
  ca,
  credentials,
  environment,
  management,
  manner,
  origin,
  slack
}: Apple) => {
  const to = (host: string) => Tls.layer({ hosts: { [environment]: host }, ...(ca !== null && { ca }) })
  return Layer.merge(
    Layer.mergeAll(Apns.Apns.layer, Channels.Channels.layer).pipe(
      Layer.provide(ProviderToken.ProviderToken.layer(credentials)),
      Layer.provide(management === null ? to(origin) : Hosts.layer(to(origin), to(management)))
    ),
    Layer.succeed(AppSettings.AppSettings, {
      bundleId,
      environment,
      slack,
      channels: management !== null,
      manner
    })
  )
}

/**
 * The provider of scores. Its calls are counted in the database, for all servers that share the key; `owner` names the key
 * without telling it.
 */
export const sportmonks = (options: SportMonks.Options, owner: string) =>
  FeedDesk.FeedDesk.sportmonks.pipe(
    Layer.provideMerge(SportMonks.layer(options)),
    Layer.provide([NodeHttpClient.layerUndici, SharedAllowances.layer(owner)])
  )

/** A name for whoever has a token, from which it cannot be read back. */
export const ownerOf = (token: Redacted.Redacted<string>): string =>
  createHash("sha256")
    .update(`sportmonks/${Redacted.value(token)}`)
    .digest("hex")
    .slice(0, 16)

export const engine = Engine.layer

export interface Listening {
  readonly port: number
  readonly host: string
  readonly metricsKey: Redacted.Redacted<string> | null
  /** Whether each request has a line in the log. */
  readonly logRequests: boolean
}

/** The API, with what people who run it look at. */
export const http = ({ host, logRequests, metricsKey, port }: Listening) =>
  Http.serve.pipe(
    Layer.provide([
      Layer.succeed(Requests.Lines, logRequests),
      Layer.succeed(MetricsDoor.MetricsDoor, { key: metricsKey, measure: Process.measure })
    ]),
    Layer.provideMerge(
      NodeHttpServer.layer(createServer, { port, host, gracefulShutdownTimeout: "2 seconds" })
    )
  )
