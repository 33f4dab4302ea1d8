import { Duration, Effect, Layer, Random, Redacted } from "effect"
import type { Environment } from "../Notification.ts"
import type { Request } from "../Request.ts"
import * as Host from "./Host.ts"
import { abandon, type Job } from "./Job.ts"
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
  /** Requests that may wait; more are turned away. */
  readonly maxWaiting?: number
  readonly manners?: Partial<Link.Manners>
}

/** How often deadlines are looked at: an outcome is late by this much at most. */
const tickMillis = 100

const firstBackoffMillis = 100

/**
 * HTTP/2 over TLS with Node's own client.
 *
 * All its waiting is in real time, whatever `Clock` the world runs on, and all of it ends: an exchange takes `wait` plus
 * `answer` at most, and twice that if servers keep sending it back.
 */
export const layer = (options: Options): Layer.Layer<Transport> => Layer.effect(Transport, make(options))

const make = Effect.fnUntraced(function* (options: Options) {
  const random = yield* Random.Random
  let ids = 0
  const hosts = new Map<Environment, Host.Host>()
  for (const environment of ["production", "sandbox"] as const) {
    const origin = options.hosts[environment]
    if (origin === undefined) continue
    hosts.set(
      environment,
      Host.make({
        origin: new URL(origin).origin,
        ca: options.ca,
        connectMillis: Duration.toMillis(options.connect ?? "5 seconds"),
        waitMillis: Duration.toMillis(options.wait ?? "10 seconds"),
        answerMillis: Duration.toMillis(options.answer ?? "5 seconds"),
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

  return Transport.of({
    exchange: (request, bearer) =>
      Effect.callback<Answer>((resume) => {
        const host = hosts.get(request.environment)
        if (host === undefined) return resume(Effect.succeed({ _tag: "NotProcessed", why: "no-host" }))
        const job = jobOf(request, bearer, (answer) => resume(Effect.succeed(answer)))
        host.submit(job)
        return Effect.sync(() => abandon(job))
      }),
    disown: (bearer, connection) =>
      Effect.sync(() => {
        for (const host of hosts.values()) host.disown(authorization(bearer), connection)
      })
  })
})

const authorization = (bearer: Redacted.Redacted<string>) => `bearer ${Redacted.value(bearer)}`

const jobOf = (
  request: Request,
  bearer: Redacted.Redacted<string>,
  resolve: (answer: Answer) => void
): Job => ({
  request,
  authorization: authorization(bearer),
  submittedAt: RealTime.now(),
  deadline: RealTime.now(),
  sentBack: 0,
  stream: undefined,
  openedAt: RealTime.now(),
  resolve
})

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
