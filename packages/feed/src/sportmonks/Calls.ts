import { Instant } from "@sightscreen/decider"
import { Clock, Context, Duration, Effect, Layer, Metric, Redacted, Result, Schedule } from "effect"
import { Headers, HttpClient, HttpClientRequest, type HttpClientResponse } from "effect/http"
import { CircuitBreaker } from "effect/persistence"
import { Allowances } from "../Allowances.ts"
import { FeedError, oneLine } from "../FeedError.ts"
import * as Governor from "../Governor.ts"
import * as Wire from "./Wire.ts"

/**
 * Calls to SportMonks: one at a time leaves here with the key, and what comes back is an answer or one clear error.
 *
 * The key is part of every address. No address therefore leaves this file: not in an error, not in a span, not in a log;
 * and whatever the provider says is searched for the key before it is passed on.
 */
export interface Options {
  readonly baseUrl: string
  readonly token: Redacted.Redacted<string>
  /** For a call with its retry. */
  readonly timeout?: Duration.Duration
  /** Calls an hour to each endpoint, until the provider says its own number. */
  readonly limit?: number
  /** How this feed is called in errors. */
  readonly name?: string
}

export const defaults = {
  baseUrl: "https://cricket.sportmonks.com/api/v2.0",
  timeout: Duration.seconds(8),
  name: "SportMonks"
} as const

/** How long a call waits for its turn rather than fail. */
const longestWait = Duration.seconds(5)

/** Before the one retry after a fault that may pass by itself. */
const pause = Duration.millis(300)

/** So many failures in a row, and nothing is asked for so long; then one call looks whether it is over. */
const breakerOpen = Metric.gauge("feed_breaker_open", {
  description: "1 while the feed is taken to be down, and is not asked but to see."
})
const breaker = { failures: 5, rest: Duration.seconds(30) } as const

export interface Answer {
  readonly at: Instant.Instant
  readonly text: string
}

export interface Calls {
  /** The body of an answer, or null where there is no such thing. */
  readonly get: (
    endpoint: string,
    path: string,
    params: Readonly<Record<string, string>>
  ) => Effect.Effect<Answer | null, FeedError>
  /** What they say in a line, without the key. */
  readonly clean: (text: string) => string
  /** A text as it is, without the key. */
  readonly hide: (text: string) => string
}

export class SportMonksCalls extends Context.Service<SportMonksCalls, Calls>()(
  "@sightscreen/feed/SportMonksCalls"
) {
  static readonly layer = (options: Options) => Layer.effect(SportMonksCalls, make(options))
}

/** Something that is worth another try, and counts against the provider's health. */
class Passing extends FeedError {}

