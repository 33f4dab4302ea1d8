import { createServer } from "node:net"
import { relative, resolve } from "node:path"
import type { Notification } from "@sightscreen/apns"
import { Engine } from "@sightscreen/engine"
import { Library, type Recording, SportMonks } from "@sightscreen/feed"
import { EmbeddedPostgres, Fixtures } from "@sightscreen/store"
import { Clock, Duration, Effect, Layer, Option, Redacted } from "effect"
import { HttpServer } from "effect/http"
import { SqlClient } from "effect/sql"
import * as Access from "../access/Access.ts"
import * as Live from "../Live.ts"
import * as Traces from "../operations/Traces.ts"
import * as PidFile from "../PidFile.ts"
import * as RealTime from "../RealTime.ts"
import * as ScaledClock from "../ScaledClock.ts"
import { BadSetting, defaults, type Settings } from "../Settings.ts"
import * as Sender from "../webhooks/Sender.ts"
import { reportMillis } from "./Allowance.ts"
import { CannotPlay } from "./CannotPlay.ts"
import * as Issuer from "./Issuer.ts"
import * as Match from "./Match.ts"
import * as Secrets from "./Secrets.ts"
import * as Terminal from "./Terminal.ts"
import type { Portal } from "./WorldApi.ts"
import * as WorldClient from "./WorldClient.ts"

/** Whether a server may listen on a port. */
const isFree = (port: number, host: string): Effect.Effect<boolean> =>
  Effect.callback<boolean>((answer) => {
    const probe = createServer()
    probe.once("error", () => answer(Effect.succeed(false)))
    probe.listen(port, host, () => probe.close(() => answer(Effect.succeed(true))))
  })

/** The port people expect, or any free one where somebody else has it and nobody insisted. */
const portFor = Effect.fnUntraced(function* ({ host, port: asked }: Settings) {
  const port = Option.getOrElse(asked, () => defaults.port)
  if (port === 0 || (yield* isFree(port, host))) return port
  return Option.isNone(asked) ? 0 : yield* taken(port)
})

const taken = (port: number) =>
  new BadSetting({ name: "PORT", problem: `${port} cannot be listened on; somebody else may do so already` })

/** Somebody may have taken the port since it was looked at. */
const http = ({ host, logRequests, port: asked, watching }: Settings, port: number) => {
  const listening = { port, host, logRequests, metricsKey: watching.metricsKey }
  return Live.http(listening).pipe(
    Layer.catchTag("ServeError", () =>
      Layer.unwrap(
        Option.isSome(asked) ? Effect.fail(taken(port)) : Effect.succeed(Live.http({ ...listening, port: 0 }))
      )
    )
  )
}

/**
 * Sees to it that no other server plays from the same database, for as long as the scope lasts.
 *
 * PostgreSQL lets go of the lock when a process dies, which may be a moment after its death.
 */
const alone = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const held = yield* sql.reserve
  const until = RealTime.clock.currentTimeMillisUnsafe() + 5000
  for (;;) {
    const [row] = yield* held.executeValues("select pg_try_advisory_lock(736967687473)", [])
    if (row?.[0] === true) return
    if (RealTime.clock.currentTimeMillisUnsafe() > until) {
      return yield* new CannotPlay({
        problem:
          "another server plays from this database already; stop it first, " +
          "or set SIGHTSCREEN_HOME to another folder for a demo of its own"
      })
    }
    yield* Effect.sleep("100 millis")
  }
}).pipe(RealTime.provide)

/** How many times the database has seen the match, under a name of its own each time. */
const playedBefore = Effect.fnUntraced(function* (recording: Recording.Recording) {
  const fixtures = yield* Fixtures.Fixtures
  let run = 0
  while ((yield* fixtures.get(Match.idOf(recording, run + 1))) !== null) run += 1
  return run
})

/**
 * The server as it comes: everything embedded, a real match played again at speed, and something to look at.
 *
 * Answers whether everything ended as it should; without `once` it never ends by itself.
 */
const play = Effect.fnUntraced(function* (
  settings: Settings,
  options: { readonly once: boolean; readonly stage: Terminal.Stage }
) {
  const { once, stage } = options
  const recording = yield* Library.open(settings.match)
  const port = yield* portFor(settings)
  const home = resolve(settings.home)
  for (const line of welcome(settings, recording, home)) stage.say(line)

  const vault = settings.vault ?? (yield* Secrets.ofHome(home))
  const store = yield* Layer.build(Live.store(home, settings.databaseUrl, vault)).pipe(
    Effect.mapError((error) =>
      error._tag === "EmbeddedPostgresFailed" || Option.isNone(settings.databaseUrl)
        ? error
        : new BadSetting({ name: "DATABASE_URL", problem: `the database cannot be used: ${root(error)}` })
    )
  )
  return yield* Effect.gen(function* () {
    yield* alone
    const postgres = yield* Effect.serviceOption(EmbeddedPostgres.EmbeddedPostgres)
    if (Option.isSome(postgres) && postgres.value.movedFrom !== null) {
      stage.say(`PostgreSQL cannot use ${postgres.value.movedFrom}; its data is in ${postgres.value.dataDir}`)
    }
    const world = yield* WorldClient.join({
      folder: `${home}/world`,
      match: settings.match,
      speed: settings.speed,
      phones: settings.phones,
      crowd: settings.mix ? "mix" : "plain",
      played: yield* playedBefore(recording)
    })
    let over = false
    // Asked to stop, the demo takes its world along; killed, it leaves the world standing, and the next server finds it.
    yield* Effect.addFinalizer(() => Effect.suspend(() => world.stop(over)))
    for (const line of meeting(settings, world)) stage.say(line)

    const { pace, matchId } = world.portal
    return yield* Effect.gen(function* () {
      const { address } = yield* HttpServer.HttpServer
      const api = `http://127.0.0.1:${"port" in address ? address.port : 0}`
      yield* PidFile.hold(home)
      stage.say(`Health: ${api}/health`)
      stage.say(`API:    ${api}/docs`)
      stage.say("")
      yield* world.client.world.attach({ payload: { api } }).pipe(
        RealTime.provide,
        Effect.mapError(() => new CannotPlay({ problem: `the demo's world is gone; its log: ${world.log}` }))
      )
      const onOver = () => {
        over = true
      }
      const mixed = world.portal.crowd === "mix"
      return yield* Terminal.run({ world, matchId, speed: pace.speed, mixed, once, stage, onOver })
    }).pipe(
      Effect.provide(layers(world, http(settings, port), settings)),
      Effect.provideService(Clock.Clock, ScaledClock.make(pace, RealTime.clock))
    )
  }).pipe(Effect.scoped, Effect.provideContext(store))
}, Effect.scoped)

