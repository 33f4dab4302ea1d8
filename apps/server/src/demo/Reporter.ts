import { Api } from "@sightscreen/api"
import type { Ids } from "@sightscreen/domain"
import type { Handset } from "@sightscreen/handset"
import { Effect, Queue } from "effect"
import { FetchHttpClient, HttpClient, HttpClientRequest } from "effect/http"
import { HttpApiClient } from "effect/http-api"
import * as RealTime from "../RealTime.ts"
import * as Issuer from "./Issuer.ts"

/** What a phone wants its server to know. */
export type Errand =
  | { readonly _tag: "Register"; readonly deviceId: string }
  | { readonly _tag: "Follow"; readonly deviceId: string; readonly matchId: string }
  | { readonly _tag: "Report"; readonly deviceId: string; readonly report: Handset.Output }

export const userOf = (deviceId: string): string => deviceId.replace("phone", "user")

export interface Options {
  /** Where the server's API is; null while there is none. */
  readonly api: () => string | null
  readonly issuerSecret: string
  readonly bundleId: string
  readonly onFollowing: (deviceId: string) => void
}

/** How many phones may be talking to the server at once. */
const lines = 24
/** A server that is down is tried again after this, in our time. */
const patienceMillis = 200

/**
 * Runs the phones' errands to the server, each phone's in order, and each until it is done: an app keeps what it has to
 * report while its server is away.
 */
export const make = Effect.fnUntraced(function* (options: Options) {
  const queues = yield* Effect.forEach(Array.from({ length: lines }), () => Queue.unbounded<Errand>())

  const signedIn = (baseUrl: string, userId: string) =>
    HttpApiClient.make(Api.Api, {
      baseUrl,
      transformClient: HttpClient.mapRequest(
        HttpClientRequest.bearerToken(Issuer.tokenFor(options.issuerSecret, userId))
      )
    })
  const clients = new Map<string, Effect.Success<ReturnType<typeof signedIn>>>()

  const attempt = Effect.fnUntraced(function* (errand: Errand) {
    const base = options.api()
    if (base === null) return yield* Effect.fail("no server yet")
    const userId = userOf(errand.deviceId)
    const client = clients.get(`${base} ${userId}`) ?? (yield* signedIn(base, userId))
    clients.set(`${base} ${userId}`, client)
    const deviceId = errand.deviceId as Ids.DeviceId
    const where = { environment: "sandbox" as const, bundleId: options.bundleId }
    switch (errand._tag) {
      case "Register":
        return yield* client.devices.register({
          payload: { deviceId, platform: "ios", osVersion: "17.4", appVersion: "1.0", schemaVersion: 1 }
        })
      case "Follow":
        yield* client.follows.follow({ payload: { matchId: errand.matchId as Ids.MatchId } })
        return options.onFollowing(errand.deviceId)
      case "Report": {
        const { report } = errand
        switch (report._tag) {
          case "StartTokenReported":
            return yield* client.devices.startToken({
              payload: { deviceId, pushToStartToken: report.token, ...where }
            })
          case "UpdateTokenReported":
            return yield* client.activities.token({
              params: { matchId: report.matchId as Ids.MatchId },
              payload: { deviceId, activityToken: report.token, ...where }
            })
          case "ActivityDismissed":
            // The system clears an old activity away by itself; that says nothing of what its owner wants.
            if (report.by === "system") return
            return yield* client.activities.dismissed({
              params: { matchId: report.matchId as Ids.MatchId },
              payload: { deviceId }
            })
          default:
            return
        }
      }
    }
  })

  /** A plain refusal is final; everything else is a server that is away, or not ready, and comes back. */
  const isFinal = (error: unknown): boolean =>
    typeof error === "object" && error !== null && "_tag" in error && finals.has(String(error._tag))

  const run = Effect.fnUntraced(function* (errand: Errand) {
    for (;;) {
      const done = yield* Effect.result(attempt(errand).pipe(Effect.timeout("5 seconds")))
      if (done._tag === "Success" || isFinal(done.failure)) return
      yield* Effect.sleep(patienceMillis)
    }
  })

  yield* Effect.forEach(queues, (queue) =>
    Queue.take(queue).pipe(Effect.flatMap(run), Effect.forever, Effect.forkScoped)
  ).pipe(Effect.provide(FetchHttpClient.layer), RealTime.provide)

  return (errand: Errand): void => {
    let line = 0
    for (let index = 0; index < errand.deviceId.length; index++)
      line = (line * 31 + errand.deviceId.charCodeAt(index)) % lines
    Queue.offerUnsafe(queues[line]!, errand)
  }
})

const finals: ReadonlySet<string> = new Set(["MatchIsOver", "NotAnUpdateToken", "Unauthorized"])
