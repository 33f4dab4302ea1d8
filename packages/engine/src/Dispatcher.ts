import { Instant } from "@sightscreen/decider"
import { Apns, type Notification, type Token } from "@sightscreen/apns"
import { Attempt, type Ids, PushId, PushOutcome, type Retry } from "@sightscreen/domain"
import { Deliveries } from "@sightscreen/store"
import { Context, Duration, Effect, Layer, Random } from "effect"
import { AppleStatus } from "./AppleStatus.ts"
import { now } from "./Now.ts"
import * as Outcomes from "./Outcomes.ts"
import { Tally } from "./Tally.ts"

/** One address of a push. */
export interface Recipient {
  readonly token: Token.DeviceToken
  /** Where it is, as far as we know. */
  readonly deviceId: Ids.DeviceId | null
  /** Null for a push to a phone rather than to an activity, and for a token that is of none that we know of. */
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
  /** The name of the cohort that it was made for, if for one. */
  readonly cohort: string | null
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
    /** One push, once, to see what Apple says; it is in no ledger. */
    readonly probe: (
      sealed: Notification.Sealed,
      token: Token.DeviceToken
    ) => Effect.Effect<PushOutcome.Outcome>
  }
>()("@sightscreen/engine/Dispatcher") {
  static readonly layer = Layer.effect(
    Dispatcher,
    Effect.gen(function* () {
      const apns = yield* Apns.Apns
      const apple = yield* AppleStatus
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
              deviceId: recipient.deviceId,
              cause: recipient.cause ?? mailing.cause,
              cohort: mailing.cohort,
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
        for (let tries = 0; waiting.length > 0;) {
          const admitted = yield* apple.admit(mailing)
          if (admitted === "none") {
            // Nothing was sent, so nothing is written down.
            for (const { recipient } of waiting) answers.push({ recipient, outcome: Attempt.notSent })
            break
          }
          const sentAt = yield* now
          const some = admitted === "one" ? waiting.slice(0, 1) : waiting
          const rest = admitted === "one" ? waiting.slice(1) : []
          const outcomes = (yield* apns.sendMany(some.map(({ notification }) => notification))).map(
            ({ verdict }) => Outcomes.ofVerdict(verdict)
          )
          yield* apple.judged(outcomes)
          yield* tally.count(mailing.matchId, mailing, outcomes)

          const isDown = (yield* apple.downUntil) !== null
          const attempt: Attempt.Attempt = { kind: mailing.kind, until: mailing.until, tries, sentAt, isDown }
          const sorted = Attempt.sort(attempt, outcomes)
          // While Apple is down it is the breaker that decides; a few that failed among many are paid for.
          const granted = isDown ? sorted.again.length : yield* apple.retries(sorted.again.length)
          const again = sorted.again.slice(0, granted).map((place) => some[place]!)
          const settled = [...sorted.settled, ...sorted.again.slice(granted)].map((place) => ({
            to: some[place]!,
            outcome: outcomes[place]!
          }))
          const delay = Attempt.delayOf(attempt)
          for (const { outcome, to } of settled) answers.push({ recipient: to.recipient, outcome })
          // What is to be sent again is not written down: who goes on after a crash must not take it for done.
          if (settled.length > 0) yield* record(mailing, sentAt, settled)
          // What failed goes to the back: one push that can only fail must not be the one that looks for Apple every time.
          waiting = [...rest, ...again]
          if (again.length > 0 && !isDown && delay !== null) {
            tries += 1
            // Anywhere within the delay: those who failed together do not come back together.
            yield* Effect.sleep(Duration.times(delay, yield* Random.next))
          }
        }
        return answers
      })
      return Dispatcher.of({
        send,
        probe: (sealed, token) =>
          Effect.map(apns.send({ token, sealed }), ({ verdict }) => Outcomes.ofVerdict(verdict))
      })
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
    ? deliveries
        .knows(
          all.map(({ pushId }) => pushId),
          Attempt.perhapsTaken
        )
        .pipe(
          Effect.map((known) => all.filter(({ pushId }) => !known.has(pushId))),
          // Not knowing, everybody is sent it again: phones ignore what they have had.
          Effect.orElseSucceed(() => all)
        )
    : Effect.succeed(all)
