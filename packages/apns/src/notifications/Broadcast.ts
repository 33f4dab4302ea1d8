import type * as Channel from "../broadcast/Channel.ts"
import type { Expiration } from "../Handling.ts"
import type { Priority } from "../PushType.ts"
import * as LiveActivity from "./LiveActivity.ts"

/**
 * Publishes that update or end the Live Activities of a channel's subscribers.
 *
 * Apple: a channel cannot start an activity. How long a publish may wait follows from what its channel stores: nothing may
 * wait for a channel that stores nothing.
 */
export type Broadcast = Said & When

interface Said {
  readonly _tag: "Broadcast"
  readonly priority: Priority
  readonly payload: Payload
}

type When =
  | { readonly channel: Channel.Unstored; readonly expiration: "once" }
  | { readonly channel: Channel.Stored; readonly expiration: Expiration }

/** The expiration that a channel leaves open. */
type Where =
  | { readonly channel: Channel.Unstored; readonly expiration?: "once" }
  | { readonly channel: Channel.Stored; readonly expiration: Expiration }

export type Update = LiveActivity.Updated & { readonly priority: Priority } & Where
export type End = LiveActivity.Ended & { readonly priority: Priority } & Where

export type Payload = ReturnType<typeof LiveActivity.updated> | ReturnType<typeof LiveActivity.ended>

export const update = (it: Update): Broadcast => ({
  _tag: "Broadcast",
  priority: it.priority,
  payload: LiveActivity.updated(it),
  ...when(it)
})

/** The channel outlives it; deleting it is another request. */
export const end = (it: End): Broadcast => ({
  _tag: "Broadcast",
  priority: it.priority,
  payload: LiveActivity.ended(it),
  ...when(it)
})

const when = (it: Where): When =>
  it.channel.storage === "none"
    ? { channel: it.channel, expiration: "once" }
    : { channel: it.channel, expiration: it.expiration ?? "once" }
