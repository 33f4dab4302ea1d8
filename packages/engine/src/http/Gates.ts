import { Authorization, Gates, Policy, Problems } from "@sightscreen/api"
import { Context, Duration, Effect, Layer, Option, SchemaIssue, type Types } from "effect"
import { HttpEffect, HttpServerRequest, HttpServerRespondable, HttpServerResponse } from "effect/http"
import { HttpApiError } from "effect/http-api"
import { type Count, Counters, nextAfter, wholeAfter } from "./Counters.ts"

const ruleOf = (annotations: Context.Context<never>): Policy.Policy | null =>
  Option.getOrNull(Context.getOption(annotations, Policy.Rule))

/** Who asks, where nobody has signed in. */
const addressOf = Effect.map(
  HttpServerRequest.HttpServerRequest,
  ({ remoteAddress }) => `address/${Option.getOrElse(remoteAddress, () => "unknown")}`
)

const formatIssues = SchemaIssue.makeFormatterStandardSchemaV1()

/** A name of a field is told as it was sent, and may be anything: it is cut before it could be a token. */
const segment = (step: PropertyKey | { readonly key: PropertyKey }): string | number => {
  const key = typeof step === "object" ? step.key : step
  return typeof key === "number" ? key : String(key).slice(0, 32)
}

const unreadable = ({ cause, kind }: HttpApiError.HttpApiSchemaError): Problems.BadRequest =>
  new Problems.BadRequest({
    errors: formatIssues(cause.issue)
      .issues.slice(0, 20)
      .map(({ message, path }) => ({
        path: [kind.toLowerCase(), ...(path ?? []).map(segment)],
        message: withoutValues(message)
      }))
  })

/** Messages may quote what was sent. */
const withoutValues = (message: string): string =>
  message.replace(/,? (?:got|actual) [^]*$/, "").slice(0, 300)

const headers = ({ allowance, allowed, left }: Count, rate: Policy.RateClass) => {
  const inSeconds = (time: Duration.Duration) => Math.ceil(Duration.toSeconds(time))
  return {
    "ratelimit-policy": `"${rate}";q=${allowance.requests};w=${Duration.toSeconds(allowance.within)}`,
    ratelimit: `"${rate}";r=${Math.max(0, Math.floor(left.requests))};t=${inSeconds(wholeAfter(left, allowance))}`,
    ...(allowed ? {} : { "retry-after": `${Math.max(1, inSeconds(nextAfter(left, allowance)))}` })
  }
}

/** Tells every answer what is left. */
const announce = (count: Count, rate: Policy.RateClass) =>
  HttpEffect.appendPreResponseHandler((_, response) =>
    Effect.succeed(HttpServerResponse.setHeaders(response, headers(count, rate)))
  )

const tooMany = new Problems.TooManyRequests({ detail: "ask again after the time in Retry-After" })

type Refused = Effect.Effect<
  never,
  Types.unhandled | Problems.BadRequest | Problems.Oops,
  HttpServerRequest.HttpServerRequest
>

/** How often an address may come without being let in. */
const strangers: Policy.RateClass = "open"

const refusals = Layer.effect(
  Gates.Refusals,
  Effect.gen(function* () {
    const counters = yield* Counters
    return Gates.Refusals.of((app, { endpoint, group }) => {
      const rule = ruleOf(Context.merge(group.annotations, endpoint.annotations))
      if (rule === null)
        return Effect.fail(new Problems.Forbidden({ detail: "this route is open to nobody" }))
      const address = Effect.map(addressOf, (name) => `stranger/${name}`)
      const heard = app.pipe(
        Effect.catch((error): Refused => {
          if (error instanceof Problems.Unauthorized)
            return Effect.gen(function* () {
              yield* announce(yield* counters.take(yield* address, strangers), strangers)
              return yield* error
            })
          if (!HttpApiError.HttpApiSchemaError.is(error)) return Effect.fail(error)
          return error.kind === "Body" || error.kind === "ResponseHeaders"
            ? Effect.andThen(
                Effect.logError("an answer is not what is described", error.cause.message),
                Effect.fail(new Problems.Oops({}))
              )
            : Effect.fail(unreadable(error))
        }),
        Effect.catchDefect((defect) =>
          HttpServerRespondable.isRespondable(defect)
            ? HttpServerRespondable.toResponse(defect)
            : Effect.andThen(
                Effect.logError("a request ended in a defect", defect),
                Effect.fail(new Problems.Oops({}))
              )
        )
      )
      if (rule.who === "anybody") return heard
      return Effect.gen(function* () {
        const count = yield* counters.look(yield* address, strangers)
        if (count.allowed) return yield* heard
        yield* announce(count, strangers)
        return yield* tooMany
      })
    })
  })
)

const openGate = Layer.effect(
  Gates.OpenGate,
  Effect.gen(function* () {
    const counters = yield* Counters
    return Gates.OpenGate.of((app, { endpoint, group }) =>
      Effect.gen(function* () {
        const rate = ruleOf(Context.merge(group.annotations, endpoint.annotations))?.rate ?? "open"
        const count = yield* counters.take(yield* addressOf, rate)
        yield* announce(count, rate)
        if (!count.allowed) return yield* tooMany
        return yield* app
      })
    )
  })
)

const mayPass = (who: Policy.Policy["who"], role: Policy.Role | null): boolean =>
  who === "user" ? role === null : who !== "anybody" && role !== null && Policy.includes(role, who)

const gate = Layer.effect(
  Gates.Gate,
  Effect.gen(function* () {
    const counters = yield* Counters
    return Gates.Gate.of((app, { endpoint, group }) =>
      Effect.gen(function* () {
        const { name, role } = yield* Authorization.Caller
        const rule = ruleOf(Context.merge(group.annotations, endpoint.annotations))
        if (rule === null || !mayPass(rule.who, role))
          return yield* new Problems.Forbidden({ detail: `it takes the role ${rule?.who ?? "of nobody"}` })
        const count = yield* counters.take(name, rule.rate)
        yield* announce(count, rule.rate)
        if (!count.allowed) return yield* tooMany
        return yield* app
      })
    )
  })
)

export const layer = Layer.mergeAll(refusals, openGate, gate).pipe(Layer.provide(Counters.layer))
