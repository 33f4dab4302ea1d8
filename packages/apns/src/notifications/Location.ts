import { type Handling, handling } from "../Handling.ts"
import { beside, type Custom } from "../Payload.ts"

/**
 * Pushes that ask an app's location push service extension where the device is.
 *
 * Apple: 10 if it is urgent, else 5; with a bearer token only, never with a certificate.
 */
export interface Location extends Omit<Handling, "priority"> {
  readonly _tag: "Location"
  readonly priority: 5 | 10
  readonly payload: Payload
}

export interface Options extends Omit<Handling, "priority"> {
  readonly priority: 5 | 10
  readonly custom?: Custom
}

export interface Payload {
  readonly aps: Readonly<Record<never, never>>
}

/** Goes to the token that the location manager gives. */
export const query = (it: Options): Location => ({
  _tag: "Location",
  ...handling(it, it.priority),
  payload: beside({}, it.custom)
})
