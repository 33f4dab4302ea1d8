import { Instant } from "@sightscreen/decider"
import { Apns, type Notification, type Token } from "@sightscreen/apns"
import { Attempt, type Ids, PushId, PushOutcome, type Retry } from "@sightscreen/domain"
import { Deliveries } from "@sightscreen/store"
import { Context, Duration, Effect, Layer, Random } from "effect"
import { AppleStatus } from "./AppleStatus.ts"
import * as Metrics from "./Metrics.ts"
import { now } from "./Now.ts"
import * as Outcomes from "./Outcomes.ts"
import { Tally } from "./Tally.ts"
import * as WebhookDesk from "./WebhookDesk.ts"

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
      const webhooks = yield* WebhookDesk.WebhookDesk

      const record = Effect.fnUntraced(function* (
        mailing: Mailing,
        sentAt: Instant.Instant,
        settled: ReadonlyArray<Pick<Attempt.Waiting<Addressed>, "to" | "last">>
      ) {
        if (settled.length === 0) return
        const rows = settled.map(({ last, to: { pushId, recipient } }) => ({
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
          verdict: last._tag,
          reason: PushOutcome.reasonOf(last)
        }))
        // The ledger explains; it does not decide. A push that went out has gone out whether or not it is written down.
        yield* deliveries
          .record(rows)
          .pipe(Effect.catch((error) => Effect.logWarning("the ledger could not be written", error)))
        if (!(yield* webhooks.wants("delivery.outcomes"))) return
        const { cause, kind, matchId, stamp } = mailing
        const told = rows.map(({ activityId, deviceId, pushId, reason, tokenTail, verdict }) => ({
          pushId,
          deviceId,
          activityId,
          tokenTail,
          verdict,
          reason
        }))
        yield* webhooks.tell([WebhookDesk.outcomes({ matchId, kind, cause, stamp }, sentAt, told)])
      })

      const send = Effect.fnUntraced(function* (mailing: Mailing, recipients: ReadonlyArray<Recipient>) {
        const all = yield* unknownTo(deliveries, mailing, recipients.map(address(mailing)))
        let waiting: ReadonlyArray<Attempt.Waiting<Addressed>> = all.map(Attempt.waiting)
        const answers: Array<Answered> = []
        while (waiting.length > 0) {
          const at = yield* now
          const { hopeless, ready, resting } = Attempt.partition(waiting, mailing, at, ({ recipient }) =>
            apple.restOf(recipient.token, at)
          )
          for (const { last, to } of hopeless) answers.push({ recipient: to.recipient, outcome: last })
          yield* record(
            mailing,
            at,
            hopeless.filter(({ tries }) => tries > 0)
          )
          if (ready.length === 0) {
            waiting = resting
            yield* Effect.sleep(Duration.max(oneMilli, Instant.since(Attempt.firstDue(resting, at), at)))
            continue
          }
          const { kind, until } = mailing
          const owing = Attempt.owing(ready)
          const paid = Attempt.afford(
            { kind, until, at, chance: owing === 0 ? 0 : yield* Random.next },
            ready,
            owing === 0 ? 0 : yield* apple.retries(owing)
          )
          for (const { last, to } of paid.settled) answers.push({ recipient: to.recipient, outcome: last })
          yield* record(mailing, at, paid.settled)
          if (paid.sent.length === 0) {
            waiting = [...resting, ...paid.later]
            continue
          }
          const admitted = yield* apple.admit(mailing)
          if (admitted === "none") {
            // Nothing was sent, so nothing is written down.
            for (const { to } of [...paid.sent, ...paid.later, ...resting])
              answers.push({ recipient: to.recipient, outcome: Attempt.notSent })
            break
          }
          const sentAt = yield* now
          const some = admitted === "one" ? paid.sent.slice(0, 1) : paid.sent
          const rest = [...(admitted === "one" ? paid.sent.slice(1) : []), ...paid.later]
          const verdicts = yield* Metrics.exchanged(
            mailing.kind,
            apns.sendMany(some.map(({ to }) => to.notification))
          )
          const answeredAt = yield* now
          const outcomes = verdicts.map(({ verdict }) => Outcomes.ofVerdict(verdict, answeredAt))
          yield* apple.judged(
            outcomes,
            some.map(({ to }) => to.recipient.token)
          )
          yield* tally.count(mailing.matchId, mailing, outcomes)

          const isDown = (yield* apple.downUntil) !== null
          const chance = yield* Random.next
          const sorted = Attempt.sort({ kind, until, at: answeredAt, isDown, chance }, some, outcomes)
          for (const { last, to } of sorted.settled) answers.push({ recipient: to.recipient, outcome: last })
          // What is to be sent again is not written down: who goes on after a crash must not take it for done.
          yield* record(mailing, sentAt, sorted.settled)
          // What failed goes to the back: one push that can only fail must not be the one that looks for Apple every time.
          waiting = [...rest, ...resting, ...sorted.again]
        }
        return answers
      })
      return Dispatcher.of({
        send: (mailing, recipients) =>
          send(mailing, recipients).pipe(
            Effect.withSpan("mailing", {
              attributes: {
                "mailing.kind": mailing.kind,
                "mailing.match": mailing.matchId,
                "mailing.cohort": mailing.cohort ?? "",
                "mailing.recipients": recipients.length
              }
            })
          ),
        probe: (sealed, token) =>
          Effect.flatMap(apns.send({ token, sealed }), ({ verdict }) =>
            Effect.map(now, (at) => Outcomes.ofVerdict(verdict, at))
          )
      })
    })
  )
}

/** A clock may say the same twice. */
const oneMilli = Duration.millis(1)

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
