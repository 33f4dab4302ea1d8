import { Instant } from "@sightscreen/decider"
import { type Ids, Words } from "@sightscreen/domain"
import { TokenKeeper } from "@sightscreen/engine"
import { Timeline } from "@sightscreen/feed"
import type { Handset } from "@sightscreen/handset"
import { Crowd, World } from "@sightscreen/simulation"
import { Activities, Decisions, Fault, PushTokens, Recoveries } from "@sightscreen/store"
import { Context, Duration, Effect, Logger } from "effect"
import { TestClock } from "effect/testing"
import * as Kit from "./kit.ts"

/** Worlds of phones that differ, and questions about tokens, starts and notices. */

/** Phones in the order given: the first is `phone-1`. */
export const crowd = (...recipes: ReadonlyArray<Crowd.Recipe>): Crowd.Crowd =>
  Crowd.make(recipes.length, "wards", [17, 4], (_, nth) => recipes[nth]!)

export const after = (duration: Duration.Input): Instant.Instant =>
  Instant.plus(Kit.noon, Duration.fromInputUnsafe(duration))

/** A match that begins so long after noon, slow enough to last. */
export const begins = (
  startsAfter: Duration.Input,
  options: { readonly matchId?: Ids.MatchId; readonly ballMillis?: number } = {}
): Timeline.Timeline =>
  Timeline.make(Kit.short, {
    matchId: options.matchId ?? Kit.matchId,
    startsAt: after(startsAfter),
    ballMillis: options.ballMillis ?? 20_000,
    breakMillis: 60_000
  })

/** A world at noon, its engine running, nothing launched and nothing followed. */
export const at = Effect.fnUntraced(function* (options: Partial<World.Options>) {
  yield* TestClock.setTime(Kit.noon)
  const world = yield* World.make({ crowd: crowd({}), timelines: [Kit.timeline], ...options })
  const running = yield* world.start
  return { world, keeper: keeperOf(running) }
})

export const keeperOf = ({ services }: World.Running) => Context.get(services, TokenKeeper.TokenKeeper)

/** Everybody has the app and follows the match. */
export const joined = Effect.fnUntraced(function* (options: Partial<World.Options>) {
  const it = yield* at(options)
  for (const deviceId of Kit.ids(it.world.crowd)) yield* join(it.world, deviceId)
  return it
})

export const join = Effect.fnUntraced(function* (
  world: World.World,
  deviceId: string,
  matchId: Ids.MatchId = Kit.matchId
) {
  yield* world.launch(deviceId)
  yield* world.follow(deviceId, matchId)
})

/** Something happens to a phone now. */
export const touch = (world: World.World, deviceId: string, input: (at: Instant.Instant) => Handset.Input) =>
  Effect.flatMap(
    Effect.clockWith((clock) => clock.currentTimeMillis),
    (now) => world.touch(deviceId, input(Instant.fromMillis(now)))
  )

export const tokens = (world: World.World) => Context.get(world.store, PushTokens.PushTokens)

/** The one row of a token that the server knows in one place. */
export const row = (world: World.World, token: string) =>
  Effect.map(tokens(world).byToken(token), (rows) => rows[0] ?? null)

export const startToken = (world: World.World, deviceId: string): string =>
  world.crowd.phone(deviceId)!.tokens.start!

/** Where the phone's newest live activity of the match is reached. */
export const updateToken = (world: World.World, deviceId: string): string => {
  const address = Kit.live(world, deviceId).at(-1)?.address
  return address?._tag === "Token" && address.told ? address.token : ""
}

export const rows = (world: World.World, deviceId: string) =>
  Context.get(world.store, Activities.Activities).ofDevice(deviceId as Ids.DeviceId)

export const states = (world: World.World, deviceId: string) =>
  Effect.map(rows(world, deviceId), (all) => all.map(({ status }) => status))

/** What Apple took for a phone: starts, updates and ends, `alert` and `background`. */
export const taken = (world: World.World, deviceId: string, event?: string) =>
  Kit.accepted(world, event).filter((one) => one.deviceId === deviceId)

/** Ordinary notifications that a phone has shown, whether or not they are still there. */
export const notices = (world: World.World, deviceId: string) =>
  world.journal.flatMap((one) =>
    one._tag === "Said" && one.deviceId === deviceId && one.output._tag === "NotificationShown"
      ? [one.output]
      : []
  )

/** Those that say that a match is on and cannot be shown without help. */
export const fallbacks = (world: World.World, deviceId: string) =>
  notices(world, deviceId).filter(({ body }) => body === Words.of("en").tapToFollow)

export const bodies = (world: World.World, deviceId: string): ReadonlyArray<string> =>
  notices(world, deviceId).map(({ body }) => body)

export const user = (name: string): Ids.UserId => name as Ids.UserId
export const device = (name: string): Ids.DeviceId => name as Ids.DeviceId
export const ownerOf = (deviceId: string): Ids.UserId => user(`owner of ${deviceId}`)

export const where = (token: string) => ({
  token,
  environment: "sandbox" as const,
  bundleId: World.bundleId
})

export const report = (deviceId: string, instance: string | null = null): TokenKeeper.ActivityReport => ({
  userId: ownerOf(deviceId),
  deviceId: device(deviceId),
  matchId: Kit.matchId,
  instance
})

/** What a phone of iOS 17.4 says of itself. */
export const facts = (
  deviceId: string,
  more: Partial<TokenKeeper.DeviceReport> = {}
): TokenKeeper.DeviceReport => ({
  deviceId: device(deviceId),
  userId: ownerOf(deviceId),
  osVersion: "17.4",
  appVersion: "1.0",
  schemaVersion: 1,
  frequentUpdates: true,
  language: "en",
  deviceToken: null,
  voipToken: null,
  ...more
})

/** Errors that the engine logs while an effect runs. */
export const listening = <A, E, R>(
  body: (errors: ReadonlyArray<string>) => Effect.Effect<A, E, R>
): Effect.Effect<A, E, R> => {
  const errors: Array<string> = []
  const logger = Logger.make(({ logLevel, message }) => {
    if (logLevel === "Error") errors.push(String(Array.isArray(message) ? message[0] : message))
  })
  return body(errors).pipe(Effect.provide(Logger.layer([logger])))
}

export const broken = Effect.fail(
  new Fault.StoreError({ table: "some", operation: "any", retryable: true, cause: new Error("down") })
)

export const ladders = (world: World.World) => Context.get(world.store, Recoveries.Recoveries)
export const decisions = (world: World.World) => Context.get(world.store, Decisions.Decisions)
