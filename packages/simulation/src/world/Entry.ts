import type { Instant } from "@sightscreen/decider"
import type { Handset } from "@sightscreen/handset"

/** One thing that happened in a world; times are the world's. */
export type Entry =
  /** Apple took a push, or a publish to a channel. */
  | {
      readonly _tag: "Accepted"
      readonly at: Instant.Instant
      /** Null for a token that no phone has, and for a publish. */
      readonly deviceId: string | null
      /** A token, or the id of a channel. */
      readonly token: string
      readonly pushId: string
      /** Of a Live Activity: `start`, `update`, `end`. Else the push type. */
      readonly event: string
      readonly stamp: number
      readonly priority: number
      readonly alert: boolean
      readonly route: "token" | "channel"
    }
  | {
      readonly _tag: "Said"
      readonly at: Instant.Instant
      readonly deviceId: string
      readonly output: Handset.Output
    }
  | { readonly _tag: "Started" | "Crashed"; readonly at: Instant.Instant }
