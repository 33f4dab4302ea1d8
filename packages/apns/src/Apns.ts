import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import type * as Redacted from "effect/Redacted"
import type { Notification, PushId } from "./Notification.ts"
import { KeyRefused, ProviderToken, type SigningFailed } from "./ProviderToken.ts"
import * as Request from "./Request.ts"
import type { DeviceToken } from "./Token.ts"
import { type After, type Answer, Transport } from "./transport/Transport.ts"
import * as Verdict from "./Verdict.ts"

/** What became of one notification. */
export interface Outcome {
  readonly token: DeviceToken
  readonly pushId: PushId | undefined
  readonly verdict: Verdict.Verdict
}

/** Takes outcomes as they come, some at a time, in any order. Must not throw. */
export type Report = (outcomes: ReadonlyArray<Outcome>) => void

/**
 * Sends pushes: signs, exchanges, judges.
 *
 * Whatever Apple answers, and no answer at all, is an outcome; nothing here fails. A push is sent again in two cases only:
 * Apple has certainly not processed it (the transport's part), or called the bearer token expired (once, here).
 *
 * A key that Apple refuses (`InvalidProviderToken`, `Forbidden`) sends nothing more until somebody calls `reinstate`: its
 * pushes end as `Unanswered`, `key-refused`. Too many bearer tokens pause their minting, and sending goes on.
 */
export class Apns extends Context.Service<
  Apns,
  {
    readonly send: (notification: Notification) => Effect.Effect<Outcome>
    readonly sendMany: {
      /** Outcomes come in the order of the notifications. */
      (notifications: Iterable<Notification>): Effect.Effect<ReadonlyArray<Outcome>>
      /**
       * For any number: notifications are asked for when there is room for them, outcomes are told and not kept, and memory
       * stays the same.
       */
      (notifications: Iterable<Notification>, report: Report): Effect.Effect<void>
    }
  }
