import { RealTime } from "@sightscreen/store"
import { Context, Duration, Effect } from "effect"
import { HttpRouter, HttpServerRequest, type HttpServerResponse } from "effect/http"
import * as Metrics from "../Metrics.ts"
import * as Secret from "./Secret.ts"

/**
 * What the log and the metrics have of a request: an id, which the answer carries as well, its route, its status, its time.
 *
 * Nothing of a body, a query or a header is logged, and of the path what the route is called: ids of people and tokens may
 * stand in all of them.
 */

/** Whether each request has a line in the log, and not only those that failed on our side. */
export const Lines = Context.Reference<boolean>("@sightscreen/engine/Requests/Lines", {
  defaultValue: () => true
})

/** One that a proxy has given is kept, if it is one that can be shown. */
const given = /^[A-Za-z0-9._-]{8,64}$/

export const idOf = (request: HttpServerRequest.HttpServerRequest): Effect.Effect<string> => {
  const sent = request.headers["x-request-id"]
  return sent !== undefined && given.test(sent) ? Effect.succeed(sent) : Secret.random
}

const known = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])

/** Who asks all the time, and is not worth a line each time. */
const quiet = new Set(["/health", "/health/ready", "/metrics"])

const level = (status: number, route: string, lines: boolean) =>
  status >= 500 ? "Error" : quiet.has(route) || !lines ? "Debug" : "Info"

/** The router leaves its finding with the fiber; whoever asks for what there is not finds no route. */
const routeOf = (context: Context.Context<never>): string => {
  const found = Context.getOption(context, HttpRouter.RouteContext)
  return found._tag === "Some" ? found.value.route.path : "none"
}

type App<E, R> = Effect.Effect<HttpServerResponse.HttpServerResponse, E, R>

/** A request whose answer is known in the end, whatever becomes of it: `answered` sees to that. */
export const observed = <E, R>(
  app: App<E, R>,
  requestId: string,
  answered: (app: App<E, R>) => App<E, R>
): App<E, R | HttpServerRequest.HttpServerRequest> =>
  Effect.gen(function* () {
    const request = yield* HttpServerRequest.HttpServerRequest
    const since = RealTime.clock.monotonicTimeNanosUnsafe()
    let route = "none"
    // Asked for at once: what goes around the router has a context of its own.
    const noting = Effect.onExit(app, () =>
      Effect.contextWith((context: Context.Context<never>) =>
        Effect.sync(() => {
          route = routeOf(context)
        })
      )
    )
    const response = yield* answered(noting)
    const took = Duration.nanos(RealTime.clock.monotonicTimeNanosUnsafe() - since)
    const method = known.has(request.method) ? request.method : "other"
    const { status } = response
    yield* Metrics.requested(route, method, status, took)
    yield* Effect.logWithLevel(level(status, route, yield* Lines))(`${method} ${route} ${status}`).pipe(
      Effect.annotateLogs({ requestId, millis: Math.round(Duration.toMillis(took) * 10) / 10 })
    )
    return response
  })
