import { type Handling, handling } from "../Handling.ts"
import { beside, type Custom } from "../Payload.ts"
import type { Priority } from "../PushType.ts"

/** Pushes that bring new data to a watch face. What they say is the app's own affair. */
export interface Complication extends Handling {
  readonly _tag: "Complication"
  readonly payload: Payload
}

export interface Options extends Omit<Handling, "priority"> {
  readonly priority: Priority
  readonly custom: Custom
}

export interface Payload {
  readonly aps: Readonly<Record<never, never>>
}

/** Goes to a complication token (PushKit). */
export const refresh = (it: Options): Complication => ({
  _tag: "Complication",
  ...handling(it, it.priority),
  payload: beside({}, it.custom)
})
