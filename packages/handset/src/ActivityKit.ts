import { Instant, type Step } from "@sightscreen/decider"
import { Duration, Result } from "effect"
import type { App } from "./App.ts"
import * as Budget from "./Budget.ts"
import * as Json from "./Json.ts"
import * as JsonDecoder from "./JsonDecoder.ts"
import type { Alert, End, Start, Update } from "./Message.ts"
import type { Push } from "./Push.ts"

/**
 * The life of Live Activities on a phone, as iOS leads it: what starts one, what changes it, and what is silently ignored.
 *
 * ```
 * Active ⇄ Stale ─► Ended ─► Dismissed
 *    └───────┴──────────────────┘  a person's swipe
 * ```
 *
 * What the screen draws lags behind what is known: the newest state is kept at once and drawn when the system gets to it.
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
  /** When content last came for it. */
  readonly contentAt: Instant.Instant
  /** When it was last drawn; null before the first time. */
  readonly drawnAt: Instant.Instant | null
  /** Something newer waits to be drawn. */
  readonly undrawn: boolean
  /** Of its priority-10 pushes. */
  readonly spent: Budget.Budget
  /** When it will have been too long beside an older activity of its match, if there was one when it started. */
  readonly overlapAt: Instant.Instant | null
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
      /** How often it was replaced. */
      readonly changes: number
    }
  | { readonly _tag: "Channel"; readonly channelId: string }

export type Activities = ReadonlyArray<Activity>

/** What becomes of a push, always exactly one of these. */
export type Fate = "applied" | "ignoredStale" | "ignoredEnded" | "undecodable" | "throttled" | "dropped"

export type Settled =
  | { readonly _tag: "Settled"; readonly fate: "applied" }
  | { readonly _tag: "Settled"; readonly fate: "throttled"; readonly alert: boolean; readonly line: string }
  | {
      readonly _tag: "Settled"
      readonly fate: Exclude<Fate, "applied" | "throttled">
      readonly line: string
    }

/** What ended an activity: a push, its eight hours, the app itself, or the person's switch for frequent updates. */
export type Why = "push" | "limit" | "app" | "switch"

export type Output =
  | Settled
  | { readonly _tag: "Started"; readonly activity: Activity }
  | { readonly _tag: "Overlapped"; readonly activity: Activity }
  | { readonly _tag: "Drawn"; readonly activity: Activity }
  | { readonly _tag: "Alerted"; readonly activity: Activity; readonly alert: Alert }
  | { readonly _tag: "TokenTold"; readonly activity: Activity; readonly token: string }
  | { readonly _tag: "TokenDied"; readonly token: string; readonly why: "rotated" | "ended" }
  | { readonly _tag: "Ended"; readonly activity: Activity; readonly why: Why }
  | { readonly _tag: "Dismissed"; readonly activity: Activity; readonly by: "person" | "system" }

/** What this phone grants its activities. */
export interface Rules {
  /** Live at a time. */
  readonly most: number
  /** Between two draws of an activity; 0 draws at once. */
  readonly drawEveryMillis: number
  /** Of priority 10, for each activity. */
  readonly pushesAnHour: number
  /** By how much its clock is ahead of the true time. */
  readonly clockAheadMillis: number
  /** Whether the app gets to end a forgotten activity on time, without anything else having woken it. */
  readonly endsQuiet: boolean
}

type Said = Step.Step<Activities, Output>

/** Apple: eight hours after its start the system ends an activity. */
export const longest = Duration.hours(8)

/** Apple: an ended activity leaves the Lock Screen after four hours, or sooner if its push says so. */
export const lingers = Duration.hours(4)

/** Observed: an app may have five at a time (pushward.app); Apple gives no number for `targetMaximumExceeded`. */
export const most = 5

/** Two activities of one match for longer than this are a mistake; for less, a renewal. */
export const overlap = Duration.seconds(60)

/** Our app ends an activity that has had no content for so long. */
export const quiet = Duration.minutes(30)

/** Apple: attributes and content together, in bytes, also where the push itself may be larger. */
export const room = 4096

export const isLive = ({ state }: Activity): boolean => state._tag === "Active" || state._tag === "Stale"

