import type { Instant } from "@sightscreen/decider"
import type { Status } from "@sightscreen/domain"
import type { Handset } from "@sightscreen/handset"
import type * as Kind from "../faults/Kind.ts"
import type { Deed } from "../scenario/Happening.ts"

/**
 * Everything that happens in a run, one entry for each thing, in the order in which it happened.
 *
 * It is what the checks hear and what the report tells, and it is the same for both gears. Times are the world's, whatever
 * clock the server goes by. Entries hold whole tokens, which are made up; a line of the journal shows their ends.
 *
 * Processes are numbered from 1 in the order of their start; a process that falls and is started again has a new number.
 */
export type Entry =
  | FeedAnswered
  | BulletinIssued
  | EventDropped
  | EventHeld
  | ReportAsked
  | ReportAcknowledged
  | ProcessStarted
  | ProcessCrashed
  | BearerMinted
  | Attempted
  | Managed
  | Delivered
  | Discarded
  | Missed
  | TokenRetired
  | PhoneTold
  | PhoneSaid
  | FaultBefell
  | Healed

export type Tag = Entry["_tag"]

interface Timed {
  readonly at: Instant.Instant
}

/** A process has read the feed. */
export interface FeedAnswered extends Timed {
  readonly _tag: "FeedAnswered"
  readonly process: number
  readonly matchId: string
  readonly answer:
    | {
        readonly _tag: "Snapshot"
        readonly status: Status.Status
        /** Of the innings that is under way or was last, as screens write it (`87/6`), and its balls as overs (`14.2`). */
        readonly score: string
        readonly overs: string
        /** Innings begun, and balls bowled in all of them. */
        readonly innings: number
        readonly balls: number
      }
    /** It does not know the match. */
    | { readonly _tag: "Absent" }
    | { readonly _tag: "Failed"; readonly why: string }
}

/** What is to be shown from now on was decided, and saved. */
export interface BulletinIssued extends Timed {
  readonly _tag: "BulletinIssued"
  readonly process: number
  readonly matchId: string
  readonly stamp: number
  readonly sequence: number
  /** The score that it shows, as in {@link FeedAnswered}. */
  readonly score: string
  readonly overs: string
  /** What leads it, by its key; null for a plain change. */
  readonly event: string | null
  /** What was shown before is taken back with it. */
  readonly retracts: boolean
  /** The title of what buzzes; null where nothing does. */
  readonly alert: string | null
  readonly ends: "over" | "day" | "postponed" | null
}

/** Something was noticed, and nobody is told. */
export interface EventDropped extends Timed {
  readonly _tag: "EventDropped"
  readonly process: number
  readonly matchId: string
  readonly event: string
  readonly why: string
}

/** Something that would buzz waits for a reading that confirms it. */
export interface EventHeld extends Timed {
  readonly _tag: "EventHeld"
  readonly process: number
  readonly matchId: string
  readonly event: string
}

/** What phones ask of the server. */
export type Asking =
  | "register"
  | "start token"
  | "update token"
  | "joined"
  | "dismissed"
  | "sign out"
  | "follow"
  | "unfollow"

/** A phone has set about telling the server something; it goes on trying until somebody acknowledges it. */
export interface ReportAsked extends Timed {
  readonly _tag: "ReportAsked"
  /** The phone's name and the running number of its reports: `phone-00007/3`. */
  readonly report: string
  readonly deviceId: string
  readonly userId: string
  readonly asks: Asking
  /** The token or channel that it is about, or the match. */
  readonly about: string | null
}

/** The phone knows that it was done. */
export interface ReportAcknowledged extends Timed {
  readonly _tag: "ReportAcknowledged"
  readonly report: string
  readonly process: number
  /** How often it was carried out, as far as the phone's side can know: answers may have been lost before. */
  readonly attempts: number
}

export interface ProcessStarted extends Timed {
  readonly _tag: "ProcessStarted"
  readonly process: number
}

export interface ProcessCrashed extends Timed {
  readonly _tag: "ProcessCrashed"
  readonly process: number
  /** The operation before or after which it fell; null where it fell by the clock. */
  readonly where: string | null
}

