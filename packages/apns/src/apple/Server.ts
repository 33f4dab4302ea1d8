import type { Instant } from "@sightscreen/decider"
import { Duration, Effect, Schedule, type Scope } from "effect"
import type { Environment } from "../Handling.ts"
import type { Authority } from "./Authority.ts"
import type * as Bucket from "./Bucket.ts"
import type * as Channels from "./Channels.ts"
import type * as Delivery from "./Delivery.ts"
import type * as Gate from "./Gate.ts"
import * as Model from "./Model.ts"
import * as Signatures from "./Signatures.ts"
import type { KeyFailed } from "./SigningKey.ts"
import { type Counts, Desk, type Exchange } from "./Server/Desk.ts"
import type { Fault } from "./Server/Fault.ts"
import * as Listener from "./Server/Listener.ts"

export type { Counts, Exchange } from "./Server/Desk.ts"
export type { Fault } from "./Server/Fault.ts"
export { ListenFailed } from "./Server/Listener.ts"

/**
 * A model Apple that answers on real sockets: HTTP/2 over TLS on loopback, with `Model` behind it.
 *
 * It behaves as Apple's servers are seen to: one stream until a connection has shown a good bearer token, then a thousand;
 * GOAWAY with a reason in JSON; answers without a word about delivery. What it accepts it hands to `onAccepted`, and, if it
 * is to model delivery too, to `Delivery`. Channels are managed at a port of their own.
 */
export interface Server {
  readonly port: number
  /** `https://127.0.0.1:port`. */
  readonly origin: string
  /** Where channels are managed, if anywhere. */
  readonly management: { readonly port: number; readonly origin: string } | undefined
  readonly register: (token: Gate.Known) => Effect.Effect<void>
  readonly retire: (
    token: string,
    at: Instant.Instant,
    reason: "Unregistered" | "ExpiredToken"
  ) => Effect.Effect<void>
  /** A signing key is made, or may do something else from now on. */
  readonly issue: (key: Key) => Effect.Effect<void, KeyFailed>
  readonly revoke: (keyId: string) => Effect.Effect<void>
  /** A device follows a channel. False where there is no such channel in this environment. */
  readonly subscribe: (device: string, channelId: string) => Effect.Effect<boolean>
  readonly unsubscribe: (device: string, channelId: string) => Effect.Effect<void>
  readonly inject: (fault: Fault) => Effect.Effect<void>
  readonly counts: Effect.Effect<Counts>
  /** Tells of devices that come and go, and that time has passed. Without a model of delivery nothing comes of it. */
  readonly deliver: (input: Delivery.Input) => Effect.Effect<void>
  readonly deliveries: Effect.Effect<Delivery.Counts>
  readonly broadcasts: Effect.Effect<Delivery.Broadcasts>
  readonly channels: Effect.Effect<ReadonlyArray<Channels.Kept>>
}

/** A key, with what Apple keeps of it. */
export type Key = Gate.Key & Signatures.PublicKey

export interface Options extends Omit<Model.Options, "keys"> {
  readonly authority: Authority
  /** The keys' public halves, and what each may do. */
  readonly keys: ReadonlyArray<Key>
  /** The world's clock, by which bearer tokens age and pushes are stamped. */
  readonly now: () => Instant.Instant
  /** 0, the default, picks a free one. */
  readonly port?: number
  /** The port where channels are managed, 0 for a free one; without it there is none. */
  readonly managementPort?: number
  /** Real time without a word from a client after which its connection is told to go; never where absent. */
  readonly idle?: Duration.Input
  /** How many connections may come in a row, and at what rate more; any where absent. */
  readonly reconnects?: Bucket.Rate
  /** Puts a relay before the push port, so that connections can be left half open. */
  readonly relay?: boolean
  /** For faults that befall by chance. */
  readonly seed?: number
  /** Told of every request and its answer, as a log may show them. Must not throw. */
  readonly onAnswered?: (exchange: Exchange) => void
}