>()("@sightscreen/apns/Apns") {
  /** `concurrency` bounds the notifications that `sendMany` has under way at once. */
  static readonly layerWith = (options: { readonly concurrency: number }) =>
    Layer.effect(
      Apns,
      Effect.gen(function* () {
        const tokens = yield* ProviderToken
        const transport = yield* Transport
        const { begin, exchangeMany } = transport

        /** Says that a bearer token was refused, in Apple's word; the first refusal of a key is worth a person's time. */
        const tell = (jwt: Redacted.Redacted<string>, reason: string) =>
          Effect.gen(function* () {
            const before = yield* tokens.standing
            const after = yield* tokens.refused(jwt, reason)
            if (after._tag === before._tag) return
            if (after._tag === "KeyRefused") {
              yield* Effect.logError(
                after.keyId === "certificate"
                  ? `Apple refuses the client certificate (${after.reason}); nothing more is sent with it`
                  : `Apple refuses key ${after.keyId} (${after.reason}); nothing more is sent with it`
              )
            }
            if (after._tag === "MintingPaused") {
              yield* Effect.logWarning(
                "Apple has seen too many bearer tokens; sending goes on with the old one"
              )
            }
          })

        const withoutToken = (error: SigningFailed): Effect.Effect<Verdict.Verdict> =>
          error.cause instanceof KeyRefused
            ? Effect.succeed(keyRefused)
            : Effect.as(Effect.logError("no bearer token could be made", error), unsigned)

        /** What follows from an answer, and whether the push is worth a second try. */
        const judge = (jwt: Redacted.Redacted<string>, answer: Answer) =>
          Effect.gen(function* () {
            const verdict = Verdict.of(answer)
            const news = newsOf(verdict)
            if (answer._tag === "Answered" && news !== undefined) {
              // Apple refuses everything on a connection that has carried an expired token, so the connection goes too.
              // Even a token too young to forget deserves the second try: the connection may be what has expired.
              yield* verdict._tag === "AuthExpired" ? tokens.forget(jwt) : tell(jwt, news)
              if (verdict._tag === "AuthExpired") yield* transport.disown(jwt, answer.connection)
            }
            const again = verdict._tag === "AuthExpired" || isDisowned(answer)
            return { verdict, again }
          })

        const once = (notification: Notification) =>
          Effect.gen(function* () {
            const jwt = yield* tokens.current
            return yield* judge(jwt, yield* transport.exchange(Request.of(notification), jwt))
          }).pipe(
            Effect.catchTag("SigningFailed", (error) =>
              Effect.map(withoutToken(error), (verdict) => ({ verdict, again: false }))
            )
          )

        const again = (notification: Notification) =>
          Effect.map(once(notification), ({ verdict }) => outcomeOf(notification, verdict))

        const atLength = (notification: Notification): Effect.Effect<Outcome> =>
          Effect.flatMap(once(notification), (it) =>
            it.again ? again(notification) : Effect.succeed(outcomeOf(notification, it.verdict))
          )

        const { held } = tokens
        /** One effect for a push that goes well; all others may take their time. */
        const send =
          begin === undefined || held === undefined
            ? atLength
            : (notification: Notification): Effect.Effect<Outcome> =>
                Effect.callback<Outcome>((resume) => {
                  const clock = Fiber.getCurrent()?.getRef(Clock.Clock)
                  const jwt = clock === undefined ? undefined : held(clock.currentTimeMillisUnsafe())
                  if (jwt === undefined) return resume(atLength(notification))
                  const giveUp = begin(notification, jwt, (answer) => {
                    const verdict = Verdict.of(answer)
                    resume(
                      newsOf(verdict) === undefined && !isDisowned(answer)
                        ? Effect.succeed(outcomeOf(notification, verdict))
                        : Effect.flatMap(judge(jwt, answer), (it) =>
                            it.again ? again(notification) : Effect.succeed(outcomeOf(notification, verdict))
                          )
                    )
                  })
                  return Effect.sync(giveUp)
                })

        if (exchangeMany === undefined) {
          const each = (notifications: Iterable<Notification>) => Effect.forEach(notifications, send, options)
          return Apns.of({
            send,
            sendMany: ((notifications: Iterable<Notification>, report?: Report) =>
              report === undefined
                ? each(notifications)
                : Effect.forEach(pieces(notifications), (piece) => Effect.map(each(piece), report), {
                    discard: true
                  })) as Apns["Service"]["sendMany"]
          })
        }

        /**
         * Sends all that a source gives, in rounds: one for each bearer token. What is to be sent again goes first in the next.
         */
        const sendAll = (
          source: Source,
          keep: (nth: number, notification: Notification, verdict: Verdict.Verdict) => void
        ) =>
          Effect.gen(function* () {
            const clock = yield* Clock.Clock
            let given = 0
            let exhausted = false
            let second: ReadonlyArray<Try> = []
            const next = () => {
              const notification = source.next()
              exhausted = notification === undefined
              return notification
            }

            for (;;) {
              if (exhausted && second.length === 0) return
              const bearer = yield* Effect.match(tokens.current, {
                onFailure: (error) => ({ jwt: undefined, error }),
                onSuccess: (jwt) => ({ jwt, error: undefined })
              })
              if (bearer.jwt === undefined) {
                const verdict = yield* withoutToken(bearer.error)
                for (const { notification, nth } of second) keep(nth, notification, verdict)
                for (let it = next(); it !== undefined; it = next()) keep(given++, it, verdict)
                return
              }

              const { jwt } = bearer
              const first = second
              const before = given
              let asked = 0
              const until = clock.currentTimeMillisUnsafe() + mostByOneTokenMillis
              const again: Array<Try> = []
              const news = new Set<string>()
              // The token is forgotten while answers still come in, and before anybody learns that its connections are
              // disowned: whoever tries again must find a fresh one.
              const expired = yield* Deferred.make<void>()
              const forgetting = yield* Effect.forkChild(
                Effect.andThen(Deferred.await(expired), tokens.forget(jwt)),
                { startImmediately: true }
              )

              yield* exchangeMany(
                {
                  concurrency: options.concurrency,
                  next: () => {
                    const nth = asked++
                    let notification: Notification | undefined
                    if (nth < first.length) notification = first[nth]!.notification
                    else if ((nth & everyFew) !== 0 || clock.currentTimeMillisUnsafe() < until) {
                      notification = next()
                      if (notification !== undefined) given++
                    }
                    return notification
                  },
                  answered: (nth, answer, notification): After => {
                    const repeated = nth < first.length
                    const at = repeated ? first[nth]!.nth : before + nth - first.length
                    const verdict = Verdict.of(answer)
                    if (verdict._tag === "Accepted") {
                      keep(at, notification, verdict)
                      return "go-on"
                    }
                    const isNews = answer._tag === "Answered" ? newsOf(verdict) : undefined
                    if (!repeated && (isDisowned(answer) || verdict._tag === "AuthExpired")) {
                      again.push({ nth: at, notification })
                    } else keep(at, notification, verdict)
                    if (isNews === undefined) return "go-on"
                    if (verdict._tag !== "AuthExpired") {
                      news.add(isNews)
                      return "stop"
                    }
                    Deferred.doneUnsafe(expired, Effect.void)
                    return "disown"
                  }
                },
                jwt
              )
              yield* Deferred.isDoneUnsafe(expired) ? Fiber.join(forgetting) : Fiber.interrupt(forgetting)
              for (const reason of news) yield* tell(jwt, reason)
              second = again
            }
          }).pipe(Effect.ensuring(Effect.sync(source.close)))

        const sendMany = (notifications: Iterable<Notification>, report?: Report) =>
          Effect.suspend((): Effect.Effect<ReadonlyArray<Outcome> | void> => {
            if (report === undefined) {
              const outcomes: Array<Outcome> = []
              return Effect.as(
                sendAll(sourceOf(notifications), (nth, notification, verdict) => {
                  outcomes[nth] = outcomeOf(notification, verdict)
                }),
                outcomes
              )
            }
            const told = inBatches(report)
            return Effect.andThen(
              sendAll(sourceOf(notifications), (_, notification, verdict) => {
                told.add(outcomeOf(notification, verdict))
              }),
              Effect.sync(told.flush)
            )
          })

        return Apns.of({ send, sendMany: sendMany as Apns["Service"]["sendMany"] })
      })
    )

  static readonly layer = Apns.layerWith({ concurrency: 10_000 })
}

