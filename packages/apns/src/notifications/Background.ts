import { type Handling, handling } from "../Handling.ts"
import { beside, type Custom } from "../Payload.ts"

/**
 * Pushes that wake an app in silence, at most two or three an hour.
 *
 * Apple: "Pushing background updates to your app". `aps` holds one key, the priority is 5 and cannot be anything else; what
 * the app is to know stands beside `aps`.
 */
export interface Background extends Omit<Handling, "priority"> {
  readonly _tag: "Background"
  readonly priority: 5
  readonly payload: Payload
}

export interface Options extends Omit<Handling, "priority"> {
  readonly custom?: Custom
}

export interface Payload {
  readonly aps: { readonly "content-available": 1 }
}

/** Goes to a device token. */
export const wake = (it: Options): Background => ({
  _tag: "Background",
  ...handling(it, 5),
  payload: beside({ "content-available": 1 }, it.custom)
})
