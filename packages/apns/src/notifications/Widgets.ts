import { type Handling, handling } from "../Handling.ts"
import type { Priority } from "../PushType.ts"

/** Pushes that make an app's widgets ask for a new timeline (iOS 26). They carry no data: the widget fetches its own. */
export interface Widgets extends Handling {
  readonly _tag: "Widgets"
  readonly payload: Payload
}

export interface Options extends Omit<Handling, "priority"> {
  readonly priority: Priority
}

export interface Payload {
  readonly aps: { readonly "content-changed": true }
}

/** Goes to the token that the widgets' push handler is given. */
export const reload = (it: Options): Widgets => ({
  _tag: "Widgets",
  ...handling(it, it.priority),
  payload: { aps: { "content-changed": true } }
})
