import { Instant } from "@sightscreen/decider"
import { Apns, type Notification, type Token, type Verdict } from "@sightscreen/apns"
import { Consequence, type Ids, PushId, PushOutcome, Retry } from "@sightscreen/domain"
import { Deliveries } from "@sightscreen/store"
import { Context, Effect, Layer } from "effect"
import { now } from "./Now.ts"
import { Tally } from "./Tally.ts"

/** One address of a push. */
export interface Recipient {
  readonly token: Token.DeviceToken
  /** Null where a token belongs to no activity that we know of. */
  readonly activityId: Ids.ActivityId | null
  /** What caused it, where that is not what caused the mailing. */
  readonly cause?: string
}

/** The same bytes for many. */
export interface Mailing {
  /** What caused it: with the address it names each push. */
  readonly cause: string
  readonly kind: Retry.Kind
  readonly matchId: Ids.MatchId
  readonly stamp: Instant.EpochSeconds
  readonly priority: 5 | 10
  readonly alert: boolean
  readonly sealed: Notification.Sealed
  /** Past this it is not worth another try. */
  readonly until: Instant.Instant
  /** A mailing of before a restart: what the ledger knows has been accepted is not sent again. */
  readonly resumed: boolean
}

export interface Answered {
  readonly recipient: Recipient
  readonly outcome: PushOutcome.Outcome
}

/**
 * Sends mailings, writes the ledger, tries again what may be tried again.
 *
 * It knows nothing of cricket and nothing of activities: what an outcome means to them is answered as data.
 */
export class Dispatcher extends Context.Service<
  Dispatcher,
  {
    /**
     * The last outcome for each recipient, in no particular order; recipients who had it already are left out. It waits
     * between tries, as long as `Retry` and the mailing's own end let it.
     */
    readonly send: (
      mailing: Mailing,
      recipients: ReadonlyArray<Recipient>
    ) => Effect.Effect<ReadonlyArray<Answered>>
  }
>()("@sightscreen/engine/Dispatcher") {
  static readonly layer = Layer.effect(
    Dispatcher,
    Effect.gen(function* () {
      const apns = yield* Apns.Apns
      const deliveries = yield* Deliveries.Deliveries
      const tally = yield* Tally

      const record = (
        mailing: Mailing,
        sentAt: Instant.Instant,
        settled: ReadonlyArray<{ readonly to: Addressed; readonly outcome: PushOutcome.Outcome }>
      ): Effect.Effect<void> =>
        // The ledger explains; it does not decide. A push that went out has gone out whether or not it is written down.
        deliveries
          .record(
            settled.map(({ outcome, to: { pushId, recipient } }) => ({
              pushId,
              matchId: mailing.matchId,
              activityId: recipient.activityId,
              tokenTail: recipient.token.slice(-6),
              kind: mailing.kind,
              stamp: mailing.stamp,
              priority: mailing.priority,
              alert: mailing.alert,
              sentAt,
              verdict: outcome._tag,
              reason: PushOutcome.reasonOf(outcome)
            }))
          )
          .pipe(Effect.catch((error) => Effect.logWarning("the ledger could not be written", error)))

      const send = Effect.fnUntraced(function* (mailing: Mailing, recipients: ReadonlyArray<Recipient>) {
        let waiting = yield* unknownTo(deliveries, mailing, recipients.map(address(mailing)))
        const answers: Array<Answered> = []
        const delays = Retry.delays[mailing.kind]
        for (let tries = 0; waiting.length > 0; tries++) {
          const sentAt = yield* now
          const delay = delays[tries]
          const last = delay === undefined || Instant.isBefore(mailing.until, Instant.plus(sentAt, delay))
          const outcomes = yield* apns.sendMany(waiting.map(({ notification }) => notification))
          const again: Array<Addressed> = []
          const settled: Array<{ readonly to: Addressed; readonly outcome: PushOutcome.Outcome }> = []
          const told = outcomes.map(({ verdict }, index) => {
            const outcome = outcomeOf(verdict)
            const to = waiting[index]!
            const more = Consequence.of(outcome, mailing.kind).some(({ _tag }) => _tag === "SendAgain")
            if (more && !last) again.push(to)
            else {
              settled.push({ to, outcome })
              answers.push({ recipient: to.recipient, outcome })
            }
            return outcome
          })
          yield* tally.count(mailing.matchId, mailing, told)
          // What is to be sent again is not written down: who goes on after a crash must not take it for done.
          if (settled.length > 0) yield* record(mailing, sentAt, settled)
          waiting = again
          if (again.length > 0 && delay !== undefined) yield* Effect.sleep(delay)
        }
        return answers
      })
      return Dispatcher.of({ send })
    })
  )
}

interface Addressed {
  readonly recipient: Recipient
  readonly pushId: Ids.PushId
  readonly notification: Notification.Notification
}

const address =
  (mailing: Mailing) =>
  (recipient: Recipient): Addressed => {
    const pushId = PushId.of(recipient.cause ?? mailing.cause, recipient.token)
    return {
      recipient,
      pushId,
      notification: {
        token: recipient.token,
        pushId: pushId as string as Notification.PushId,
        sealed: mailing.sealed
      }
    }
  }

/** After a restart, those who had it accepted before are not asked again. */
const unknownTo = (
  deliveries: Deliveries.Deliveries["Service"],
  mailing: Mailing,
  all: ReadonlyArray<Addressed>
): Effect.Effect<ReadonlyArray<Addressed>> =>
  mailing.resumed
    ? deliveries.knows(all.map(({ pushId }) => pushId)).pipe(
        Effect.map((known) => all.filter(({ pushId }) => !known.has(pushId))),
        // Not knowing, everybody is sent it again: phones ignore what they have had.
        Effect.orElseSucceed(() => all)
      )
    : Effect.succeed(all)

/** Apple's answer in the words of the domain. */
const outcomeOf = (verdict: Verdict.Verdict): PushOutcome.Outcome => {
  switch (verdict._tag) {
    case "Accepted":
      return { _tag: "Accepted" }
    case "TokenDead":
      return { _tag: "TokenDead", since: verdict.since, reason: verdict.reason }
    case "TokenSuspect":
      return { _tag: "TokenSuspect", reason: verdict.reason }
    case "Malformed":
    case "ChannelRefused":
      return { _tag: "OurFault", reason: verdict.reason }
    case "AuthExpired":
    case "Unauthorised":
      return { _tag: "KeyTrouble", reason: verdict.reason }
    case "SlowDown":
      return { _tag: "SlowDown", reason: verdict.reason }
    case "WrongConnection":
    case "AppleDown":
      return { _tag: "AppleDown", reason: verdict.reason }
    case "Unanswered":
      return { _tag: "Unanswered", unprocessed: verdict.unprocessed, reason: verdict.why }
  }
}