/** The same, with a last word for who stops it. */
export const run: typeof play = (settings, options) =>
  play(settings, options).pipe(
    Effect.onInterrupt(() =>
      Effect.sync(() => options.stage.say("Stopped; the next start goes on from there."))
    )
  )

/** What is at the bottom of an error, in its own words. */
const root = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error)
  const below = "reason" in error ? error.reason : error.cause
  return below instanceof Error ? root(below) : error.message
}

/** The engine with the demo's world beneath it, and the API above. */
const layers = (
  { portal }: WorldClient.Joined,
  api: ReturnType<typeof http>,
  { drain, manner, watching, webhooks }: Settings
) =>
  Layer.mergeAll(api, Engine.runWatched(drain)).pipe(
    Layer.provide([Issuer.layer(portal.issuerSecret), Access.operators(null)]),
    Layer.provideMerge(Live.engine),
    Layer.provideMerge(
      Sender.layer({ near: webhooks.near, patience: Duration.millis(webhooks.patienceMillis) })
    ),
    Layer.provideMerge(
      Live.apns({
        origin: portal.apple.origin,
        management: portal.apple.management,
        manner,
        ca: portal.apple.ca,
        environment: "sandbox",
        bundleId: portal.bundleId as Notification.BundleId,
        slack: Duration.millis(reportMillis(portal.pace.speed) * portal.pace.speed),
        credentials: {
          teamId: portal.apple.teamId,
          keyId: portal.apple.keyId,
          privateKey: Redacted.make(portal.apple.privateKey)
        }
      })
    ),
    Layer.provideMerge(
      Live.sportmonks(
        {
          ...portal.feed,
          token: Redacted.make(portal.feed.token),
          name: "the demo's provider",
          // An answer takes of our time what it takes, however fast the world's runs.
          timeout: Duration.times(SportMonks.callTimeout, portal.pace.speed)
        },
        "demo"
      )
    ),
    Layer.provideMerge(Traces.layer(watching))
  )

/** What this is, and how to be rid of it. */
const welcome = (
  { databaseUrl, mix, phones, speed }: Settings,
  { info }: Recording.Recording,
  home: string
): ReadonlyArray<string> => {
  const near = relative(process.cwd(), home)
  const folder = near.startsWith("..") ? home : near === "" ? "." : near
  return [
    `Sightscreen: a real match, ball by ball, on the lock ${phones === 1 ? "screen of one model phone" : `screens of ${phones} model phones`}.`,
    `${info.home.name} v ${info.away.name}, ${info.competition}, is played again at ×${speed}: ` +
      `a minute of the match takes ${seconds(60 / speed)}.`,
    `All of it runs on this machine, with a model of Apple. Kept in ${folder}` +
      (Option.isSome(databaseUrl) ? " and in the database of DATABASE_URL." : "."),
    ...(mix
      ? ["Phones of all kinds, and people who do things with them: the end tells what became of each."]
      : []),
    "Ctrl-C stops it; the next start goes on from there."
  ]
}

const seconds = (count: number): string =>
  count < 0.1 ? `${Math.round(count * 1000)} ms` : `${Number(count.toPrecision(2))} s`

const many = (phones: number, crowd: Portal["crowd"]): string =>
  (phones === 1 ? "one phone" : `${phones} phones`) + (crowd === "mix" ? " of all kinds" : "")

/** What a person should know of the world that was found. */
const meeting = (settings: Settings, { portal, stood }: WorldClient.Joined): ReadonlyArray<string> => {
  const { crowd, match, notice, pace, phones } = portal
  const asked = settings.mix ? "mix" : "plain"
  const differs =
    match !== settings.match || pace.speed !== settings.speed || phones !== settings.phones || crowd !== asked
  return [
    ...(stood
      ? [
          `The demo's world stands: ${match} at ×${pace.speed} on ${many(phones, crowd)}; this server joins it.`
        ]
      : []),
    ...(stood && differs
      ? [
          `It stays as it is; ${settings.match} at ×${settings.speed} on ${many(settings.phones, asked)} can be had ` +
            "once this server was stopped with Ctrl-C."
        ]
      : []),
    ...(notice === null || stood ? [] : [notice])
  ]
}
