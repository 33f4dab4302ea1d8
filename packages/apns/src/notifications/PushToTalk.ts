import { type Expiration, type Handling, handling } from "../Handling.ts"
import { beside, type Custom } from "../Payload.ts"

/**
 * Pushes that tell a walkie-talkie that somebody speaks, or has left.
 *
 * Apple: the push type of the PushToTalk framework, at once or not at all. What it says is the app's own affair and stands
 * beside an empty `aps`.
 */
export interface PushToTalk extends Omit<Handling, "priority" | "collapseId"> {
  readonly _tag: "PushToTalk"
  readonly priority: 10
  readonly payload: Payload
}

export interface Options extends Omit<Handling, "priority" | "collapseId" | "expiration"> {
  /** A single attempt unless told otherwise: nobody hears what was said minutes ago. */
  readonly expiration?: Expiration
  readonly custom: Custom
}

export interface Payload {
  readonly aps: Readonly<Record<never, never>>
}

/** Goes to the token of a channel that the person has joined. */
export const talk = (it: Options): PushToTalk => ({
  _tag: "PushToTalk",
  ...handling({ ...it, expiration: it.expiration ?? "once" }, 10),
  payload: beside({}, it.custom)
})
