import type { Instant } from "@sightscreen/decider"
import { type Handling, handling } from "../Handling.ts"
import type { Text } from "./Text.ts"

export type { Text } from "./Text.ts"

/**
 * Pushes that start, update and end a Live Activity.
 *
 * Apple: "Starting and updating Live Activities with ActivityKit push notifications". Which key may go with which event
 * is in the types: only a start names attributes, and it always alerts; only an end has a dismissal date.
 */
export interface LiveActivity extends Omit<Handling, "priority"> {
  readonly _tag: "LiveActivity"
  readonly priority: 5 | 10
  readonly payload: Payload
}

/** A JSON object that the app's Swift types decode. */
export type JsonObject = Readonly<Record<string, unknown>>

/** Lights the screen and expands the activity. Apple: the sound is inside the alert, unlike elsewhere. */
export interface Alert {
  readonly title: Text
  readonly body: Text
  readonly sound?: string
}

/** How a started activity gets its updates (iOS 18): by a token of its own, or from a channel. Never both. */
export type Input = { readonly _tag: "Token" } | { readonly _tag: "Channel"; readonly channelId: string }

/** What every event says. */
export interface Moment {
  /** When this state was true. The device ignores a push whose timestamp does not exceed the last one it applied. */
  readonly timestamp: Instant.EpochSeconds
  /** From then on the activity shows itself as out of date. */
  readonly staleDate?: Instant.EpochSeconds
  /** The highest wins the Dynamic Island and the top of the list. Any number. */
  readonly relevanceScore?: number
}

interface Common extends Moment, Omit<Handling, "priority"> {}

export interface Start extends Common {
  /** The exact name of the Swift type, in its letter case. A wrong one is accepted and does nothing. */
  readonly attributesType: string
  readonly attributes: JsonObject
  readonly contentState: JsonObject
  readonly alert: Alert
  readonly input?: Input
  readonly priority?: 5 | 10
}

/** What an update says, to a token or on a channel. */
export interface Updated extends Moment {
  readonly contentState: JsonObject
  readonly alert?: Alert
}

export interface Update extends Updated, Common {
  /** 10 counts against the activity's hourly budget, 5 does not; a push without either would count as 10. */
  readonly priority: 5 | 10
}

/** What an end says, to a token or on a channel. */
export interface Ended extends Moment {
  /** The state to show until dismissal; the last one shown where absent. */
  readonly contentState?: JsonObject
  readonly alert?: Alert
  /** When it leaves the Lock Screen. Apple: at once for a past date, at most 4 h after the end, 4 h where absent. */
  readonly dismissalDate?: Instant.EpochSeconds
}

export interface End extends Ended, Common {
  readonly priority: 5 | 10
}

interface Shared {
  readonly timestamp: number
  readonly "content-state"?: JsonObject
  readonly "stale-date"?: number
  readonly "relevance-score"?: number
}

interface StartAps extends Shared {
  readonly event: "start"
  readonly "content-state": JsonObject
  readonly "attributes-type": string
  readonly attributes: JsonObject
  readonly alert: Alert
  readonly "input-push-token"?: 1
  readonly "input-push-channel"?: string
}

interface UpdateAps extends Shared {
  readonly event: "update"
  readonly "content-state": JsonObject
  readonly alert?: Alert
}

interface EndAps extends Shared {
  readonly event: "end"
  readonly alert?: Alert
  readonly "dismissal-date"?: number
}

/** What is encoded; built by {@link start}, {@link update} and {@link end}. */
export interface Payload {
  readonly aps: StartAps | UpdateAps | EndAps
}

/** Goes to a push-to-start token (iOS 17.2). */
export const start = (it: Start): LiveActivity => ({
  _tag: "LiveActivity",
  ...handling(it, it.priority ?? 10),
  payload: {
    aps: {
      timestamp: it.timestamp,
      event: "start",
      "content-state": it.contentState,
      "attributes-type": it.attributesType,
      attributes: it.attributes,
      alert: alert(it.alert),
      ...input(it.input),
      ...extras(it)
    }
  }
})

/** Goes to the update token of one activity. */
export const update = (it: Update): LiveActivity => ({
  _tag: "LiveActivity",
  ...handling(it, it.priority),
  payload: updated(it)
})

/** Goes to the update token of one activity, which is worth nothing afterwards. */
export const end = (it: End): LiveActivity => ({
  _tag: "LiveActivity",
  ...handling(it, it.priority),
  payload: ended(it)
})

/** The payload of an update, wherever it goes. Written out, since there may be one for each push. */
export const updated = (it: Updated): { readonly aps: UpdateAps } => {
  const aps: { -readonly [Key in keyof UpdateAps]: UpdateAps[Key] } = {
    timestamp: it.timestamp,
    event: "update",
    "content-state": it.contentState
  }
  if (it.alert) aps.alert = alert(it.alert)
  if (it.staleDate !== undefined) aps["stale-date"] = it.staleDate
  if (it.relevanceScore !== undefined) aps["relevance-score"] = it.relevanceScore
  return { aps }
}

/** The payload of an end, wherever it goes. */
export const ended = (it: Ended): { readonly aps: EndAps } => ({
  aps: {
    timestamp: it.timestamp,
    event: "end",
    ...(it.contentState && { "content-state": it.contentState }),
    ...(it.alert && { alert: alert(it.alert) }),
    ...(it.dismissalDate !== undefined && { "dismissal-date": it.dismissalDate }),
    ...extras(it)
  }
})

/** Picks the known keys, so that nothing else a caller's object carries reaches the wire. */
const alert = ({ body, sound, title }: Alert): Alert =>
  sound === undefined ? { title, body } : { title, body, sound }

const input = (by: Input | undefined) => {
  switch (by?._tag) {
    case undefined:
      return {}
    case "Token":
      return { "input-push-token": 1 as const }
    case "Channel":
      return { "input-push-channel": by.channelId }
  }
}

const extras = (it: Moment) => ({
  ...(it.staleDate !== undefined && { "stale-date": it.staleDate }),
  ...(it.relevanceScore !== undefined && { "relevance-score": it.relevanceScore })
})
