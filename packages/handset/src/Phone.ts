import type { Instant, Step } from "@sightscreen/decider"
import * as ActivityKit from "./ActivityKit.ts"
import type { App } from "./App.ts"
import type * as Budget from "./Budget.ts"
import type { About, AlertShown, NotificationShown, Output, Report } from "./Output.ts"
import type * as Registration from "./Registration.ts"
import * as Traits from "./Traits.ts"

/**
 * What a phone is at a moment, and how what the system does becomes what is counted, shown and reported.
 */
export interface Handset {
  readonly deviceId: string
  readonly os: Registration.OsVersion
  readonly app: App
  readonly traits: Traits.Traits
  /** Who is signed in to the app. */
  readonly userId: string | null
  readonly online: boolean
  /** Low Power Mode: nothing wakes an app in silence. */
  readonly lowPower: boolean
  /** Whether the person lets the app show notifications; Live Activities have a switch of their own. */
  readonly notificationsOn: boolean
  /** Apple: `frequentPushesEnabled`. */
  readonly frequentPushes: boolean
  /** Since the person swiped the app out of the switcher, until they launch it. */
  readonly forceQuit: boolean
  readonly tokens: Registration.Registration
  /** All there ever were since the app was put on, in order of their start. */
  readonly activities: ActivityKit.Activities
  /** What lit the screen, in order. */
  readonly alerts: ReadonlyArray<AlertShown>
  /** In the notification centre, in order of arrival. */
  readonly notifications: ReadonlyArray<NotificationShown>
  /** When silent pushes woke the app, within the last hour. */
  readonly wakes: Budget.Budget
  /** The newest silent push that was not let through: which matches it would have had ended. A launch delivers it. */
  readonly held: ReadonlyArray<string> | null
  readonly counters: Counters
  /** What the app has to report once it is online and allowed to run. */
  readonly unsent: ReadonlyArray<Report>
}

/** `delivered` is the sum of the fates, from `applied` to `dropped`. */
export interface Counters extends Readonly<Record<ActivityKit.Fate, number>> {
  readonly delivered: number
  readonly alertsShown: number
  /** Of those that were throttled. */
  readonly alertsThrottled: number
  readonly notificationsShown: number
  /** Activities that had an older one of their match beside them for too long. iOS does not mind; the person does. */
  readonly doubled: number
}

export type Next = Step.Step<Handset, Output>

/** One after the other, and all that was said on the way. */
export const inTurn = (self: Handset, ...steps: ReadonlyArray<(phone: Handset) => Next>): Next => {
  let phone = self
  const said: Array<Output> = []
  for (const step of steps) {
    const [next, outputs] = step(phone)
    phone = next
    said.push(...outputs)
  }
  return [phone, said]
}

export const rulesOf = (self: Handset): ActivityKit.Rules => Traits.rules(self.traits, self)

/** Takes in what the system did: counts it, shows it, and has the app report it. */
export const heard = (
  self: Handset,
  [activities, outputs]: Step.Step<ActivityKit.Activities, ActivityKit.Output>,
  at: Instant.Instant
): Next => {
  if (outputs.length === 0) return [activities === self.activities ? self : { ...self, activities }, []]
  let next: Handset = { ...self, activities }
  const said: Array<Output> = []
  for (const output of outputs) {
    const [after, more] = take(next, output, at)
    next = after
    said.push(...more)
  }
  return [next, said]
}

export const drop = (self: Handset, at: Instant.Instant, line: string): Next =>
  settle(self, at, { _tag: "Settled", fate: "dropped", line })

export const settle = (self: Handset, at: Instant.Instant, settled: ActivityKit.Settled): Next =>
  take(self, settled, at)

/** An app that was force-quit learns nothing until it runs again, and one that is offline can tell nobody. */
export const report = (self: Handset, reports: ReadonlyArray<Report>): Next =>
  self.online && !self.forceQuit ? [self, reports] : [{ ...self, unsent: [...self.unsent, ...reports] }, []]

/** What waited is told now, if it can be. */
export const flush = (self: Handset): Next =>
  self.online && !self.forceQuit && self.unsent.length > 0
    ? [{ ...self, unsent: [] }, self.unsent]
    : [self, []]

export const count = (self: Handset, what: keyof Counters): Handset => ({
  ...self,
  counters: counted(self.counters, what)
})

/** A copy whose key is changed afterwards costs a fraction of one that names it: this is done twice for each push. */
const counted = (self: Counters, what: keyof Counters): Counters => {
  const next: { -readonly [Key in keyof Counters]: number } = { ...self }
  next[what] += 1
  return next
}

export const about = ({ id, matchId }: ActivityKit.Activity): About => ({ activityId: id, matchId })

const take = (self: Handset, output: ActivityKit.Output, at: Instant.Instant): Next => {
  switch (output._tag) {
    case "Settled": {
      const counted = count(self, output.fate)
      if (output.fate === "applied") return [counted, []]
      const line = `liveactivitiesd: [${self.app.bundleId}] ${output.line}`
      return [
        output.fate === "throttled" && output.alert ? count(counted, "alertsThrottled") : counted,
        [{ _tag: "Logged", line, at }]
      ]
    }
    case "Started": {
      const { activity } = output
      return activity.address._tag === "Channel"
        ? report(self, [{ _tag: "ChannelJoined", ...about(activity), channelId: activity.address.channelId }])
        : [self, []]
    }
    case "Overlapped":
      return [count(self, "doubled"), []]
    case "Drawn": {
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
    case "TokenDied":
      return [self, [{ _tag: "TokensDied", tokens: [output.token], why: output.why }]]
    case "Ended":
      return report(self, [{ _tag: "ActivityEnded", ...about(output.activity), why: output.why }])
    case "Dismissed":
      return report(self, [{ _tag: "ActivityDismissed", ...about(output.activity), by: output.by }])
  }
}
