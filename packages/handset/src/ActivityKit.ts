import { Instant, type Step } from "@sightscreen/decider"
import { Duration, Result } from "effect"
import type { App } from "./App.ts"
import * as Json from "./Json.ts"
import * as JsonDecoder from "./JsonDecoder.ts"
import type { Alert, End, Start, Update } from "./Message.ts"

/**
 * The life of Live Activities on a phone, as iOS leads it: what starts one, what changes it, and what is silently ignored.
 *
 * ```
 * Active ⇄ Stale ─► Ended ─► Dismissed
 *    └───────┴──────────────────┘  a person's swipe
 * ```
 *
 * Nothing here decides how often a phone may be told something; every push that arrives is taken at its word.
 */
export interface Activity {
  /** ActivityKit's own name for it. Two activities may be about one match; the system does not mind. */
  readonly id: string
  readonly matchId: string
  readonly attributes: JsonDecoder.Fields
  readonly content: JsonDecoder.Fields
  readonly state: State
  readonly address: Address
  /** Of the last push applied, in seconds since 1970. Whatever is not newer is ignored. */
  readonly timestamp: number
  readonly relevance: number
  readonly startedAt: Instant.Instant
  readonly staleAt: Instant.Instant | null
  /** What its attributes take of the {@link room} it has. */
  readonly attributesBytes: number
}

/** Apple: `ActivityState`, in its words. */
export type State =
  | { readonly _tag: "Active" }
  | { readonly _tag: "Stale" }
  | { readonly _tag: "Ended"; readonly at: Instant.Instant; readonly leavesAt: Instant.Instant }
  | { readonly _tag: "Dismissed"; readonly at: Instant.Instant }

/** Where its updates come from. */
export type Address =
  | {
      readonly _tag: "Token"
      readonly token: string
      /** When the app learns the token; null while it is withheld, and once it was told. */
      readonly dueAt: Instant.Instant | null
      readonly told: boolean
    }
  | { readonly _tag: "Channel"; readonly channelId: string }

export type Activities = ReadonlyArray<Activity>

/** What becomes of a push, always exactly one of these. */
export type Fate = "applied" | "ignoredStale" | "ignoredEnded" | "undecodable" | "dropped"

export type Settled =
  | { readonly _tag: "Settled"; readonly fate: "applied" }
  | { readonly _tag: "Settled"; readonly fate: Exclude<Fate, "applied">; readonly line: string }

export type Output =
  | Settled
  | { readonly _tag: "Started"; readonly activity: Activity; readonly doubled: boolean }
  | { readonly _tag: "Changed"; readonly activity: Activity }
  | { readonly _tag: "Alerted"; readonly activity: Activity; readonly alert: Alert }
  | { readonly _tag: "TokenTold"; readonly activity: Activity; readonly token: string }
  | { readonly _tag: "Ended"; readonly activity: Activity; readonly why: "push" | "limit" }
  | { readonly _tag: "Dismissed"; readonly activity: Activity; readonly by: "person" | "system" }

type Said = Step.Step<Activities, Output>

/** Apple: eight hours after its start the system ends an activity. */
export const longest = Duration.hours(8)

/** Apple: an ended activity leaves the Lock Screen after four hours, or sooner if its push says so. */
export const lingers = Duration.hours(4)

/** Observed: an app may have five at a time (pushward.app); Apple gives no number for `targetMaximumExceeded`. */
export const most = 5

/** Apple: attributes and content together, in bytes, also where the push itself may be larger. */
export const room = 4096

export const isLive = ({ state }: Activity): boolean => state._tag === "Active" || state._tag === "Stale"

export const isVisible = ({ state }: Activity): boolean => state._tag !== "Dismissed"

/** What the Lock Screen holds, the most relevant first (Apple: the highest `relevance-score` wins). */
export const visible = (self: Activities): Activities =>
  self.filter(isVisible).sort((one, other) => other.relevance - one.relevance)

export interface Birth {
  readonly id: string
  readonly token: string
  /** Null withholds the token until the person allows the activity. */
  readonly tokenAt: Instant.Instant | null
}

