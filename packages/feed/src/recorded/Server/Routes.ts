import type { Instant } from "@sightscreen/decider"
import { Effect, Redacted } from "effect"
import { HttpRouter, HttpServerRequest, HttpServerResponse } from "effect/http"
import * as Allowance from "./Allowance.ts"
import * as Answers from "./Answer.ts"
import type * as Script from "./Script.ts"
import type { Twin } from "./Twin.ts"

/**
 * The twin behind SportMonks' own addresses: key, allowance and errors as theirs, and whatever goes wrong.
 */
export interface Options {
  readonly twin: Twin
  /** The world's time. */
  readonly now: Effect.Effect<Instant.Instant>
  /** The key that is asked for; without one nobody is. */
  readonly token?: Redacted.Redacted<string> | undefined
  /** Calls an hour to each endpoint. */
  readonly limit?: number | undefined
  /** Called for each request that brings the key. */
  readonly onAsked?: (() => void) | undefined
}

export const base = "/api/v2.0"

export const defaultLimit = 2000

export const make = ({ limit = defaultLimit, now, onAsked, token, twin }: Options) => {
  const allowances = new Map<string, Allowance.Allowance>()

  /** An answer to a request of an endpoint, unless something keeps it from being given. */
  const answer = (endpoint: string, of: (request: Answers.Request, id: string | null) => Answers.Answer) =>
    Effect.gen(function* () {
      const { url } = yield* HttpServerRequest.HttpServerRequest
      const params = new Map(new URL(url, "http://twin").searchParams)
      const { id = null } = yield* HttpRouter.params as Effect.Effect<{ readonly id?: string }>
      const at = yield* now
      const faults = twin.faults(endpoint, at)
      for (const fault of faults) {
        if (fault._tag === "Hangs") return yield* Effect.never
        if (fault._tag === "Lags") yield* Effect.sleep(fault.by)
      }
      if (token !== undefined && params.get("api_token") !== Redacted.value(token)) {
        return written(Answers.unauthenticated, {})
      }
      onAsked?.()
      const [allowance, remaining] = Allowance.take(allowances.get(endpoint), limit, at)
      allowances.set(endpoint, allowance)
      const headers = {
        "x-ratelimit-limit": String(limit),
        "x-ratelimit-remaining": String(Math.max(0, remaining))
      }
      if (remaining < 0) {
        const left = Allowance.secondsLeft(allowance, at)
        return written(Answers.tooMany, { ...headers, "retry-after": String(left) })
      }
      const refusal = faults.find((fault) => fault._tag === "Answers")
      if (refusal !== undefined) return refused(refusal, headers)
      const told = of({ at, params }, id)
      const garble = faults.find((fault) => fault._tag === "Garbles")
      return garble === undefined ? written(told, headers) : garbled(garble, told, headers)
    })

  const route = (path: `/${string}`, of: (request: Answers.Request, id: string | null) => Answers.Answer) =>
    HttpRouter.route("GET", `${base}${path}`, answer(path.split("/")[1]!, of))

  return HttpRouter.addAll([
    route("/livescores", (request) => twin.livescores(request)),
    route("/fixtures", (request) => twin.fixtures(request)),
    route("/fixtures/:id", (request, id) => twin.fixture(id ?? "", request)),
    route("/scores", () => twin.scores(null)),
    route("/scores/:id", (_, id) => twin.scores(id)),
    route("/teams", () => twin.teams(null)),
    route("/teams/:id", (_, id) => twin.teams(id)),
    route("/leagues", () => twin.leagues(null)),
    route("/leagues/:id", (_, id) => twin.leagues(id)),
    route("/players/:id", (_, id) => twin.players(id ?? "")),
    HttpRouter.route("*", `${base}/*`, Effect.succeed(written(Answers.notFound, {})))
  ])
}

type Headers = Readonly<Record<string, string>>

const json = (text: string, headers: Headers, status = 200) =>
  HttpServerResponse.text(text, { status, headers, contentType: "application/json" })

const textOf = (answer: Answers.Answer): string => {
  switch (answer._tag) {
    case "Written":
      return answer.text
    case "Found":
      return JSON.stringify({ data: answer.data, ...answer.beside })
    case "Wrong":
      return JSON.stringify({ message: answer.message })
  }
}

const written = (answer: Answers.Answer, headers: Headers) =>
  json(textOf(answer), headers, answer._tag === "Wrong" ? answer.status : 200)

const messages: Readonly<Record<number, string>> = {
  400: "Malformed request.",
  401: "Unauthenticated.",
  403: "Insufficient Privileges",
  404: "Record not found",
  429: "Too Many Attempts."
}

const page = "<html><body><h1>Bad Gateway</h1></body></html>"

const refused = (
  { body = "json", retryAfterSeconds, status }: Extract<Script.Fault, { readonly _tag: "Answers" }>,
  headers: Headers
) => {
  const all = {
    ...headers,
    ...(retryAfterSeconds === undefined ? {} : { "retry-after": String(retryAfterSeconds) })
  }
  if (body === "html")
    return HttpServerResponse.text(page, { status, headers: all, contentType: "text/html" })
  const text = body === "empty" ? "" : JSON.stringify({ message: messages[status] ?? "Server Error" })
  return json(text, all, status)
}

const garbled = (
  { as }: Extract<Script.Fault, { readonly _tag: "Garbles" }>,
  answer: Answers.Answer,
  headers: Headers
) => {
  switch (as) {
    case "html":
      return HttpServerResponse.text(page, { headers, contentType: "text/html" })
    case "half": {
      const text = textOf(answer)
      return json(text.slice(0, Math.floor(text.length / 2)), headers)
    }
    case "no data":
      return json('{"message":"ok"}', headers)
    case "nothing":
      return json("", headers)
  }
}