export interface BearerMinted extends Timed {
  readonly _tag: "BearerMinted"
  readonly process: number
  readonly keyId: string
  /** By the clock of the process, in milliseconds. */
  readonly issuedAt: number
}

/** One attempt at a push or at a publish, as Apple saw it, or would have. */
export interface Attempted extends Timed {
  readonly _tag: "Attempted"
  readonly process: number
  /** In lower case. One id may be tried several times. */
  readonly pushId: string
  /** From 1. */
  readonly attempt: number
  /** The server's ledger said by then that Apple has taken it, or may have. */
  readonly recorded: boolean
  readonly route: "token" | "channel"
  /** A token, or the id of a channel. */
  readonly address: string
  /** Who has the token at this moment, by the phones' own word; null for nobody, and for a publish. */
  readonly deviceId: string | null
  /** What the token is at this moment: alive or dead, and for what; `unknown` where no phone ever had it. */
  readonly holds: "device" | "start" | "update" | "dead" | "unknown" | "channel"
  readonly environment: "production" | "sandbox"
  readonly topic: string
  readonly pushType: string
  /** Of a Live Activity: `start`, `update`, `end`. Else the push type. */
  readonly event: string
  /** Apple: `timestamp`, in seconds; null where the payload has none. */
  readonly stamp: number | null
  readonly priority: number
  /** The title of what buzzes; null where nothing does. */
  readonly alert: string | null
  readonly bytes: number
  /** Names the body: the same for the same bytes, and only for those. */
  readonly body: string
  readonly collapseId: string | null
  /** Apple: `iat` of the bearer token, in seconds. */
  readonly bearerIssuedAt: number
  /** Requests of this process that were under way, with this one. */
  readonly underWay: number
  /** Whether Apple has acted on it. */
  readonly taken: boolean
  /** What the server was told: a status; or that it was not processed, or that nobody knows. */
  readonly heard: number | "not processed" | "unknown"
  /** Apple's word, or why there is no answer; null for a push that was taken. */
  readonly reason: string | null
  /** Apple's wish, in seconds; null where there is none. */
  readonly retryAfter: number | null
}

/** A channel was created, read or deleted, or somebody tried to. */
export interface Managed extends Timed {
  readonly _tag: "Managed"
  readonly process: number
  readonly does: "create" | "read" | "list" | "delete"
  readonly channelId: string | null
  readonly taken: boolean
  readonly heard: number | "not processed" | "unknown"
}

/** A push, or a copy of a publish, has come to a phone. */
export interface Delivered extends Timed {
  readonly _tag: "Delivered"
  readonly pushId: string
  readonly deviceId: string
  readonly route: "token" | "channel"
  /** A token, or the id of a channel. */
  readonly address: string
  /** What the phone did with it. */
  readonly fate: "applied" | "ignored" | "undecodable" | "throttled" | "dropped" | "handled"
}

/** A push will not be delivered. */
export interface Discarded extends Timed {
  readonly _tag: "Discarded"
  readonly pushId: string
  readonly deviceId: string | null
  readonly why: string
}

/** A copy of a publish will not reach somebody who follows its channel. */
export interface Missed extends Timed {
  readonly _tag: "Missed"
  readonly pushId: string
  readonly deviceId: string
  readonly why: string
}

/** The server will not send to a token any more. */
export interface TokenRetired extends Timed {
  readonly _tag: "TokenRetired"
  readonly process: number
  readonly token: string
  readonly why: string
}

/** Something was done to a phone; pushes and the mere passing of time are not written down here. */
export interface PhoneTold extends Timed {
  readonly _tag: "PhoneTold"
  readonly deviceId: string
  readonly does: Deed
}

/** What came of something on a phone: screens, alerts, reports, lines of its log. */
export interface PhoneSaid extends Timed {
  readonly _tag: "PhoneSaid"
  readonly deviceId: string
  readonly output: Handset.Output
}

export interface FaultBefell extends Timed {
  readonly _tag: "FaultBefell"
  readonly kind: Kind.Name
  /** Whom or what, by the names of the lot. */
  readonly what: string
}

/** From here on nothing goes wrong any more. */
export interface Healed extends Timed {
  readonly _tag: "Healed"
}
