import { Instant } from "@sightscreen/decider"
import { type Ids, PushId, WebhookAttempt, WebhookNotice } from "@sightscreen/domain"
import { type Fault, Webhooks } from "@sightscreen/store"
import { Context, DateTime, Duration, Effect, FiberMap, Latch, Layer, Random, Semaphore } from "effect"
import * as Metrics from "./Metrics.ts"
import { now } from "./Now.ts"
import * as Rounds from "./Rounds.ts"
import { WebhookSender } from "./WebhookSender.ts"

/**
 * Tells other systems what happens: at least once, signed, each at its own pace.
 *
 * What is to be told is written down first, and by whoever tells it next it is sent under the same id. A receiver that is
 * slow, or down, holds up nobody but itself.
 */
export class WebhookDesk extends Context.Service<
  WebhookDesk,
  {
    /** Whether anybody wants to hear of such things. Asked often, so who has just begun may be overlooked for a moment. */
    readonly wants: (type: WebhookNotice.Type) => Effect.Effect<boolean>
    /** Writes down what those who want it are to be told. What cannot be written down is logged: nobody waits for it. */
    readonly tell: (notices: ReadonlyArray<WebhookNotice.Notice>) => Effect.Effect<void>
    /** One webhook, and whether or not it wants to hear of such things. */
    readonly tellOne: (webhookId: string, notice: WebhookNotice.Notice) => Effect.Effect<string, Fault.Fault>
    /** Sends what is due, over and over. */
    readonly run: Effect.Effect<never>
  }
