import { Instant } from "@sightscreen/decider"
import { Result } from "effect"
import * as ActivityKit from "./ActivityKit.ts"
import * as Budget from "./Budget.ts"
import type { Delivered } from "./Input.ts"
import * as Message from "./Message.ts"
import * as Ordinary from "./Ordinary.ts"
import type { NotificationShown } from "./Output.ts"
import { count, drop, type Handset, heard, inTurn, type Next, report, rulesOf, settle } from "./Phone.ts"
import * as Push from "./Push.ts"
import * as Registration from "./Registration.ts"
import * as Runtime from "./Runtime.ts"

/**
 * A push has come to the phone: whose it is, and what the system makes of it.
 */
export const deliver = (self: Handset, input: Delivered): Next => {
  const { at, push } = input
  if (!self.online) return drop(self, at, "Push for a phone that is offline")
  if (push.kind === "liveactivity") return liveActivity(self, input)
  if ("channelId" in push || (push.kind !== "alert" && push.kind !== "background")) {
    return drop(self, at, `No one here for push type ${push.kind}`)
  }
  if (push.token.toLowerCase() !== self.tokens.device) {
    return drop(self, at, `No app for token ${Push.hint(push.token)}`)
  }
  return push.kind === "alert" ? alert(self, push, at) : background(self, push, at)
}

const alert = (self: Handset, push: Push.Direct, at: Instant.Instant): Next => {
  const found = Ordinary.readAlert(push.payload)
  if (Result.isFailure(found)) return drop(self, at, found.failure)
  if (!self.notificationsOn) return drop(self, at, "Received alert for an app whose notifications are off")
  const collapseId = push.collapseId ?? null
  const matchId = found.success.data["matchId"]
  const isReplaced = (one: NotificationShown) => collapseId !== null && one.collapseId === collapseId
  const shown: NotificationShown = {
    _tag: "NotificationShown",
    ...found.success,
    collapseId,
    matchId: typeof matchId === "string" ? matchId : null,
    replaces: self.notifications.some(isReplaced),
    at
  }
  const [settled] = settle(self, at, { _tag: "Settled", fate: "applied" })
  const counted = shown.replaces ? settled : count(settled, "notificationsShown")
  const notifications = [...self.notifications.filter((one) => !isReplaced(one)), shown]
  return [{ ...counted, notifications }, [shown]]
}

const background = (self: Handset, { payload }: Push.Direct, at: Instant.Instant): Next => {
  const found = Ordinary.readSilent(payload)
  if (Result.isFailure(found)) return drop(self, at, found.failure)
  // Apple: force-quit discards it.
  if (self.forceQuit) return drop(self, at, "Received background push for an app that was force-quit")
  const { ends } = found.success
  // Apple: the system may hold one; a newer one takes its place, and a launch delivers it.
  const hold = (line: string): Next =>
    settle({ ...self, held: ends }, at, { _tag: "Settled", fate: "throttled", alert: false, line })
  if (self.lowPower) return hold("Received background push in Low Power Mode")
  const wakes = Budget.spend(self.wakes, self.traits.wakesAnHour, at)
  if (wakes === null) return hold(`App was woken ${self.traits.wakesAnHour} times within the hour`)
  return inTurn(
    { ...self, wakes },
    (phone) => settle(phone, at, { _tag: "Settled", fate: "applied" }),
    (phone) => Runtime.wake(phone, ends, at)
  )
}

const liveActivity = (self: Handset, input: Delivered): Next => {
  const { at, push } = input
  const message = Message.read(push.payload)
  if (Result.isFailure(message)) return drop(self, at, message.failure)
  if ("channelId" in push) return broadcast(self, push, message.success, at)
  const token = push.token.toLowerCase()
  if (token === self.tokens.start) {
    return message.success._tag === "Start"
      ? start(self, message.success, input)
      : drop(self, at, `Received ${message.success._tag} on the push-to-start token`)
  }
  const activity = self.activities.find(({ address }) => address._tag === "Token" && address.token === token)
  if (activity === undefined) {
    const whose = Registration.wasStart(self.tokens, token) ? "a former push-to-start token" : "token"
    return drop(self, at, `No activity for ${whose} ${Push.hint(token)}`)
  }
  if (message.success._tag === "Start") {
    return drop(self, at, `Received start on the update token of ${activity.id}`)
  }
  const { activities, app } = self
  return heard(
    self,
    ActivityKit.tell(activities, app, activity, message.success, push.priority, rulesOf(self), at),
    at
  )
}

const start = (
  self: Handset,
  message: Message.Start,
  { at, tokenAfter = Registration.tokenDelay }: Delivered
): Next => {
  // Apple: below iOS 18 a start with a channel starts nothing.
  if (message.channelId !== null && !Registration.isAtLeast(self.os, Registration.hearsChannels)) {
    return drop(self, at, "Received start with a channel, which needs iOS 18")
  }
  if (self.traits.startToken === "swallowed") return drop(self, at, "Received start and lost it")
  if (self.forceQuit && self.traits.afterForceQuit === "nothing") {
    return drop(self, at, "Received start for an app that was force-quit")
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
    rulesOf(self),
    at
  )
  if (said[0] === self.activities) return heard(self, said, at)
  return inTurn(
    self,
    echo,
    (phone) => heard(phone, said, at),
    echo,
    // Apple: a remote start wakes the app, unless the person has force-quit it.
    (phone) => (phone.forceQuit ? [phone, []] : Runtime.tend(phone, at))
  )
}

const echo = (self: Handset): Next => report(self, Registration.echo(self.tokens))

/** One push for every activity that was started with the channel; it is applied if one of them applies it. */
const broadcast = (
  self: Handset,
  { channelId, priority }: Push.Broadcast,
  message: Message.Message,
  at: Instant.Instant
): Next => {
  // Apple: a channel can update and end, never start.
  if (message._tag === "Start") return drop(self, at, "Received start on a channel")
  const joined = self.activities.filter(
    ({ address }) => address._tag === "Channel" && address.channelId === channelId
  )
  const live = ActivityKit.live(joined)
  // An activity that ended left its channel; only where none is left does the push find the ended one.
  const listeners = live.length > 0 ? live : joined.slice(-1)
  if (listeners.length === 0) return drop(self, at, "No activity for the channel")
  const rules = rulesOf(self)
  let { activities } = self
  const said: Array<ActivityKit.Output> = []
  const settled: Array<ActivityKit.Settled> = []
  for (const one of listeners) {
    const [next, outputs] = ActivityKit.tell(activities, self.app, one, message, priority, rules, at)
    activities = next
    for (const output of outputs) {
      if (output._tag === "Settled") settled.push(output)
      else said.push(output)
    }
  }
  const fate = settled.find((one) => one.fate === "applied") ?? settled[0]
  return heard(self, [activities, fate === undefined ? said : [fate, ...said]], at)
}
