import { Context, Effect, Layer } from "effect"
import type { Notification, PushId } from "./Notification.ts"
import { ProviderToken } from "./ProviderToken.ts"
import * as Request from "./Request.ts"
import type { DeviceToken } from "./Token.ts"
import { type Answer, Transport } from "./transport/Transport.ts"
import * as Verdict from "./Verdict.ts"

/** What became of one notification. */
export interface Outcome {
  readonly token: DeviceToken
  readonly pushId: PushId | undefined
  readonly verdict: Verdict.Verdict
}

/**
 * Sends pushes: signs, exchanges, judges.
 *
 * Whatever Apple answers, and no answer at all, is an outcome; nothing here fails. A push is sent again in two cases only:
 * Apple has certainly not processed it (the transport's part), or called the bearer token expired (once, here).
 */
export class Apns extends Context.Service<
  Apns,
  {
    readonly send: (notification: Notification) => Effect.Effect<Outcome>
    /** Outcomes come in the order of the notifications. */
    readonly sendMany: (notifications: Iterable<Notification>) => Effect.Effect<ReadonlyArray<Outcome>>
  }
>()("@sightscreen/apns/Apns") {
  /** `concurrency` bounds the notifications that `sendMany` has under way at once. */
  static readonly layerWith = (options: { readonly concurrency: number }) =>
    Layer.effect(
      Apns,
      Effect.gen(function* () {
        const tokens = yield* ProviderToken
        const transport = yield* Transport

        const attempt = Effect.fnUntraced(
          function* (request: Request.Request) {
            const jwt = yield* tokens.current
            return { jwt, answer: yield* transport.exchange(request, jwt) }
          },
          Effect.catchTag("SigningFailed", (error) =>
            Effect.as(Effect.logError("no bearer token could be made", error), unsigned)
          )
        )

        const exchange = Effect.fnUntraced(function* (request: Request.Request) {
          const { answer, jwt } = yield* attempt(request)
          const verdict = Verdict.of(answer)
          if (answer._tag === "Answered" && verdict._tag === "AuthExpired" && jwt !== undefined) {
            // Apple refuses everything on a connection that has carried an expired token, so the connection goes too.
            // Even a token too young to forget deserves the second try: the connection may be what has expired.
            yield* tokens.forget(jwt)
            yield* transport.disown(jwt, answer.connection)
          } else if (answer._tag !== "NotProcessed" || answer.why !== "disowned") return verdict
          return Verdict.of((yield* attempt(request)).answer)
        })

        const send = (notification: Notification) =>
          Effect.map(
            exchange(Request.of(notification)),
            (verdict): Outcome => ({ token: notification.token, pushId: notification.pushId, verdict })
          )

        return Apns.of({
          send,
          sendMany: (notifications) => Effect.forEach(notifications, send, options)
        })
      })
    )

  static readonly layer = Apns.layerWith({ concurrency: 1000 })
}

const unsigned: { readonly jwt: undefined; readonly answer: Answer } = {
  jwt: undefined,
  answer: { _tag: "NotProcessed", why: "unsigned" }
}
