import type { Instant } from "@sightscreen/decider"
import type { Fate } from "../Fate.ts"

/**
 * What is there to be seen at a moment, as plain data that either gear can give: on phones, at Apple, in the tables.
 *
 * It is looked at twice: `settled`, some minutes after everything has healed, if the match is still on; and at the `end`,
 * when everything has had its time.
 */
export interface View {
  readonly when: "settled" | "end"
  readonly at: Instant.Instant
  readonly phones: ReadonlyArray<PhoneView>
  readonly channels: ReadonlyArray<ChannelView>
  readonly tables: Tables
}

export interface PhoneView {
  readonly deviceId: string
  /** Who is signed in; null for nobody. */
  readonly userId: string | null
  readonly online: boolean
  readonly forceQuit: boolean
  /** How the match came out on it. Before the end: why nothing is to be expected of it, or null. */
  readonly fate: Fate | null
  /** Of the match, in the order of their start. */
  readonly activities: ReadonlyArray<ActivityView>
  /** How often it had two activities of a match for longer than a renewal takes. */
  readonly doubled: number
  readonly undecodable: number
  /** Reports that have not been acknowledged. */
  readonly untold: number
}

export interface ActivityView {
  readonly activityId: string
  readonly live: boolean
  readonly route: "token" | "channel"
  /** A token, or the id of a channel. */
  readonly address: string
  /** The app knows its token, or it has a channel. */
  readonly told: boolean
  /** Apple: `timestamp` of the last push applied, in seconds. */
  readonly stamp: number
}

/** A channel that Apple has. */
export interface ChannelView {
  readonly channelId: string
  /** The server knows of it, and will delete it in its time. */
  readonly known: boolean
  readonly createdAt: Instant.Instant
}

/** The server's rows. */
export interface Tables {
  readonly devices: ReadonlyArray<{ readonly deviceId: string; readonly userId: string }>
  readonly tokens: ReadonlyArray<{
    readonly token: string
    readonly deviceId: string
    readonly alive: boolean
  }>
  readonly activities: ReadonlyArray<{
    readonly activityId: string
    readonly deviceId: string
    readonly status: string
  }>
  /** Who follows the match. */
  readonly follows: ReadonlyArray<string>
  /** Matches that are being told. */
  readonly matches: number
  /** Editions that have not been sent to everybody. */
  readonly pending: number
  /** Pushes that are written down, by what became of them. */
  readonly ledger: Readonly<Record<string, number>>
}
