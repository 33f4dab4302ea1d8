import type { LookupFunction } from "node:net"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Random from "effect/Random"
import * as Redacted from "effect/Redacted"
import type { Environment } from "../Notification.ts"
import type { ClientCertificate } from "./ClientCertificate.ts"
import type { Open } from "./Connection.ts"
import * as Host from "./Host.ts"
import { Feed } from "./Feed.ts"
import { abandon, type Job, make as jobOf, push as pushOf, settle } from "./Job.ts"
import * as Link from "./Link.ts"
import * as RealTime from "./RealTime.ts"
import { type Answer, Transport } from "./Transport.ts"

/** Apple's own hosts. Port 2197 serves as well where a firewall keeps 443 shut. */
export const apple: Readonly<Record<Environment, string>> = {
  production: "https://api.push.apple.com",
  sandbox: "https://api.sandbox.push.apple.com"
}

export interface Options {
  /** `https://host:port` for each environment that may be pushed to. */
  readonly hosts: Partial<Record<Environment, string>>
  /** PEM certificates to trust instead of the system's. */
  readonly ca?: string
  /** Looks names up, anew for each connection; the system's resolver where absent. */
  readonly lookup?: LookupFunction
  /** Tells Apple who sends; then no bearer token is sent, and `ProviderToken.layerCertificate` stands in for them. */
  readonly certificate?: ClientCertificate
  /** Look-up, TCP, TLS and first SETTINGS of a connection, together. 5 s. */
  readonly connect?: Duration.Input
  /** Waiting for a connection and for room on it. 10 s. */
  readonly wait?: Duration.Input
  /** Waiting for the answer once sent. 5 s. */
  readonly answer?: Duration.Input
  /** How long closing the layer waits for what is under way. 5 s. */
  readonly drain?: Duration.Input
  /** The longest pause between attempts to connect, which begin at 0.1 s. Kept below `wait`, every request sees one. 5 s. */
  readonly reconnect?: Duration.Input
  /** How old a connection gets before another takes its place, cut by up to a quarter at random. 12 h. */
  readonly age?: Duration.Input
  /** Connections to a host at once, at most. More than one are used only where that makes sending faster. 8. */
  readonly connections?: number
  /** How long a connection beside others may have nothing to do. 30 s. */
  readonly spare?: Duration.Input
  /** Requests that may wait; more are turned away. A batch is asked for its requests one by one and waits nowhere. */
  readonly maxWaiting?: number
  readonly manners?: Partial<Link.Manners>
}

/** How often deadlines are looked at: an outcome is late by this much at most. */
const tickMillis = 100

const firstBackoffMillis = 100

/**
 * A transport of connections, whichever way they talk HTTP/2.
 *
 * All its waiting is in real time, whatever `Clock` the world runs on, and all of it ends: an exchange takes `wait` plus
 * `answer` at most, and twice that if servers keep sending it back. A batch of which nothing has been answered for `wait`
 * comes back.
 */
export const layer = (open: Open, options: Options): Layer.Layer<Transport> =>
  Layer.effect(Transport, make(open, options))

const make = Effect.fnUntraced(function* (open: Open, options: Options) {
  const random = yield* Random.Random
  let ids = 0
  const hosts = new Map<Environment, Host.Host>()
  for (const environment of ["production", "sandbox"] as const) {
    const origin = options.hosts[environment]
    if (origin === undefined) continue
    hosts.set(
      environment,
      Host.make({
        open,
        ageMillis: Duration.toMillis(options.age ?? "12 hours"),
        origin: new URL(origin).origin,
        ca: options.ca,
        certificate: options.certificate,
        lookup: options.lookup,
        connectMillis: Duration.toMillis(options.connect ?? "5 seconds"),
        waitMillis: Duration.toMillis(options.wait ?? "10 seconds"),
        answerMillis: Duration.toMillis(options.answer ?? "5 seconds"),
        mostConnections: options.connections ?? 8,
        spareMillis: Duration.toMillis(options.spare ?? "30 seconds"),
        maxWaiting: options.maxWaiting ?? 100_000,
        manners: { ...Link.manners, ...options.manners },
        backoff: {
          firstMillis: firstBackoffMillis,
          capMillis: Duration.toMillis(options.reconnect ?? "5 seconds")
        },
        random: () => random.nextDoubleUnsafe(),
        nextId: () => ++ids
      })
    )
  }

  yield* Effect.acquireRelease(
    Effect.sync(() =>
      RealTime.every(tickMillis, () => {
        const now = RealTime.now()
        for (const host of hosts.values()) host.tick(now)
      })
    ),
    (stopTicking) =>
      Effect.andThen(
        drain([...hosts.values()], Duration.toMillis(options.drain ?? "5 seconds")),
        Effect.sync(stopTicking)
      )
  )

  const submit = (job: Job): (() => void) => {
    const host = hosts.get(job.environment)
    if (host === undefined) settle(job, { _tag: "NotProcessed", why: "no-host" })
    else host.submit(job)
    return () => abandon(job)
  }

  const disown = (authorization: string, connection: number): void => {
    for (const host of hosts.values()) host.disown(authorization, connection)
  }
  const way = { standOf: (environment: Environment) => hosts.get(environment), disown }

  return Transport.of({
    begin: (notification, bearer, answered) =>
      submit(pushOf(notification, authorizationOf(bearer), RealTime.now(), answered)),
    exchange: (request, bearer) =>
      Effect.callback<Answer>((resume) => {
        const take = (answer: Answer) => resume(Effect.succeed(answer))
        return Effect.sync(submit(jobOf(request, authorizationOf(bearer), RealTime.now(), take)))
      }),
    exchangeMany: (batch, bearer) =>
      Effect.callback<void>((resume) => {
        const feed = new Feed(batch, authorizationOf(bearer), way, () => resume(Effect.void))
        feed.begin()
        return Effect.sync(() => feed.stop())
      }),
    disown: (bearer, connection) => Effect.sync(() => disown(authorizationOf(bearer), connection))
  })
})

/** Made once for each bearer token: whoever compares it then compares one and the same text. */
const authorizations = new WeakMap<Redacted.Redacted<string>, string>()

const authorizationOf = (bearer: Redacted.Redacted<string>): string => {
  let authorization = authorizations.get(bearer)
  if (authorization === undefined) {
    const text = Redacted.value(bearer)
    authorization = text === "" ? "" : `bearer ${text}`
    authorizations.set(bearer, authorization)
  }
  return authorization
}

const drain = (hosts: ReadonlyArray<Host.Host>, millis: number) =>
  Effect.callback<void>((resume) => {
    let busy = hosts.length
    if (busy === 0) return resume(Effect.void)
    const stop = RealTime.after(millis, () => {
      for (const host of hosts) host.destroy()
      resume(Effect.void)
    })
    for (const host of hosts) {
      host.drain(() => {
        if (--busy > 0) return
        stop()
        resume(Effect.void)
      })
    }
  })