export const start = (
  self: Activities,
  app: App,
  message: Start,
  birth: Birth,
  at: Instant.Instant
): Said => {
  // Apple: the type's exact name. APNs does not check it; a wrong one gives 200 and nothing happens.
  if (message.attributesType !== app.attributesType) {
    return [self, [dropped(`Received start for unknown attributes type ${message.attributesType}`)]]
  }
  const attributes = decoded(app.attributesShape, message.attributes)
  if (Result.isFailure(attributes)) return [self, [undecodable("attributes", attributes.failure)]]
  const content = decoded(app.contentShape, message.content)
  if (Result.isFailure(content)) return [self, [undecodable("content state", content.failure)]]
  const attributesBytes = Json.size(message.attributes)
  if (attributesBytes + Json.size(message.content) > room) return [self, [dropped(tooLarge)]]
  if (self.filter(isLive).length >= most) return [self, [dropped("targetMaximumExceeded")]]
  const matchId = attributes.success["matchId"]
  const activity: Activity = {
    id: birth.id,
    matchId: typeof matchId === "string" ? matchId : "",
    attributes: attributes.success,
    content: content.success,
    state: freshness(message.staleAt, at),
    address:
      message.channelId === null
        ? { _tag: "Token", token: birth.token, dueAt: birth.tokenAt, told: false }
        : { _tag: "Channel", channelId: message.channelId },
    timestamp: message.timestamp,
    relevance: message.relevance,
    startedAt: at,
    staleAt: message.staleAt,
    attributesBytes
  }
  const doubled = self.some((one) => isLive(one) && one.matchId === activity.matchId)
  const said: ReadonlyArray<Output> = [
    applied,
    { _tag: "Started", activity, doubled },
    { _tag: "Changed", activity },
    { _tag: "Alerted", activity, alert: message.alert }
  ]
  // A token that takes no time at all is told in the same breath.
  const [after, more] = pass([...self, activity], at)
  return [after, [...said, ...more]]
}

/** An update or an end for one activity. */
export const tell = (
  self: Activities,
  app: App,
  activity: Activity,
  message: Update | End,
  at: Instant.Instant
): Said => {
  if (!isLive(activity)) return [self, [ignored("ignoredEnded", `Activity ${activity.id} has ended`)]]
  if (message.timestamp <= activity.timestamp) {
    const line = `Push for ${activity.id} is of ${message.timestamp}, not after ${activity.timestamp}`
    return [self, [ignored("ignoredStale", line)]]
  }
  let { content } = activity
  if (message.content !== null) {
    const found = decoded(app.contentShape, message.content)
    if (Result.isFailure(found)) return [self, [undecodable("content state", found.failure)]]
    if (activity.attributesBytes + Json.size(message.content) > room) return [self, [dropped(tooLarge)]]
    content = found.success
  }
  const { relevance, staleAt, timestamp } = message
  const told = { ...activity, content, timestamp, relevance, staleAt, state: freshness(staleAt, at) }
  const changed = message._tag === "End" ? { ...told, state: ending(message, at) } : told
  const said: Array<Output> = [applied, { _tag: "Changed", activity: changed }]
  if (message.alert !== null) said.push({ _tag: "Alerted", activity: changed, alert: message.alert })
  if (message._tag === "Update") return [replaced(self, changed), said]
  said.push({ _tag: "Ended", activity: changed, why: "push" })
  // A dismissal date in the past takes it away in the same breath.
  const [after, more] = pass(replaced(self, changed), at)
  return [after, [...said, ...more]]
}

/** The person swipes it away; the system ends what was still running. */
export const dismiss = (self: Activities, id: string, at: Instant.Instant): Said => {
  const activity = self.find((one) => one.id === id)
  return activity === undefined || !isVisible(activity) ? [self, []] : dismissed(self, activity, "person", at)
}

/** The person allows a remotely started activity to go on, and its withheld token is told. */
export const allow = (self: Activities, id: string): Said => {
  const activity = self.find((one) => one.id === id)
  return activity === undefined || !isLive(activity) ? [self, []] : toldToken(self, activity)
}

/** When something will next happen by itself. */
export const nextDue = (self: Activities): Instant.Instant | null => {
  let next: Instant.Instant | null = null
  for (const activity of self) {
    const own = due(activity)
    if (own !== null && (next === null || own.at < next)) next = own.at
  }
  return next
}

