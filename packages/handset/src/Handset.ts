import type { Instant, Step } from "@sightscreen/decider"
import * as ActivityKit from "./ActivityKit.ts"
import type { App } from "./App.ts"
import type { Input } from "./Input.ts"
import type { Output } from "./Output.ts"
import { count, flush, type Handset, heard, inTurn, type Next, report, rulesOf } from "./Phone.ts"
import * as Receiving from "./Receiving.ts"
import * as Registration from "./Registration.ts"
import * as Runtime from "./Runtime.ts"
import * as Traits from "./Traits.ts"

/**
 * An iPhone as a server experiences it: pushes go in; what the screen shows and what the app reports come out.
 *
 * It asks for neither time nor chance. The same phone that hears the same inputs ends in the same state, digit for digit.
 */
export type { Delivered, Handled, Input } from "./Input.ts"
export type {
  AlertShown,
  DeviceReported,
  Logged,
  NotificationShown,
  Output,
  Report,
  Shown,
  TokensDied
} from "./Output.ts"
export type { Counters, Handset } from "./Phone.ts"

export interface Settings extends Traits.Settings {
  readonly deviceId: string
  readonly os: Registration.OsVersion
  readonly app: App
  /** What its tokens and names follow from; no two phones of a run may share it. */
  readonly seed: string
  /** Who is signed in; nobody, unless told. */
  readonly userId?: string | null
  readonly notificationsOn?: boolean
  readonly frequentPushes?: boolean
}

/** Out of its box, online, the app not launched yet. */
export const make = (settings: Settings): Handset => ({
  deviceId: settings.deviceId,
  os: settings.os,
  app: settings.app,
  traits: Traits.make(settings),
  userId: settings.userId ?? null,
  online: true,
  lowPower: false,
  notificationsOn: settings.notificationsOn ?? true,
  frequentPushes: settings.frequentPushes ?? true,
  forceQuit: false,
  tokens: Registration.make(settings.seed),
  activities: [],
  alerts: [],
  notifications: [],
  wakes: [],
  held: null,
  counters: {
    delivered: 0,
    applied: 0,
    ignoredStale: 0,
    ignoredEnded: 0,
    undecodable: 0,
    throttled: 0,
    dropped: 0,
    alertsShown: 0,
    alertsThrottled: 0,
    notificationsShown: 0,
    doubled: 0
  },
  unsent: []
})

/** What has fallen due happens first, then the input. */
export const step: Step.Decider<Handset, Input, Output> = (self, input) => {
  const [aged, past] = heard(self, ActivityKit.pass(self.activities, rulesOf(self), input.at), input.at)
  const [next, said] = hear(aged, input)
  return [next, past.length === 0 ? said : [...past, ...said]]
}

/** When the phone should next be told the time, if nothing else happens. */
export const nextDue = (self: Handset): Instant.Instant | null =>
  self.activities.length === 0 ? null : ActivityKit.nextDue(self.activities, rulesOf(self))

/** The channels whose pushes Apple would bring to this phone. */
export const channels = (self: Handset): ReadonlyArray<string> => {
  const found: Array<string> = []
  for (const activity of self.activities) {
    const { address } = activity
    if (address._tag === "Token" || !ActivityKit.isLive(activity) || found.includes(address.channelId))
      continue
    found.push(address.channelId)
  }
  return found
}

/** Every token under which a push may still come: those of the app, and those of its activities, ended ones too. */
export const tokens = (self: Handset): ReadonlyArray<string> => [
  ...Registration.issued(self.tokens),
  ...self.activities.flatMap(({ address }) => (address._tag === "Token" ? [address.token] : []))
]

const hear = (self: Handset, input: Input): Next => {
  const { at } = input
  switch (input._tag) {
    case "Ticked":
      return [self, []]
    case "Delivered":
      return Receiving.deliver(count(self, "delivered"), input)
    case "Launched":
      return Runtime.launch(self, at)
    case "Tapped":
      return tapped(self, input.matchId ?? null, at)
    case "ForceQuit":
      return [{ ...self, forceQuit: true, held: null }, []]
    case "Allowed":
      return heard(self, ActivityKit.allow(self.activities, input.activityId), at)
    case "Dismissed":
      return heard(self, ActivityKit.dismiss(self.activities, input.activityId, at), at)
    case "NotificationsSwitched":
      return [{ ...self, notificationsOn: input.on }, []]
    case "FrequentPushesSwitched":
      return input.on === self.frequentPushes
        ? [self, []]
        : heard({ ...self, frequentPushes: input.on }, ActivityKit.endAll(self.activities, at), at)
    case "LowPowerSwitched":
      return [{ ...self, lowPower: input.on }, []]
    case "SignedOut":
      // To sign out one has to open the app.
      return inTurn(self, (phone) => (phone.forceQuit ? Runtime.launch(phone, at) : [phone, []]), signedOut)
    case "SignedIn":
      return Runtime.launch({ ...self, userId: input.userId }, at)
    case "Reinstalled":
      return removed(self, { deviceId: input.deviceId, userId: null })
    case "RestoredTo":
      return removed(self, { deviceId: input.deviceId, os: input.os ?? self.os })
    case "WentOffline":
      return [{ ...self, online: false }, []]
    case "CameOnline":
      return flush({ ...self, online: true })
    case "StartTokenChanged": {
      const tokens = Registration.changed(self.tokens)
      return report({ ...self, tokens }, input.reported ? Registration.echo(tokens) : [])
    }
    case "UpdateTokenRotated": {
      const token = (changes: number) => Registration.updateToken(self.tokens, input.activityId, changes)
      return heard(self, ActivityKit.rotate(self.activities, input.activityId, token), at)
    }
  }
}

/** What was tapped leaves the notification centre, and the app opens where it points. */
const tapped = (self: Handset, matchId: string | null, at: Instant.Instant): Next => {
  const notifications = self.notifications.filter((one) => matchId === null || one.matchId !== matchId)
  return inTurn(
    { ...self, notifications },
    (phone) => Runtime.launch(phone, at),
    (phone) => report(phone, [{ _tag: "Opened", matchId }])
  )
}

/** Activities stay: the app leaves it to the server to end what was another's. */
const signedOut = (self: Handset): Next => {
  const { deviceId, userId } = self
  return userId === null
    ? [self, []]
    : report({ ...self, userId: null }, [{ _tag: "SignedOut", deviceId, userId }])
}

/** What the app had on the phone is gone, with all tokens that ever led there. */
const removed = (self: Handset, more: Partial<Handset>): Next => [
  {
    ...self,
    ...more,
    forceQuit: false,
    tokens: Registration.renewed(self.tokens),
    activities: [],
    notifications: [],
    wakes: [],
    held: null,
    unsent: []
  },
  [{ _tag: "TokensDied", tokens: tokens(self), why: "removed" }]
]
