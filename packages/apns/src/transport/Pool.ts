import { Duration, Effect, Layer, Random, Redacted } from "effect"
import type { Environment } from "../Notification.ts"
import type { Open } from "./Connection.ts"
import * as Host from "./Host.ts"
import { abandon, type Job, make as jobOf, settle } from "./Job.ts"
import * as Link from "./Link.ts"
import * as RealTime from "./RealTime.ts"
import { type Answer, type Batch, Transport } from "./Transport.ts"

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
  /** How old a connection gets before another takes its place, cut by up to a quarter at random. 12 h. */
  readonly age?: Duration.Input
  /** Requests that may wait; more are turned away. */
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
 * `answer` at most, and twice that if servers keep sending it back.
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

  const submit = (job: Job): void => {
    const host = hosts.get(job.request.environment)
    if (host === undefined) settle(job, { _tag: "NotProcessed", why: "no-host" })
    else host.submit(job)
  }

  const disown = (authorization: string, connection: number): void => {
    for (const host of hosts.values()) host.disown(authorization, connection)
  }

  return Transport.of({
    exchange: (request, bearer) =>
      Effect.callback<Answer>((resume) => {
        const resolve = (answer: Answer) => resume(Effect.succeed(answer))
        const job = jobOf(request, authorization(bearer), RealTime.now(), 0, 0, resolve)
        submit(job)
        return Effect.sync(() => abandon(job))
      }),
    exchangeMany: (batch, bearer) =>
      Effect.callback<void>((resume) => {
        const stop = feed(batch, authorization(bearer), { submit, disown }, () => resume(Effect.void))
        return Effect.sync(stop)
      }),
    disown: (bearer, connection) => Effect.sync(() => disown(authorization(bearer), connection))
  })
})

const authorization = (bearer: Redacted.Redacted<string>) => `bearer ${Redacted.value(bearer)}`

/**
 * Keeps as many of a batch's requests under way as it may have: each answer makes place for the next request, within the
 * turn in which it came. Returns what gives the batch up.
 */
const feed = (
  { answered, concurrency, howMany, request }: Batch,
  authorization: string,
  way: {
    readonly submit: (job: Job) => void
    readonly disown: (authorization: string, connection: number) => void
  },
  done: () => void
): (() => void) => {
  const width = Math.max(1, Math.min(concurrency, howMany))
  const jobs: Array<Job | undefined> = Array.from({ length: width })
  const free = Array.from({ length: width }, (_, place) => width - 1 - place)
  let next = 0
  let end = howMany
  let feeding = false

  // An answer may come within `submit`; the loop that is running then takes its place into account.
  const fill = () => {
    if (feeding) return
    feeding = true
    while (next < end && free.length > 0) {
      const place = free.pop()!
      const job = jobOf(request(next), authorization, RealTime.now(), place, next, take)
      next++
      jobs[place] = job
      way.submit(job)
    }
    feeding = false
    if (next >= end && free.length === width) done()
  }

  const take = (answer: Answer, { nth, place }: Job) => {
    jobs[place] = undefined
    free.push(place)
    if (answered(nth, answer) === "disown" && answer._tag === "Answered") {
      end = next
      way.disown(authorization, answer.connection)
    }
    fill()
  }

  fill()
  return () => {
    end = next
    for (const job of jobs) if (job !== undefined) abandon(job)
  }
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
