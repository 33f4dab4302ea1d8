import { Api } from "@sightscreen/api"
import type { Ids } from "@sightscreen/domain"
import type { Handset } from "@sightscreen/handset"
import { Effect, Latch } from "effect"
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

/** A phone that has an activity, or has lost it, is what a server waits for; all else can wait behind it. */
const isUrgent = (errand: Errand): boolean =>
  errand._tag === "Report" &&
  (errand.report._tag === "UpdateTokenReported" || errand.report._tag === "ActivityDismissed")

/** Only these are of interest to a server. */
const isTold = ({ report }: Extract<Errand, { readonly _tag: "Report" }>): boolean =>
  report._tag === "StartTokenReported" ||
  report._tag === "UpdateTokenReported" ||
  // The system clears an old activity away by itself; that says nothing of what its owner wants.
  (report._tag === "ActivityDismissed" && report.by === "person")

/** What the phones of one line have yet to tell. */
interface Line {
  underWay: Errand | null
  waiting: Array<Errand>
  readonly wake: Latch.Latch
}

export interface Reporter {
  readonly send: (errand: Errand) => void
  /** What has not arrived yet, or not for certain. */
  readonly pending: () => ReadonlyArray<Errand>
}

/**
 * Runs the phones' errands to the server, each phone's in order, and each until it is done: an app keeps what it has to
 * report while its server is away.
 */
export const make = Effect.fnUntraced(function* (options: Options) {
  const all = Array.from(
    { length: lines },
    (): Line => ({ underWay: null, waiting: [], wake: Latch.makeUnsafe() })
  )

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
    for (let tries = 1; ; tries++) {
      const done = yield* Effect.result(attempt(errand).pipe(Effect.timeout("10 seconds")))
      if (done._tag === "Success" || isFinal(done.failure)) return
      // That a server is away for a while is no news; that it answers, and not as it should, is.
      if (tries === 25) yield* Effect.logWarning(`${errand.deviceId} cannot be heard: ${done.failure}`)
      yield* Effect.sleep(patienceMillis)
    }
  })

  const serve = Effect.fnUntraced(function* (line: Line) {
    for (;;) {
      yield* line.wake.await
      const first = Math.max(0, line.waiting.findIndex(isUrgent))
      const [errand] = line.waiting.splice(first, 1)
      if (errand === undefined) {
        line.wake.closeUnsafe()
        continue
      }
      line.underWay = errand
      yield* run(errand)
      line.underWay = null
    }
  })

  yield* Effect.forEach(all, (line) => Effect.forkScoped(serve(line))).pipe(
    Effect.provide(FetchHttpClient.layer),
    RealTime.provide
  )

  const send = (errand: Errand): void => {
    if (errand._tag === "Report" && !isTold(errand)) return
    const line = all[lineOf(errand.deviceId)]!
    // A start token that waits to be told need not be told twice.
    if (line.waiting.some((waiting) => isEcho(waiting, errand))) return
    line.waiting.push(errand)
    line.wake.openUnsafe()
  }
  const pending = () =>
    all.flatMap(({ underWay, waiting }) => (underWay === null ? waiting : [underWay, ...waiting]))
  return { send, pending } satisfies Reporter as Reporter
})

const lineOf = (deviceId: string): number => {
  let line = 0
  for (let index = 0; index < deviceId.length; index++)
    line = (line * 31 + deviceId.charCodeAt(index)) % lines
  return line
}

const isEcho = (a: Errand, b: Errand): boolean =>
  a._tag === "Report" &&
  b._tag === "Report" &&
  a.deviceId === b.deviceId &&
  a.report._tag === "StartTokenReported" &&
  b.report._tag === "StartTokenReported" &&
  a.report.token === b.report.token

const finals: ReadonlySet<string> = new Set(["MatchIsOver", "NotAnUpdateToken", "Unauthorized"])
