import { type Handling, handling } from "../Handling.ts"
import type { Priority } from "../PushType.ts"

/**
 * Pushes that make a control reload (iOS 18). They carry no data: the control asks its value provider.
 *
 * Apple shows the payload for widgets only; here it is taken to be the same.
 */
export interface Controls extends Handling {
  readonly _tag: "Controls"
  readonly payload: Payload
}

export interface Options extends Omit<Handling, "priority"> {
  readonly priority: Priority
}

export interface Payload {
  readonly aps: { readonly "content-changed": true }
}

/** Goes to the token of one control. */
export const reload = (it: Options): Controls => ({
  _tag: "Controls",
  ...handling(it, it.priority),
  payload: { aps: { "content-changed": true } }
})
