import { randomBytes } from "node:crypto"
import { createServer } from "node:http"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import { Instant } from "@sightscreen/decider"
import { ReplayDesk } from "@sightscreen/engine"
import {
  Allowances,
  Bundled,
  Feed,
  Feeds,
  Library,
  Replays,
  Server,
  SportMonks,
  Twin
} from "@sightscreen/feed"
import { SharedStates } from "@sightscreen/store"
import { Clock, Context, type Duration, Effect, Layer, Redacted } from "effect"
import { HttpRouter, HttpServer } from "effect/http"

/**
 * Recorded matches beside live ones: a twin of the provider in this process, on a port of loopback that nobody else knows
 * the key of, read by the same layer as the provider is.
 */

/** What the ids of replays begin with; the provider's are numbers. */
export const prefix = "replay-"

const tapes: Server.Shelf["tapes"] = Bundled.bundled.map(({ alias, description, id }) => ({
  tapeId: id,
  alias,
  description
}))

/** The tapes that come with the program, each read once. */
const shelf = Effect.gen(function* () {
  const context = yield* Effect.context<Effect.Services<ReturnType<typeof Library.open>>>()
  const opened = new Map(
    yield* Effect.forEach(tapes, ({ tapeId }) =>
      Effect.map(
        Effect.cached(Effect.provideContext(Library.open(tapeId), context)),
        (recording) => [tapeId, recording] as const
      )
    )
  )
  const noSuch = (tapeId: string) => new Replays.NoSuchTape({ tapeId })
  return {
    tapes,
    open: (tapeId) => {
      const recording = opened.get(tapeId)
      return recording === undefined
        ? Effect.fail(noSuch(tapeId))
        : Effect.mapError(recording, () => noSuch(tapeId))
    }
  } satisfies Server.Shelf
})

const ledgerName = "replays"

/** In the database; without it replays go on for as long as this process does. */
const ledger = Effect.map(
  SharedStates.SharedStates,
  (states): Server.Ledger => ({
    read: Effect.catch(states.read(ledgerName), (fault) =>
      Effect.as(Effect.logWarning(`the replays cannot be read: ${fault.message}`), null)
    ),
    write: (replays) =>
      Effect.catch(
        states.modify(ledgerName, () => [undefined, replays]),
        (fault) => Effect.logWarning(`the replays cannot be written down: ${fault.message}`)
      )
  })
)

/** The feed that is provided and the replays as one, and the desk that orders them. */
export const layer = (options: { readonly timeout?: Duration.Duration } = {}) =>
  Layer.effectContext(
    Effect.gen(function* () {
      const main = yield* Feed.Feed
      const twin = new Twin.Twin()
      const token = Redacted.make(randomBytes(24).toString("base64url"))
      const routes = Server.routes({
        twin,
        token,
        now: Effect.map(Clock.currentTimeMillis, Instant.fromMillis)
      })
      const http = yield* Layer.build(
        HttpRouter.serve(routes, { disableLogger: true, disableListenLog: true }).pipe(
          Layer.provideMerge(
            NodeHttpServer.layer(createServer, {
              port: 0,
              host: "127.0.0.1",
              gracefulShutdownTimeout: "100 millis"
            })
          )
        )
      )
      const { address } = Context.get(http, HttpServer.HttpServer)
      const port = "port" in address ? address.port : 0
      const replayed = yield* Layer.build(
        SportMonks.layer({
          baseUrl: `http://127.0.0.1:${port}${Server.base}`,
          token,
          prefix,
          name: "the replays",
          ...options
        }).pipe(Layer.provide([NodeHttpClient.layerUndici, Allowances.Allowances.layerMemory]))
      )
      const desk = yield* Layer.build(
        ReplayDesk.ReplayDesk.layer.pipe(
          Layer.provide(Server.desk({ twin, shelf: yield* shelf, ledger: yield* ledger, prefix }))
        )
      )
      const feed = Feeds.both(main, { prefix, feed: Context.get(replayed, Feed.Feed) })
      return Context.make(Feed.Feed, feed).pipe(
        Context.add(ReplayDesk.ReplayDesk, Context.get(desk, ReplayDesk.ReplayDesk))
      )
    })
  )

/** The same feed with replays beside it. */
export const beside = <A, E, R>(main: Layer.Layer<A | Feed.Feed, E, R>) =>
  layer().pipe(Layer.provideMerge(main))
