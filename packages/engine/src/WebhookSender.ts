import type { Instant } from "@sightscreen/decider"
import type { WebhookAttempt } from "@sightscreen/domain"
import { Context, Effect, type Redacted, Result } from "effect"

/** A message on its way. */
export interface Sealed {
  readonly url: string
  readonly messageId: string
  readonly at: Instant.EpochSeconds
  readonly body: string
  /** `whsec_` and base64. */
  readonly secret: Redacted.Redacted<string>
}

/** How webhooks leave the house: signed, to public addresses only, and never waiting for long. */
export interface Sender {
  readonly send: (sealed: Sealed) => Effect.Effect<WebhookAttempt.Reply>
  /** The address as it will be used, or why it cannot be. */
  readonly endpoint: (url: string) => Result.Result<string, string>
  /** Something that nobody guesses: a name for a webhook, and a secret to sign with. */
  readonly fresh: Effect.Effect<{ readonly webhookId: string; readonly secret: Redacted.Redacted<string> }>
}

/** Nothing leaves where nobody has said how. */
export const WebhookSender = Context.Reference<Sender>("@sightscreen/engine/WebhookSender", {
  defaultValue: () => ({
    send: () => Effect.succeed({ _tag: "Unreachable", why: "webhooks are not sent from here" }),
    endpoint: () => Result.fail("webhooks are not sent from here"),
    fresh: Effect.die(new Error("webhooks are not sent from here"))
  })
})
