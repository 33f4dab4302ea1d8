import "effect/schema/SchemaJITCompiler/enable"
import { randomBytes } from "node:crypto"
import * as fs from "node:fs"
import { createServer } from "node:http"
import { Authority, Server, SigningKey } from "@sightscreen/apns"
import { Instant } from "@sightscreen/decider"
import { ContentState, type Ids } from "@sightscreen/domain"
import { Recorded, Timeline } from "@sightscreen/feed"
import { ActivityKit, type Handset, LockScreen } from "@sightscreen/handset"
import { Crowd, EventLog } from "@sightscreen/simulation"
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { Deferred, Duration, Effect, Layer, Redacted, Result, Schedule } from "effect"
import { HttpRouter, HttpServer } from "effect/http"
import { HttpApiBuilder } from "effect/http-api"
import * as RealTime from "../RealTime.ts"
import * as ScaledClock from "../ScaledClock.ts"
import * as Beacon from "./Beacon.ts"
import * as Match from "./Match.ts"
import * as Reporter from "./Reporter.ts"
import * as Saved from "./Saved.ts"
import { looks, type Phones, WorldApi, WorldKey } from "./WorldApi.ts"

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
}

const bundleId = "com.sightscreen.ios"
/** From everybody being ready to the first ball. */
const leadMillis = 10_000
/** The first ball is bowled even if some phone cannot get through, after this long of our time. */
const waitForPhones = Duration.seconds(20)
const forgottenAfter = Duration.minutes(10)
const saveEvery = Duration.seconds(2)
const tickEvery = Duration.millis(20)

const order = JSON.parse(process.argv[2] ?? "{}") as Order

