import { Instant, Step } from "@sightscreen/decider"
import { type Duration, Result } from "effect"
import * as ActivityKit from "./ActivityKit.ts"
import type { App } from "./App.ts"
import type { Fields } from "./JsonDecoder.ts"
import * as Message from "./Message.ts"
import * as Push from "./Push.ts"
import * as Registration from "./Registration.ts"

/**
 * An iPhone as a server experiences it: pushes go in; what the screen shows and what the app reports come out.
 *
 * It asks for neither time nor chance. The same phone that hears the same inputs ends in the same state, digit for digit.
 */
export interface Handset {
  readonly deviceId: string
  readonly os: Registration.OsVersion
  readonly app: App
  readonly online: boolean
  readonly tokens: Registration.Registration
  /** All there ever were, in order of their start. */
  readonly activities: ActivityKit.Activities
  /** What lit the screen, in order. */
  readonly alerts: ReadonlyArray<AlertShown>
  readonly counters: Counters
  /** What the app has to report once it is online again. */
  readonly unsent: ReadonlyArray<Report>
}

/** `delivered` is the sum of the fates, from `applied` to `dropped`. */
export interface Counters extends Readonly<Record<ActivityKit.Fate, number>> {
  readonly delivered: number
  readonly alertsShown: number
  /** Starts for a match that already had a live activity. iOS does not mind; the person does. */
  readonly doubled: number
}

export type Input =
  | { readonly _tag: "Launched"; readonly at: Instant.Instant }
  | {
      readonly _tag: "Delivered"
      readonly push: Push.Push
      readonly at: Instant.Instant
      /** For a start: how long the update token takes; null withholds it until the person allows the activity. */
      readonly tokenAfter?: Duration.Duration | null
    }
  | { readonly _tag: "Ticked"; readonly at: Instant.Instant }
  | { readonly _tag: "Allowed"; readonly activityId: string; readonly at: Instant.Instant }
  | { readonly _tag: "Dismissed"; readonly activityId: string; readonly at: Instant.Instant }
  | { readonly _tag: "WentOffline"; readonly at: Instant.Instant }
  | { readonly _tag: "CameOnline"; readonly at: Instant.Instant }

interface About {
  readonly activityId: string
  readonly matchId: string
}

/** What the app tells its server. Offline it keeps its reports and makes them later, in their order. */
export type Report =
  | Registration.Output
  | (About & { readonly _tag: "UpdateTokenReported"; readonly token: string })
  | (About & { readonly _tag: "ChannelJoined"; readonly channelId: string })
  | (About & { readonly _tag: "ActivityEnded"; readonly why: "push" | "limit" })
  | (About & { readonly _tag: "ActivityDismissed"; readonly by: "person" | "system" })

/** The Lock Screen changed. */
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

/** A line of the phone's own log; the server never sees it. */
export interface Logged {
  readonly _tag: "Logged"
  readonly line: string
  readonly at: Instant.Instant
}

export type Output = Report | Shown | AlertShown | Logged

export interface Settings {
  readonly deviceId: string
  readonly os: Registration.OsVersion
  readonly app: App
  /** What its tokens and names follow from; no two phones of a run may share it. */
  readonly seed: string
}

/** Out of its box, online, the app not launched yet. */
export const make = ({ app, deviceId, os, seed }: Settings): Handset => ({
  deviceId,
  os,
  app,
  online: true,
  tokens: Registration.make(seed),
  activities: [],
  alerts: [],
  counters: {
    delivered: 0,
    applied: 0,
    ignoredStale: 0,
    ignoredEnded: 0,
    undecodable: 0,
    dropped: 0,
    alertsShown: 0,
    doubled: 0
  },
  unsent: []
})

/** What has fallen due happens first, then the input. */
export const step: Step.Decider<Handset, Input, Output> = (self, input) => {
  const [aged, past] = heard(self, ActivityKit.pass(self.activities, input.at), input.at)
  const [next, said] = hear(aged, input)
  return [next, past.length === 0 ? said : [...past, ...said]]
}

