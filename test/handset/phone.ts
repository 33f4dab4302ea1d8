import { Instant } from "@sightscreen/decider"
import { App, Handset, Registration } from "@sightscreen/handset"

/* A phone, and pushes as plain as they arrive. */

export const seconds = (count: number): Instant.Instant => Instant.fromSeconds(1_800_000_000 + count)
export const stamp = (count: number): number => 1_800_000_000 + count

export const fresh = (
  os: Registration.OsVersion = [18, 4],
  seed = "phone-1",
  more: Partial<Handset.Settings> = {}
): Handset.Handset => Handset.make({ deviceId: "phone-1", os, app: App.current, seed, ...more })

/** As it is out of the box, but for what is said. */
export const phoneWith = (more: Partial<Handset.Settings>): Handset.Handset => fresh([18, 4], "phone-1", more)

export const launched: Handset.Input = { _tag: "Launched", at: seconds(0) }

export const startToken = (phone: Handset.Handset): string =>
  Handset.step(phone, launched)[0].tokens.start ?? "none"

export const content = {
  phase: "live",
  interruption: "none",
  sentiment: "tense",
  perspective: "away",
  sequence: 141,
  updatedAt: 1_800_000_000,
  compact: { leading: "IND 188/4", trailing: "18.3", minimal: "188/4" },
  expanded: {
    title: "NZ v IND · T20",
    battingCode: "IND",
    score: "188/4",
    overs: "18.3",
    runRate: "RR: 10.16",
    requiredRate: "RRR: 14.00",
    target: "Target 209",
    equation: "IND need 21 off 9",
    batters: [
      { name: "Virat Kohli", line: "78 (49)", isOnStrike: true },
      { name: "Hardik Pandya", line: "22 (11)", isOnStrike: false }
    ],
    bowler: { name: "Mitchell Santner", line: "1/29 (3.3)" },
    lastBalls: ["1", "•", "4", "W", "6", "1"],
    partnership: "45 (28)",
    statusLine: "India need 21 runs from 9 balls"
  },
  keyEvent: { type: "six", headline: "SIX!", detail: "Virat Kohli", at: 1_800_000_000 }
}

export const attributes = {
  matchId: "1512773",
  leagueName: "ICC Men's T20 World Cup",
  homeTeam: { name: "New Zealand", code: "NZ" },
  awayTeam: { name: "India", code: "IND" },
  format: "t20"
}

/** What makes a start one of another match. */
export const ofMatch = (matchId: string): object => ({ attributes: { ...attributes, matchId } })

export const scored = (score: string): object => ({ ...content, expanded: { ...content.expanded, score } })

export const startOf = (count: number, more: object = {}): object => ({
  timestamp: stamp(count),
  event: "start",
  "attributes-type": "LiveActivityAttributes",
  attributes,
  "content-state": content,
  alert: { title: "NZ v IND", body: "The match has begun" },
  ...more
})

export const updateOf = (count: number, more: object = {}): object => ({
  timestamp: stamp(count),
  event: "update",
  "content-state": content,
  ...more
})

export const endOf = (count: number, more: object = {}): object => ({
  timestamp: stamp(count),
  event: "end",
  ...more
})

type Delivered = Extract<Handset.Input, { readonly _tag: "Delivered" }>

export const to = (token: string, aps: object, at: number, more: Partial<Delivered> = {}): Handset.Input => ({
  _tag: "Delivered",
  push: { token, kind: "liveactivity", priority: 10, payload: JSON.stringify({ aps }) },
  at: seconds(at),
  ...more
})

export const published = (
  channelId: string,
  aps: object,
  at: number,
  priority: 5 | 10 = 5
): Handset.Input => ({
  _tag: "Delivered",
  push: { channelId, kind: "liveactivity", priority, payload: JSON.stringify({ aps }) },
  at: seconds(at)
})

export const deviceToken = (phone: Handset.Handset = fresh()): string =>
  Handset.step(phone, launched)[0].tokens.device ?? "none"

/** An ordinary push; what stands beside `aps` is said last. */
export const alertTo = (
  token: string,
  alert: unknown,
  at: number,
  more: { readonly collapseId?: string; readonly custom?: object; readonly aps?: object } = {}
): Handset.Input => ({
  _tag: "Delivered",
  push: {
    token,
    kind: "alert",
    priority: 10,
    payload: JSON.stringify({ aps: { alert, ...more.aps }, ...more.custom }),
    ...(more.collapseId === undefined ? {} : { collapseId: more.collapseId })
  },
  at: seconds(at)
})

export const silentTo = (
  token: string,
  at: number,
  custom: object = {},
  aps: object = { "content-available": 1 }
): Handset.Input => ({
  _tag: "Delivered",
  push: { token, kind: "background", priority: 5, payload: JSON.stringify({ aps, ...custom }) },
  at: seconds(at)
})

export const tick = (at: number): Handset.Input => ({ _tag: "Ticked", at: seconds(at) })

/** Launched at 0, started at 1, its update token told by 3. */
export const started = (
  more: object = {},
  phone: Handset.Handset = fresh()
): ReadonlyArray<Handset.Input> => [launched, to(startToken(phone), startOf(1, more), 1), tick(3)]

/** The update token of the nth activity that a phone of this seed starts. */
export const updateToken = (nth = 0, seed = "phone-1"): string => {
  const registration = Registration.make(seed)
  return Registration.updateToken(registration, Registration.activityId(registration, nth))
}