/** Lets time pass up to a moment; what falls due happens at its own time and in its own order. */
export const pass = (self: Activities, until: Instant.Instant): Said => {
  let activities = self
  const said: Array<Output> = []
  for (;;) {
    let first: { readonly activity: Activity; readonly due: Due } | null = null
    for (const activity of activities) {
      const own = due(activity)
      if (own === null || own.at > until) continue
      if (first === null || own.at < first.due.at) first = { activity, due: own }
    }
    if (first === null) return [activities, said]
    const [after, outputs] = happen(activities, first.activity, first.due)
    activities = after
    said.push(...outputs)
  }
}

interface Due {
  readonly what: "token" | "stale" | "limit" | "leaves"
  readonly at: Instant.Instant
}

const due = (activity: Activity): Due | null => {
  const { address, state } = activity
  if (state._tag === "Dismissed") return null
  if (state._tag === "Ended") return { what: "leaves", at: state.leavesAt }
  let first: Due = { what: "limit", at: Instant.plus(activity.startedAt, longest) }
  if (state._tag === "Active" && activity.staleAt !== null && activity.staleAt < first.at) {
    first = { what: "stale", at: activity.staleAt }
  }
  if (address._tag === "Token" && address.dueAt !== null && address.dueAt <= first.at) {
    first = { what: "token", at: address.dueAt }
  }
  return first
}

const happen = (self: Activities, activity: Activity, { at, what }: Due): Said => {
  switch (what) {
    case "token":
      return toldToken(self, activity)
    case "stale": {
      const changed: Activity = { ...activity, state: { _tag: "Stale" } }
      return [replaced(self, changed), [{ _tag: "Changed", activity: changed }]]
    }
    case "limit": {
      const changed: Activity = {
        ...activity,
        state: { _tag: "Ended", at, leavesAt: Instant.plus(at, lingers) }
      }
      return [replaced(self, changed), [{ _tag: "Ended", activity: changed, why: "limit" }]]
    }
    case "leaves":
      return dismissed(self, activity, "system", at)
  }
}

const toldToken = (self: Activities, activity: Activity): Said => {
  const { address } = activity
  if (address._tag === "Channel" || address.told) return [self, []]
  const changed: Activity = { ...activity, address: { ...address, dueAt: null, told: true } }
  return [replaced(self, changed), [{ _tag: "TokenTold", activity: changed, token: address.token }]]
}

const dismissed = (
  self: Activities,
  activity: Activity,
  by: "person" | "system",
  at: Instant.Instant
): Said => {
  const changed: Activity = { ...activity, state: { _tag: "Dismissed", at } }
  return [replaced(self, changed), [{ _tag: "Dismissed", activity: changed, by }]]
}

const freshness = (staleAt: Instant.Instant | null, at: Instant.Instant): State =>
  staleAt !== null && staleAt <= at ? { _tag: "Stale" } : { _tag: "Active" }

const ending = ({ dismissAt }: End, at: Instant.Instant): State => {
  const latest = Instant.plus(at, lingers)
  if (dismissAt === null || dismissAt > latest) return { _tag: "Ended", at, leavesAt: latest }
  return { _tag: "Ended", at, leavesAt: Instant.later(dismissAt, at) }
}

const replaced = (self: Activities, changed: Activity): Activities =>
  self.map((one) => (one.id === changed.id ? changed : one))

/** An activity's types are structs; a shape of another kind decodes to nothing it could keep. */
const decoded = (
  shape: App["contentShape"],
  json: Json.Json
): Result.Result<JsonDecoder.Fields, JsonDecoder.DecodeError> =>
  Result.map(JsonDecoder.decodeJson(shape, json), (found) => found as JsonDecoder.Fields)

const tooLarge = `attributesTooLarge: attributes and content state exceed ${room} bytes`

const applied: Output = { _tag: "Settled", fate: "applied" }

const ignored = (fate: Exclude<Fate, "applied">, line: string): Output => ({ _tag: "Settled", fate, line })

const dropped = (line: string): Output => ignored("dropped", line)

const undecodable = (what: string, error: JsonDecoder.DecodeError): Output =>
  ignored("undecodable", `Failed to decode ${what}: ${JsonDecoder.describe(error)}`)