/** When the phone should next be told the time, if nothing else happens. */
export const nextDue = (self: Handset): Instant.Instant | null => ActivityKit.nextDue(self.activities)

/** The channels whose pushes Apple would bring to this phone. */
export const channels = (self: Handset): ReadonlyArray<string> => [
  ...new Set(
    self.activities.flatMap((one) =>
      ActivityKit.isLive(one) && one.address._tag === "Channel" ? [one.address.channelId] : []
    )
  )
]

const hear = (self: Handset, input: Input): Step.Step<Handset, Output> => {
  switch (input._tag) {
    case "Launched": {
      const [tokens, reports] = Registration.launch(self.tokens, self.os)
      return report({ ...self, tokens }, reports)
    }
    case "Delivered": {
      const counters = { ...self.counters, delivered: self.counters.delivered + 1 }
      return deliver({ ...self, counters }, input)
    }
    case "Ticked":
      return [self, []]
    case "Allowed":
      return heard(self, ActivityKit.allow(self.activities, input.activityId), input.at)
    case "Dismissed":
      return heard(self, ActivityKit.dismiss(self.activities, input.activityId, input.at), input.at)
    case "WentOffline":
      return [{ ...self, online: false }, []]
    case "CameOnline":
      return [{ ...self, online: true, unsent: [] }, self.unsent]
  }
}

type Delivered = Extract<Input, { readonly _tag: "Delivered" }>

const deliver = (self: Handset, input: Delivered): Step.Step<Handset, Output> => {
  const { at, push } = input
  if (!self.online) return drop(self, at, "Push for a phone that is offline")
  if (push.kind !== "liveactivity") return drop(self, at, `No one here for push type ${push.kind}`)
  const message = Message.read(push.payload)
  if (Result.isFailure(message)) return drop(self, at, message.failure)
  if ("channelId" in push) return broadcast(self, push.channelId, message.success, at)
  const token = push.token.toLowerCase()
  if (token === self.tokens.start) {
    return message.success._tag === "Start"
      ? start(self, message.success, input)
      : drop(self, at, `Received ${message.success._tag} on the push-to-start token`)
  }
  const activity = self.activities.find(({ address }) => address._tag === "Token" && address.token === token)
  if (activity === undefined) return drop(self, at, `No activity for token ${Push.hint(token)}`)
  return message.success._tag === "Start"
    ? drop(self, at, `Received start on the update token of ${activity.id}`)
    : heard(self, ActivityKit.tell(self.activities, self.app, activity, message.success, at), at)
}

const start = (
  self: Handset,
  message: Message.Start,
  { at, tokenAfter = Registration.tokenDelay }: Delivered
): Step.Step<Handset, Output> => {
  // Apple: below iOS 18 a start with a channel starts nothing.
  if (message.channelId !== null && !Registration.isAtLeast(self.os, Registration.hearsChannels)) {
    return drop(self, at, "Received start with a channel, which needs iOS 18")
  }
  const id = Registration.activityId(self.tokens, self.activities.length)
  const said = ActivityKit.start(
    self.activities,
    self.app,
    message,
    {
      id,
      token: Registration.updateToken(self.tokens, id),
      tokenAt: tokenAfter === null ? null : Instant.plus(at, tokenAfter)
    },
    at
  )
  if (said[0] === self.activities) return heard(self, said, at)
  const [before, first] = report(self, Registration.echo(self.tokens))
  const [born, middle] = heard(before, said, at)
  const [after, last] = report(born, Registration.echo(self.tokens))
  return [after, [...first, ...middle, ...last]]
}

