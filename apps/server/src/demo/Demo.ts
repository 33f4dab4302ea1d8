import { connect as tcp } from "node:net"
import { resolve } from "node:path"
import type { Notification } from "@sightscreen/apns"
import { Engine } from "@sightscreen/engine"
import { EmbeddedPostgres } from "@sightscreen/store"
import { Clock, Duration, Effect, Layer, Option, Redacted, Result, Schema } from "effect"
import { HttpServer } from "effect/http"
import * as Live from "../Live.ts"
import * as RealTime from "../RealTime.ts"
import * as ScaledClock from "../ScaledClock.ts"
import { defaults, type Settings } from "../Settings.ts"
import * as Issuer from "./Issuer.ts"
import * as Match from "./Match.ts"
import * as Terminal from "./Terminal.ts"
import * as WorldClient from "./WorldClient.ts"
import * as WorldFeed from "./WorldFeed.ts"

/** The demo cannot be played, in one line. */
export class CannotPlay extends Schema.TaggedError<CannotPlay>()("CannotPlay", { problem: Schema.String }) {
  override get message() {
    return this.problem
  }
}

/** Two hundred phones that report at once may take this long, in our time, on a busy machine. */
const reportMillis = 5000

/** The port people expect, or any free one where somebody else has it and nobody insisted. */
const portFor = (asked: Option.Option<number>): Effect.Effect<number> =>
  Option.isSome(asked)
    ? Effect.succeed(asked.value)
    : Effect.callback<number>((answer) => {
        const probe = tcp({ port: defaults.port, host: "127.0.0.1" })
        probe.once("connect", () => {
          probe.destroy()
          answer(Effect.succeed(0))
        })
        probe.once("error", () => answer(Effect.succeed(defaults.port)))
      })

/**
 * The server as it comes: everything embedded, a real match played again at speed, and something to look at.
 *
 * Answers whether everything ended as it should; without `once` it never ends by itself.
 */
export const run = Effect.fnUntraced(function* (
  settings: Settings,
  options: { readonly once: boolean; readonly tty: boolean; readonly write: (text: string) => void }
) {
  const { once, tty, write } = options
  const opened = Match.open(settings.match)
  if (Result.isFailure(opened)) return yield* new CannotPlay({ problem: opened.failure })
  const home = resolve(settings.home)
  const { client, stood } = yield* WorldClient.join({
    folder: `${home}/world`,
    match: settings.match,
    speed: settings.speed,
    phones: settings.phones
  })
  // Asked to stop, the demo takes its world along; killed, it leaves the world standing, and the next server finds it.
  yield* Effect.addFinalizer(() =>
    client.world.stop().pipe(Effect.timeout("2 seconds"), Effect.ignore, RealTime.provide)
  )
  const portal = yield* client.world.portal().pipe(
    RealTime.provide,
    Effect.mapError(() => new CannotPlay({ problem: "the demo's world went away" }))
  )
  const { pace } = portal
  if (stood) write(`The demo's world stands at ×${pace.speed}; this server joins it.\n`)

  const layer = Layer.mergeAll(Live.http(yield* portFor(settings.port)), Engine.run).pipe(
    Layer.provide(Issuer.layer(portal.issuerSecret)),
    Layer.provideMerge(Live.engine),
    Layer.provideMerge(
      Live.apns({
        origin: portal.apple.origin,
        ca: portal.apple.ca,
        environment: "sandbox",
        bundleId: portal.bundleId as Notification.BundleId,
        slack: Duration.millis(reportMillis * pace.speed),
        credentials: {
          teamId: portal.apple.teamId,
          keyId: portal.apple.keyId,
          privateKey: Redacted.make(portal.apple.privateKey)
        }
      })
    ),
    Layer.provideMerge(WorldFeed.layer(client)),
    Layer.provideMerge(Live.store(home, settings.databaseUrl))
  )

  return yield* Effect.gen(function* () {
    const { address } = yield* HttpServer.HttpServer
    const api = `http://127.0.0.1:${"port" in address ? address.port : 0}`
    const postgres = yield* Effect.serviceOption(EmbeddedPostgres.EmbeddedPostgres)
    if (Option.isSome(postgres) && postgres.value.movedFrom !== null) {
      write(`PostgreSQL cannot use ${postgres.value.movedFrom}; its data is in ${postgres.value.dataDir}\n`)
    }
    write(`Health: ${api}/health\n`)
    yield* client.world.attach({ payload: { api } }).pipe(
      RealTime.provide,
      Effect.mapError(() => new CannotPlay({ problem: "the demo's world went away" }))
    )
    return yield* Terminal.run({ client, matchId: portal.matchId, speed: pace.speed, once, tty, write })
  }).pipe(Effect.provide(layer), Effect.provideService(Clock.Clock, ScaledClock.make(pace, RealTime.clock)))
}, Effect.scoped)
