import { Cause, Effect } from "effect"
import { HttpBody, HttpRouter, HttpServerError, HttpServerRequest, HttpServerResponse } from "effect/http"
import { ApiSettings } from "./ApiSettings.ts"
import * as Methods from "./Methods.ts"
import * as Requests from "./Requests.ts"
import * as Secret from "./Secret.ts"

/**
 * What every answer has, whichever route gave it: headers that keep browsers out of trouble, a name for the log, an `ETag`
 * for what can be asked for again, and a body that says what was wrong.
 */

/** Nothing that is answered is a page with a life of its own. */
const secure = {
  "content-security-policy":
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "cross-origin-resource-policy": "same-origin",
  "strict-transport-security": "max-age=31536000; includeSubDomains",
  "cache-control": "no-store"
}

/** What a caller who is not known is asked for. */
const challenge = { "www-authenticate": "Bearer" }

const titles: Readonly<Record<number, readonly [name: string, title: string]>> = {
  400: ["bad-request", "The request cannot be read"],
  404: ["no-such-route", "There is no such route; /openapi.json lists them all"],
  405: ["no-such-method", "The route has no such method; /openapi.json lists them all"],
  408: ["too-slow", "The request did not arrive in time"],
  413: ["too-large", "The body is larger than 64 KB"],
  415: ["no-such-media-type", "Send JSON, as `Content-Type: application/json`"],
  500: ["internal-error", "Something went wrong here; it has been written down"],
  503: ["not-now", "It could not be finished; send the same again shortly"]
}

const isProblem = ({ body, headers, status }: HttpServerResponse.HttpServerResponse): boolean =>
  status < 400 ||
  (body._tag === "Uint8Array" && (headers["content-type"] ?? body.contentType).includes("problem+json"))

/** A path that is there has other methods, and says which. */
const misdirected = (
  { method, url }: HttpServerRequest.HttpServerRequest,
  response: HttpServerResponse.HttpServerResponse
): HttpServerResponse.HttpServerResponse => {
  const methods = response.status === 404 ? Methods.at(url) : []
  return methods.length === 0 || methods.includes(method)
    ? response
    : HttpServerResponse.setHeader(HttpServerResponse.setStatus(response, 405), "allow", methods.join(", "))
}

const problem = (response: HttpServerResponse.HttpServerResponse) => {
  const status = titles[response.status] === undefined ? (response.status < 500 ? 400 : 500) : response.status
  const [name, title] = titles[status]!
  return HttpServerResponse.setBody(
    HttpServerResponse.setStatus(response, status),
    HttpBody.jsonUnsafe({ type: `urn:sightscreen:${name}`, status, title }, "application/problem+json")
  )
}

const isSame = (asked: string, etag: string): boolean =>
  asked === "*" || asked.split(",").some((one) => one.trim().replace(/^W\//, "") === etag.replace(/^W\//, ""))

/** What was asked for is at hand already, and the answer says so. */
const revalidated = (
  request: HttpServerRequest.HttpServerRequest,
  response: HttpServerResponse.HttpServerResponse
) =>
  Effect.gen(function* () {
    const { body } = response
    const isAsked = request.method === "GET" || request.method === "HEAD"
    if (!isAsked || response.status !== 200 || body._tag !== "Uint8Array") return response
    const etag = `W/"${(yield* Secret.digest(new TextDecoder().decode(body.body))).slice(0, 32)}"`
    const headers = { etag, "cache-control": "private, no-cache" }
    const asked = request.headers["if-none-match"]
    return asked !== undefined && isSame(asked, etag)
      ? HttpServerResponse.empty({ status: 304, headers })
      : HttpServerResponse.setHeaders(response, headers)
  })

const allowed = (origin: string) => ({
  "access-control-allow-origin": origin,
  "access-control-allow-headers":
    "authorization, content-type, idempotency-key, if-none-match, last-event-id",
  "access-control-allow-methods": "GET, POST, PUT, PATCH, DELETE",
  "access-control-expose-headers": "etag, ratelimit, ratelimit-policy, retry-after, x-request-id",
  "access-control-max-age": "600",
  "cross-origin-resource-policy": "cross-origin",
  vary: "origin"
})

/** Whatever happens to a request, whoever sent it hears something sensible. */
const answered = <E, R>(
  app: Effect.Effect<HttpServerResponse.HttpServerResponse, E, R>,
  requestId: string
): Effect.Effect<HttpServerResponse.HttpServerResponse, E, R> =>
  app.pipe(
    Effect.annotateLogs({ requestId }),
    Effect.catchCause((cause) =>
      Cause.hasInterruptsOnly(cause)
        ? Effect.interrupt
        : Effect.tap(
            Effect.map(HttpServerError.causeResponse(cause), ([response]) => response),
            ({ status }) =>
              status < 500
                ? Effect.void
                : Effect.annotateLogs(Effect.logError("a request failed", cause), { requestId })
          )
    )
  )

export const layer = HttpRouter.use(
  Effect.fnUntraced(function* (router) {
    const { origins } = yield* ApiSettings
    yield* router.addGlobalMiddleware((app) =>
      Effect.gen(function* () {
        const request = yield* HttpServerRequest.HttpServerRequest
        const requestId = yield* Requests.idOf(request)
        const origin = request.headers["origin"]
        const isKnown = origin !== undefined && origins.includes(origin)
        if (isKnown && request.method === "OPTIONS")
          return HttpServerResponse.empty({ status: 204, headers: { ...secure, ...allowed(origin) } })
        const given = yield* Requests.observed(app, requestId, (app) => answered(app, requestId))
        const said = isProblem(given)
          ? yield* revalidated(request, given)
          : problem(misdirected(request, given))
        return HttpServerResponse.setHeaders(said, {
          ...secure,
          ...said.headers,
          ...(said.status === 401 && challenge),
          ...(isKnown ? allowed(origin) : {}),
          "x-request-id": requestId
        })
      })
    )
  })
)
