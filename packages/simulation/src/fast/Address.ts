import type { Notification } from "@sightscreen/apns"
import type { Envelope } from "@sightscreen/engine"
import { App } from "@sightscreen/handset"

/** Where everything goes in the worlds of the fast gear. */
export const address: Envelope.Address = {
  bundleId: App.current.bundleId as Notification.BundleId,
  environment: "sandbox"
}
