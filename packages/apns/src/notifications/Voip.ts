import { type Expiration, type Handling, handling } from "../Handling.ts"

/**
 * Pushes that ring.
 *
 * Apple: an app that does not report a call for each of them is terminated, and repeated, gets no more. So a push of this
 * kind can be made from a call and from nothing else, and there is none that cancels or changes a call: once rung, the app
 * and its server talk directly.
 */
export interface Voip extends Omit<Handling, "priority" | "collapseId"> {
  readonly _tag: "Voip"
  readonly priority: 10
  readonly payload: Payload
}

/** Somebody calls. */
export interface Call {
  /** By which the app claims the call. */
  readonly callId: string
  /** Whom to call back: a number, an address, a user name. */
  readonly handle: string
  readonly callerName: string
}

export interface Options extends Omit<Handling, "priority" | "collapseId" | "expiration"> {
  /** A single attempt unless told otherwise: a late ring is worse than none. */
  readonly expiration?: Expiration
}

export interface Payload extends Call {
  readonly aps: Readonly<Record<never, never>>
}

/** Goes to a VoIP token (PushKit). */
export const ring = ({ callId, callerName, handle }: Call, it: Options): Voip => ({
  _tag: "Voip",
  ...handling({ ...it, expiration: it.expiration ?? "once" }, 10),
  payload: { aps: {}, callId, handle, callerName }
})
