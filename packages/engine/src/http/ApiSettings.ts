import { Context, Duration } from "effect"
import type { Policy } from "@sightscreen/api"

/** How much one caller may ask: so many requests in so long. */
export interface Allowance {
  readonly requests: number
  readonly within: Duration.Duration
}

const aMinute = Duration.minutes(1)

export const allowances: Readonly<Record<Policy.RateClass, Allowance>> = {
  probe: { requests: 1200, within: aMinute },
  open: { requests: 120, within: aMinute },
  read: { requests: 240, within: aMinute },
  write: { requests: 120, within: aMinute },
  // Each may start an activity on every phone of a person, and starts are few (Apple gives no number).
  follow: { requests: 30, within: aMinute },
  stream: { requests: 30, within: aMinute },
  admin: { requests: 300, within: aMinute }
}

/** What whoever runs the server decides about the API. */
export const ApiSettings = Context.Reference<{
  readonly minAppVersion: string
  readonly storeUrl: string
  readonly maintenanceMode: boolean
  readonly allowances: Readonly<Record<Policy.RateClass, Allowance>>
  /** Pages of these origins may call the API from a browser; none, unless told otherwise. */
  readonly origins: ReadonlyArray<string>
}>("@sightscreen/engine/http/ApiSettings", {
  defaultValue: () => ({
    minAppVersion: "1.0",
    storeUrl: "https://apps.apple.com/",
    maintenanceMode: false,
    allowances,
    origins: []
  })
})
