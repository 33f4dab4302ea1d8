import { type ModelTransport } from "@sightscreen/apns"
import { Instant } from "@sightscreen/decider"
import { ActiveMatch, type Ids } from "@sightscreen/domain"
import { type Feed, type Timeline, Recorded } from "@sightscreen/feed"
import type { Handset } from "@sightscreen/handset"
import { Store } from "@sightscreen/store"
import { Clock, Context, Duration, Effect, Layer } from "effect"
import type { Between } from "./Between.ts"
import type { Crowd } from "./Crowd.ts"
import type { Errand } from "./Errand.ts"
import * as Apple from "./world/Apple.ts"
import * as Engines from "./world/Engines.ts"
import type { Entry } from "./world/Entry.ts"
import * as Errands from "./world/Errands.ts"
import * as Handsets from "./world/Handsets.ts"

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
  readonly start: Effect.Effect<Engines.Running>
  /** Ends the engine that was started last, where it stands. */
  readonly crash: Effect.Effect<void>
  /** Engines that run, in the order of their start. */
  readonly running: () => ReadonlyArray<Engines.Running>
  /** Who has a token, what it is for, and whether it still leads anywhere; null for one that no phone has had. */
  readonly holder: (token: string) => Handsets.Holder | null
  /** A phone is switched on: the app registers it and reports its start token. */
  readonly launch: (deviceId: string) => Effect.Effect<void>
  readonly follow: (deviceId: string, matchId: Ids.MatchId) => Effect.Effect<void>
  readonly unfollow: (deviceId: string, matchId: Ids.MatchId) => Effect.Effect<void>
  /** Somebody does something with a phone. */
  readonly touch: (deviceId: string, input: Handset.Input) => Effect.Effect<void>
}

export type { Running, Services } from "./world/Engines.ts"
export type { Entry } from "./world/Entry.ts"
export type { Holder } from "./world/Handsets.ts"
export { bundleId } from "./world/Apple.ts"

export interface Options {
  readonly crowd: Crowd
  readonly timelines: Iterable<Timeline.Timeline>
  /** Whose a phone is on which nobody has signed in; everybody has one, unless told otherwise. Null for nobody. */
  readonly userOf?: (deviceId: string) => string | null
  /** From a phone to the server. */
  readonly reportAfter?: Duration.Input
  /** How long an update token takes to come to the app; null withholds it. */
  readonly tokenAfter?: (deviceId: string, nthStart: number) => Duration.Duration | null
  readonly apple?: Apple.Options
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

export const make = Effect.fnUntraced(function* (options: Options) {
  const {
    between = {},
    channels = true,
    crowd,
    disturb = (it) => it,
    manner = ActiveMatch.careful,
    noticeAfter = "5 minutes",
    reportAfter = 200,
    tokenAfter,
    userOf = (deviceId) => `owner of ${deviceId}`
  } = options
  const scope = yield* Effect.scope
  const clock = yield* Clock.Clock
  const journal: Array<Entry> = []
  const store = yield* Layer.build(Store.layerMemory)

  const handsets = yield* Handsets.make(
    {
      crowd,
      journal,
      between,
      apple: () => apple,
      clock,
      userOf,
      noticeAfter,
      tokenAfter,
      send: (errand) => errands.send(errand)
    },
    scope
  )
  const { apple, transport } = Apple.make({
    options: options.apple,
    journal,
    ownerOf: handsets.ownerOf,
    onDelivered: handsets.bring
  })
  yield* Effect.forkIn(handsets.ticking, scope)
  yield* Effect.forkIn(apple.run, scope)
  const feed = yield* Layer.build(Recorded.layer(options.timelines))
  const engines = Engines.make(
    {
      journal,
      between,
      services: (process) => disturb(Context.merge(store, feed), process),
      apple,
      transport,
      clock,
      channels,
      manner
    },
    scope
  )
  const { running } = engines
  const errands = Errands.make(
    { between, reportAfter, answering: () => running.at(-1), clockOf: engines.clockOf },
    scope
  )

  /** What the owner of a phone wants; nobody wants anything on a phone that is nobody's. */
  const want = (deviceId: string, errand: (userId: string) => Errand) =>
    Effect.suspend(() => {
      const userId = crowd.phone(deviceId)?.userId ?? userOf(deviceId)
      return userId === null ? Effect.void : errands.send(errand(userId))
    })
  const touch = (deviceId: string, input: Handset.Input) => Effect.sync(() => handsets.hear(deviceId, input))

  const world: World = {
    crowd,
    apple,
    store,
    journal,
    start: engines.start,
    crash: Effect.suspend(() => running.at(-1)?.crash ?? Effect.void),
    running: () => running,
    holder: handsets.holder,
    launch: (deviceId) =>
      Effect.suspend(() =>
        touch(deviceId, { _tag: "Launched", at: Instant.fromMillis(clock.currentTimeMillisUnsafe()) })
      ),
    follow: (deviceId, matchId) =>
      want(deviceId, (userId) => ({ _tag: "Follow", deviceId, userId, matchId })),
    unfollow: (deviceId, matchId) =>
      want(deviceId, (userId) => ({ _tag: "Unfollow", deviceId, userId, matchId })),
    touch
  }
  return world
})
