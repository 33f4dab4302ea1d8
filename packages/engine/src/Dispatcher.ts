import { Apns, type Notification, type Token, type Verdict } from "@sightscreen/apns"
import { Consequence, type Ids, PushId, PushOutcome, Retry } from "@sightscreen/domain"
import type { Instant } from "@sightscreen/decider"
import { Deliveries } from "@sightscreen/store"
import { Context, Effect, Layer, Option } from "effect"
import { now } from "./Now.ts"
import { Tally } from "./Tally.ts"

/** One address of a push. */
export interface Recipient {
  readonly token: Token.DeviceToken
  readonly activityId: Ids.ActivityId
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
    /** The last outcome for each recipient, in no particular order; recipients who had it already are left out. */
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

      const once = Effect.fnUntraced(function* (mailing: Mailing, recipients: ReadonlyArray<Addressed>) {
        const sentAt = yield* now
        const outcomes = yield* apns.sendMany(recipients.map(({ notification }) => notification))
        const answered = outcomes.map(
          ({ verdict }, index): Answered => ({
            recipient: recipients[index]!.recipient,
            outcome: outcomeOf(verdict)
          })
        )
        // The ledger explains; it does not decide. A push that went out has gone out whether or not it is written down.
        yield* deliveries
          .record(
            answered.map(({ outcome, recipient }, index) => ({
              pushId: recipients[index]!.pushId,
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
        return answered
      })

      const send = Effect.fnUntraced(function* (mailing: Mailing, recipients: ReadonlyArray<Recipient>) {
        let waiting = yield* unknownTo(deliveries, mailing, recipients.map(address(mailing)))
        const settled: Array<Answered> = []
        for (const delay of [Option.none(), ...Retry.delays[mailing.kind].map(Option.some)]) {
          if (waiting.length === 0) break
          if (Option.isSome(delay)) yield* Effect.sleep(delay.value)
          const answered = yield* once(mailing, waiting)
          const again: Array<Addressed> = []
          for (const [index, one] of answered.entries()) {
            const wants = Consequence.of(one.outcome, mailing.kind)
            if (wants.some(({ _tag }) => _tag === "SendAgain")) again.push(waiting[index]!)
            else settled.push(one)
            yield* tally.count(mailing.matchId, {
              kind: mailing.kind,
              priority: mailing.priority,
              alert: mailing.alert,
              outcome: one.outcome
            })
          }
          waiting = again
        }
        return settled
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
    const pushId = PushId.of(mailing.cause, recipient.token)
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
        Effect.catch(() => Effect.succeed(all))
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
