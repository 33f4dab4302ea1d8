import "effect/schema/SchemaJITCompiler/enable"
import { randomBytes } from "node:crypto"
import * as fs from "node:fs"
import { createServer } from "node:http"
import { Authority, Delivery, type Gate, Server, SigningKey } from "@sightscreen/apns"
import { Instant } from "@sightscreen/decider"
import { Cursor, Library, Recorded, Replay, Server as Provider, Timeline, Twin } from "@sightscreen/feed"
import { App, Handset, Registration } from "@sightscreen/handset"
import { Cast, Crowd, Errand, Fate, Looks, Mail } from "@sightscreen/simulation"
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
import { contract, WorldApi, WorldKey } from "./WorldApi.ts"

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
  readonly crowd: Cast.Kind
  /** How many times the server's database has seen the match: a new one has a name of its own. */
  readonly played: number
  /** How long it stands though nobody asks it anything, where that is not as usual. */
  readonly forgottenAfterMillis?: number
}

const order = JSON.parse(process.argv[2] ?? "{}") as Order

const { bundleId } = App.current
/**
 * From everybody being ready to the first ball: long enough for people to be told that it is near, and a few seconds of our
 * time at most.
 */
const leadMillis = (speed: number) => Math.min(1_200_000, Math.max(10_000, 3000 * speed))
/**
 * The first ball is bowled even if some phone cannot get through, after this long of our time: who watches a match at an
 * easy pace is not to wait for it, and a fast one would be half over before everybody is there.
 */
const waitForPhones = (speed: number) =>
  Duration.seconds(speed <= 100 ? Math.max(8, order.phones / 25) : Math.max(20, order.phones / 25))
/** Of our time. After the match there is less to come back to. */
const forgottenAfter = { playing: Duration.minutes(10), over: Duration.minutes(2) }
const saveEvery = Duration.seconds(2)
const tickEvery = Duration.millis(20)
/** Apple takes its time to notice that a token is dead. */
const noticeAfter = Duration.minutes(5)
/** From a notification to the tap on it. */
const tapsAfter = Duration.seconds(20)

/** Our Apple takes what it is told as it is told. */
const atOnce = <A>(told: Effect.Effect<A>): A => Effect.runSync(told)