/** How often what is under way or waits is looked at, on whatever clock the caller runs. */
const tickEvery = Duration.millis(20)

/** Listens for as long as the scope lives. */
export const make = Effect.fnUntraced(function* (
  options: Options
): Effect.fn.Return<Server, KeyFailed | Listener.ListenFailed, Scope.Scope> {
  const behind = yield* furnish(options)
  return yield* open(options, behind, options.rules?.environment ?? "production")
})

/**
 * Apple's two worlds before one registry: a token, a channel or a key is known to both, and works where it belongs.
 *
 * The ports are free ones.
 */
export const personas = Effect.fnUntraced(function* (
  options: Omit<Options, "port" | "managementPort"> & { readonly managed?: boolean }
): Effect.fn.Return<Readonly<Record<Environment, Server>>, KeyFailed | Listener.ListenFailed, Scope.Scope> {
  const behind = yield* furnish(options)
  const ports = options.managed === true ? { managementPort: 0 } : {}
  return {
    production: yield* open({ ...options, ...ports }, behind, "production"),
    sandbox: yield* open({ ...options, ...ports }, behind, "sandbox")
  }
})

interface Behind {
  readonly model: Model.Model
  readonly signatures: Signatures.Signatures
}

const furnish = Effect.fnUntraced(function* (
  options: Options
): Effect.fn.Return<Behind, KeyFailed, Scope.Scope> {
  const signatures = yield* Signatures.make(options.keys)
  const model = new Model.Model(options)
  if (options.delivery !== undefined) {
    yield* Effect.sync(() => model.deliver({ _tag: "Ticked", at: options.now() })).pipe(
      Effect.repeat(Schedule.spaced(tickEvery)),
      Effect.forkScoped
    )
  }
  return { model, signatures }
})

const open = Effect.fnUntraced(function* (
  options: Options,
  { model, signatures }: Behind,
  environment: Environment
): Effect.fn.Return<Server, Listener.ListenFailed, Scope.Scope> {
  const { idle, now } = options
  const desk = new Desk(model, signatures, {
    environment,
    now,
    idleMillis: idle === undefined ? null : Duration.toMillis(idle),
    reconnects: options.reconnects ?? null,
    seed: options.seed ?? 1,
    onAnswered: options.onAnswered
  })
  const listen = (role: "push" | "management", port: number) =>
    Listener.open({
      authority: options.authority,
      port,
      relay: role === "push" && options.relay === true,
      admits: desk.admits,
      onSession: desk.welcome(role),
      onClose: () => desk.inject({ _tag: "GoAway", reason: "Shutdown" })
    })
  const { freeze, origin, port } = yield* listen("push", options.port ?? 0)
  const { managementPort } = options
  const management = managementPort === undefined ? undefined : yield* listen("management", managementPort)

  return {
    port,
    origin,
    management: management && { port: management.port, origin: management.origin },
    register: (token) => Effect.sync(() => model.register(token)),
    retire: (token, since, reason) => Effect.sync(() => model.retire(token, { reason, since })),
    issue: (key) =>
      Effect.andThen(
        signatures.learn(key),
        Effect.sync(() => model.issue(key))
      ),
    revoke: (keyId) => Effect.sync(() => model.revoke(keyId)),
    subscribe: (device, channelId) => Effect.sync(() => model.subscribe(device, channelId, environment)),
    unsubscribe: (device, channelId) =>
      Effect.sync(() => model.deliver({ _tag: "Unsubscribed", at: now(), device, channelId })),
    inject: (fault) => Effect.sync(() => (fault._tag === "HalfOpen" ? freeze() : desk.inject(fault))),
    counts: Effect.sync(() => desk.counts()),
    deliver: (input) => Effect.sync(() => model.deliver(input)),
    deliveries: Effect.sync(() => model.deliveries),
    broadcasts: Effect.sync(() => model.broadcasts),
    channels: Effect.sync(() => model.channels)
  }
})
