import "effect/schema/SchemaJITCompiler/enable"
import { randomBytes } from "node:crypto"
import * as fs from "node:fs"
import { createServer } from "node:http"
import { Authority, Server, SigningKey } from "@sightscreen/apns"
import { Instant } from "@sightscreen/decider"
import { Library, Recorded, Timeline } from "@sightscreen/feed"
import type { Handset } from "@sightscreen/handset"
import { Crowd, EventLog } from "@sightscreen/simulation"
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Cause, Deferred, Duration, Effect, Exit, Layer, Logger, Redacted, Schedule } from "effect"
import { HttpRouter, HttpServer } from "effect/http"
import { HttpApiBuilder } from "effect/http-api"
import * as RealTime from "../RealTime.ts"
import * as ScaledClock from "../ScaledClock.ts"
import * as Beacon from "./Beacon.ts"
import * as Figures from "./Figures.ts"
import * as Match from "./Match.ts"
import * as Reporter from "./Reporter.ts"
import * as Saved from "./Saved.ts"
import { contract, looks, WorldApi, WorldKey } from "./WorldApi.ts"

/**
 * The outside world of the demo, in a process of its own: a match that is played again, a model Apple, people's phones.
 *
 * It stands when the server falls, as the world does. It ends when it is told to, or when nobody has asked it anything for
 * so long that nobody will.
 */
export interface Order {
  readonly folder: string
  readonly match: string
  readonly speed: number
  readonly phones: number
  /** How many times the server's database has seen the match: a new one has a name of its own. */
  readonly played: number
  /** How long it stands though nobody asks it anything, where that is not as usual. */
  readonly forgottenAfterMillis?: number
}

const bundleId = "com.sightscreen.ios"
/** From everybody being ready to the first ball. */
const leadMillis = 10_000
/**
 * The first ball is bowled even if some phone cannot get through, after this long of our time: who watches a match at an
 * easy pace is not to wait for it, and a fast one would be half over before everybody is there.
 */
const waitForPhones = (speed: number) => Duration.seconds(speed <= 100 ? 8 : 20)
/** Of our time. After the match there is less to come back to. */
const forgottenAfter = { playing: Duration.minutes(10), over: Duration.minutes(2) }
const saveEvery = Duration.seconds(2)
const tickEvery = Duration.millis(20)

const order = JSON.parse(process.argv[2] ?? "{}") as Order