const ownerOf = (nth: number): string => `user-${String(nth + 1).padStart(`${order.phones}`.length, "0")}`

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
  const cast = Array.from({ length: order.phones }, (_, nth) => Cast.part(order.crowd, nth))
  const crowd = goesOn
    ? new Crowd.Crowd(found.phones)
    : Crowd.make(order.phones, `world/${run}`, [18, 4], (_, nth) => ({
        ...cast[nth]?.recipe,
        userId: ownerOf(nth)
      }))
  /** Where each phone stands in the crowd; who it belongs to follows from that, whatever it is called. */
  const names = crowd.phones.map(({ deviceId }) => deviceId)
  const places = new Map(names.map((deviceId, nth) => [deviceId, nth]))
  const phoneAt = (nth: number) => crowd.phone(names[nth] ?? "")
  /** Channels that the Apple before this one had. */
  const lost = new Set(goesOn ? found.phones.flatMap((phone) => Handset.channels(phone)) : [])
  yield* Effect.logInfo(
    `match ${matchId} at ×${order.speed} on ${order.phones} phones`,
    goesOn ? "goes on" : "begins",
    ...(notice === null ? [] : [notice])
  )

  let startsAt = goesOn ? found.startsAt : null
  const following = new Set<string>(goesOn ? found.following : [])
  const diaries = new Map<number, Fate.Diary>(goesOn ? found.diaries : [])
  let post = goesOn ? found.post : Saved.noPost
  const layOut = (at: number) => Timeline.make(recording, { matchId, startsAt: Instant.fromMillis(at) })
  // Until everybody is ready the first ball lies so far ahead that it cannot be bowled, and moves nearer when they are.
  const farAhead = 3_600_000 + Duration.toMillis(waitForPhones(order.speed)) * order.speed
  let timeline = layOut(startsAt ?? now() + farAhead)
  /** The provider of scores knows the match, and plays it by the world's clock. */
  const twin = new Twin.Twin()
  const show = () =>
    twin.put(
      Replay.make({
        recording,
        tapeId: order.match,
        timeline,
        cursor: Cursor.play(Instant.fromMillis(0), Instant.fromMillis(0), 1)
      })
    )
  show()
  const playOf = (): Cast.Play => ({
    from: timeline.info.startsAt,
    to: timeline.times.at(-1) ?? timeline.info.startsAt
  })
  interface Due {
    readonly nth: number
    readonly does: Cast.Deed
    readonly at: Instant.Instant
  }
  const layScenes = (): ReadonlyArray<Due> =>
    cast
      .flatMap(({ scenes }, nth) =>
        scenes.map(({ does, when }) => ({ nth, does, at: Cast.instantOf(when, playOf()) }))
      )
      .sort((a, b) => a.at - b.at || a.nth - b.nth)
  let scenes = startsAt === null ? [] : layScenes()
  let played = goesOn ? found.scenes : 0
  const taps: Array<{ readonly nth: number; readonly at: Instant.Instant }> = []
  const begin = () => {
    if (startsAt !== null) return
    startsAt = now() + leadMillis(order.speed)
    timeline = layOut(startsAt)
    show()
    scenes = layScenes()
  }
  const matchOver = () => Recorded.at(timeline, now()).outcome !== null

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
    onFollowing: (userId) => {
      following.add(userId)
      if (following.size === order.phones) begin()
    }
  })

  const owners = new Map<string, string>()
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
      deviceOf: (token) => owners.get(token) ?? `nobody/${token.slice(-6)}`
    },
    onAccepted: () => {
      post = { ...post, pushes: post.pushes + 1 }
    },
    onPublished: () => {
      post = { ...post, publishes: post.publishes + 1 }
    },
    onDelivered: (delivered) => {
      if (delivered._tag === "Reached") post = { ...post, reached: post.reached + 1 }
      hear(delivered.device, { _tag: "Delivered", at: delivered.at, push: Mail.of(delivered) })
    }
  })
  const tell = (input: Delivery.Input) => atOnce(apple.deliver(input))
  const tellOfToken = (deviceId: string, token: string, kind: Gate.Kind) => {
    owners.set(token, deviceId)
    atOnce(apple.register({ token, bundleId, environment: "sandbox", kind }))
  }
  const dead: Array<{
    readonly token: string
    readonly since: Instant.Instant
    readonly reason: "Unregistered" | "ExpiredToken"
  }> = []

  const channelsOf = (deviceId: string): ReadonlyArray<string> => {
    const phone = crowd.phone(deviceId)
    return phone === undefined ? [] : Handset.channels(phone)
  }
  /** A phone listens to the channels of its living activities, whether or not its app has said so. */
  const listen = (deviceId: string, before: ReadonlyArray<string>) => {
    const after = channelsOf(deviceId)
    for (const channelId of after)
      if (!before.includes(channelId)) atOnce(apple.subscribe(deviceId, channelId))
    for (const channelId of before)
      if (!after.includes(channelId)) atOnce(apple.unsubscribe(deviceId, channelId))
  }

  const hear = (deviceId: string, input: Handset.Input) => {
    const nth = places.get(deviceId)
    if (nth === undefined) return
    const before = channelsOf(deviceId)
    const outputs = crowd.hear(deviceId, input)
    if (input._tag === "Reinstalled") {
      names[nth] = input.deviceId
      places.set(input.deviceId, nth)
    }
    const diary = diaries.get(nth) ?? Fate.untouched
    const from = startsAt === null ? null : Instant.fromMillis(startsAt)
    const after = Fate.remember(diary, input, outputs, from)
    if (after !== diary) diaries.set(nth, after)
    if (after.told && !diary.told && cast[nth]?.taps === true)
      taps.push({ nth, at: Instant.plus(input.at, tapsAfter) })
    pass(nth, outputs, from)
    if (input._tag === "WentOffline") tell({ _tag: "Disconnected", at: input.at, device: deviceId })
    if (input._tag === "CameOnline") tell({ _tag: "Connected", at: input.at, device: deviceId })
    listen(deviceId, before)
  }

  /** What phones say goes to Apple first, who knows a token before an app does, and then to the server. */
  const pass = (nth: number, outputs: ReadonlyArray<Handset.Output>, from: Instant.Instant | null) => {
    if (outputs.length === 0) return
    const phone = phoneAt(nth)
    if (phone === undefined) return
    const { deviceId } = phone
    for (const output of outputs) {
      switch (output._tag) {
        case "DeviceTokenReported":
          tellOfToken(deviceId, output.token, "device")
          break
        case "StartTokenReported":
          tellOfToken(deviceId, output.token, "start")
          break
        case "UpdateTokenReported":
          tellOfToken(deviceId, output.token, "update")
          break
        case "TokensDied":
          if (output.why === "ended") break
          for (const token of output.tokens)
            dead.push({
              token,
              since: now(),
              reason: output.why === "removed" ? "Unregistered" : "ExpiredToken"
            })
          break
        case "NotificationShown":
          post = Fate.isFallback(output, from)
            ? { ...post, fallback: post.fallback + 1 }
            : { ...post, prematch: post.prematch + 1 }
          break
        default:
      }
      // Where nobody is signed in the app has nobody to speak for.
      if (phone.userId === null && output._tag !== "SignedOut") continue
      const errand = Errand.of(phone, phone.userId ?? "", output)
      if (errand !== null) send(errand)
    }
  }
  const launchAll = () => {
    for (const [nth, { deviceId }] of crowd.phones.entries()) {
      const userId = ownerOf(nth)
      if (following.has(userId)) continue
      hear(deviceId, { _tag: "Launched", at: now() })
      send({ _tag: "Follow", deviceId, userId, matchId })
    }
  }
  /** What its owners do with the phones by now. */
  const perform = (at: Instant.Instant) => {
    for (let next = scenes[played]; next !== undefined && next.at <= at; next = scenes[played]) {
      played += 1
      const phone = phoneAt(next.nth)
      const input = phone && Cast.inputOf(next.does, phone, ownerOf(next.nth), at)
      if (phone !== undefined && input != null) hear(phone.deviceId, input)
    }
    for (let next = taps[0]; next !== undefined && next.at <= at; next = taps[0]) {
      taps.shift()
      const phone = phoneAt(next.nth)
      if (phone !== undefined) hear(phone.deviceId, { _tag: "Tapped", matchId, at })
    }
    for (let next = dead[0]; next !== undefined; next = dead[0]) {
      if (at < Instant.plus(next.since, noticeAfter)) break
      dead.shift()
      atOnce(apple.retire(next.token, next.since, next.reason))
    }
  }
  const fateOf = (nth: number): Fate.Fate => {
    const { from, to } = playOf()
    return Fate.of(phoneAt(nth)!, diaries.get(nth) ?? Fate.untouched, {
      matchId,
      right,
      at: now(),
      from,
      to,
      goesOn: scenes.slice(played).some((scene) => scene.nth === nth),
      because: forgotten(phoneAt(nth)!, to)
    })
  }
  /** A phone whose channel was forgotten so late that a start which goes astray is not asked for again before the end. */
  const forgotten = (phone: Handset.Handset, to: Instant.Instant): string | null => {
    const newest = phone.activities.findLast((one) => one.matchId === matchId)
    if (newest?.address._tag !== "Channel" || !lost.has(newest.address.channelId)) return null
    if (pace.world + reportMillis(order.speed) * order.speed < to) return null
    const minutes = Math.max(0, Math.round((to - pace.world) / 60_000))
    return `Apple stopped and forgot its channel ${minutes === 0 ? "at the end" : `${minutes} min before the end`}`
  }

  for (const [nth, phone] of crowd.phones.entries()) {
    const { activities, deviceId, online, tokens } = phone
    if (tokens.device !== null) tellOfToken(deviceId, tokens.device, "device")
    for (const token of Registration.issued(tokens))
      if (token !== tokens.device) tellOfToken(deviceId, token, "start")
    for (const { address } of activities)
      if (address._tag === "Token") tellOfToken(deviceId, address.token, "update")
    if (!online) tell({ _tag: "Disconnected", at: now(), device: deviceId })
    const { came = false, told = false } = diaries.get(nth) ?? {}
    if (told && !came && cast[nth]?.taps === true) taps.push({ nth, at: now() })
  }

  // Who is not known to follow yet is launched anew, and tells everything again.
  for (const errand of goesOn ? found.errands : []) if (following.has(errand.userId)) send(errand)

  const save = (rested: boolean) =>
    Effect.sync(() => {
      if (!isOurs()) return
      Saved.write(order.folder, {
        version: 4,
        run,
        match: order.match,
        crowd: order.crowd,
        world: now(),
        startsAt,
        following: [...following],
        phones: crowd.phones,
        errands: pending(),
        diaries: [...diaries],
        scenes: played,
        post,
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
            if (first) launchAll()
          }).pipe(Effect.andThen(Effect.logInfo(`a server is at ${payload.api}`))),
        trouble: ({ payload }) =>
          Effect.gen(function* () {
            const always = { from: Instant.fromMillis(0), until: null }
            twin.misbehave(
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
            Figures.phones(crowd, {
              matchId,
              following: following.size,
              post,
              fateOf: matchOver() ? fateOf : null
            })
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
  const provider = Provider.routes({
    twin,
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
    Effect.sync(() => {
      const at = now()
      for (const { deviceId } of crowd.due(at)) hear(deviceId, { _tag: "Ticked", at })
      perform(at)
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