>()("@sightscreen/engine/WebhookDesk") {
  /** How long the list of webhooks is taken to be as it was. */
  static readonly remembers = Duration.seconds(10)
  /** Between two looks for what is due, where nothing has just been written down. */
  static readonly interval = "5 seconds"
  /** Messages of one webhook that are taken at once, and for how long: who takes them sends them in that time, or dies. */
  static readonly atOnce = 8
  static readonly lease = Duration.minutes(2)
  /** Receivers that are talked to at once. */
  static readonly receivers = 16

  static readonly layer = Layer.effect(
    WebhookDesk,
    Effect.gen(function* () {
      const store = yield* Webhooks.Webhooks
      const sender = yield* WebhookSender
      const wake = yield* Latch.make()
      const workers = yield* FiberMap.make<string, void, never>()
      const room = yield* Semaphore.make(WebhookDesk.receivers)
      let known: { readonly webhooks: ReadonlyArray<Webhooks.Webhook>; readonly at: Instant.Instant } | null =
        null

      const listed = Effect.gen(function* () {
        const at = yield* now
        if (known === null || !Instant.isBefore(at, Instant.plus(known.at, WebhookDesk.remembers))) {
          known = { webhooks: (yield* store.list).filter(({ endedAt }) => endedAt === null), at }
        }
        return known.webhooks
      })

      const draft = (
        webhookId: string,
        notice: WebhookNotice.Notice,
        at: Instant.Instant
      ): Webhooks.Draft => ({
        messageId: `msg_${PushId.of(notice.key, webhookId)}`,
        webhookId,
        type: notice.type,
        body: WebhookNotice.bodyOf(notice, iso),
        createdAt: at
      })

      const offer = Effect.fnUntraced(function* (drafts: ReadonlyArray<Webhooks.Draft>) {
        const taken = yield* store.offer(drafts)
        if (taken > 0) wake.openUnsafe()
      })

      const tell = (notices: ReadonlyArray<WebhookNotice.Notice>) =>
        notices.length === 0
          ? Effect.void
          : Effect.gen(function* () {
              const webhooks = yield* listed
              const at = yield* now
              yield* offer(
                webhooks.flatMap(({ types, webhookId }) =>
                  notices
                    .filter(({ type }) => types.includes(type))
                    .map((notice) => draft(webhookId, notice, at))
                )
              )
            }).pipe(
              Effect.catch((error) =>
                Effect.logWarning("what webhooks are to be told could not be written down", error)
              )
            )

      /** Sends one message, and writes down what came of it. Whether it is worth going on at once. */
      const send = Effect.fnUntraced(function* (webhook: Webhooks.Webhook, message: Webhooks.Message) {
        const { messageId } = message
        const reply = yield* sender.send({
          url: webhook.url,
          messageId,
          at: Instant.toSeconds(yield* now),
          body: message.body,
          secret: webhook.secret
        })
        const at = yield* now
        const fate = WebhookAttempt.judge(message.tries + 1, reply, at, yield* Random.next)
        yield* Metrics.webhook(fate._tag)
        const settle = (outcome: string, dueAt: Instant.Instant | null) =>
          store.settle({ messageId, outcome, dueAt, at })
        const end = Effect.fnUntraced(function* (why: string) {
          known = null
          yield* store.end(webhook.webhookId, { at, why })
          yield* Effect.logWarning(`webhook ${webhook.webhookId} has ended: ${why}`)
        })
        switch (fate._tag) {
          case "Delivered":
            yield* settle("delivered", null)
            if (webhook.failingSince !== null) yield* store.noteFailing(webhook.webhookId, null)
            return true
          case "Unwanted":
            yield* settle("answered 410", null)
            yield* end("it answered 410: it wants no more")
            return false
          case "Again":
          case "GivenUp": {
            yield* settle(fate.why, fate._tag === "Again" ? fate.at : null)
            const since = yield* store.noteFailing(webhook.webhookId, at)
            if (since !== null && Instant.isBefore(Instant.plus(since, WebhookAttempt.abandonedAfter), at)) {
              yield* end("nothing has got through for days")
              return false
            }
            // Who answers, answers the next one as well; who does not would be waited for each time.
            return reply._tag !== "Unreachable"
          }
        }
      })

      const serve = (webhookId: string) =>
        Effect.gen(function* () {
          for (;;) {
            const webhook = yield* store.get(webhookId)
            if (webhook === null || webhook.endedAt !== null) return
            const at = yield* now
            const until = Instant.plus(at, WebhookDesk.lease)
            const messages = yield* store.claim(webhookId, at, until, WebhookDesk.atOnce)
            if (messages.length === 0) return
            for (const message of messages) if (!(yield* send(webhook, message))) return
          }
        }).pipe(
          room.withPermits(1),
          Effect.catch((error) => Effect.logWarning(`webhook ${webhookId}: the store failed`, error))
        )

      const round = Effect.gen(function* () {
        wake.closeUnsafe()
        for (const webhookId of yield* store.due(yield* now))
          yield* FiberMap.run(workers, webhookId, serve(webhookId), { onlyIfMissing: true })
      })

      return WebhookDesk.of({
        wants: (type) =>
          Effect.map(
            Effect.orElseSucceed(listed, () => []),
            (webhooks) => webhooks.some(({ types }) => types.includes(type))
          ),
        tell,
        tellOne: Effect.fnUntraced(function* (webhookId, notice) {
          const one = draft(webhookId, notice, yield* now)
          yield* offer([one])
          return one.messageId
        }),
        run: Rounds.forever(
          "a round of webhooks",
          round,
          Effect.asVoid(Effect.timeoutOption(wake.await, WebhookDesk.interval))
        )
      })
    })
  )
}

const iso = (at: Instant.Instant): string => DateTime.formatIso(DateTime.makeUnsafe(at))

/** What became of pushes of one mailing, with no more of a token than its end. */
export const outcomes = (
  of: {
    readonly matchId: Ids.MatchId
    readonly kind: string
    readonly cause: string
    readonly stamp: number
  },
  sentAt: Instant.Instant,
  settled: ReadonlyArray<{
    readonly pushId: Ids.PushId
    readonly deviceId: Ids.DeviceId | null
    readonly activityId: Ids.ActivityId | null
    readonly tokenTail: string
    readonly verdict: string
    readonly reason: string | null
  }>
): WebhookNotice.Notice => ({
  type: "delivery.outcomes",
  key: `${of.cause}/${sentAt}/${settled[0]?.pushId ?? ""}`,
  at: sentAt,
  data: { ...of, outcomes: settled.map((one) => ({ ...one })) }
})