const program = Effect.gen(function* () {
  const opened = Match.open(order.match)
  if (Result.isFailure(opened)) return yield* Effect.fail(opened.failure)
  const recording = opened.success
  const last = EventLog.of(recording).final.content
  const right = last === null ? "" : looks(last)

  fs.mkdirSync(order.folder, { recursive: true })
  const found = Saved.read(order.folder)
  const goesOn =
    found !== null &&
    found.match === order.match &&
    found.phones.length === order.phones &&
    !isDone(found, right)
  const run = found === null ? 1 : goesOn ? found.run : found.run + 1
  const matchId = (run === 1 ? recording.info.matchId : `${recording.info.matchId}-${run}`) as Ids.MatchId

  const wall = RealTime.clock.currentTimeMillisUnsafe()
  const pace: ScaledClock.Pace = {
    real: wall,
    world: Math.max(found?.world ?? 0, goesOn ? 0 : wall),
    speed: order.speed
  }
  const now = () => Instant.fromMillis(ScaledClock.at(pace, RealTime.clock.currentTimeMillisUnsafe()))
  const crowd = goesOn ? new Crowd.Crowd(found.phones) : Crowd.make(order.phones, `world/${run}`, [17, 4])

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

  const stopped = yield* Deferred.make<void>()
  const key = randomBytes(24).toString("base64url")
  const issuerSecret = randomBytes(24).toString("base64url")
  let api: string | null = null
  let heardAt = RealTime.clock.currentTimeMillisUnsafe()

  const send = yield* Reporter.make({
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
  const known = (token: string, kind: "start" | "update") =>
    Effect.runSync(apple.register({ token, bundleId, environment: "sandbox", kind }))
  for (const phone of crowd.phones) {
    if (phone.tokens.start !== null) known(phone.tokens.start, "start")
    for (const { address } of phone.activities) if (address._tag === "Token") known(address.token, "update")
  }

  /** What phones say goes to Apple first, who knows a token before an app does, and then to the server. */
  const pass = (deviceId: string, outputs: ReadonlyArray<Handset.Output>) => {
    for (const report of outputs) {
      if (report._tag === "StartTokenReported") known(report.token, "start")
      if (report._tag === "UpdateTokenReported") known(report.token, "update")
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

  const save = Effect.sync(() =>
    Saved.write(order.folder, {
      version: 1,
      run,
      match: order.match,
      world: now(),
      startsAt,
      following: [...following],
      phones: crowd.phones
    })
  )

  const handlers = HttpApiBuilder.group(WorldApi, "world", (handlers) =>
    Effect.succeed(
      handlers.handleAll({
        portal: () =>
          Effect.succeed({
            matchId,
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
          }),
        schedule: () => {
          const { outcome, status } = Recorded.at(timeline, now())
          return Effect.succeed([{ info: timeline.info, status, outcome }])
        },
        live: () => {
          // A match just over is still listed for a while, as feeds do.
          const { status } = Recorded.at(timeline, now())
          return Effect.succeed(status === "scheduled" ? [] : [matchId])
        },
        snapshot: ({ params }) =>
          Effect.succeed(params.matchId === matchId ? Recorded.at(timeline, now()) : null),
        phones: () =>
          Effect.sync(() =>
            phonesOf(crowd, matchId, following.size, right, Recorded.at(timeline, now()).outcome !== null)
          ),
        screen: ({ params }) => Effect.sync(() => screenOf(crowd, params.nth)),
        stop: () => Effect.asVoid(Deferred.succeed(stopped, undefined))
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
      NodeHttpServer.layer(createServer, { port: 0, host: "127.0.0.1", gracefulShutdownTimeout: "1 second" })
    )
  )
  const { address } = yield* Effect.provideContext(HttpServer.HttpServer, yield* Layer.build(http))
  const port = "port" in address ? address.port : 0
  yield* Effect.acquireRelease(
    Effect.sync(() => Beacon.light(order.folder, { pid: process.pid, url: `http://127.0.0.1:${port}`, key })),
    () => Effect.sync(() => Beacon.putOut(order.folder, process.pid))
  )

  yield* Effect.forkScoped(
    Effect.sync(() => {
      for (const { deviceId, outputs } of crowd.tick(now())) pass(deviceId, outputs)
    }).pipe(Effect.repeat(Schedule.spaced(tickEvery)))
  )
  yield* Effect.forkScoped(save.pipe(Effect.repeat(Schedule.spaced(saveEvery))))
  yield* Effect.forkScoped(
    Effect.sync(() => {
      if (api !== null) begin()
    }).pipe(Effect.delay(waitForPhones), Effect.repeat(Schedule.spaced("1 second")))
  )
  yield* Effect.forkScoped(
    Effect.suspend(() =>
      RealTime.clock.currentTimeMillisUnsafe() - heardAt > Duration.toMillis(forgottenAfter)
        ? Deferred.succeed(stopped, undefined)
        : Effect.void
    ).pipe(Effect.repeat(Schedule.spaced("10 seconds")))
  )
  yield* Deferred.await(stopped)
  yield* save
})

const isDone = (saved: Saved.Saved, right: string): boolean =>
  saved.phones.length > 0 &&
  saved.phones.every((phone) => phone.activities.some((one) => isRight(one, right)))

const isRight = (activity: ActivityKit.Activity, right: string): boolean =>
  activity.state._tag !== "Active" &&
  activity.state._tag !== "Stale" &&
  looks(activity.content as unknown as ContentState.ContentState) === right

const phonesOf = (
  crowd: Crowd.Crowd,
  matchId: string,
  following: number,
  right: string,
  matchOver: boolean
): Phones => {
  const showing = new Map<number, number>()
  const sums = { right: 0, delivered: 0, alerts: 0, repeatedAlerts: 0, undecodable: 0, doubled: 0 }
  for (const phone of crowd.phones) {
    const mine = phone.activities.filter((one) => one.matchId === matchId)
    const newest = mine.at(-1)
    if (newest !== undefined) {
      const sequence = Number(newest.content["sequence"])
      showing.set(sequence, (showing.get(sequence) ?? 0) + 1)
      if (isRight(newest, right)) sums.right += 1
    }
    const seen = new Set(
      phone.alerts.map(({ body, timestamp, title }) => JSON.stringify([timestamp, title, body]))
    )
    sums.delivered += phone.counters.delivered
    sums.alerts += phone.counters.alertsShown
    sums.repeatedAlerts += phone.alerts.length - seen.size
    sums.undecodable += phone.counters.undecodable
    sums.doubled += phone.counters.doubled
  }
  return {
    total: crowd.phones.length,
    following,
    showing: [...showing].map(([sequence, phones]) => ({ sequence, phones })),
    ...sums,
    matchOver
  }
}

const screenOf = (crowd: Crowd.Crowd, nth: number) => {
  const phone = crowd.phones[nth - 1]
  if (phone === undefined) return null
  const activity = ActivityKit.visible(phone.activities).at(-1)
  const alert = phone.alerts.at(-1)
  return {
    deviceId: phone.deviceId,
    lines: activity === undefined ? [] : LockScreen.card(activity, 48),
    alert: alert === undefined ? null : { title: alert.title, body: alert.body, at: alert.timestamp }
  }
}

NodeRuntime.runMain(Effect.scoped(program), { disableErrorReporting: false })
