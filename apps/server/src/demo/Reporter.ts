import { Api } from "@sightscreen/api"
import type { Ids } from "@sightscreen/domain"
import type { Errand } from "@sightscreen/simulation"
import { Effect, Latch } from "effect"
import { FetchHttpClient, HttpClient, HttpClientRequest } from "effect/http"
import { HttpApiClient } from "effect/http-api"
import * as RealTime from "../RealTime.ts"
import * as Issuer from "./Issuer.ts"

export interface Options {
  /** Where the server's API is; null while there is none. */
  readonly api: () => string | null
  readonly issuerSecret: string
  readonly bundleId: string
  readonly onFollowing: (userId: string) => void
}

/** How many phones may be talking to the server at once. */
const lines = 24
/** A server that is down is tried again after this, in our time. */
const patienceMillis = 200

/** A phone that has an activity, or has lost it, is what a server waits for; all else can wait behind it. */
const isUrgent = ({ _tag }: Errand.Errand): boolean =>
  _tag === "UpdateToken" || _tag === "Joined" || _tag === "Dismissed"

/** What the phones of one line have yet to tell. */
interface Line {
  underWay: Errand.Errand | null
  waiting: Array<Errand.Errand>
  readonly wake: Latch.Latch
}

export interface Reporter {
  readonly send: (errand: Errand.Errand) => void
  /** What has not arrived yet, or not for certain. */
  readonly pending: () => ReadonlyArray<Errand.Errand>
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

  const attempt = Effect.fnUntraced(function* (errand: Errand.Errand) {
    const base = options.api()
    if (base === null) return yield* Effect.fail("no server yet")
    const { userId } = errand
    const client = clients.get(`${base} ${userId}`) ?? (yield* signedIn(base, userId))
    clients.set(`${base} ${userId}`, client)
    const deviceId = errand.deviceId as Ids.DeviceId
    const where = { environment: "sandbox" as const, bundleId: options.bundleId }
    const of = ({ matchId }: Pick<Errand.About, "matchId">) => ({ matchId: matchId as Ids.MatchId })
    switch (errand._tag) {
      case "Register": {
        const { deviceToken, ...facts } = errand.facts
        return yield* client.devices.register({
          payload: {
            deviceId,
            platform: "ios",
            appVersion: "1.0",
            ...facts,
            ...(deviceToken === null ? {} : { deviceToken: { token: deviceToken, ...where } })
          }
        })
      }
      case "StartToken":
        return yield* client.devices.startToken({
          payload: { deviceId, pushToStartToken: errand.token, ...where }
        })
      case "UpdateToken": {
        const { activityId } = errand.about
        return yield* client.activities.token({
          params: of(errand.about),
          payload: { deviceId, activityId, activityToken: errand.token, ...where }
        })
      }
      case "Joined": {
        const { activityId } = errand.about
        return yield* client.activities.started({
          params: of(errand.about),
          payload: { deviceId, activityId, channelId: errand.channelId }
        })
      }
      case "Dismissed": {
        const { activityId } = errand.about
        return yield* client.activities.dismissed({
          params: of(errand.about),
          payload: { deviceId, activityId, by: errand.by }
        })
      }
      case "SignOut":
        return yield* client.devices.signOut({ params: { deviceId } })
      case "Follow":
        yield* client.follows.follow({ payload: of(errand) })
        return options.onFollowing(userId)
      case "Unfollow":
        return yield* client.follows.unfollow({ params: of(errand) })
    }
  })

  /** A plain refusal is final; everything else is a server that is away, or not ready, and comes back. */
  const isFinal = ({ _tag }: Errand.Errand, error: unknown): boolean =>
    typeof error === "object" &&
    error !== null &&
    "_tag" in error &&
    (finals.has(String(error._tag)) || (error._tag === "NoSuchMatch" && _tag !== "Follow"))

  const run = Effect.fnUntraced(function* (errand: Errand.Errand) {
    for (let tries = 1; ; tries++) {
      const done = yield* Effect.result(attempt(errand).pipe(Effect.timeout("10 seconds")))
      if (done._tag === "Success" || isFinal(errand, done.failure)) return
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

  const send = (errand: Errand.Errand): void => {
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

const isEcho = (a: Errand.Errand, b: Errand.Errand): boolean =>
  a._tag === "StartToken" && b._tag === "StartToken" && a.deviceId === b.deviceId && a.token === b.token

/** A match that is not known yet may be followed later; a report of one that nobody follows is of no use. */
const finals: ReadonlySet<string> = new Set([
  "MatchIsOver",
  "NoSuchDevice",
  "NotAnUpdateToken",
  "Unauthorized"
])
