import type { Instant } from "@sightscreen/decider"
import * as ActivityKit from "./ActivityKit.ts"
import type { DeviceReported, Report } from "./Output.ts"
import { about, flush, type Handset, heard, inTurn, type Next, report } from "./Phone.ts"
import * as Registration from "./Registration.ts"

/**
 * What our app does in the moments in which it runs: when the person opens it, and when the system wakes it.
 *
 * In between it knows nothing and does nothing, as apps do.
 */

/** The person opens the app. It looks at everything anew and tells what it finds. */
export const launch = (self: Handset, at: Instant.Instant): Next => {
  const running: Handset = self.forceQuit
    ? { ...self, forceQuit: false, unsent: self.unsent.filter((one) => !isFoundAnew(one)) }
    : self
  return inTurn(
    running,
    flush,
    (phone) => report(phone, [device(phone)]),
    registers,
    (phone) => obey({ ...phone, held: null }, phone.held ?? [], at),
    (phone) => tend(phone, at),
    (phone) => report(phone, ActivityKit.live(phone.activities).flatMap(whereabouts))
  )
}

/** A silent push wakes it for a few seconds. */
export const wake = (self: Handset, ends: ReadonlyArray<string>, at: Instant.Instant): Next =>
  inTurn(
    self,
    registers,
    (phone) => obey(phone, ends, at),
    (phone) => tend(phone, at)
  )

/** It looks after its activities: one for each match, and none that has been forgotten. */
export const tend = (self: Handset, at: Instant.Instant): Next => {
  const { endsOlder, endsQuiet } = self.traits
  const older = endsOlder ? ActivityKit.outlived(self.activities) : []
  return inTurn(
    self,
    (phone) => endAll(phone, older, at),
    (phone) => endAll(phone, endsQuiet === "never" ? [] : forgotten(phone, at), at)
  )
}

const obey = (self: Handset, ends: ReadonlyArray<string>, at: Instant.Instant): Next =>
  endAll(
    self,
    self.activities.filter(({ matchId }) => ends.includes(matchId)),
    at
  )

const endAll = (self: Handset, activities: ActivityKit.Activities, at: Instant.Instant): Next =>
  inTurn(
    self,
    ...activities.map(
      ({ id }) =>
        (phone: Handset) =>
          heard(phone, ActivityKit.end(phone.activities, id, at), at)
    )
  )

const forgotten = ({ activities }: Handset, at: Instant.Instant): ActivityKit.Activities =>
  activities.filter((one) => {
    const from = ActivityKit.quietFrom(one)
    return from !== null && from <= at
  })

const device = ({
  app,
  deviceId,
  frequentPushes,
  notificationsOn,
  os,
  traits,
  userId
}: Handset): DeviceReported => ({
  _tag: "DeviceReported",
  deviceId,
  userId,
  os,
  schemaVersion: app.schemaVersion,
  frequentPushes,
  notifications: notificationsOn,
  language: traits.language
})

const registers = (self: Handset): Next => {
  const [tokens, reports] = Registration.launch(self.tokens, self.os, self.traits.startToken)
  return report({ ...self, tokens }, reports)
}

/** Where a live activity is to be reached, as far as the app has been told. */
const whereabouts = (activity: ActivityKit.Activity): ReadonlyArray<Report> => {
  const { address } = activity
  if (address._tag === "Channel") {
    return [{ _tag: "ChannelJoined", ...about(activity), channelId: address.channelId }]
  }
  return address.told ? [{ _tag: "UpdateTokenReported", ...about(activity), token: address.token }] : []
}

/** What an app that did not run has missed, and finds again when it looks. */
const isFoundAnew = ({ _tag }: Report): boolean =>
  _tag === "StartTokenReported" || _tag === "UpdateTokenReported" || _tag === "ChannelJoined"
