import { HttpApiError } from "effect/http-api"

/** Refusals, as RFC 9457 problems: what was wrong, and what to do. */
export class Unauthorized extends HttpApiError.Problem<Unauthorized>()(
  "Unauthorized",
  {
    type: "urn:sightscreen:unauthorized",
    status: 401,
    title: "Sign in and send the token as `Authorization: Bearer …`"
  },
  {}
) {}

export class NoSuchMatch extends HttpApiError.Problem<NoSuchMatch>()(
  "NoSuchMatch",
  { type: "urn:sightscreen:no-such-match", status: 404, title: "There is no such match" },
  {}
) {}

export class MatchIsOver extends HttpApiError.Problem<MatchIsOver>()(
  "MatchIsOver",
  {
    type: "urn:sightscreen:match-is-over",
    status: 409,
    title: "The match is over and cannot be followed any more"
  },
  {}
) {}

export class NoSuchDevice extends HttpApiError.Problem<NoSuchDevice>()(
  "NoSuchDevice",
  {
    type: "urn:sightscreen:no-such-device",
    status: 404,
    title: "Register the device first, with POST /devices"
  },
  {}
) {}

/** Apple: a push-to-start token is reported twice around a remote start, and is never an update token. */
export class NotAnUpdateToken extends HttpApiError.Problem<NotAnUpdateToken>()(
  "NotAnUpdateToken",
  {
    type: "urn:sightscreen:not-an-update-token",
    status: 409,
    title: "This is the device's push-to-start token, not an activity's update token"
  },
  {}
) {}

/** Part of it may be done; the same request again does the rest. */
export class NotNow extends HttpApiError.Problem<NotNow>()(
  "NotNow",
  {
    type: "urn:sightscreen:not-now",
    status: 503,
    title: "It could not be finished; send the same again shortly"
  },
  {}
) {}
