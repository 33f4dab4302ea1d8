import { createServer } from "node:http"
import { Apns, Http2, type Notification, ProviderToken } from "@sightscreen/apns"
import { AppSettings, Engine, Http } from "@sightscreen/engine"
import { Sql, Store } from "@sightscreen/store"
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import { type Duration, Layer, Option, type Redacted } from "effect"
import { HttpRouter } from "effect/http"

/** The real layers, wired: the only place where the server's parts meet. */
export interface Apple {
  readonly origin: string
  /** PEM, where Apple is a model of our own. */
  readonly ca: string
  readonly environment: Notification.Environment
  readonly bundleId: Notification.BundleId
  readonly credentials: ProviderToken.Credentials
  /** See `AppSettings`. */
  readonly slack: Duration.Duration
}

export const store = (home: string, databaseUrl: Option.Option<Redacted.Redacted<string>>) =>
  Option.match(databaseUrl, {
    onNone: () => Store.layer.pipe(Layer.provideMerge(Sql.layerEmbedded(`${home}/postgres`))),
    onSome: (url) => Store.layer.pipe(Layer.provideMerge(Sql.layerUrl(url)))
  })

export const apns = ({ bundleId, ca, credentials, environment, origin, slack }: Apple) =>
  Layer.merge(
    Apns.Apns.layer.pipe(
      Layer.provide(ProviderToken.ProviderToken.layer(credentials)),
      Layer.provide(Http2.layer({ hosts: { [environment]: origin }, ca }))
    ),
    Layer.succeed(AppSettings.AppSettings, { bundleId, environment, slack })
  )

export const engine = Engine.layer

/** The API on loopback. */
export const http = (port: number) =>
  HttpRouter.serve(Http.layer, { disableLogger: true, disableListenLog: true }).pipe(
    Layer.provideMerge(
      NodeHttpServer.layer(createServer, { port, host: "127.0.0.1", gracefulShutdownTimeout: "2 seconds" })
    )
  )
