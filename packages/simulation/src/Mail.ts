import type { Delivery, Gate, ModelChannels } from "@sightscreen/apns"
import type { Push } from "@sightscreen/handset"

/** What Apple brings, in the words of a phone. */
export const of = (delivered: Delivery.Delivered | Delivery.Reached): Push.Push =>
  delivered._tag === "Delivered" ? direct(delivered.push) : broadcast(delivered.publish)

/** A push that Apple has accepted. */
export const direct = ({ headers, payload, pushType, token }: Gate.Accepted): Push.Direct => ({
  kind: pushType,
  token,
  ...common(headers, payload)
})

/** A publish, to one of those who joined its channel. */
export const broadcast = ({ channelId, headers, payload }: ModelChannels.Published): Push.Broadcast => ({
  kind: "liveactivity",
  channelId,
  ...common(headers, payload)
})

const common = (headers: Readonly<Record<string, string>>, payload: unknown) => {
  const collapseId = headers["apns-collapse-id"]
  const expiration = headers["apns-expiration"]
  return {
    priority: Number(headers["apns-priority"] ?? 10) as Push.Push["priority"],
    payload: textOf(payload),
    ...(collapseId === undefined ? {} : { collapseId }),
    ...(expiration === undefined ? {} : { expiration: Number(expiration) })
  }
}

/** One payload goes to all who share it, and is written out once. */
const written = new WeakMap<object, string>()

const textOf = (payload: unknown): string => {
  if (typeof payload !== "object" || payload === null) return JSON.stringify(payload)
  const known = written.get(payload)
  if (known !== undefined) return known
  const text = JSON.stringify(payload)
  written.set(payload, text)
  return text
}
