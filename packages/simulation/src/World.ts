import { Apns, ModelTransport, type Notification, ProviderToken, Transport } from "@sightscreen/apns"
import { Instant } from "@sightscreen/decider"
import type { Ids } from "@sightscreen/domain"
import { AppSettings, Engine, MatchOrchestrator, TokenKeeper } from "@sightscreen/engine"
import { Feed, type Timeline, Recorded } from "@sightscreen/feed"
import { App, type Handset } from "@sightscreen/handset"
import { type Fault, Follows, Store } from "@sightscreen/store"
import { Clock, Context, Duration, Effect, Exit, Fiber, Layer, Queue, Schedule, Scope } from "effect"
import type { Crowd } from "./Crowd.ts"

/**
 * The true gear: the engine itself, between a feed, a store in memory, a model Apple and people's phones, all on the clock
 * of whoever runs it.
 *
 * Nothing in it truly waits. The engine can fall and be started again on the same store, as often as one likes; the world
 * around it stands meanwhile, and its phones try again until somebody answers.
 */
export interface World {
  readonly crowd: Crowd
  readonly apple: ModelTransport.Apple
  /** The tables, as whoever looks into the database sees them. */
  readonly store: Context.Context<Store.Store>
  /** What happened, in order. */
  readonly journal: ReadonlyArray<Entry>
  /** Starts an engine; phones talk to the one that was started last. */
  readonly start: Effect.Effect<Running>
  /** Ends the engine that was started last, where it stands. */
  readonly crash: Effect.Effect<void>
  /** A phone is switched on: the app registers it and reports its start token. */
  readonly launch: (deviceId: string) => Effect.Effect<void>
  readonly follow: (deviceId: string, matchId: Ids.MatchId) => Effect.Effect<void>
  readonly unfollow: (deviceId: string, matchId: Ids.MatchId) => Effect.Effect<void>
  /** Somebody does something with a phone. */
  readonly touch: (deviceId: string, input: Handset.Input) => Effect.Effect<void>
}

export type Services =
  | Store.Store
  | TokenKeeper.TokenKeeper
  | MatchOrchestrator.MatchOrchestrator
  | Layer.Success<typeof Engine.layer>

export interface Running {
  readonly life: Scope.Closeable
  readonly services: Context.Context<Services>
  readonly crash: Effect.Effect<void>
}

/** One thing that happened; times are the world's. */
export type Entry =
  | {
      readonly _tag: "Accepted"
      readonly at: Instant.Instant
      readonly deviceId: string | null
      readonly token: string
      readonly pushId: string
      readonly event: string
      readonly stamp: number
      readonly priority: number
      readonly alert: boolean
    }
  | {
      readonly _tag: "Said"
      readonly at: Instant.Instant
      readonly deviceId: string
      readonly output: Handset.Output
    }
  | { readonly _tag: "Started" | "Crashed"; readonly at: Instant.Instant }

export interface Options {
  readonly crowd: Crowd
  readonly timelines: Iterable<Timeline.Timeline>
  /** Whose a phone is; everybody has one, unless told otherwise. */
  readonly userOf?: (deviceId: string) => string
  /** From a phone to the server. */
  readonly reportAfter?: Duration.Input
  /** How long an update token takes to come to the app; null withholds it. */
  readonly tokenAfter?: (deviceId: string, nthStart: number) => Duration.Duration | null
  readonly apple?: Omit<ModelTransport.Options, "onAccepted">
  /** Puts something between the engine and the world: a feed that lies, a store that fails. */
  readonly disturb?: (
    services: Context.Context<Store.Store | Feed.Feed>
  ) => Context.Context<Store.Store | Feed.Feed>
}

export const bundleId = App.current.bundleId as Notification.BundleId

const now = Effect.map(Clock.currentTimeMillis, Instant.fromMillis)
const tickEvery = Duration.millis(500)
const tryAgainAfter = Duration.seconds(1)

