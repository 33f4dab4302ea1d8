import { HttpApiMiddleware } from "effect/http-api"
import type { Caller } from "./Authorization.ts"
import {
  BadRequest,
  Forbidden,
  KeyInUse,
  KeyOfAnotherRequest,
  NotNow,
  Oops,
  TooManyRequests
} from "./Problems.ts"

/** Answers what cannot be read, what has no rule, and what nobody foresaw. Around every route. */
export class Refusals extends HttpApiMiddleware.Service<Refusals>()("@sightscreen/api/Refusals", {
  error: [BadRequest, Forbidden, Oops, TooManyRequests]
}) {}

/** Counts what comes from an address, on routes that are open to anybody. */
export class OpenGate extends HttpApiMiddleware.Service<OpenGate>()("@sightscreen/api/OpenGate", {
  error: TooManyRequests
}) {}

/** Holds a route's rule against its caller, and counts what the caller asks. */
export class Gate extends HttpApiMiddleware.Service<Gate, { requires: Caller }>()("@sightscreen/api/Gate", {
  error: [Forbidden, TooManyRequests]
}) {}

/** Does once what is asked several times under one `Idempotency-Key`. */
export class Once extends HttpApiMiddleware.Service<Once, { requires: Caller }>()("@sightscreen/api/Once", {
  error: [BadRequest, KeyInUse, KeyOfAnotherRequest, NotNow]
}) {}
