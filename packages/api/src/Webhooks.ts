import { WebhookNotice } from "@sightscreen/domain"
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema } from "effect/http-api"
import { Operators } from "./Authorization.ts"
import { Gate, Once } from "./Gates.ts"
import { text } from "./Names.ts"
import * as Pages from "./Pages.ts"
import * as Policy from "./Policy.ts"
import { BadRequest, NoSuchWebhook, NotAnEndpoint, NotNow, TooManyWebhooks } from "./Problems.ts"

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
export class Webhooks extends HttpApiGroup.make("webhooks")
  .add(
    HttpApiEndpoint.get("list", "/admin/webhooks", {
      query: Pages.query,
      success: Schema.Struct({ webhooks: Schema.Array(Webhook), next: Pages.next }),
      error: [BadRequest, NotNow]
    }).annotateMerge(Policy.route("All webhooks", Policy.operator("observer"))),
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
    }).annotateMerge(Policy.route("Add a webhook; its secret is told this once", Policy.operator("admin"))),
    HttpApiEndpoint.get("get", "/admin/webhooks/:webhookId", {
      params,
      success: Webhook,
      error: [NoSuchWebhook, NotNow]
    }).annotateMerge(Policy.route("One webhook, and whether it gets through", Policy.operator("observer"))),
    HttpApiEndpoint.delete("remove", "/admin/webhooks/:webhookId", {
      params,
      error: [NoSuchWebhook, NotNow]
    }).annotateMerge(Policy.route("Remove a webhook", Policy.operator("admin"))),
    /** One that has ended is told again, of what happens from now on. */
    HttpApiEndpoint.post("resume", "/admin/webhooks/:webhookId/resume", {
      params,
      success: Webhook,
      error: [NoSuchWebhook, NotNow]
    }).annotateMerge(Policy.route("Begin a webhook anew that has ended", Policy.operator("admin"))),
    /** Sends it a message that says that it is a test. */
    HttpApiEndpoint.post("test", "/admin/webhooks/:webhookId/test", {
      params,
      success: Schema.Struct({ messageId: Schema.String }).pipe(HttpApiSchema.status(202)),
      error: [NoSuchWebhook, NotNow]
    }).annotateMerge(Policy.route("Send a message that says that it is a test", Policy.operator("operator"))),
    /** What it was told, the newest first. */
    HttpApiEndpoint.get("messages", "/admin/webhooks/:webhookId/messages", {
      params,
      query: Pages.query,
      success: Schema.Struct({ messages: Schema.Array(Message), next: Pages.next }),
      error: [NoSuchWebhook, NotNow]
    }).annotateMerge(Policy.route("What a webhook was told, the newest first", Policy.operator("observer")))
  )
  .middleware(Once)
  .middleware(Gate)
  .middleware(Operators) {}
