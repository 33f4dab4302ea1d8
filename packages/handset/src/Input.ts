import type { Instant } from "@sightscreen/decider"
import type { Duration } from "effect"
import type { Push } from "./Push.ts"
import type { OsVersion } from "./Registration.ts"

/** Anything that can happen to a phone. */
export type Input =
  | (Timed & { readonly _tag: "Ticked" })
  | Delivered
  | Handled
  | (Timed & { readonly _tag: "WentOffline" })
  | (Timed & { readonly _tag: "CameOnline" })
  /** Apple replaces the start token; where that is not reported, the app finds out when it next looks. */
  | (Timed & { readonly _tag: "StartTokenChanged"; readonly reported: boolean })
  /** Apple replaces the update token of a live activity, which dies. */
  | (Timed & { readonly _tag: "UpdateTokenRotated"; readonly activityId: string })

export interface Delivered extends Timed {
  readonly _tag: "Delivered"
  readonly push: Push
  /** For a start: how long the update token takes; null withholds it until the person allows the activity. */
  readonly tokenAfter?: Duration.Duration | null
}

/** What its owner does with it. */
export type Handled =
  | (Timed & { readonly _tag: "Launched" })
  /** A notification is tapped, which launches the app; or any other link to a match. */
  | (Timed & { readonly _tag: "Tapped"; readonly matchId?: string })
  /** Swiped out of the app switcher: nothing wakes the app any more, until the person launches it. */
  | (Timed & { readonly _tag: "ForceQuit" })
  | (Timed & { readonly _tag: "Allowed"; readonly activityId: string })
  | (Timed & { readonly _tag: "Dismissed"; readonly activityId: string })
  | (Timed & { readonly _tag: "NotificationsSwitched"; readonly on: boolean })
  | (Timed & { readonly _tag: "FrequentPushesSwitched"; readonly on: boolean })
  | (Timed & { readonly _tag: "LowPowerSwitched"; readonly on: boolean })
  | (Timed & { readonly _tag: "SignedOut" })
  | (Timed & { readonly _tag: "SignedIn"; readonly userId: string })
  /** The app is removed and put on anew. It is not launched by that. */
  | (Timed & { readonly _tag: "Reinstalled"; readonly deviceId: string })
  /** A backup is put on another phone, and this one is wiped. The person stays signed in; the app is not launched by that. */
  | (Timed & { readonly _tag: "RestoredTo"; readonly deviceId: string; readonly os?: OsVersion })

interface Timed {
  readonly at: Instant.Instant
}