export const live = (self: Activities): Activities => self.filter(isLive)

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
  rules: Rules,
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
  if (live(self).length >= rules.most) return [self, [dropped("targetMaximumExceeded")]]
  const found = attributes.success["matchId"]
  const matchId = typeof found === "string" ? found : ""
  const staleAt = inTrueTime(message.staleAt, rules)
  const hasOlder = self.some((one) => isLive(one) && one.matchId === matchId)
  const [activity, drawn] = draw(
    {
      id: birth.id,
      matchId,
      attributes: attributes.success,
      content: content.success,
      state: freshness(staleAt, at),
      address:
        message.channelId === null
          ? { _tag: "Token", token: birth.token, dueAt: birth.tokenAt, told: false, changes: 0 }
          : { _tag: "Channel", channelId: message.channelId },
      timestamp: message.timestamp,
      relevance: message.relevance,
      startedAt: at,
      staleAt,
      attributesBytes,
      contentAt: at,
      drawnAt: null,
      undrawn: false,
      spent: [],
      overlapAt: hasOlder ? Instant.plus(at, overlap) : null
    },
    rules,
    at
  )
  // A token that takes no time at all is told in the same breath.
  const [after, more] = pass([...self, activity], rules, at)
  return [
    after,
    [
      applied,
      { _tag: "Started", activity },
      ...drawn,
      { _tag: "Alerted", activity, alert: message.alert },
      ...more
    ]
  ]
}