const program = Effect.gen(function* () {
  const recording = yield* Library.open(order.match)
  const last = EventLog.of(recording).final.content
  const right = last === null ? "" : looks(last)

  fs.mkdirSync(order.folder, { recursive: true })
  const read = Saved.read(order.folder)
  if (read === "unreadable") Saved.putAside(order.folder)
  const found = read === "unreadable" ? null : read
  const goesOn =
    found !== null &&
    found.match === order.match &&
    found.phones.length === order.phones &&
    // A database that knows nothing of a match that people follow cannot tell them anything of it.
    (found.run <= order.played || found.following.length === 0) &&
    !isOver(found, right)
  const run = goesOn ? found.run : Math.max(found?.run ?? 0, order.played) + 1
  const matchId = Match.idOf(recording, run)
  const notice = read === "unreadable" ? `its notebook could not be read and was put aside` : null

  const wall = RealTime.clock.currentTimeMillisUnsafe()
  // Time never goes back: a world that was killed went on for a while after it last wrote down how late it was.
  const known =
    found === null ? 0 : found.world + (found.rested ? 0 : Duration.toMillis(saveEvery) * order.speed)
  const pace: ScaledClock.Pace = {
    real: wall,
    world: Math.max(known, goesOn ? 0 : wall),
    speed: order.speed
  }
  const now = () => Instant.fromMillis(ScaledClock.at(pace, RealTime.clock.currentTimeMillisUnsafe()))
  const crowd = goesOn ? new Crowd.Crowd(found.phones) : Crowd.make(order.phones, `world/${run}`, [17, 4])
  yield* Effect.logInfo(
    `match ${matchId} at ×${order.speed} on ${order.phones} phones`,
    goesOn ? "goes on" : "begins",
    ...(notice === null ? [] : [notice])
  )

  let startsAt = goesOn ? found.startsAt : null
  const following = new Set<string>(goesOn ? found.following : [])
  const layOut = (at: number) => Timeline.make(recording, { matchId, startsAt: Instant.fromMillis(at) })
  // Until everybody is ready the first ball lies an hour ahead, and moves nearer when they are.
  let timeline = layOut(startsAt ?? now() + 3_600_000)
  const begin = () => {
    if (startsAt !== null) return
    startsAt = now() + leadMillis
    timeline = layOut(startsAt)
  }
  const matchOver = () => Recorded.at(timeline, now()).outcome !== null

  const stopped = yield* Deferred.make<string>()
  const key = randomBytes(24).toString("base64url")
  const issuerSecret = randomBytes(24).toString("base64url")
  let api: string | null = null
  let heardAt = RealTime.clock.currentTimeMillisUnsafe()
  let over = false

  const { pending, send } = yield* Reporter.make({
    api: () => api,
    issuerSecret,
    bundleId,
    onFollowing: (deviceId) => {
      following.add(deviceId)
      if (following.size === order.phones) begin()
    }
  })

  const authority = yield* Authority.make
  const signing = yield* SigningKey.make()
  const apple = yield* Server.make({
    authority,
    keys: [
      {
        keyId: signing.credentials.keyId,
        teamId: signing.credentials.teamId,
        bundleIds: [bundleId],
        publicKey: signing.publicKey
      }
    ],
    now,
    rules: { environment: "sandbox" },
    onAccepted: (push) => {
      const said = crowd.deliver(
        push.token,
        {
          kind: push.pushType,
          priority: Number(push.headers["apns-priority"] ?? 10) as 5 | 10,
          payload: JSON.stringify(push.payload),
          token: push.token
        },
        push.at
      )
      if (said !== null) pass(said.deviceId, said.outputs)
    }
  })
  const tellApple = (token: string, kind: "start" | "update") =>
    Effect.runSync(apple.register({ token, bundleId, environment: "sandbox", kind }))
  for (const phone of crowd.phones) {
    if (phone.tokens.start !== null) tellApple(phone.tokens.start, "start")
    for (const { address } of phone.activities)
      if (address._tag === "Token") tellApple(address.token, "update")
  }

  /** What phones say goes to Apple first, who knows a token before an app does, and then to the server. */
  const pass = (deviceId: string, outputs: ReadonlyArray<Handset.Output>) => {
    for (const report of outputs) {
      if (report._tag === "StartTokenReported") tellApple(report.token, "start")
      if (report._tag === "UpdateTokenReported") tellApple(report.token, "update")
      send({ _tag: "Report", deviceId, report })
    }
  }
  const launchAll = () => {
    for (const { deviceId } of crowd.phones) {
      if (following.has(deviceId)) continue
      send({ _tag: "Register", deviceId })
      pass(deviceId, crowd.hear(deviceId, { _tag: "Launched", at: now() }))
      send({ _tag: "Follow", deviceId, matchId })
    }
  }

  // Who is not known to follow yet is launched anew, and tells everything again.
  for (const errand of goesOn ? found.errands : []) if (following.has(errand.deviceId)) send(errand)

  const save = (rested: boolean) =>
    Effect.sync(() => {
      if (!isOurs()) return
      Saved.write(order.folder, {
        version: 2,
        run,
        match: order.match,
        world: now(),
        startsAt,
        following: [...following],
        phones: crowd.phones,
        errands: pending(),
        rested,
        over
      })
    })
  /** Another world may have been put in the place of this one, or the folder been removed. */
  const isOurs = () => Beacon.read(order.folder)?.pid === process.pid

  const handlers = HttpApiBuilder.group(WorldApi, "world", (handlers) =>
    Effect.succeed(
      handlers.handleAll({
        portal: () =>
          Effect.succeed({
            matchId,
            match: order.match,
            notice,
            pace,
            apple: {
              origin: apple.origin,
              ca: authority.ca,
              teamId: signing.credentials.teamId,
              keyId: signing.credentials.keyId,
              privateKey: Redacted.value(signing.credentials.privateKey)
            },
            bundleId,
            issuerSecret,
            phones: order.phones
          }),
        attach: ({ payload }) =>
          Effect.sync(() => {
            const first = api === null
            api = payload.api
            if (first) launchAll()
          }).pipe(Effect.andThen(Effect.logInfo(`a server is at ${payload.api}`))),
        schedule: () => {
          const { outcome, status } = Recorded.at(timeline, now())
          return Effect.succeed([{ info: timeline.info, status, outcome }])
        },
        live: () => {
          // A match that is over stays listed, as feeds do.
          const { status } = Recorded.at(timeline, now())
          return Effect.succeed(status === "scheduled" ? [] : [matchId])
        },
        snapshot: ({ params }) =>
          Effect.succeed(params.matchId === matchId ? Recorded.at(timeline, now()) : null),
        phones: () =>
          Effect.sync(() =>
            Figures.phones(crowd, { matchId, following: following.size, right, matchOver: matchOver() })
          ),
        screen: ({ params: { nth, width } }) => Effect.sync(() => Figures.screen(crowd, nth, width)),
        stop: ({ payload }) =>
          Effect.suspend(() => {
            over = payload.over
            return Effect.asVoid(Deferred.succeed(stopped, "it was told to"))
          })
      })
    )
  )
  const keyed = Layer.succeed(
    WorldKey,
    WorldKey.of({
      bearer: (app, { credential }) => {
        heardAt = RealTime.clock.currentTimeMillisUnsafe()
        return Redacted.value(credential) === key ? app : Effect.fail("this world has another key")
      }
    })
  )
  const routes = HttpApiBuilder.layer(WorldApi).pipe(Layer.provide(handlers), Layer.provide(keyed))
  const http = HttpRouter.serve(routes, { disableLogger: true, disableListenLog: true }).pipe(
    Layer.provideMerge(
      NodeHttpServer.layer(createServer, {
        port: 0,
        host: "127.0.0.1",
        gracefulShutdownTimeout: "100 millis"
      })
    )
  )
  const { address } = yield* Effect.provideContext(HttpServer.HttpServer, yield* Layer.build(http))
  const port = "port" in address ? address.port : 0
  yield* Effect.acquireRelease(
    Effect.sync(() =>
      Beacon.light(order.folder, { pid: process.pid, url: `http://127.0.0.1:${port}`, key, contract })
    ),
    () => Effect.sync(() => Beacon.putOut(order.folder, process.pid))
  )

  yield* Effect.forkScoped(
    Effect.sync(() => {
      for (const { deviceId, outputs } of crowd.tick(now())) pass(deviceId, outputs)
    }).pipe(Effect.repeat(Schedule.spaced(tickEvery)))
  )
  yield* Effect.forkScoped(
    save(false).pipe(
      Effect.catchDefect((why) => Effect.logError("the notebook could not be written", why)),
      Effect.repeat(Schedule.spaced(saveEvery))
    )
  )
  yield* Effect.forkScoped(
    Effect.sync(() => {
      if (api !== null) begin()
    }).pipe(Effect.delay(waitForPhones(order.speed)), Effect.repeat(Schedule.spaced("1 second")))
  )
  const isForgotten = () => {
    const usual = matchOver() ? forgottenAfter.over : forgottenAfter.playing
    const after = order.forgottenAfterMillis ?? Duration.toMillis(usual)
    return RealTime.clock.currentTimeMillisUnsafe() - heardAt > after
  }
  yield* Effect.forkScoped(
    Effect.suspend(() =>
      !isOurs()
        ? Deferred.succeed(stopped, "another world stands in its place, or its folder is gone")
        : isForgotten()
          ? Deferred.succeed(stopped, "no server has asked for anything")
          : Effect.void
    ).pipe(Effect.repeat(Schedule.spaced("1 second")))
  )
  // However it ends, short of being killed, it comes to rest with all that has happened written down.
  yield* Effect.addFinalizer(() => save(true))
  yield* Effect.logInfo(`ends: ${yield* Deferred.await(stopped)}`)
})

const isOver = (saved: Saved.Saved, right: string): boolean =>
  saved.over ||
  (saved.phones.length > 0 &&
    saved.phones.every((phone) => phone.activities.some((one) => Figures.isRight(one, right))))

NodeRuntime.runMain(
  Effect.scoped(program).pipe(
    Effect.provide(
      Layer.merge(NodeServices.layer, Logger.layer([Logger.withConsoleLog(Logger.formatLogFmt)]))
    )
  ),
  {
    // Connections that are kept open for more would keep the process for as long.
    teardown: (exit) => process.exit(Exit.isSuccess(exit) || Cause.hasInterruptsOnly(exit.cause) ? 0 : 1)
  }
)
