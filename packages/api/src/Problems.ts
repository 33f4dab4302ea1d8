import { Schema } from "effect"
import { HttpApiError } from "effect/http-api"

/** Refusals, as RFC 9457 problems: what was wrong, and what to do. Their types are stable; a new one may be added. */
const type = <const Name extends string>(name: Name) => `urn:sightscreen:${name}` as const

/** What was sent cannot be read; each error names a place, never what stands there. */
export class BadRequest extends HttpApiError.Problem<BadRequest>()(
  "BadRequest",
  { type: type("bad-request"), status: 400, title: "The request cannot be read; see `errors`" },
  {
    errors: Schema.optionalKey(
      Schema.Array(
        Schema.Struct({
          path: Schema.Array(Schema.Union([Schema.String, Schema.Finite])),
          message: Schema.String
        })
      )
    )
  }
) {}

export class Unauthorized extends HttpApiError.Problem<Unauthorized>()(
  "Unauthorized",
  {
    type: type("unauthorized"),
    status: 401,
    title: "Sign in and send the token as `Authorization: Bearer …`, or an operator's key as `X-API-Key`"
  },
  {}
) {}

export class Forbidden extends HttpApiError.Problem<Forbidden>()(
  "Forbidden",
  { type: type("forbidden"), status: 403, title: "This is not for the role that asks" },
  {}
) {}

export class NoSuchMatch extends HttpApiError.Problem<NoSuchMatch>()(
  "NoSuchMatch",
  { type: type("no-such-match"), status: 404, title: "There is no such match" },
  {}
) {}

export class NoSuchDevice extends HttpApiError.Problem<NoSuchDevice>()(
  "NoSuchDevice",
  { type: type("no-such-device"), status: 404, title: "Register the device first, with POST /v1/devices" },
  {}
) {}

export class NoSuchActivity extends HttpApiError.Problem<NoSuchActivity>()(
  "NoSuchActivity",
  { type: type("no-such-activity"), status: 404, title: "There is no such activity" },
  {}
) {}

export class NoSuchReplay extends HttpApiError.Problem<NoSuchReplay>()(
  "NoSuchReplay",
  { type: type("no-such-replay"), status: 404, title: "There is no such replay, or no such tape" },
  {}
) {}

export class NotOffered extends HttpApiError.Problem<NotOffered>()(
  "NotOffered",
  { type: type("not-offered"), status: 404, title: "This server is not set up for it" },
  {}
) {}

export class MatchIsOver extends HttpApiError.Problem<MatchIsOver>()(
  "MatchIsOver",
  { type: type("match-is-over"), status: 409, title: "The match is over and cannot be followed any more" },
  {}
) {}

export class NotBeingTold extends HttpApiError.Problem<NotBeingTold>()(
  "NotBeingTold",
  { type: type("not-being-told"), status: 409, title: "The match is not being told now" },
  {}
) {}

/** Apple: a push-to-start token is reported twice around a remote start, and is never an update token. */
export class NotAnUpdateToken extends HttpApiError.Problem<NotAnUpdateToken>()(
  "NotAnUpdateToken",
  {
    type: type("not-an-update-token"),
    status: 409,
    title: "This is the device's push-to-start token, not an activity's update token"
  },
  {}
) {}

export class KeyInUse extends HttpApiError.Problem<KeyInUse>()(
  "KeyInUse",
  {
    type: type("idempotency-key-in-use"),
    status: 409,
    title: "The first request with this Idempotency-Key is still being carried out; ask again shortly"
  },
  {}
) {}

export class KeyOfAnotherRequest extends HttpApiError.Problem<KeyOfAnotherRequest>()(
  "KeyOfAnotherRequest",
  {
    type: type("idempotency-key-of-another-request"),
    status: 422,
    title: "This Idempotency-Key came with another request before; take a new one"
  },
  {}
) {}

export class TooManyRequests extends HttpApiError.Problem<TooManyRequests>()(
  "TooManyRequests",
  {
    type: type("too-many-requests"),
    status: 429,
    title: "The allowance is used up; `Retry-After` says in how many seconds there is more"
  },
  {}
) {}

export class Oops extends HttpApiError.Problem<Oops>()(
  "Oops",
  { type: type("internal-error"), status: 500, title: "Something went wrong here; it has been written down" },
  {}
) {}

/** Part of it may be done; the same request again does the rest. */
export class NotNow extends HttpApiError.Problem<NotNow>()(
  "NotNow",
  {
    type: type("not-now"),
    status: 503,
    title: "It could not be finished; send the same again shortly"
  },
  {}
) {}

export class NoSuchWebhook extends HttpApiError.Problem<NoSuchWebhook>()(
  "NoSuchWebhook",
  { type: type("no-such-webhook"), status: 404, title: "There is no such webhook" },
  {}
) {}

export class NotAnEndpoint extends HttpApiError.Problem<NotAnEndpoint>()(
  "NotAnEndpoint",
  {
    type: type("not-an-endpoint"),
    status: 422,
    title: "Nothing is sent there; give an https address that everybody can reach"
  },
  {}
) {}

export class TooManyWebhooks extends HttpApiError.Problem<TooManyWebhooks>()(
  "TooManyWebhooks",
  {
    type: type("too-many-webhooks"),
    status: 409,
    title: "Remove a webhook before another is added"
  },
  {}
) {}
