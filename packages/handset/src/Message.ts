import { Instant } from "@sightscreen/decider"
import { Result } from "effect"
import * as Json from "./Json.ts"

/**
 * What a Live Activity push asks for, read from its payload as the system reads it before any app is asked.
 *
 * Attributes and content stay JSON here: only the app's own types can say whether they make sense.
 */
interface Common {
  /** Seconds since 1970. */
  readonly timestamp: number
  readonly staleAt: Instant.Instant | null
  /** Apple: 0 where the push does not say. */
  readonly relevance: number
  readonly alert: Alert | null
}

export interface Start extends Common {
  readonly _tag: "Start"
  readonly attributesType: string
  readonly attributes: Json.Json
  readonly content: Json.Json
  readonly alert: Alert
  readonly channelId: string | null
}

export interface Update extends Common {
  readonly _tag: "Update"
  readonly content: Json.Json
}

export interface End extends Common {
  readonly _tag: "End"
  readonly content: Json.Json | null
  readonly dismissAt: Instant.Instant | null
}

export type Message = Start | Update | End

export interface Alert {
  readonly title: string
  readonly body: string
}

/** The message, or the line that `liveactivitiesd` leaves in the phone's log when it drops the push. */
export const read = (payload: Uint8Array | string): Result.Result<Message, string> => {
  if (typeof payload !== "string") return parse(payload)
  // A crowd of phones reads the same few texts, one phone after the other.
  const known = lately.get(payload)
  if (known !== undefined) return known
  const message = parse(payload)
  if (lately.size >= mostLately) lately.clear()
  lately.set(payload, message)
  return message
}

const lately = new Map<string, Result.Result<Message, string>>()
const mostLately = 64

const parse = (payload: Uint8Array | string): Result.Result<Message, string> => {
  const json = typeof payload === "string" ? Json.parse(payload) : Json.parseBytes(payload)
  if (Result.isFailure(json)) return Result.fail(`Received payload that is not JSON: ${json.failure}`)
  const aps = Json.isObject(json.success) ? json.success.get("aps") : undefined
  if (!Json.isObject(aps)) return Result.fail("Received payload without an aps dictionary")
  const timestamp = number(aps, "timestamp")
  if (timestamp === null) return Result.fail("Received payload without a timestamp")
  const common: Common = {
    timestamp,
    staleAt: time(aps, "stale-date"),
    relevance: number(aps, "relevance-score") ?? 0,
    alert: alert(aps.get("alert"))
  }
  switch (aps.get("event")) {
    case "start":
      return start(aps, common)
    case "update":
      return update(aps, common)
    case "end":
      return Result.succeed({
        _tag: "End",
        ...common,
        content: aps.get("content-state") ?? null,
        dismissAt: time(aps, "dismissal-date")
      })
    default:
      return Result.fail("Received payload without a known event")
  }
}

const start = (aps: Json.Members, common: Common): Result.Result<Message, string> => {
  const channel = aps.get("input-push-channel")
  // Observed: the device log's own words (alexandercerutti/hapns).
  if (channel !== undefined && aps.has("input-push-token")) {
    return Result.fail("Incoming message contains two forms of push input")
  }
  if (channel !== undefined && (typeof channel !== "string" || channel === "")) {
    return Result.fail("Received start with an invalid channel")
  }
  const attributesType = aps.get("attributes-type")
  if (typeof attributesType !== "string") return Result.fail("Received start without an attributes type")
  const attributes = aps.get("attributes")
  if (attributes === undefined) return Result.fail("Received start without attributes")
  const content = aps.get("content-state")
  if (content === undefined) return Result.fail("Received start without a content state")
  // Observed: the device log's own words, above an activity that never shows.
  if (common.alert === null) return Result.fail("Received start without an alert configuration")
  return Result.succeed({
    _tag: "Start",
    ...common,
    alert: common.alert,
    attributesType,
    attributes,
    content,
    channelId: channel ?? null
  })
}

const update = (aps: Json.Members, common: Common): Result.Result<Message, string> => {
  const content = aps.get("content-state")
  return content === undefined
    ? Result.fail("Received update without a content state")
    : Result.succeed({ _tag: "Update", ...common, content })
}

const number = (aps: Json.Members, key: string): number | null => {
  const found = aps.get(key)
  if (!Json.isNumber(found)) return null
  const number = Number(found.source)
  return Number.isFinite(number) ? number : null
}

/** A date before 1970 is as past as 1970 itself. */
const time = (aps: Json.Members, key: string): Instant.Instant | null => {
  const seconds = number(aps, key)
  return seconds === null ? null : Instant.fromMillis(Math.max(0, seconds * 1000))
}

const alert = (json: Json.Json | undefined): Alert | null => {
  if (!Json.isObject(json)) return null
  const title = text(json.get("title"))
  const body = text(json.get("body"))
  return title === null || body === null ? null : { title, body }
}

/** A text, or a key into the app's translations; those are not ours to know, so the key is shown with what goes into it. */
export const text = (json: Json.Json | undefined): string | null => {
  if (typeof json === "string") return json
  if (!Json.isObject(json)) return null
  const key = json.get("loc-key")
  if (typeof key !== "string") return null
  const found = json.get("loc-args")
  const args = Json.isArray(found) ? found.filter((one) => typeof one === "string") : []
  return [key, ...args].join(" ")
}
