import { Delivery, ModelTransport, type Notification } from "@sightscreen/apns"
import { Instant } from "@sightscreen/decider"
import { App } from "@sightscreen/handset"
import type { Entry } from "./Entry.ts"

/** The model Apple of a world: what it takes is written down, and what it delivers is handed on. */
export interface Given {
  readonly options: Options | undefined
  readonly journal: Array<Entry>
  /** Whose a token is; undefined for one that no phone has had. */
  readonly ownerOf: (token: string) => string | undefined
  readonly onDelivered: (delivered: Delivery.Delivered | Delivery.Reached) => void
}

export type Options = Omit<ModelTransport.Options, "onAccepted" | "onPublished" | "onDelivered">

export const bundleId = App.current.bundleId as Notification.BundleId

interface Aps {
  readonly event?: string
  readonly timestamp?: number
  readonly alert?: unknown
}

export const make = ({ journal, onDelivered, options, ownerOf }: Given) => {
  const note = (
    headers: Readonly<Record<string, string>>,
    payload: unknown,
    entry: Omit<Extract<Entry, { _tag: "Accepted" }>, "_tag" | "event" | "stamp" | "priority" | "alert">,
    pushType: string
  ): void => {
    const { aps } = payload as { readonly aps: Aps }
    journal.push({
      _tag: "Accepted",
      ...entry,
      event: aps.event ?? pushType,
      stamp: aps.timestamp ?? Instant.toSeconds(entry.at),
      priority: Number(headers["apns-priority"]),
      alert: aps.alert !== undefined
    })
  }
  return ModelTransport.make({
    ...options,
    rules: { environment: "sandbox", ...options?.rules },
    delivery: {
      rules: Delivery.direct,
      ...options?.delivery,
      deviceOf: (token) => ownerOf(token) ?? `nobody/${token.slice(-6)}`
    },
    onAccepted: ({ apnsId, at, headers, payload, pushType, token }) =>
      note(
        headers,
        payload,
        { at, token, deviceId: ownerOf(token) ?? null, pushId: apnsId.toLowerCase(), route: "token" },
        pushType
      ),
    onPublished: ({ at, channelId, headers, payload, requestId }) =>
      note(
        headers,
        payload,
        { at, token: channelId, deviceId: null, pushId: requestId.toLowerCase(), route: "channel" },
        ""
      ),
    onDelivered
  })
}