/** An update or an end for one activity. */
export const tell = (
  self: Activities,
  app: App,
  activity: Activity,
  message: Update | End,
  priority: Push["priority"],
  rules: Rules,
  at: Instant.Instant
): Said => {
  if (!isLive(activity)) return [self, [ignored("ignoredEnded", `Activity ${activity.id} has ended`)]]
  // Apple: priority 10 counts towards an hourly budget, whatever is in the push; 5 does not.
  const spent = priority === 10 ? Budget.spend(activity.spent, rules.pushesAnHour, at) : activity.spent
  if (spent === null) {
    const line = `Activity ${activity.id} has spent its budget of ${rules.pushesAnHour} an hour`
    return [self, [{ _tag: "Settled", fate: "throttled", alert: message.alert !== null, line }]]
  }
  const refused = (why: Output): Said => [
    spent === activity.spent ? self : replaced(self, { ...activity, spent }),
    [why]
  ]
  if (message.timestamp <= activity.timestamp) {
    const line = `Push for ${activity.id} is of ${message.timestamp}, not after ${activity.timestamp}`
    return refused(ignored("ignoredStale", line))
  }
  let { content } = activity
  if (message.content !== null) {
    const found = decoded(app.contentShape, message.content)
    if (Result.isFailure(found)) return refused(undecodable("content state", found.failure))
    if (activity.attributesBytes + Json.size(message.content) > room) return refused(dropped(tooLarge))
    content = found.success
  }
  const { relevance, timestamp } = message
  const staleAt = inTrueTime(message.staleAt, rules)
  const state = message._tag === "End" ? ending(message, rules, at) : freshness(staleAt, at)
  const [changed, said] = draw(
    { ...activity, content, timestamp, relevance, staleAt, spent, state, contentAt: at },
    rules,
    at
  )
  const outputs: Array<Output> = [applied, ...said]
  if (message.alert !== null) outputs.push({ _tag: "Alerted", activity: changed, alert: message.alert })
  if (message._tag === "Update") return [replaced(self, changed), outputs]
  outputs.push(...over(changed), { _tag: "Ended", activity: changed, why: "push" })
  // A dismissal date in the past takes it away in the same breath.
  const [after, more] = pass(replaced(self, changed), rules, at)
  return [after, [...outputs, ...more]]
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

/** The app ends one by itself, and has it leave the screen at once: it has no final state to show. */
export const end = (self: Activities, id: string, at: Instant.Instant): Said => {
  const activity = self.find((one) => one.id === id)
  return activity === undefined || !isLive(activity) ? [self, []] : endedByApp(self, activity, at)
}

/** Apple: when the person switches frequent updates on or off, the system ends everything that goes on. */
export const endAll = (self: Activities, at: Instant.Instant): Said => {
  const said: Array<Output> = []
  const activities = self.map((one) => {
    if (!isLive(one)) return one
    const activity: Activity = { ...one, state: { _tag: "Ended", at, leavesAt: Instant.plus(at, lingers) } }
    said.push(...over(activity), { _tag: "Ended", activity, why: "switch" })
    return activity
  })
  return said.length === 0 ? [self, said] : [activities, said]
}

/** Another update token takes the place of the one there was, which dies. One that was not told yet stays so. */
export const rotate = (self: Activities, id: string, token: (changes: number) => string): Said => {
  const activity = self.find((one) => one.id === id)
  if (activity === undefined || !isLive(activity) || activity.address._tag === "Channel") return [self, []]
  const { address } = activity
  const changes = address.changes + 1
  const changed: Activity = { ...activity, address: { ...address, changes, token: token(changes) } }
  const died: Output = { _tag: "TokenDied", token: address.token, why: "rotated" }
  const told: Output = { _tag: "TokenTold", activity: changed, token: token(changes) }
  return [replaced(self, changed), address.told ? [died, told] : [died]]
}

/** Live activities that have a newer one of the same match beside them. */
export const outlived = (self: Activities): Activities => {
  const all = live(self)
  return all.filter((one, nth) => all.some((other, later) => later > nth && other.matchId === one.matchId))
}

/** When the app takes an activity for forgotten; never in a pause of the match, which may be long. */
export const quietFrom = ({ content, contentAt }: Activity): Instant.Instant | null =>
  pauses.has(content["interruption"]) ? null : Instant.plus(contentAt, quiet)

const pauses: ReadonlySet<JsonDecoder.Decoded | undefined> = new Set([
  "suspended",
  "stumps",
  "break",
  "delayed"
])

/** When something will next happen by itself. */
export const nextDue = (self: Activities, rules: Rules): Instant.Instant | null => {
  let next: Instant.Instant | null = null
  for (const activity of self) {
    const own = due(activity, rules)
    if (own !== null && (next === null || own.at < next)) next = own.at
  }
  return next
}

/** Lets time pass up to a moment; what falls due happens at its own time and in its own order. */
export const pass = (self: Activities, rules: Rules, until: Instant.Instant): Said => {
  let activities = self
  const said: Array<Output> = []
  for (;;) {
    let first: { readonly activity: Activity; readonly due: Due } | null = null
    for (const activity of activities) {
      const own = due(activity, rules)
      if (own === null || own.at > until) continue
      if (first === null || own.at < first.due.at) first = { activity, due: own }
    }
    if (first === null) return [activities, said]
    const [after, outputs] = happen(activities, first.activity, first.due, rules)
    activities = after
    said.push(...outputs)
  }
}

interface Due {
  readonly what: "token" | "stale" | "limit" | "quiet" | "leaves" | "draw" | "overlap"
  readonly at: Instant.Instant
}

const due = (activity: Activity, rules: Rules): Due | null => {
  const { address, drawnAt, state } = activity
  if (state._tag === "Dismissed") return null
  let first: Due
  if (state._tag === "Ended") {
    first = { what: "leaves", at: state.leavesAt }
  } else {
    first = { what: "limit", at: Instant.plus(activity.startedAt, longest) }
    if (state._tag === "Active" && activity.staleAt !== null && activity.staleAt < first.at) {
      first = { what: "stale", at: activity.staleAt }
    }
    if (address._tag === "Token" && address.dueAt !== null && address.dueAt <= first.at) {
      first = { what: "token", at: address.dueAt }
    }
    if (activity.overlapAt !== null && activity.overlapAt < first.at) {
      first = { what: "overlap", at: activity.overlapAt }
    }
    if (rules.endsQuiet) {
      const at = quietFrom(activity)
      if (at !== null && at < first.at) first = { what: "quiet", at }
    }
  }
  // Drawn last: whatever else happens in that moment is drawn with it.
  if (activity.undrawn && drawnAt !== null && drawnAt + rules.drawEveryMillis < first.at) {
    first = { what: "draw", at: Instant.fromMillis(drawnAt + rules.drawEveryMillis) }
  }
  return first
}

const happen = (self: Activities, activity: Activity, { at, what }: Due, rules: Rules): Said => {
  switch (what) {
    case "token":
      return toldToken(self, activity)
    case "stale": {
      const [changed, said] = draw({ ...activity, state: { _tag: "Stale" } }, rules, at)
      return [replaced(self, changed), said]
    }
    case "limit": {
      const changed: Activity = {
        ...activity,
        state: { _tag: "Ended", at, leavesAt: Instant.plus(at, lingers) }
      }
      return [replaced(self, changed), [...over(changed), { _tag: "Ended", activity: changed, why: "limit" }]]
    }
    case "quiet":
      return endedByApp(self, activity, at)
    case "leaves":
      return dismissed(self, activity, "system", at)
    case "draw": {
      const [changed, said] = draw(activity, rules, at)
      return [replaced(self, changed), said]
    }
    case "overlap": {
      const { id, matchId } = activity
      const older = self.find((one) => isLive(one) && one.matchId === matchId)
      const changed: Activity = { ...activity, overlapAt: null }
      return [
        replaced(self, changed),
        older === undefined || older.id === id ? [] : [{ _tag: "Overlapped", activity: changed }]
      ]
    }
  }
}

/** Observed since iOS 18: an activity is drawn again only every few seconds (Apple gives storage and watches as reasons). */
const draw = (
  activity: Activity,
  rules: Rules,
  at: Instant.Instant
): readonly [Activity, ReadonlyArray<Output>] => {
  const { drawnAt } = activity
  if (drawnAt !== null && at < drawnAt + rules.drawEveryMillis) return [{ ...activity, undrawn: true }, []]
  const drawn: Activity = { ...activity, drawnAt: at, undrawn: false }
  return [drawn, [{ _tag: "Drawn", activity: drawn }]]
}

/** Its token is no longer good for anything. */
const over = ({ address }: Activity): ReadonlyArray<Output> =>
  address._tag === "Token" ? [{ _tag: "TokenDied", token: address.token, why: "ended" }] : []

const endedByApp = (self: Activities, activity: Activity, at: Instant.Instant): Said => {
  const ended: Activity = { ...activity, state: { _tag: "Ended", at, leavesAt: at } }
  const [after, gone] = dismissed(self, ended, "system", at)
  return [after, [...over(ended), { _tag: "Ended", activity: ended, why: "app" }, ...gone]]
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
  return [
    replaced(self, changed),
    [...(isLive(activity) ? over(activity) : []), { _tag: "Dismissed", activity: changed, by }]
  ]
}

const freshness = (staleAt: Instant.Instant | null, at: Instant.Instant): State =>
  staleAt !== null && staleAt <= at ? { _tag: "Stale" } : { _tag: "Active" }

const ending = (end: End, rules: Rules, at: Instant.Instant): State => {
  const dismissAt = inTrueTime(end.dismissAt, rules)
  const latest = Instant.plus(at, lingers)
  if (dismissAt === null || dismissAt > latest) return { _tag: "Ended", at, leavesAt: latest }
  return { _tag: "Ended", at, leavesAt: Instant.later(dismissAt, at) }
}

/** A phone compares the dates it is given with its own clock; one that is ahead gets there sooner. */
const inTrueTime = (date: Instant.Instant | null, { clockAheadMillis }: Rules): Instant.Instant | null =>
  date === null ? null : Instant.fromMillis(Math.max(0, date - clockAheadMillis))

const replaced = (self: Activities, changed: Activity): Activities =>
  self.map((one) => (one.id === changed.id ? changed : one))

/** An activity's types are structs; a shape of another kind decodes to nothing it could keep. */
const decoded = (
  shape: App["contentShape"],
  json: Json.Json
): Result.Result<JsonDecoder.Fields, JsonDecoder.DecodeError> => {
  if (!Json.isObject(json)) return decodedAnew(shape, json)
  // Phones of one app share what they are sent, and what is made of it.
  let known = decodedAs.get(shape)
  if (known === undefined) {
    known = new WeakMap()
    decodedAs.set(shape, known)
  }
  const before = known.get(json)
  if (before !== undefined) return before
  const found = decodedAnew(shape, json)
  known.set(json, found)
  return found
}

const decodedAnew = (
  shape: App["contentShape"],
  json: Json.Json
): Result.Result<JsonDecoder.Fields, JsonDecoder.DecodeError> =>
  Result.map(JsonDecoder.decodeJson(shape, json), (found) => found as JsonDecoder.Fields)

const decodedAs = new WeakMap<object, WeakMap<object, ReturnType<typeof decodedAnew>>>()

const tooLarge = `attributesTooLarge: attributes and content state exceed ${room} bytes`

const applied: Output = { _tag: "Settled", fate: "applied" }

const ignored = (fate: Exclude<Fate, "applied" | "throttled">, line: string): Output => ({
  _tag: "Settled",
  fate,
  line
})

const dropped = (line: string): Output => ignored("dropped", line)

const undecodable = (what: string, error: JsonDecoder.DecodeError): Output =>
  ignored("undecodable", `Failed to decode ${what}: ${JsonDecoder.describe(error)}`)
