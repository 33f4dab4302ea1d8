import { ActivityKit, LockScreen } from "@sightscreen/handset"
import { type Crowd, Fate } from "@sightscreen/simulation"
import type { Post } from "./Saved.ts"
import type { Phones, Screen } from "./WorldApi.ts"

/** What the demo's phones show, counted, and one of them looked at. */
export const phones = (
  crowd: Crowd.Crowd,
  given: {
    readonly matchId: string
    readonly following: number
    readonly post: Post
    /** Of the phone with this place in the crowd; null until the match is over. */
    readonly fateOf: ((nth: number) => Fate.Fate) | null
  }
): Phones => {
  const showing = new Map<number, number>()
  const others = new Map<string, { readonly why: string; readonly known: boolean; phones: Array<string> }>()
  const sums = {
    right: 0,
    waiting: 0,
    byToken: 0,
    byChannel: 0,
    delivered: 0,
    alerts: 0,
    repeatedAlerts: 0,
    undecodable: 0,
    doubled: 0
  }
  for (const [nth, phone] of crowd.phones.entries()) {
    const newest = phone.activities.findLast((one) => one.matchId === given.matchId)
    if (newest !== undefined) {
      const sequence = Number(newest.content["sequence"])
      showing.set(sequence, (showing.get(sequence) ?? 0) + 1)
      sums[newest.address._tag === "Token" ? "byToken" : "byChannel"] += 1
    }
    const fate = given.fateOf?.(nth)
    if (fate?._tag === "Right") sums.right += 1
    if (fate?._tag === "Waiting") sums.waiting += 1
    if (fate?._tag === "Explained" || fate?._tag === "Wrong") {
      const known = fate._tag === "Explained"
      const why = known ? fate.why : `nobody knows why; on the screen: ${fate.shows}`
      const group = others.get(why) ?? { why, known, phones: [] }
      group.phones.push(phone.deviceId)
      others.set(why, group)
    }
    const seen = new Set(
      phone.alerts.map(({ body, timestamp, title }) => JSON.stringify([timestamp, title, body]))
    )
    sums.delivered += phone.counters.delivered
    sums.alerts += phone.counters.alertsShown
    sums.undecodable += phone.counters.undecodable
    // An app that is never woken tells nobody of its activity and ends none: another start makes another one beside it.
    if (phone.forceQuit) continue
    sums.repeatedAlerts += phone.alerts.length - seen.size
    sums.doubled += phone.counters.doubled
  }
  return {
    total: crowd.phones.length,
    following: given.following,
    showing: [...showing].map(([sequence, phones]) => ({ sequence, phones })),
    ...given.post,
    ...sums,
    others: [...others.values()].sort((a, b) => b.phones.length - a.phones.length),
    matchOver: given.fateOf !== null
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
