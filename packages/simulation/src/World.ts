import {
  Apns,
  Channels,
  Delivery,
  ModelTransport,
  type Notification,
  ProviderToken,
  Transport
} from "@sightscreen/apns"
import { Instant } from "@sightscreen/decider"
import { ActiveMatch, type Ids } from "@sightscreen/domain"
import { AppSettings, Engine, MatchOrchestrator, TokenKeeper } from "@sightscreen/engine"
import { Feed, type Timeline, Recorded } from "@sightscreen/feed"
import { App, Handset, type Push } from "@sightscreen/handset"
import { type Fault, Follows, Store } from "@sightscreen/store"
import { Clock, Context, Duration, Effect, Exit, Fiber, Latch, Layer, Option, Queue, Scope } from "effect"
import { type Between, straight, type Trip } from "./Between.ts"
import type { Crowd } from "./Crowd.ts"
import * as Errand from "./Errand.ts"
import * as Mail from "./Mail.ts"

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
  /** Engines that run, in the order of their start. */
  readonly running: () => ReadonlyArray<Running>
  /** Who has a token, what it is for, and whether it still leads anywhere; null for one that no phone has had. */
  readonly holder: (token: string) => Holder | null
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
  /** From 1, in the order of their start. */
  readonly process: number
  readonly life: Scope.Closeable
  readonly services: Context.Context<Services>
  readonly crash: Effect.Effect<void>
}

export interface Holder {
  readonly deviceId: string
  readonly kind: "start" | "update" | "device"
  readonly alive: boolean
}

/** One thing that happened; times are the world's. */
export type Entry =
  /** Apple took a push, or a publish to a channel. */
  | {
      readonly _tag: "Accepted"
      readonly at: Instant.Instant
      /** Null for a token that no phone has, and for a publish. */
      readonly deviceId: string | null
      /** A token, or the id of a channel. */
      readonly token: string
      readonly pushId: string
      /** Of a Live Activity: `start`, `update`, `end`. Else the push type. */
      readonly event: string
      readonly stamp: number
      readonly priority: number
      readonly alert: boolean
      readonly route: "token" | "channel"
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
  /** Whose a phone is on which nobody has signed in; everybody has one, unless told otherwise. Null for nobody. */
  readonly userOf?: (deviceId: string) => string | null
  /** From a phone to the server. */
  readonly reportAfter?: Duration.Input
  /** How long an update token takes to come to the app; null withholds it. */
  readonly tokenAfter?: (deviceId: string, nthStart: number) => Duration.Duration | null
  readonly apple?: Omit<ModelTransport.Options, "onAccepted" | "onPublished" | "onDelivered">
  /** How long a start token that died goes on being accepted; Apple takes its time to notice. */
  readonly noticeAfter?: Duration.Input
  readonly channels?: boolean
  readonly manner?: ActiveMatch.Manner
  /** Puts something between the engine and the world: a feed that lies, a store that fails. */
  readonly disturb?: (
    services: Context.Context<Store.Store | Feed.Feed>,
    process: number
  ) => Context.Context<Store.Store | Feed.Feed>
  /** What else stands between the parts of the world, and who looks on. */
  readonly between?: Between
}

export const bundleId = App.current.bundleId as Notification.BundleId

const now = Effect.map(Clock.currentTimeMillis, Instant.fromMillis)
/** Phones are told the time on a grid, and only where something is due. */
const tickMillis = 500
const tryAgainAfter = Duration.seconds(1)