/** Notifications, one after another. */
interface Source {
  readonly next: () => Notification | undefined
  readonly close: () => void
}

const sourceOf = (notifications: Iterable<Notification>): Source => {
  if (Array.isArray(notifications)) {
    const list: ReadonlyArray<Notification> = notifications
    let at = 0
    return { next: () => (at < list.length ? list[at++] : undefined), close: () => {} }
  }
  const iterator = notifications[Symbol.iterator]()
  return {
    next: () => {
      const { done, value } = iterator.next()
      return done === true ? undefined : value
    },
    close: () => void iterator.return?.()
  }
}

/** A notification that is to be sent once more, and its place among all. */
interface Try {
  readonly nth: number
  readonly notification: Notification
}

const outcomeOf = ({ pushId, token }: Notification, verdict: Verdict.Verdict): Outcome => ({
  token,
  pushId,
  verdict
})

/** It waited when its bearer token was disowned. */
const isDisowned = (answer: Answer): boolean => answer._tag === "NotProcessed" && answer.why === "disowned"

/** The reason, where it is about the bearer token and not about the push. */
const newsOf = (verdict: Verdict.Verdict): string | undefined => {
  switch (verdict._tag) {
    case "AuthExpired":
      return verdict.reason ?? "ExpiredProviderToken"
    case "Unauthorised":
      return verdict.reason !== null && refusals.has(verdict.reason) ? verdict.reason : undefined
    case "SlowDown":
      return verdict.what === "minting" ? (verdict.reason ?? undefined) : undefined
    default:
      return undefined
  }
}

/** Those that a new token of the same key, or a new connection with the same certificate, would meet with as well. */
const refusals: ReadonlySet<string> = new Set([
  "InvalidProviderToken",
  "Forbidden",
  "BadCertificate",
  "BadCertificateEnvironment"
])

/** A token has ten minutes left at least when a round begins; half of them are for what is then under way. */
const mostByOneTokenMillis = 5 * 60_000
/** How often the clock is looked at: whenever these bits of a number are all zero. */
const everyFew = 0x3ff

/** How many outcomes are told at once. */
const mostAtOnce = 1000

/** Tells outcomes when there are enough of them, or when nothing more comes in the same turn. */
const inBatches = (report: Report) => {
  let batch: Array<Outcome> = []
  const flush = () => {
    if (batch.length === 0) return
    const told = batch
    batch = []
    report(told)
  }
  return {
    add: (outcome: Outcome) => {
      if (batch.push(outcome) === 1) queueMicrotask(flush)
      else if (batch.length >= mostAtOnce) flush()
    },
    flush
  }
}

function* pieces<A>(items: Iterable<A>): IterableIterator<ReadonlyArray<A>> {
  let piece: Array<A> = []
  for (const item of items) {
    if (piece.push(item) < mostAtOnce) continue
    yield piece
    piece = []
  }
  if (piece.length > 0) yield piece
}

const unsigned: Verdict.Verdict = Verdict.of({ _tag: "NotProcessed", why: "unsigned" })
const keyRefused: Verdict.Verdict = Verdict.of({ _tag: "NotProcessed", why: "key-refused" })
