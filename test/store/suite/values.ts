import { Instant } from "@sightscreen/decider"
import { Ids, type Outcome, type Status } from "@sightscreen/domain"
import type {
  Activities,
  BroadcastChannels,
  Decisions,
  Deliveries,
  Devices,
  Fixtures,
  PushTokens
} from "@sightscreen/store"

/** Values for tests of the tables. Tests share their database, so each names its own match, user or device. */
export const match = (name: string) => Ids.MatchId.make(name)
export const user = (name: string) => Ids.UserId.make(name)
export const device = (name: string) => Ids.DeviceId.make(name)
export const activity = (name: string) => Ids.ActivityId.make(name)
export const push = (n: number) => Ids.PushId.make(`00000000-0000-4000-8000-${String(n).padStart(12, "0")}`)

/** A minute of some afternoon. */
export const minute = (n: number): Instant.Instant => Instant.fromMillis(1_750_000_000_000 + n * 60_000)
export const stamp = (n: number): Instant.EpochSeconds => Instant.toSeconds(minute(n))

export const fixture = (
  name: string,
  at: {
    readonly starts?: number
    readonly updated?: number
    readonly status?: Status.Status
    readonly outcome?: Outcome.Outcome
  } = {}
): Fixtures.Fixture => ({
  matchId: match(name),
  info: {
    matchId: match(name),
    format: { kind: "t20", ballsPerOver: 6, overs: 20, innings: 2 },
    home: { name: "Königsberg “A” 🏏", code: "KON" },
    away: { name: "Away", code: "AWY" },
    competition: "Cup",
    venue: null,
    startsAt: minute(at.starts ?? 0)
  },
  status: at.status ?? "scheduled",
  outcome: at.outcome ?? null,
  updatedAt: minute(at.updated ?? 0)
})

export const phone = (name: string, owner: string, more: Partial<Devices.Device> = {}): Devices.Device => ({
  deviceId: device(name),
  userId: user(owner),
  osVersion: "18.5",
  appVersion: "3.1.0",
  schemaVersion: 2,
  frequentUpdates: true,
  language: "en",
  lastSeenAt: minute(0),
  ...more
})

export const token = (
  letters: string,
  kind: PushTokens.Kind,
  on: string,
  at: number,
  more: Partial<PushTokens.Registration> = {}
): PushTokens.Registration => ({
  token: letters,
  kind,
  environment: "production",
  bundleId: "app.sightscreen",
  deviceId: device(on),
  userId: user(`owner of ${on}`),
  registeredAt: minute(at),
  activityId: null,
  ...more
})

export const live = (
  name: string,
  of: string,
  on: string,
  more: Partial<Activities.Draft> = {}
): Activities.Draft => ({
  activityId: activity(name),
  matchId: match(of),
  deviceId: device(on),
  userId: user(`owner of ${on}`),
  generation: 1,
  status: "pending",
  updateToken: null,
  cohort: null,
  instance: null,
  channelId: null,
  activeSince: null,
  state: { started: false },
  updatedAt: minute(0),
  ...more
})

export const delivery = (
  n: number,
  of: string,
  more: Partial<Deliveries.Delivery> = {}
): Deliveries.Delivery => ({
  pushId: push(n),
  matchId: match(of),
  activityId: null,
  tokenTail: "c0ffee",
  kind: "update",
  stamp: stamp(0),
  priority: 5,
  alert: false,
  sentAt: minute(0),
  verdict: "Accepted",
  reason: null,
  deviceId: null,
  cause: null,
  cohort: null,
  ...more
})

export const decision = (
  of: string | null,
  kind: string,
  more: Partial<Decisions.Entry> = {}
): Decisions.Entry => ({
  matchId: of === null ? null : match(of),
  deviceId: null,
  activityId: null,
  at: minute(0),
  kind,
  stamp: null,
  body: null,
  ...more
})

export const channel = (
  of: string,
  cohort: string,
  more: Partial<BroadcastChannels.Draft> = {}
): BroadcastChannels.Draft => ({
  matchId: match(of),
  cohort,
  environment: "production",
  bundleId: "app.sightscreen",
  channelId: null,
  state: { asked: true },
  updatedAt: minute(0),
  ...more
})
