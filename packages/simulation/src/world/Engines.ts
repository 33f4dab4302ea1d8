import { Apns, Channels, type ModelTransport, ProviderToken, Transport } from "@sightscreen/apns"
import { Instant } from "@sightscreen/decider"
import type { ActiveMatch } from "@sightscreen/domain"
import { AppSettings, Engine, type MatchOrchestrator, type TokenKeeper } from "@sightscreen/engine"
import type { Feed } from "@sightscreen/feed"
import type { Store } from "@sightscreen/store"
import { Clock, type Context, Duration, Effect, Exit, Layer, Scope } from "effect"
import type { Between } from "../Between.ts"
import { bundleId } from "./Apple.ts"
import type { Entry } from "./Entry.ts"

/** Processes: engines on one store, each with a life of its own. */
export interface Engines {
  /** Starts another one. */
  readonly start: Effect.Effect<Running>
  /** Those that run, in the order of their start. */
  readonly running: ReadonlyArray<Running>
  /** What a process takes for the time. */
  readonly clockOf: (process: number) => Clock.Clock
}

export interface Running {
  /** From 1, in the order of their start. */
  readonly process: number
  readonly life: Scope.Closeable
  readonly services: Context.Context<Services>
  readonly crash: Effect.Effect<void>
}

export type Services =
  | Store.Store
  | TokenKeeper.TokenKeeper
  | MatchOrchestrator.MatchOrchestrator
  | Layer.Success<typeof Engine.layer>

export interface Given {
  readonly journal: Array<Entry>
  readonly between: Between
  /** The store and the feed, as a process has them. */
  readonly services: (process: number) => Context.Context<Store.Store | Feed.Feed>
  readonly apple: ModelTransport.Apple
  readonly transport: Transport.Transport["Service"]
  readonly clock: Clock.Clock
  readonly channels: boolean
  readonly manner: ActiveMatch.Manner
}

export const make = (given: Given, scope: Scope.Scope): Engines => {
  const { apple, between, channels, clock, journal, manner, services, transport } = given
  const running: Array<Running> = []
  let processes = 0
  const now = () => Instant.fromMillis(clock.currentTimeMillisUnsafe())
  const clockOf = (process: number): Clock.Clock => between.clockOf?.(process, clock) ?? clock
  // An engine may be started under a clock that is wrong; Apple's is right.
  const onWorldTime = Transport.Transport.of({
    ...transport,
    exchange: (request, bearer) =>
      Effect.provideService(transport.exchange(request, bearer), Clock.Clock, clock)
  })
  const outside = (process: number) =>
    Layer.mergeAll(
      Layer.succeedContext(services(process)),
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
    journal.push({ _tag: "Started", at: now() })
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
        journal.push({ _tag: "Crashed", at: now() })
        yield* Scope.close(life, Exit.void)
      })
    }
    running.push(one)
    return one
  })
  return { start, running, clockOf }
}
