import "effect/schema/SchemaJITCompiler/enable"
import { randomBytes } from "node:crypto"
import * as fs from "node:fs"
import { createServer } from "node:http"
import { Authority, Delivery, Server, SigningKey } from "@sightscreen/apns"
import { Instant } from "@sightscreen/decider"
import { Library, Server as Provider } from "@sightscreen/feed"
import { App, Handset } from "@sightscreen/handset"
import { Fate, Looks } from "@sightscreen/simulation"
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Cause, Deferred, Duration, Effect, Exit, Layer, Logger, Redacted, Schedule } from "effect"
import { HttpRouter, HttpServer } from "effect/http"
import { HttpApiBuilder } from "effect/http-api"
import * as RealTime from "../RealTime.ts"
import * as ScaledClock from "../ScaledClock.ts"
import { reportMillis } from "./Allowance.ts"
import * as Beacon from "./Beacon.ts"
import * as Figures from "./Figures.ts"
import * as Match from "./Match.ts"
import * as Reporter from "./Reporter.ts"
import * as Saved from "./Saved.ts"
import { type Order, waitForPhones } from "./world/Order.ts"
import { People } from "./world/People.ts"
import { Playing } from "./world/Playing.ts"
import { contract, WorldApi, WorldKey } from "./WorldApi.ts"

/**
 * The outside world of the demo, in a process of its own: a match that is played again, a model Apple, people's phones.
 *
 * It stands when the server falls, as the world does. It ends when it is told to, or when nobody has asked it anything for
 * so long that nobody will.
 */
const order = JSON.parse(process.argv[2] ?? "{}") as Order

const { bundleId } = App.current
/** Of our time. After the match there is less to come back to. */
const forgottenAfter = { playing: Duration.minutes(10), over: Duration.minutes(2) }
const saveEvery = Duration.seconds(2)
const tickEvery = Duration.millis(20)
/** Our Apple takes what it is told as it is told. */
const atOnce = <A>(told: Effect.Effect<A>): A => Effect.runSync(told)