const make = Effect.fnUntraced(function* (options: Options) {
  const { baseUrl, name = defaults.name, timeout = defaults.timeout, token } = options
  const limit = options.limit ?? Governor.defaultLimit
  const client = yield* HttpClient.HttpClient
  const allowances = yield* Allowances
  const circuit = yield* CircuitBreaker.make({
    tripPolicy: CircuitBreaker.consecutive(breaker.failures),
    openDuration: breaker.rest
  })
  const now = Effect.map(Clock.currentTimeMillis, Instant.fromMillis)

  const secret = Redacted.value(token)
  const spellings = [...new Set([secret, encodeURIComponent(secret), encodeURI(secret)])]
  const hide = (text: string): string => {
    let left = text
    if (secret !== "") for (const spelling of spellings) left = left.replaceAll(spelling, "<redacted>")
    return left.replace(/(api_token=)[^&\s"']*/gi, "$1<redacted>")
  }
  const clean = (text: string): string => oneLine(hide(text))
  const fault = (reason: FeedError["reason"], subject: string, problem: string) =>
    new FeedError({ reason, subject, problem: clean(problem) })
  const passing = (reason: FeedError["reason"], subject: string, problem: string) =>
    new Passing({ reason, subject, problem: clean(problem) })

  /** Waits for a call's turn. Where nobody can say whose turn it is, this process counts for itself. */
  const own = new Map<string, Governor.Governor>()
  const modify = <A>(
    endpoint: string,
    change: (held: Governor.Governor | null) => readonly [A, Governor.Governor]
  ) =>
    allowances.modify(endpoint, change).pipe(
      Effect.catch((error) =>
        Effect.logWarning(error.message).pipe(
          Effect.andThen(
            Effect.sync(() => {
              const [answer, next] = change(own.get(endpoint) ?? null)
              own.set(endpoint, next)
              return answer
            })
          )
        )
      )
    )
  const turn = Effect.fnUntraced(function* (endpoint: string, subject: string) {
    const patience = Instant.plus(yield* now, longestWait)
    for (;;) {
      const at = yield* now
      const until = yield* modify(endpoint, (held) => {
        const [next, due] = Governor.take(held ?? Governor.begin(limit), at)
        return [due, next] as const
      })
      if (until === null) return
      if (Instant.isBefore(patience, until)) {
        const wait = Math.ceil(Duration.toSeconds(Instant.since(until, at)))
        return yield* fault("exhausted", subject, `the hour's calls are spent; the next one is in ${wait} s`)
      }
      yield* Effect.sleep(Duration.max(Duration.millis(1), Instant.since(until, at)))
    }
  })

  const note = Effect.fnUntraced(function* (
    endpoint: string,
    response: HttpClientResponse.HttpClientResponse
  ) {
    const at = yield* now
    const told: Governor.Told = {
      limit: countIn(response.headers["x-ratelimit-limit"]),
      remaining: countIn(response.headers["x-ratelimit-remaining"]),
      refused: response.status === 429 ? { until: untilIn(response.headers, at) } : null
    }
    yield* modify(
      endpoint,
      (held) => [undefined, Governor.hear(held ?? Governor.begin(limit), told, at)] as const
    )
  })

  const ask = Effect.fnUntraced(function* (
    endpoint: string,
    subject: string,
    path: string,
    params: Readonly<Record<string, string>>
  ) {
    yield* turn(endpoint, subject)
    const request = HttpClientRequest.get(`${baseUrl.replace(/\/+$/, "")}${path}`).pipe(
      HttpClientRequest.acceptJson,
      HttpClientRequest.setUrlParams({ ...params, api_token: Redacted.value(token) })
    )
    const response = yield* client
      .execute(request)
      .pipe(
        Effect.mapError(({ reason }) =>
          passing("unreachable", subject, `${name} cannot be reached: ${whyOf(reason)}`)
        )
      )
    yield* note(endpoint, response)
    const { status } = response
    const text = yield* response.text.pipe(
      Effect.mapError(() => passing("unreachable", subject, `${name}'s answer broke off`))
    )
    if (status === 200) {
      const opened = Wire.envelope(text)
      if (Result.isFailure(opened)) return yield* passing("unreadable", subject, opened.failure)
      return { at: yield* now, text }
    }
    const said = Wire.complaint(text)
    const words = said === null ? "" : `: ${said}`
    if (status === 404) return null
    if (status === 429) return yield* fault("exhausted", subject, `${name} wants fewer calls${words}`)
    if (status >= 500) return yield* passing("unreachable", subject, `${name} answers ${status}${words}`)
    return yield* fault("refused", subject, `${name} answers ${status}${words}; ${advice(status)}`)
  })

  const get: Calls["get"] = (endpoint, path, params) => {
    const subject = `${name}${path}`
    return ask(endpoint, subject, path, params).pipe(
      Effect.retry({
        schedule: Schedule.spaced(pause),
        times: 1,
        while: (error) => error instanceof Passing
      }),
      Effect.timeoutOrElse({
        duration: timeout,
        orElse: () =>
          Effect.fail(
            passing("unreachable", subject, `${name} has not answered in ${Duration.format(timeout)}`)
          )
      }),
      circuit.execute({
        key: name,
        classify: (exit) =>
          exit._tag === "Success"
            ? CircuitBreaker.success
            : exit.cause.reasons.some((one) => one._tag === "Fail" && one.error instanceof Passing)
              ? CircuitBreaker.failure()
              : CircuitBreaker.ignored
      }),
      Effect.tap(() => Metric.update(breakerOpen, 0)),
      Effect.catchTag("CircuitBreakerError", () =>
        Effect.andThen(
          Metric.update(breakerOpen, 1),
          Effect.fail(fault("unreachable", subject, `${name} is down and is left alone for a while`))
        )
      ),
      // A defect of the client may show what it was sending.
      Effect.catchDefect((why) =>
        Effect.fail(fault("unreachable", subject, `the call failed: ${clean(String(why)).slice(0, 200)}`))
      ),
      Effect.mapError((error) => fault(error.reason, error.subject, error.problem)),
      Effect.provideService(HttpClient.TracerDisabledWhen, () => true)
    )
  }
  return SportMonksCalls.of({ get, clean, hide })
}, Effect.provide(CircuitBreaker.layerStoreMemory()))

const advice = (status: number): string => {
  switch (status) {
    case 401:
      return "the token is missing or wrong"
    case 403:
      return "the plan does not cover it"
    default:
      return status < 400 ? "redirects are not followed" : "the request is not as they want it"
  }
}

/** Why nothing came, without the address that it should have come from. */
const whyOf = (reason: { readonly _tag: string; readonly cause?: unknown }): string => {
  for (let cause: unknown = reason.cause, depth = 0; cause instanceof Error && depth < 5; depth++) {
    if ("code" in cause && typeof cause.code === "string") return cause.code
    cause = cause.cause
  }
  return reason._tag === "InvalidUrlError" ? "its address is none" : "the connection failed"
}

const countIn = (header: string | undefined): number | null =>
  header !== undefined && /^\d{1,10}$/.test(header.trim()) ? Number(header) : null

/** `retry-after` in seconds or as a date, or else `x-ratelimit-reset`, in seconds since 1970. */
const untilIn = (headers: Headers.Headers, at: Instant.Instant): Instant.Instant | null => {
  const after = headers["retry-after"]
  if (after !== undefined) {
    const parsed = Headers.parseRetryAfter(after)
    if (Result.isSuccess(parsed)) return Instant.plus(at, Headers.retryAfterDelay(parsed.success, at))
  }
  const reset = countIn(headers["x-ratelimit-reset"]?.replace(/^(\d{10})\d*$/, "$1"))
  return reset === null || reset * 1000 <= at ? null : Instant.fromSeconds(reset)
}
