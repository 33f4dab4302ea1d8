import { Api, Problems, Webhooks as Contract } from "@sightscreen/api"
import { type WebhookNotice } from "@sightscreen/domain"
import { Webhooks } from "@sightscreen/store"
import { Effect, Redacted, Result, Struct } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { now } from "../Now.ts"
import { WebhookDesk } from "../WebhookDesk.ts"
import { WebhookSender } from "../WebhookSender.ts"
import { orNotNow } from "./NotNow.ts"
import { among, cut, pageOf } from "./Paging.ts"

const noneOf = (webhookId: string) => new Problems.NoSuchWebhook({ detail: `no webhook ${webhookId}` })

/** All but the secret. */
const shown = (webhook: Webhooks.Webhook) => Struct.omit(webhook, ["secret"])

export const layer = HttpApiBuilder.group(Api.Api, "webhooks", (handlers) =>
  Effect.map(
    Effect.suspend(() => make),
    (all) => handlers.handleAll(all)
  )
)

const make = Effect.gen(function* () {
  const desk = yield* WebhookDesk
  const sender = yield* WebhookSender
  const store = yield* Webhooks.Webhooks

  const known = Effect.fnUntraced(function* (webhookId: string) {
    const webhook = yield* store.get(webhookId)
    return webhook === null ? yield* noneOf(webhookId) : webhook
  })

  return {
    list: Effect.fnUntraced(function* ({ query }: Listed) {
      const { next, rows } = among(yield* store.list, query, ({ webhookId }) => webhookId)
      return { webhooks: rows.map(shown), next }
    }, orNotNow),
    add: Effect.fnUntraced(function* ({
      payload
    }: {
      readonly payload: { readonly url: string; readonly types: ReadonlyArray<WebhookNotice.Type> }
    }) {
      const url = sender.endpoint(payload.url)
      if (Result.isFailure(url)) return yield* new Problems.NotAnEndpoint({ detail: url.failure })
      if ((yield* store.list).length >= Contract.most)
        return yield* new Problems.TooManyWebhooks({ detail: `there are ${Contract.most}` })
      const { secret, webhookId } = yield* sender.fresh
      const webhook: Webhooks.Webhook = {
        webhookId,
        url: url.success,
        types: [...new Set(payload.types)],
        secret,
        createdAt: yield* now,
        failingSince: null,
        endedAt: null,
        endedFor: null
      }
      yield* store.add(webhook)
      return { ...shown(webhook), secret: Redacted.value(secret) }
    }, orNotNow),
    get: Effect.fnUntraced(function* ({ params: { webhookId } }: Named) {
      return shown(yield* known(webhookId))
    }, orNotNow),
    remove: Effect.fnUntraced(function* ({ params: { webhookId } }: Named) {
      if (!(yield* store.remove(webhookId))) return yield* noneOf(webhookId)
    }, orNotNow),
    resume: Effect.fnUntraced(function* ({ params: { webhookId } }: Named) {
      yield* store.end(webhookId, null)
      return shown(yield* known(webhookId))
    }, orNotNow),
    test: Effect.fnUntraced(function* ({ params: { webhookId } }: Named) {
      yield* known(webhookId)
      const at = yield* now
      const notice = { type: "webhook.test", key: `test/${at}`, at, data: { webhookId } } as const
      return { messageId: yield* desk.tellOne(webhookId, notice) }
    }, orNotNow),
    messages: Effect.fnUntraced(function* ({ params: { webhookId }, query }: Named & Listed) {
      yield* known(webhookId)
      const found = yield* store.messagesOf(webhookId, pageOf(query))
      const { next, rows } = cut(found, query, ({ messageId }) => messageId)
      return {
        messages: rows.map(({ body, createdAt, doneAt, dueAt, messageId, outcome, tries, type }) => ({
          messageId,
          type,
          body,
          createdAt,
          tries,
          nextAt: doneAt === null ? dueAt : null,
          outcome
        })),
        next
      }
    }, orNotNow)
  }
})

interface Listed {
  readonly query: { readonly limit?: number; readonly after?: string }
}

interface Named {
  readonly params: { readonly webhookId: string }
}
