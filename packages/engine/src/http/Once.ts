import { Authorization, Gates, Problems } from "@sightscreen/api"
import { Instant } from "@sightscreen/decider"
import { type Fault, Requests } from "@sightscreen/store"
import { Duration, Effect, Exit, Layer } from "effect"
import { HttpBody, HttpServerRequest, HttpServerRespondable, HttpServerResponse } from "effect/http"
import { now } from "../Now.ts"
import * as Secret from "./Secret.ts"

/** Who claims a request and has not answered by then has fallen; it is carried out again, which every route bears. */
const forgottenAfter = Duration.minutes(1)

const safe: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"])

const isKey = (text: string): boolean => /^[\x21-\x7e]{1,255}$/.test(text)

const orNotNow = <A>(effect: Effect.Effect<A, Fault.Fault>): Effect.Effect<A, Problems.NotNow> =>
  Effect.catch(effect, (error) =>
    Effect.andThen(
      Effect.logError("requests that are carried out once cannot be kept", error),
      Effect.fail(new Problems.NotNow({ detail: "the database does not answer" }))
    )
  )

/** How the names of a caller's requests begin. */
export const callerOf = (name: string): Effect.Effect<string> =>
  Effect.map(Secret.digest(name), (digest) => `${digest.slice(0, 32)}/`)

/** What can be said again: all that is not a stream. */
const kept = ({ body, headers, status }: HttpServerResponse.HttpServerResponse): Requests.Answer | null => {
  const contentType = headers["content-type"] ?? null
  if (body._tag === "Empty") return { status, contentType, body: "" }
  if (body._tag !== "Uint8Array") return null
  return { status, contentType: contentType ?? body.contentType, body: new TextDecoder().decode(body.body) }
}

const again = ({ body, contentType, status }: Requests.Answer) =>
  HttpServerResponse.setHeader(
    body === ""
      ? HttpServerResponse.empty({ status })
      : HttpServerResponse.setBody(
          HttpServerResponse.empty({ status }),
          HttpBody.text(body, contentType ?? "application/json")
        ),
    "idempotency-replayed",
    "true"
  )

/**
 * Requests under an `Idempotency-Key`, in the manner of Stripe: the same again gets the same answer and has no second effect.
 *
 * What was answered with a success or a refusal is said again. What failed here (5xx) is forgotten, and the same request is
 * carried out anew: a caller that is told to come back gets through in the end.
 */
export const layer = Layer.effect(
  Gates.Once,
  Effect.gen(function* () {
    const requests = yield* Requests.Requests
    return Gates.Once.of((app) =>
      Effect.gen(function* () {
        const request = yield* HttpServerRequest.HttpServerRequest
        const key = request.headers["idempotency-key"]
        if (key === undefined || safe.has(request.method)) return yield* app
        if (!isKey(key))
          return yield* new Problems.BadRequest({
            errors: [
              { path: ["headers", "idempotency-key"], message: "expected 1 to 255 visible ASCII characters" }
            ]
          })
        const caller = yield* Authorization.Caller
        const body = yield* Effect.orDie(request.text)
        const name =
          (yield* callerOf(caller.name)) +
          (yield* Secret.digest(JSON.stringify([request.method, request.url, key])))
        const fingerprint = yield* Secret.digest(body)
        const claim = yield* Secret.random
        const at = yield* now
        const found = yield* orNotNow(
          requests.claim({ name, fingerprint, claim, at }, Instant.minus(at, forgottenAfter))
        )
        if (found !== null) {
          if (found.fingerprint !== fingerprint)
            return yield* new Problems.KeyOfAnotherRequest({ detail: "its body was another one" })
          if (found.answer === null) return yield* new Problems.KeyInUse({ detail: "wait a moment" })
          return again(found.answer)
        }
        const release = Effect.ignore(requests.release(name, claim))
        const exit = yield* Effect.exit(
          Effect.catchIf(app, isRefusal, (problem) =>
            HttpServerRespondable.toResponse(problem as unknown as HttpServerRespondable.Respondable)
          )
        ).pipe(Effect.onInterrupt(() => release))
        const answer = Exit.isSuccess(exit) && exit.value.status < 500 ? kept(exit.value) : null
        if (answer === null) yield* release
        else yield* orNotNow(requests.answer(name, claim, answer))
        return yield* exit
      })
    )
  })
)

/** A problem that will be one the next time as well. */
const isRefusal = (error: unknown): boolean =>
  HttpServerRespondable.isRespondable(error) &&
  "status" in error &&
  typeof error.status === "number" &&
  error.status < 500