export const make = Effect.fnUntraced(function* (options: Options) {
  const {
    between = {},
    channels = true,
    crowd,
    manner = ActiveMatch.careful,
    noticeAfter = "5 minutes",
    reportAfter = 200,
    tokenAfter,
    userOf = (deviceId) => `owner of ${deviceId}`
  } = options
  const scope = yield* Effect.scope
  const journal: Array<Entry> = []
  const starts = new Map<string, number>()
  const owners = new Map<string, string>()
  const holders = new Map<string, Holder>()
  const store = yield* Layer.build(Store.layerMemory)
  const running: Array<Running> = []
  let processes = 0

  const clock = yield* Clock.Clock
  const atNow = () => Instant.fromMillis(clock.currentTimeMillisUnsafe())
  const { apple, transport } = ModelTransport.make({
    ...options.apple,
    rules: { environment: "sandbox", ...options.apple?.rules },
    delivery: {
      rules: Delivery.direct,
      ...options.apple?.delivery,
      deviceOf: (token) => owners.get(token) ?? `nobody/${token.slice(-6)}`
    },
    onAccepted: (push) => {
      const { aps } = push.payload as { readonly aps: Aps }
      note(push.headers, aps, {
        at: push.at,
        token: push.token,
        deviceId: owners.get(push.token) ?? null,
        pushId: push.apnsId.toLowerCase(),
        event: aps.event ?? push.pushType,
        route: "token"
      })
    },
    onPublished: (publish) => {
      const { aps } = publish.payload as { readonly aps: Aps }
      note(publish.headers, aps, {
        at: publish.at,
        token: publish.channelId,
        deviceId: null,
        pushId: publish.requestId.toLowerCase(),
        event: aps.event ?? "",
        route: "channel"
      })
    },
    onDelivered: (delivered) => {
      if (between.travel === undefined) return arrive(delivered, delivered.at)
      for (const millis of between.travel(delivered)) {
        if (millis <= 0) arrive(delivered, delivered.at)
        else
          Effect.runForkWith(context)(
            Effect.andThen(
              Effect.sleep(millis),
              Effect.sync(() => arrive(delivered, atNow()))
            ).pipe(Effect.forkIn(scope))
          )
      }
    }
  })

  const arrive = (delivered: Delivery.Delivered | Delivery.Reached, at: Instant.Instant): void => {
    const deviceId = delivered.device
    const before = crowd.phone(deviceId)
    // What is late finds its phone gone off meanwhile, and is not kept for it.
    if (at > delivered.at && before?.online === false)
      return between.arrived?.(delivered, deviceId, null, null)
    const push = Mail.of(delivered)
    const delay = tokenAfter === undefined || !("token" in push) ? undefined : nthStart(push, deviceId)
    hear(
      deviceId,
      { _tag: "Delivered", at, push, ...(delay === undefined ? {} : { tokenAfter: delay }) },
      between.arrived === undefined
        ? undefined
        : () => between.arrived?.(delivered, deviceId, before ?? null, crowd.phone(deviceId) ?? null)
    )
  }

  const note = (
    headers: Readonly<Record<string, string>>,
    aps: Aps,
    entry: Omit<Extract<Entry, { _tag: "Accepted" }>, "_tag" | "stamp" | "priority" | "alert">
  ): void => {
    journal.push({
      _tag: "Accepted",
      ...entry,
      stamp: aps.timestamp ?? Instant.toSeconds(entry.at),
      priority: Number(headers["apns-priority"]),
      alert: aps.alert !== undefined
    })
  }

  /** How long a started activity's token takes, if this is a start. */
  const nthStart = (push: Push.Direct, deviceId: string): Duration.Duration | null | undefined => {
    const { aps } = JSON.parse(push.payload as string) as { readonly aps: Aps }
    if (aps.event !== "start") return undefined
    const nth = (starts.get(deviceId) ?? 0) + 1
    starts.set(deviceId, nth)
    return tokenAfter?.(deviceId, nth)
  }

  /** Phones run their errands one after the other, each until it is done. */
  const errands = new Map<string, { readonly queue: Queue.Queue<Asked>; made: number }>()
  const send = Effect.fnUntraced(function* (errand: Errand.Errand) {
    const { deviceId } = errand
    let desk = errands.get(deviceId)
    if (desk === undefined) {
      desk = { queue: yield* Queue.unbounded<Asked>(), made: 0 }
      errands.set(deviceId, desk)
      yield* runErrands(desk.queue)
    }
    const report = `${deviceId}/${++desk.made}`
    between.asked?.(report, errand)
    Queue.offerUnsafe(desk.queue, { report, errand })
  })
  const runErrands = Effect.fnUntraced(function* (queue: Queue.Queue<Asked>) {
    /** What was overtaken and is still under way, by what it asks. Nothing overtakes its like. */
    const aside = new Map<string, Fiber.Fiber<void>>()
    yield* Effect.gen(function* () {
      const asked = yield* Queue.take(queue)
      const { _tag } = asked.errand
      for (const [tag, fiber] of aside) {
        if (tag !== _tag && Errand.mayBeOvertaken(asked.errand)) continue
        yield* Fiber.await(fiber)
        aside.delete(tag)
      }
      const trip = between.trip?.(asked.report, asked.errand, 1) ?? straight
      if (!trip.aside || !Errand.mayBeOvertaken(asked.errand)) return yield* carry(asked, trip)
      aside.set(_tag, yield* Effect.forkIn(carry(asked, trip), scope))
    }).pipe(Effect.forever, Effect.forkIn(scope))
  })
  const carry = Effect.fnUntraced(function* ({ errand, report }: Asked, first: Trip) {
    for (let attempt = 1; ; attempt++) {
      const trip = attempt === 1 ? first : (between.trip?.(report, errand, attempt) ?? straight)
      yield* Effect.sleep(
        Duration.sum(Duration.fromInputUnsafe(reportAfter), Duration.millis(trip.delayMillis))
      )
      const process = trip.lost === "there" ? undefined : running.at(-1)
      if (process !== undefined) {
        // It runs inside the engine, by its clock, and falls with it.
        const handle = Effect.forkIn(
          Effect.provideService(run(process.services, errand), Clock.Clock, clockOf(process.process)),
          process.life
        )
        const again = trip.twice ? yield* handle : null
        const exit = yield* Effect.flatMap(handle, Fiber.await)
        if (again !== null) yield* Fiber.await(again)
        if (Exit.isSuccess(exit) && trip.lost !== "back") {
          between.acknowledged?.(report, process.process, attempt)
          return
        }
      }
      yield* Effect.sleep(tryAgainAfter)
    }
  })

  /** When the first phone is to be told the time; whoever hears something may have to be told sooner. */
  let dueAt: number = Infinity
  const due = yield* Latch.make()
  const earliest = (): number => {
    let first: number = Infinity
    for (const phone of crowd.phones) first = Math.min(first, Handset.nextDue(phone) ?? Infinity)
    return first
  }
  const expect = (deviceId: string): void => {
    const phone = crowd.phone(deviceId)
    const at = phone === undefined ? earliest() : (Handset.nextDue(phone) ?? Infinity)
    if (at >= dueAt) return
    dueAt = at
    due.openUnsafe()
  }

  const known = (deviceId: string, token: string, kind: Holder["kind"]) => {
    owners.set(token, deviceId)
    holders.set(token, { deviceId, kind, alive: true })
    apple.registerUnsafe({ token, bundleId, environment: "sandbox", kind })
  }

  const hear = (deviceId: string, input: Handset.Input, heard?: () => void): void => {
    const before = channelsOf(deviceId)
    const outputs = crowd.hear(deviceId, input)
    heard?.()
    expect(deviceId)
    if (input._tag === "WentOffline" || input._tag === "CameOnline") {
      const _tag = input._tag === "WentOffline" ? ("Disconnected" as const) : ("Connected" as const)
      pass(deviceId, outputs)
      apple.deliverUnsafe({ _tag, at: input.at, device: deviceId })
    } else pass(deviceId, outputs)
    follow(deviceId, before)
  }

  const channelsOf = (deviceId: string): ReadonlyArray<string> => {
    const phone = crowd.phone(deviceId)
    return phone === undefined ? [] : Handset.channels(phone)
  }

  /** A phone listens to the channels of its living activities, whether or not its app has said so. */
  const follow = (deviceId: string, before: ReadonlyArray<string>): void => {
    const after = channelsOf(deviceId)
    if (before.length === 0 && after.length === 0) return
    for (const channelId of after)
      if (!before.includes(channelId)) apple.subscribeUnsafe(deviceId, channelId, "sandbox")
    for (const channelId of before)
      if (!after.includes(channelId))
        apple.deliverUnsafe({ _tag: "Unsubscribed", at: atNow(), device: deviceId, channelId })
  }

  /** What phones say goes to Apple first, who knows a token before an app does, and then to the server. */
  const pass = (deviceId: string, outputs: ReadonlyArray<Handset.Output>): void => {
    const at = atNow()
    for (const output of outputs) {
      journal.push({ _tag: "Said", at, deviceId, output })
      between.said?.(deviceId, output)
      if (output._tag === "TokensDied") {
        for (const token of output.tokens) {
          const holder = holders.get(token)
          if (holder !== undefined) holders.set(token, { ...holder, alive: false })
        }
        if (output.why !== "ended") die(output)
      }
      // The app has gone to a phone of another name.
      const phone = crowd.phone(deviceId)
      if (phone === undefined) continue
      if (output._tag === "StartTokenReported") known(deviceId, output.token, "start")
      if (output._tag === "UpdateTokenReported") known(deviceId, output.token, "update")
      if (output._tag === "DeviceTokenReported") known(deviceId, output.token, "device")
      const userId = phone.userId ?? userOf(deviceId)
      // An app that nobody has signed in to has nothing to say to the server, but that somebody has signed out.
      const errand =
        userId === null && output._tag !== "SignedOut" ? null : Errand.of(phone, userId ?? "", output)
      if (errand !== null) Effect.runForkWith(context)(send(errand))
    }
  }

  /** Apple learns of it later, and answers 410 from then on, with the moment at which the token died. */
  const die = ({ tokens, why }: Extract<Handset.Output, { readonly _tag: "TokensDied" }>): void => {
    const since = atNow()
    const reason = why === "removed" ? "Unregistered" : "ExpiredToken"
    Effect.runForkWith(context)(
      Effect.gen(function* () {
        yield* Effect.sleep(noticeAfter)
        for (const token of tokens) yield* apple.retire(token, reason, since)
      }).pipe(Effect.forkIn(scope))
    )
  }
  const context = yield* Effect.context<never>()

  const run = (
    services: Context.Context<Services>,
    errand: Errand.Errand
  ): Effect.Effect<unknown, Fault.Fault> => {
    const keeper = Context.get(services, TokenKeeper.TokenKeeper)
    const userId = errand.userId as Ids.UserId
    const deviceId = errand.deviceId as Ids.DeviceId
    const where = (token: string) => ({ token, environment: "sandbox" as const, bundleId })
    const report = ({ activityId, matchId }: Errand.About) => ({
      userId,
      deviceId,
      matchId: matchId as Ids.MatchId,
      instance: activityId
    })
    switch (errand._tag) {
      case "Register": {
        const { deviceToken, ...facts } = errand.facts
        return keeper.device({
          deviceId,
          userId,
          appVersion: "1.0",
          ...facts,
          deviceToken: deviceToken === null ? null : where(deviceToken),
          voipToken: null
        })
      }
      case "StartToken":
        return keeper.startToken(userId, deviceId, where(errand.token))
      case "UpdateToken":
        return keeper.updateToken(report(errand.about), where(errand.token))
      case "Joined":
        return keeper.joined(report(errand.about), errand.channelId)
      case "Dismissed":
        return keeper.dismissed(report(errand.about), errand.by)
      case "SignOut":
        return keeper.signedOut(userId, deviceId)
      case "Follow":
        return Effect.gen(function* () {
          const matchId = errand.matchId as Ids.MatchId
          yield* Context.get(services, Follows.Follows).follow(userId, matchId, yield* now)
          yield* Context.get(services, MatchOrchestrator.MatchOrchestrator).welcome(matchId, userId)
        })
      case "Unfollow":
        return keeper.unfollowed(userId, errand.matchId as Ids.MatchId)
    }
  }

  yield* Effect.gen(function* () {
    const began = atNow()
    for (let last: number = began - 1; ;) {
      const from = atNow()
      const ticks = Math.ceil((Math.max(dueAt, last + 1) - began) / tickMillis)
      const wait = began + ticks * tickMillis - from
      due.closeUnsafe()
      const isSooner =
        wait === Infinity
          ? yield* Effect.as(due.await, true)
          : wait > 0 && Option.isSome(yield* due.await.pipe(Effect.timeoutOption(wait)))
      if (isSooner) continue
      last = atNow()
      for (const { deviceId } of crowd.due(atNow())) hear(deviceId, { _tag: "Ticked", at: atNow() })
      dueAt = earliest()
    }
  }).pipe(Effect.forkIn(scope))
  yield* Effect.forkIn(apple.run, scope)

  const feed = yield* Layer.build(Recorded.layer(options.timelines))
  // An engine may be started under a clock that is wrong; Apple's is right.
  const onWorldTime = Transport.Transport.of({
    ...transport,
    exchange: (request, bearer) =>
      Effect.provideService(transport.exchange(request, bearer), Clock.Clock, clock)
  })
  const clockOf = (process: number): Clock.Clock => between.clockOf?.(process, clock) ?? clock
  const disturbed = (process: number) =>
    (options.disturb ?? ((it) => it))(Context.merge(store, feed), process)
  const outside = (process: number) =>
    Layer.mergeAll(
      Layer.succeedContext(disturbed(process)),
      Layer.mergeAll(Apns.Apns.layer, Channels.Channels.layer).pipe(
        Layer.provide(
          Layer.succeed(Transport.Transport, between.line?.(onWorldTime, apple, process) ?? onWorldTime)
        ),
        Layer.provide(between.bearers?.(process) ?? ProviderToken.ProviderToken.layerTest)
      ),
      Layer.succeed(AppSettings.AppSettings, {
        bundleId,
        environment: "sandbox",
        slack: Duration.zero,
        channels,
        manner
      })
    )

  const start = Effect.gen(function* () {
    const process = ++processes
    journal.push({ _tag: "Started", at: yield* now })
    between.started?.(process)
    const life = yield* Scope.fork(scope)
    const build = Layer.buildWithScope(
      Engine.run.pipe(Layer.provideMerge(Engine.layer), Layer.provideMerge(outside(process))),
      life
    )
    const services = yield* between.clockOf === undefined
      ? build
      : Effect.provideService(build, Clock.Clock, clockOf(process))
    const one: Running = {
      process,
      life,
      services,
      crash: Effect.gen(function* () {
        const at = running.indexOf(one)
        if (at >= 0) running.splice(at, 1)
        journal.push({ _tag: "Crashed", at: yield* now })
        yield* Scope.close(life, Exit.void)
      })
    }
    running.push(one)
    return one
  })

  /** What the owner of a phone wants; nobody wants anything on a phone that is nobody's. */
  const want = (deviceId: string, errand: (userId: string) => Errand.Errand) =>
    Effect.suspend(() => {
      const userId = crowd.phone(deviceId)?.userId ?? userOf(deviceId)
      return userId === null ? Effect.void : send(errand(userId))
    })

  const world: World = {
    crowd,
    apple,
    store,
    journal,
    start,
    crash: Effect.suspend(() => running.at(-1)?.crash ?? Effect.void),
    running: () => running,
    holder: (token) => holders.get(token) ?? null,
    launch: (deviceId) => Effect.map(now, (at) => hear(deviceId, { _tag: "Launched", at })),
    follow: (deviceId, matchId) =>
      want(deviceId, (userId) => ({ _tag: "Follow", deviceId, userId, matchId })),
    unfollow: (deviceId, matchId) =>
      want(deviceId, (userId) => ({ _tag: "Unfollow", deviceId, userId, matchId })),
    touch: (deviceId, input) => Effect.sync(() => hear(deviceId, input))
  }
  return world
})

/** Something that a phone wants of the server, under its name. */
interface Asked {
  readonly report: string
  readonly errand: Errand.Errand
}

interface Aps {
  readonly event?: string
  readonly timestamp?: number
  readonly alert?: unknown
}