type Errand = (services: Context.Context<Services>) => Effect.Effect<unknown, Fault.Fault>

export const make = Effect.fnUntraced(function* (options: Options) {
  const { crowd, reportAfter = 200, tokenAfter, userOf = (deviceId) => `owner of ${deviceId}` } = options
  const scope = yield* Effect.scope
  const journal: Array<Entry> = []
  const starts = new Map<string, number>()
  const store = yield* Layer.build(Store.layerMemory)
  let current: Running | null = null

  const clock = yield* Clock.Clock
  const { apple, transport } = ModelTransport.make({
    ...options.apple,
    rules: { environment: "sandbox", ...options.apple?.rules },
    onAccepted: (push) => deliver(push)
  })

  /** Phones run their errands one after the other, each until it is done. */
  const errands = new Map<string, Queue.Queue<Errand>>()
  const send = (deviceId: string, errand: Errand): void => {
    const queue = errands.get(deviceId)
    if (queue !== undefined) Queue.offerUnsafe(queue, errand)
  }
  const carry = Effect.fnUntraced(function* (errand: Errand) {
    yield* Effect.sleep(reportAfter)
    for (;;) {
      const running = current
      if (running !== null) {
        // It runs inside the engine, and falls with it.
        const handler = yield* Effect.forkIn(errand(running.services), running.life)
        if (Exit.isSuccess(yield* Fiber.await(handler))) return
      }
      yield* Effect.sleep(tryAgainAfter)
    }
  })
  for (const { deviceId } of crowd.phones) {
    const queue = yield* Queue.unbounded<Errand>()
    errands.set(deviceId, queue)
    yield* Queue.take(queue).pipe(Effect.flatMap(carry), Effect.forever, Effect.forkIn(scope))
  }

  const owners = new Map<string, string>()
  const known = (deviceId: string, token: string, kind: "start" | "update") => {
    owners.set(token, deviceId)
    apple.registerUnsafe({ token, bundleId, environment: "sandbox", kind })
  }

  const deliver = (push: Parameters<ModelTransport.Options["onAccepted"]>[0]): void => {
    const { event, ...aps } = (push.payload as { readonly aps: Aps }).aps
    const nth = (starts.get(push.token) ?? 0) + 1
    if (event === "start") starts.set(push.token, nth)
    const deviceId = owners.get(push.token) ?? null
    journal.push({
      _tag: "Accepted",
      at: push.at,
      deviceId,
      token: push.token,
      pushId: push.apnsId.toLowerCase(),
      event,
      stamp: aps.timestamp,
      priority: Number(push.headers["apns-priority"]),
      alert: aps.alert !== undefined
    })
    if (deviceId === null) return
    hear(deviceId, {
      _tag: "Delivered",
      at: push.at,
      push: {
        kind: push.pushType,
        priority: Number(push.headers["apns-priority"]) as 5 | 10,
        payload: JSON.stringify(push.payload),
        token: push.token
      },
      ...(event === "start" && tokenAfter !== undefined ? { tokenAfter: tokenAfter(deviceId, nth) } : {})
    })
  }

  const hear = (deviceId: string, input: Handset.Input): void => pass(deviceId, crowd.hear(deviceId, input))

  /** What phones say goes to Apple first, who knows a token before an app does, and then to the server. */
  const pass = (deviceId: string, outputs: ReadonlyArray<Handset.Output>): void => {
    const at = Instant.fromMillis(clock.currentTimeMillisUnsafe())
    for (const output of outputs) {
      journal.push({ _tag: "Said", at, deviceId, output })
      if (output._tag === "StartTokenReported") known(deviceId, output.token, "start")
      if (output._tag === "UpdateTokenReported") known(deviceId, output.token, "update")
      const errand = errandOf(deviceId, output)
      if (errand !== null) send(deviceId, errand)
    }
  }

  const errandOf = (deviceId: string, output: Handset.Output): Errand | null => {
    const device = deviceId as Ids.DeviceId
    const user = userOf(deviceId) as Ids.UserId
    const keeper = (services: Context.Context<Services>) => Context.get(services, TokenKeeper.TokenKeeper)
    switch (output._tag) {
      case "StartTokenReported":
        return (services) =>
          keeper(services).startToken(user, device, { token: output.token, environment: "sandbox", bundleId })
      case "UpdateTokenReported":
        return (services) =>
          keeper(services).updateToken(user, device, output.matchId as Ids.MatchId, {
            token: output.token,
            environment: "sandbox",
            bundleId
          })
      case "ActivityDismissed":
        // The system clears an old activity away by itself; that says nothing of what its owner wants.
        return output.by === "system"
          ? null
          : (services) => keeper(services).dismissed(user, device, output.matchId as Ids.MatchId)
      default:
        return null
    }
  }

  yield* Effect.sync(() => {
    const at = Instant.fromMillis(clock.currentTimeMillisUnsafe())
    for (const { deviceId, outputs } of crowd.tick(at)) pass(deviceId, outputs)
  }).pipe(Effect.repeat(Schedule.spaced(tickEvery)), Effect.forkIn(scope))

  const feed = yield* Layer.build(Recorded.layer(options.timelines))
  const outside = Layer.mergeAll(
    Layer.succeedContext((options.disturb ?? ((it) => it))(Context.merge(store, feed))),
    Apns.Apns.layer.pipe(
      Layer.provide(Layer.succeed(Transport.Transport, transport)),
      Layer.provide(ProviderToken.ProviderToken.layerTest)
    ),
    Layer.succeed(AppSettings.AppSettings, { bundleId, environment: "sandbox", slack: Duration.zero })
  )

  const start = Effect.gen(function* () {
    journal.push({ _tag: "Started", at: yield* now })
    const life = yield* Scope.fork(scope)
    const services = yield* Layer.buildWithScope(
      Engine.run.pipe(Layer.provideMerge(Engine.layer), Layer.provideMerge(outside)),
      life
    )
    const running: Running = {
      life,
      services,
      crash: Effect.gen(function* () {
        if (current === running) current = null
        journal.push({ _tag: "Crashed", at: yield* now })
        yield* Scope.close(life, Exit.void)
      })
    }
    current = running
    return running
  })

  const world: World = {
    crowd,
    apple,
    store,
    journal,
    start,
    crash: Effect.suspend(() => current?.crash ?? Effect.void),
    launch: (deviceId) =>
      Effect.map(now, (at) => {
        const { app, os } = crowd.phone(deviceId)!
        send(deviceId, (services) =>
          Context.get(services, TokenKeeper.TokenKeeper).device({
            deviceId: deviceId as Ids.DeviceId,
            userId: userOf(deviceId) as Ids.UserId,
            osVersion: os.join("."),
            appVersion: "1.0",
            schemaVersion: app.schemaVersion,
            frequentUpdates: true
          })
        )
        hear(deviceId, { _tag: "Launched", at })
      }),
    follow: (deviceId, matchId) =>
      Effect.sync(() =>
        send(deviceId, (services) =>
          Effect.gen(function* () {
            const user = userOf(deviceId) as Ids.UserId
            yield* Context.get(services, Follows.Follows).follow(user, matchId, yield* now)
            yield* Context.get(services, MatchOrchestrator.MatchOrchestrator).welcome(matchId, user)
          })
        )
      ),
    unfollow: (deviceId, matchId) =>
      Effect.sync(() =>
        send(deviceId, (services) =>
          Context.get(services, TokenKeeper.TokenKeeper).unfollowed(userOf(deviceId) as Ids.UserId, matchId)
        )
      ),
    touch: (deviceId, input) => Effect.sync(() => hear(deviceId, input))
  }
  return world
})

interface Aps {
  readonly event: string
  readonly timestamp: number
  readonly alert?: unknown
}
