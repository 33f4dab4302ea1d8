import type { ContentState } from "@sightscreen/domain"
import { ActivityKit, LockScreen } from "@sightscreen/handset"
import type { Crowd } from "@sightscreen/simulation"
import { looks, type Phones, type Screen } from "./WorldApi.ts"

/** What the demo's phones show, counted, and one of them looked at. */
export const isRight = (activity: ActivityKit.Activity, right: string): boolean =>
  activity.state._tag !== "Active" &&
  activity.state._tag !== "Stale" &&
  looks(activity.content as unknown as ContentState.ContentState) === right

export const phones = (
  crowd: Crowd.Crowd,
  given: {
    readonly matchId: string
    readonly following: number
    /** The final state, as it looks. */
    readonly right: string
    readonly matchOver: boolean
  }
): Phones => {
  const showing = new Map<number, number>()
  const sums = { right: 0, delivered: 0, alerts: 0, repeatedAlerts: 0, undecodable: 0, doubled: 0 }
  for (const phone of crowd.phones) {
    const newest = phone.activities.findLast((one) => one.matchId === given.matchId)
    if (newest !== undefined) {
      const sequence = Number(newest.content["sequence"])
      showing.set(sequence, (showing.get(sequence) ?? 0) + 1)
      if (isRight(newest, given.right)) sums.right += 1
    }
    const seen = new Set(
      phone.alerts.map(({ body, timestamp, title }) => JSON.stringify([timestamp, title, body]))
    )
    sums.delivered += phone.counters.delivered
    sums.alerts += phone.counters.alertsShown
    sums.repeatedAlerts += phone.alerts.length - seen.size
    sums.undecodable += phone.counters.undecodable
    sums.doubled += phone.counters.doubled
  }
  return {
    total: crowd.phones.length,
    following: given.following,
    showing: [...showing].map(([sequence, phones]) => ({ sequence, phones })),
    ...sums,
    matchOver: given.matchOver
  }
}

export const screen = (crowd: Crowd.Crowd, nth: number, width: number): Screen | null => {
  const phone = crowd.phones[nth - 1]
  if (phone === undefined) return null
  const activity = ActivityKit.visible(phone.activities).at(-1)
  const alert = phone.alerts.at(-1)
  return {
    deviceId: phone.deviceId,
    lines: activity === undefined ? [] : LockScreen.card(activity, width),
    alert: alert === undefined ? null : { title: alert.title, body: alert.body, at: alert.timestamp }
  }
}
