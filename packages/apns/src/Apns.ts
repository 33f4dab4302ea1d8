import { Context, Deferred, Effect, Fiber, Layer, type Redacted } from "effect"
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
          Effect.map(exchange(Request.of(notification)), (verdict) => outcomeOf(notification, verdict))

        const { exchangeMany } = transport
        if (exchangeMany === undefined) {
          return Apns.of({
            send,
            sendMany: (notifications) => Effect.forEach(notifications, send, options)
          })
        }

        const bearer = Effect.catchTag(tokens.current, "SigningFailed", (error) =>
          Effect.as(Effect.logError("no bearer token could be made", error), undefined)
        )

        /** Exchanges what has no outcome yet; `judge` says what to keep, and whether the bearer token still holds. */
        const round = (
          outcomes: Outcomes,
          notifications: ReadonlyArray<Notification>,
          jwt: Redacted.Redacted<string>,
          judge: (answer: Answer, verdict: Verdict.Verdict) => "keep" | "again" | "disown"
        ) => {
          const open = notifications.flatMap((_, nth) => (outcomes[nth] === undefined ? [nth] : []))
          return exchangeMany(
            {
              howMany: open.length,
              concurrency: options.concurrency,
              request: (nth) => Request.of(notifications[open[nth]!]!),
              answered: (nth, answer) => {
                const verdict = Verdict.of(answer)
                const judged = judge(answer, verdict)
                const at = open[nth]!
                if (judged === "keep") outcomes[at] = outcomeOf(notifications[at]!, verdict)
                return judged === "disown" ? "disown" : "go-on"
              }
            },
            jwt
          )
        }

        const sendSome = Effect.fnUntraced(function* (notifications: ReadonlyArray<Notification>) {
          const outcomes: Outcomes = Array.from({ length: notifications.length })
          const jwt = yield* bearer
          if (jwt === undefined)
            return notifications.map((notification) => outcomeOf(notification, notSigned))

          // The token is forgotten while answers still come in, and before anybody learns that the connection is disowned:
          // whoever tries again must find a fresh one.
          const expired = yield* Deferred.make<void>()
          const forgetting = yield* Effect.forkChild(
            Effect.andThen(Deferred.await(expired), tokens.forget(jwt)),
            { startImmediately: true }
          )
          let again = false
          yield* round(outcomes, notifications, jwt, (answer, verdict) => {
            if (answer._tag === "Answered" && verdict._tag === "AuthExpired") {
              again = true
              Deferred.doneUnsafe(expired, Effect.void)
              return "disown"
            }
            if (answer._tag !== "NotProcessed" || answer.why !== "disowned") return "keep"
            again = true
            return "again"
          })
          yield* Deferred.isDoneUnsafe(expired) ? Fiber.join(forgetting) : Fiber.interrupt(forgetting)
          if (!again) return outcomes as ReadonlyArray<Outcome>

          const fresh = yield* bearer
          if (fresh !== undefined) yield* round(outcomes, notifications, fresh, () => "keep")
          return notifications.map((notification, nth) => outcomes[nth] ?? outcomeOf(notification, notSigned))
        })

        const sendMany = Effect.fnUntraced(function* (notifications: Iterable<Notification>) {
          const all: Array<Outcome> = []
          for (const some of pieces(notifications)) {
            for (const outcome of yield* sendSome(some)) all.push(outcome)
          }
          return all
        })

        return Apns.of({ send, sendMany })
      })
    )

  static readonly layer = Apns.layerWith({ concurrency: 1000 })
}

type Outcomes = Array<Outcome | undefined>

const outcomeOf = ({ pushId, token }: Notification, verdict: Verdict.Verdict): Outcome => ({
  token,
  pushId,
  verdict
})

/**
 * How many pushes go by one bearer token. It has ten minutes left at least, and however slow Apple is, a thousand at a time
 * are through in a fifteen-second wait: so many are done before it expires.
 */
const mostByOneToken = 20_000

function* pieces<A>(items: Iterable<A>): IterableIterator<ReadonlyArray<A>> {
  let piece: Array<A> = []
  for (const item of items) {
    if (piece.push(item) < mostByOneToken) continue
    yield piece
    piece = []
  }
  if (piece.length > 0) yield piece
}

const unsigned: { readonly jwt: undefined; readonly answer: Answer } = {
  jwt: undefined,
  answer: { _tag: "NotProcessed", why: "unsigned" }
}

const notSigned = Verdict.of(unsigned.answer)