/** One push for every activity that was started with the channel; it is applied if one of them applies it. */
const broadcast = (
  self: Handset,
  channelId: string,
  message: Message.Message,
  at: Instant.Instant
): Step.Step<Handset, Output> => {
  // Apple: a channel can update and end, never start.
  if (message._tag === "Start") return drop(self, at, "Received start on a channel")
  const joined = self.activities.filter(
    ({ address }) => address._tag === "Channel" && address.channelId === channelId
  )
  const live = joined.filter(ActivityKit.isLive)
  // An activity that ended left its channel; only where none is left does the push find the ended one.
  const listeners = live.length > 0 ? live : joined.slice(-1)
  if (listeners.length === 0) return drop(self, at, "No activity for the channel")
  let { activities } = self
  const said: Array<ActivityKit.Output> = []
  const settled: Array<ActivityKit.Settled> = []
  for (const one of listeners) {
    const [next, outputs] = ActivityKit.tell(activities, self.app, one, message, at)
    activities = next
    for (const output of outputs) {
      if (output._tag === "Settled") settled.push(output)
      else said.push(output)
    }
  }
  const fate = settled.find((one) => one.fate === "applied") ?? settled[0]
  return heard(self, [activities, fate === undefined ? said : [fate, ...said]], at)
}

const drop = (self: Handset, at: Instant.Instant, line: string): Step.Step<Handset, Output> =>
  heard(self, [self.activities, [{ _tag: "Settled", fate: "dropped", line }]], at)

/** Takes in what the system did: counts it, shows it, and has the app report it. */
const heard = (
  self: Handset,
  [activities, outputs]: Step.Step<ActivityKit.Activities, ActivityKit.Output>,
  at: Instant.Instant
): Step.Step<Handset, Output> => {
  if (outputs.length === 0) return [self, []]
  let next: Handset = { ...self, activities }
  const said: Array<Output> = []
  for (const output of outputs) {
    const [after, more] = take(next, output, at)
    next = after
    said.push(...more)
  }
  return [next, said]
}

const take = (self: Handset, output: ActivityKit.Output, at: Instant.Instant): Step.Step<Handset, Output> => {
  switch (output._tag) {
    case "Settled":
      return [
        count(self, output.fate),
        output.fate === "applied" ? [] : [{ _tag: "Logged", line: line(self, output.line), at }]
      ]
    case "Started": {
      const { activity, doubled } = output
      const counted = doubled ? count(self, "doubled") : self
      return activity.address._tag === "Channel"
        ? report(counted, [
            { _tag: "ChannelJoined", ...about(activity), channelId: activity.address.channelId }
          ])
        : [counted, []]
    }
    case "Changed": {
      const { activity } = output
      const { content, timestamp } = activity
      const stale = activity.state._tag === "Stale"
      return [self, [{ _tag: "Shown", ...about(activity), content, timestamp, stale }]]
    }
    case "Alerted": {
      const { activity, alert } = output
      const shown: AlertShown = {
        _tag: "AlertShown",
        ...about(activity),
        ...alert,
        timestamp: activity.timestamp,
        at
      }
      return [{ ...count(self, "alertsShown"), alerts: [...self.alerts, shown] }, [shown]]
    }
    case "TokenTold":
      return report(self, [{ _tag: "UpdateTokenReported", ...about(output.activity), token: output.token }])
    case "Ended":
      return report(self, [{ _tag: "ActivityEnded", ...about(output.activity), why: output.why }])
    case "Dismissed":
      return report(self, [{ _tag: "ActivityDismissed", ...about(output.activity), by: output.by }])
  }
}

const report = (self: Handset, reports: ReadonlyArray<Report>): Step.Step<Handset, Output> =>
  self.online ? [self, reports] : [{ ...self, unsent: [...self.unsent, ...reports] }, []]

const count = (self: Handset, what: keyof Counters): Handset => ({
  ...self,
  counters: { ...self.counters, [what]: self.counters[what] + 1 }
})

const about = ({ id, matchId }: ActivityKit.Activity): About => ({ activityId: id, matchId })

const line = (self: Handset, text: string): string => `liveactivitiesd: [${self.app.bundleId}] ${text}`
