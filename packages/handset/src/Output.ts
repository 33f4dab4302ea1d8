import type { Instant } from "@sightscreen/decider"
import type { Why } from "./ActivityKit.ts"
import type { Plain } from "./Json.ts"
import type { Fields } from "./JsonDecoder.ts"
import type * as Registration from "./Registration.ts"

/** What comes of it: what the person sees, what the app tells its server, what Apple learns. */
export type Output = Report | Shown | AlertShown | NotificationShown | TokensDied | Logged

export interface About {
  /** ActivityKit's own name of the instance. */
  readonly activityId: string
  readonly matchId: string
}

/** What the app tells its server. Offline it keeps its reports and makes them later, in their order. */
export type Report =
  | DeviceReported
  | Registration.Output
  | (About & { readonly _tag: "UpdateTokenReported"; readonly token: string })
  | (About & { readonly _tag: "ChannelJoined"; readonly channelId: string })
  | (About & { readonly _tag: "ActivityEnded"; readonly why: Why })
  | (About & { readonly _tag: "ActivityDismissed"; readonly by: "person" | "system" })
  /** The person came in, to the match of the notification that was tapped. */
  | { readonly _tag: "Opened"; readonly matchId: string | null }
  | { readonly _tag: "SignedOut"; readonly deviceId: string; readonly userId: string }

/** What the phone is, as the app finds it at each launch. */
export interface DeviceReported {
  readonly _tag: "DeviceReported"
  readonly deviceId: string
  /** Null before anybody has signed in. */
  readonly userId: string | null
  readonly os: Registration.OsVersion
  readonly schemaVersion: number
  /** Apple: `frequentPushesEnabled`. */
  readonly frequentPushes: boolean
  readonly notifications: boolean
  readonly language: string
}

/** The Lock Screen was drawn anew. */
export interface Shown extends About {
  readonly _tag: "Shown"
  readonly content: Fields
  /** Of the push behind it, in seconds since 1970. */
  readonly timestamp: number
  readonly stale: boolean
}

export interface AlertShown extends About {
  readonly _tag: "AlertShown"
  readonly title: string
  readonly body: string
  readonly timestamp: number
  readonly at: Instant.Instant
}

/** An ordinary notification. */
export interface NotificationShown {
  readonly _tag: "NotificationShown"
  readonly title: string
  readonly body: string
  readonly sound: string | null
  readonly collapseId: string | null
  /** From its custom data, if it says. */
  readonly matchId: string | null
  readonly data: Readonly<Record<string, Plain>>
  /** It took the place of one with the same collapse id that was still there. */
  readonly replaces: boolean
  readonly at: Instant.Instant
}

/** For Apple, who answers 410 for them sooner or later; no app and no server hears it from the phone. */
export interface TokensDied {
  readonly _tag: "TokensDied"
  readonly tokens: ReadonlyArray<string>
  readonly why: "rotated" | "ended" | "removed"
}

/** A line of the phone's own log; the server never sees it. */
export interface Logged {
  readonly _tag: "Logged"
  readonly line: string
  readonly at: Instant.Instant
}
