import { WebhookNotice } from "@sightscreen/domain"
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiError, HttpApiGroup, HttpApiSchema } from "effect/http-api"
import { text } from "./Names.ts"
import { NotNow } from "./Problems.ts"

export class NoSuchWebhook extends HttpApiError.Problem<NoSuchWebhook>()(
  "NoSuchWebhook",
  { type: "urn:sightscreen:no-such-webhook", status: 404, title: "There is no such webhook" },
  {}
) {}

export class NotAnEndpoint extends HttpApiError.Problem<NotAnEndpoint>()(
  "NotAnEndpoint",
  {
    type: "urn:sightscreen:not-an-endpoint",
    status: 422,
    title: "Nothing is sent there; give an https address that everybody can reach"
  },
  {}
) {}

export class TooManyWebhooks extends HttpApiError.Problem<TooManyWebhooks>()(
  "TooManyWebhooks",
  {
    type: "urn:sightscreen:too-many-webhooks",
    status: 409,
    title: "Remove a webhook before another is added"
  },
  {}
) {}

/** How many there may be. */
export const most = 50

const WebhookId = Schema.String.check(Schema.isPattern(/^wh_[0-9a-f]{24}$/))

export const Webhook = Schema.Struct({
  webhookId: WebhookId,
  url: Schema.String,
  types: Schema.Array(WebhookNotice.Type),
  /** Milliseconds since 1970, as all times here. */
  createdAt: Schema.Int,
  /** Since when nothing has got through; null while all is well. */
  failingSince: Schema.NullOr(Schema.Int),
  /** Since when it is told nothing any more, and why. */
  endedAt: Schema.NullOr(Schema.Int),
  endedFor: Schema.NullOr(Schema.String)
})

export const Message = Schema.Struct({
  messageId: Schema.String,
  type: WebhookNotice.Type,
  body: Schema.String,
  createdAt: Schema.Int,
  tries: Schema.Int,
  /** When it is tried next; null where it is done. */
  nextAt: Schema.NullOr(Schema.Int),
  /** What came of the last try: `delivered`, or why not. */
  outcome: Schema.NullOr(Schema.String)
})

const params = { webhookId: WebhookId }

/** Which other systems are told what happens here. For people who run the server. */
export class Webhooks extends HttpApiGroup.make("webhooks").add(
  HttpApiEndpoint.get("list", "/admin/webhooks", {
    success: Schema.Struct({ webhooks: Schema.Array(Webhook) }),
    error: NotNow
  }),
  HttpApiEndpoint.post("add", "/admin/webhooks", {
    payload: Schema.Struct({
      url: text(2048),
      types: Schema.Array(WebhookNotice.Type).check(
        Schema.isMinLength(1),
        Schema.isMaxLength(WebhookNotice.types.length)
      )
    }),
    success: Schema.Struct({
      ...Webhook.fields,
      /** What its messages are signed with; it is told this once. */
      secret: Schema.String
    }).pipe(HttpApiSchema.status(201)),
    error: [NotAnEndpoint, TooManyWebhooks, NotNow]
  }),
  HttpApiEndpoint.get("get", "/admin/webhooks/:webhookId", {
    params,
    success: Webhook,
    error: [NoSuchWebhook, NotNow]
  }),
  HttpApiEndpoint.delete("remove", "/admin/webhooks/:webhookId", { params, error: [NoSuchWebhook, NotNow] }),
  /** One that has ended is told again, of what happens from now on. */
  HttpApiEndpoint.post("resume", "/admin/webhooks/:webhookId/resume", {
    params,
    success: Webhook,
    error: [NoSuchWebhook, NotNow]
  }),
  /** Sends it a message that says that it is a test. */
  HttpApiEndpoint.post("test", "/admin/webhooks/:webhookId/test", {
    params,
    success: Schema.Struct({ messageId: Schema.String }).pipe(HttpApiSchema.status(202)),
    error: [NoSuchWebhook, NotNow]
  }),
  /** What it was told, the newest first. */
  HttpApiEndpoint.get("messages", "/admin/webhooks/:webhookId/messages", {
    params,
    query: {
      limit: Schema.optionalKey(
        Schema.FiniteFromString.check(Schema.isInt(), Schema.isBetween({ minimum: 1, maximum: 100 }))
      ),
      after: Schema.optionalKey(text(128))
    },
    success: Schema.Struct({ messages: Schema.Array(Message), next: Schema.NullOr(Schema.String) }),
    error: [NoSuchWebhook, NotNow]
  })
) {}