const program = Effect.gen(function* () {
  const recording = yield* Library.open(order.match)
  const right = Looks.atTheEnd(recording)

  fs.mkdirSync(order.folder, { recursive: true })
  const read = Saved.read(order.folder)
  if (read === "unreadable") Saved.putAside(order.folder)
  const found = read === "unreadable" ? null : read
  const goesOn =
    found !== null &&
    found.match === order.match &&
    found.crowd === order.crowd &&
    found.phones.length === order.phones &&
    // A database that knows nothing of a match that people follow cannot tell them anything of it.
    (found.run <= order.played || found.following.length === 0) &&
    !isOver(found, right)
  const run = goesOn ? found.run : Math.max(found?.run ?? 0, order.played) + 1
  const matchId = Match.idOf(recording, run)
  const notice =
    read === "unreadable"
      ? "The demo's world begins anew: its notebook could not be read and was put aside."
      : goesOn && found.phones.some((phone) => Handset.channels(phone).length > 0)
        ? "The model of Apple forgets its channels when it stops; phones that listened are started once more."
        : null

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
  /** Channels that the Apple before this one had. */
  const lost = new Set(goesOn ? found.phones.flatMap((phone) => Handset.channels(phone)) : [])
  /** A phone whose channel was forgotten so late that a start which goes astray is not asked for again before the end. */
  const forgotten = (phone: Handset.Handset, to: Instant.Instant): string | null => {
    const newest = phone.activities.findLast((one) => one.matchId === matchId)
    if (newest?.address._tag !== "Channel" || !lost.has(newest.address.channelId)) return null
    if (pace.world + reportMillis(order.speed) * order.speed < to) return null
    const minutes = Math.max(0, Math.round((to - pace.world) / 60_000))
    return `Apple stopped and forgot its channel ${minutes === 0 ? "at the end" : `${minutes} min before the end`}`
  }
  yield* Effect.logInfo(
    `match ${matchId} at ×${order.speed} on ${order.phones} phones`,
    goesOn ? "goes on" : "begins",
    ...(notice === null ? [] : [notice])
  )

  const startsAt = goesOn && found.startsAt !== null ? Instant.fromMillis(found.startsAt) : null
  const playing = new Playing({ order, recording, matchId, now, startsAt })

  const stopped = yield* Deferred.make<string>()
  const key = randomBytes(24).toString("base64url")
  const issuerSecret = randomBytes(24).toString("base64url")
  const feedToken = randomBytes(24).toString("base64url")
  let api: string | null = null
  let heardAt = RealTime.clock.currentTimeMillisUnsafe()
  let over = false

  const { pending, send } = yield* Reporter.make({
    api: () => api,
    issuerSecret,
    bundleId,
    onFollowing: (userId) => people.follows(userId)
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
    managementPort: 0,
    delivery: {
      rules: Delivery.direct,
      deviceOf: (token) => people.deviceOf(token)
    },
    onAccepted: () => people.count("pushes"),
    onPublished: () => people.count("publishes"),
    onDelivered: (delivered) => people.delivered(delivered)
  })
  const people: People = new People({
    order,
    playing,
    now,
    apple: {
      register: (token, kind) =>
        void atOnce(apple.register({ token, bundleId, environment: "sandbox", kind })),
      retire: (token, since, reason) => void atOnce(apple.retire(token, since, reason)),
      subscribe: (deviceId, channelId) => void atOnce(apple.subscribe(deviceId, channelId)),
      unsubscribe: (deviceId, channelId) => void atOnce(apple.unsubscribe(deviceId, channelId)),
      tell: (input) => void atOnce(apple.deliver(input))
    },
    send,
    right,
    found: goesOn ? found : null,
    seed: `world/${run}`,
    because: forgotten
  })
  people.introduce()

  // Who is not known to follow yet is launched anew, and tells everything again.
  if (goesOn) for (const errand of found.errands) if (found.following.includes(errand.userId)) send(errand)

  const save = (rested: boolean) =>
    Effect.sync(() => {
      if (!isOurs()) return
      Saved.write(order.folder, {
        version: 4,
        run,
        match: order.match,
        crowd: order.crowd,
        world: now(),
        startsAt: playing.startsAt,
        following: people.following,
        phones: people.crowd.phones,
        errands: pending(),
        diaries: people.diaries,
        scenes: people.scenes,
        post: people.post,
        rested,
        over
      })
    })
  /** Another world may have been put in the place of this one, or the folder been removed. */
  const isOurs = () => Beacon.read(order.folder)?.pid === process.pid

  let port = 0
  const handlers = HttpApiBuilder.group(WorldApi, "world", (handlers) =>
    Effect.succeed(
      handlers.handleAll({
        portal: () =>
          Effect.sync(() => ({
            matchId,
            match: order.match,
            notice,
            pace,
            apple: {
              origin: apple.origin,
              management: apple.management?.origin ?? "",
              ca: authority.ca,
              teamId: signing.credentials.teamId,
              keyId: signing.credentials.keyId,
              privateKey: Redacted.value(signing.credentials.privateKey)
            },
            feed: { baseUrl: `http://127.0.0.1:${port}${Provider.base}`, token: feedToken },
            bundleId,
            issuerSecret,
            phones: order.phones,
            crowd: order.crowd
          })),
        attach: ({ payload }) =>
          Effect.sync(() => {
            const first = api === null
            api = payload.api
            if (first) people.launch()
          }).pipe(Effect.andThen(Effect.logInfo(`a server is at ${payload.api}`))),
        trouble: ({ payload }) =>
          Effect.gen(function* () {
            const always = { from: Instant.fromMillis(0), until: null }
            playing.twin.misbehave(
              payload.feed === "well"
                ? []
                : [
                    payload.feed === "errs"
                      ? { _tag: "Answers", status: 500, ...always }
                      : { _tag: "Hangs", ...always }
                  ]
            )
            yield* apple.inject({ _tag: "Heal" })
            if (payload.apple === "errs")
              yield* apple.inject({ _tag: "Refuse", status: 500, reason: "InternalServerError" })
            if (payload.apple === "hangs") yield* apple.inject({ _tag: "Silence" })
            yield* Effect.logInfo(`the provider: ${payload.feed}; Apple: ${payload.apple}`)
          }),
        phones: () =>
          Effect.sync(() =>
            Figures.phones(people.crowd, {
              matchId,
              following: people.following.length,
              post: people.post,
              fateOf: playing.isOver ? (nth) => people.fateOf(nth) : null
            })
          ),
        screen: ({ params: { nth, width } }) => Effect.sync(() => Figures.screen(people.crowd, nth, width)),
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
  const provider = Provider.routes({
    twin: playing.twin,
    now: Effect.sync(now),
    token: Redacted.make(feedToken),
    onAsked: () => {
      heardAt = RealTime.clock.currentTimeMillisUnsafe()
    }
  })
  const http = HttpRouter.serve(Layer.merge(routes, provider), {
    disableLogger: true,
    disableListenLog: true
  }).pipe(
    Layer.provideMerge(
      NodeHttpServer.layer(createServer, {
        port: 0,
        host: "127.0.0.1",
        gracefulShutdownTimeout: "100 millis"
      })
    )
  )
  const { address } = yield* Effect.provideContext(HttpServer.HttpServer, yield* Layer.build(http))
  port = "port" in address ? address.port : 0
  yield* Effect.acquireRelease(
    Effect.sync(() =>
      Beacon.light(order.folder, { pid: process.pid, url: `http://127.0.0.1:${port}`, key, contract })
    ),
    () => Effect.sync(() => Beacon.putOut(order.folder, process.pid))
  )

  yield* Effect.forkScoped(
    Effect.sync(() => people.pass(now())).pipe(Effect.repeat(Schedule.spaced(tickEvery)))
  )
  yield* Effect.forkScoped(
    save(false).pipe(
      Effect.catchDefect((why) => Effect.logError("the notebook could not be written", why)),
      Effect.repeat(Schedule.spaced(saveEvery))
    )
  )
  yield* Effect.forkScoped(
    Effect.sync(() => {
      if (api !== null) people.begin()
    }).pipe(Effect.delay(waitForPhones(order)), Effect.repeat(Schedule.spaced("1 second")))
  )
  const isForgotten = () => {
    const usual = playing.isOver ? forgottenAfter.over : forgottenAfter.playing
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

const isOver = (saved: Saved.Saved, right: (language: string) => string): boolean =>
  saved.over ||
  (saved.phones.length > 0 &&
    saved.phones.every(({ activities, traits }) => {
      const looks = right(traits.language)
      return activities.some((one) => Fate.isRight(one, looks))
    }))

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
