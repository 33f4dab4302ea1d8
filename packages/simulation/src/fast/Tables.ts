import { Instant } from "@sightscreen/decider"
import {
  type Activity,
  type ActiveMatch,
  Attempt,
  BroadcastChannel,
  type Edition,
  Filed,
  type Ids,
  type PushOutcome,
  type PushToken,
  type Recovery,
  type Snapshot,
  type Status
} from "@sightscreen/domain"

/**
 * What outlives a process: the rows of every table, as plain data in maps.
 *
 * Rows are never changed, only replaced; who saves one that somebody else has saved since is refused, as in a database. What
 * states hold stands there as it is: that it can be written down and read again is tried elsewhere.
 */
export interface Fixture {
  readonly info: Snapshot.MatchInfo
  readonly status: Status.Status
}

export interface MatchRow {
  readonly state: ActiveMatch.ActiveMatch
  readonly version: number
  readonly updatedAt: Instant.Instant
}

export interface EditionRow {
  readonly edition: Edition.Edition
  readonly finished: boolean
}

export interface DeviceRow extends Filed.Phone {
  readonly osVersion: string
  readonly lastSeenAt: Instant.Instant
}

export type TokenKind = "alert" | "start" | "update"

export interface TokenRow extends PushToken.Columns {
  readonly token: string
  readonly kind: TokenKind
  readonly deviceId: Ids.DeviceId
  readonly userId: Ids.UserId
  readonly activityId: Ids.ActivityId | null
}

export interface ActivityRow extends Filed.Row, Filed.Columns {
  readonly cohort: string | null
  readonly instance: string | null
  readonly version: number
  readonly state: Activity.Activity
}

export interface LadderRow {
  readonly state: Recovery.Recovery
  readonly version: number
}

export interface ChannelRow {
  readonly matchId: Ids.MatchId
  readonly cohort: string
  readonly channel: BroadcastChannel.BroadcastChannel
  /** What is published again after the end. */
  readonly end: Edition.Edition | null
  readonly version: number
}

/** What the fleet's bearer tokens are made from: one for all processes. */
export interface Bearer {
  readonly issuedAt: Instant.Instant
  readonly spent: boolean
}

export class Tables {
  readonly fixtures = new Map<Ids.MatchId, Fixture>()
  readonly matches = new Map<Ids.MatchId, MatchRow>()
  readonly editions = new Map<string, EditionRow>()
  readonly follows = new Map<Ids.UserId, Instant.Instant>()
  readonly devices = new Map<Ids.DeviceId, DeviceRow>()
  readonly devicesOf = new Groups<Ids.UserId, Ids.DeviceId>()
  /** By token and kind. */
  readonly tokens = new Map<string, TokenRow>()
  readonly tokensOf = new Groups<Ids.DeviceId, string>()
  readonly activities = new Map<Ids.ActivityId, ActivityRow>()
  readonly activitiesOf = new Groups<Ids.DeviceId, Ids.ActivityId>()
  /** Active ones that have a token, by their cohort. */
  readonly audience = new Groups<string, Ids.ActivityId>()
  readonly joined = new Groups<string, Ids.ActivityId>()
  readonly ladders = new Map<Ids.DeviceId, LadderRow>()
  readonly channels = new Map<string, ChannelRow>()
  readonly notices = new Set<string>()
  /** Phones whose owners are to be told of the match and have not been, and when that was tried last. */
  readonly owed = new Map<Ids.DeviceId, Instant.Instant>()
  readonly ledger = new Map<Ids.PushId, PushOutcome.Outcome["_tag"]>()
  bearer: Bearer | null = null

  /** The ledger says that Apple has taken a push, or may have. */
  isTaken(pushId: string): boolean {
    const verdict = this.ledger.get(pushId as Ids.PushId)
    return verdict !== undefined && Attempt.perhapsTaken.includes(verdict)
  }

  putDevice(row: DeviceRow): void {
    const before = this.devices.get(row.deviceId)
    if (before !== undefined && before.userId !== row.userId)
      this.devicesOf.remove(before.userId, row.deviceId)
    this.devices.set(row.deviceId, row)
    this.devicesOf.add(row.userId, row.deviceId)
  }

  removeDevice(deviceId: Ids.DeviceId, userId: Ids.UserId): void {
    if (this.devices.get(deviceId)?.userId !== userId) return
    this.devices.delete(deviceId)
    this.devicesOf.remove(userId, deviceId)
  }

  putToken(row: TokenRow): void {
    const key = tokenKey(row)
    const before = this.tokens.get(key)
    if (before !== undefined && before.deviceId !== row.deviceId) this.tokensOf.remove(before.deviceId, key)
    this.tokens.set(key, row)
    this.tokensOf.add(row.deviceId, key)
  }

  /** The living tokens of a device. */
  tokensOn(deviceId: Ids.DeviceId, kind: TokenKind | null): ReadonlyArray<TokenRow> {
    const found: Array<TokenRow> = []
    for (const key of this.tokensOf.of(deviceId)) {
      const row = this.tokens.get(key)!
      if (row.retiredAt === null && (kind === null || row.kind === kind)) found.push(row)
    }
    return found
  }

  putActivity(row: ActivityRow): void {
    const { activityId } = row
    const before = this.activities.get(activityId)
    if (before !== undefined) this.#unlist(before)
    else this.activitiesOf.add(row.deviceId, activityId)
    this.activities.set(activityId, row)
    if (row.updateToken !== null && row.cohort !== null) this.audience.add(row.cohort, activityId)
    if (row.channelId !== null) this.joined.add(row.channelId, activityId)
  }

  #unlist({ activityId, channelId, cohort, updateToken }: ActivityRow): void {
    if (updateToken !== null && cohort !== null) this.audience.remove(cohort, activityId)
    if (channelId !== null) this.joined.remove(channelId, activityId)
  }

  dropActivity(activityId: Ids.ActivityId): void {
    const row = this.activities.get(activityId)
    if (row === undefined) return
    this.#unlist(row)
    this.activities.delete(activityId)
    this.activitiesOf.remove(row.deviceId, activityId)
  }

  activitiesOn(deviceId: Ids.DeviceId): ReadonlyArray<ActivityRow> {
    const found: Array<ActivityRow> = []
    for (const id of this.activitiesOf.of(deviceId)) found.push(this.activities.get(id)!)
    return found
  }

  /** The last of a match on a device. */
  newestOn(deviceId: Ids.DeviceId, matchId: Ids.MatchId): ActivityRow | null {
    return Filed.newest(this.activitiesOn(deviceId), matchId)
  }
}

export const tokenKey = ({ kind, token }: Pick<TokenRow, "kind" | "token">): string => `${kind}/${token}`

export const channelKey = (matchId: Ids.MatchId, cohort: string): string => `${matchId}/${cohort}`

/** Members of groups, each in the order in which it was added. */
export class Groups<G, M> {
  readonly #groups = new Map<G, Set<M>>()

  add(group: G, member: M): void {
    const members = this.#groups.get(group)
    if (members === undefined) this.#groups.set(group, new Set([member]))
    else members.add(member)
  }

  remove(group: G, member: M): void {
    const members = this.#groups.get(group)
    if (members?.delete(member) === true && members.size === 0) this.#groups.delete(group)
  }

  of(group: G): ReadonlySet<M> {
    return this.#groups.get(group) ?? (nobody as ReadonlySet<never>)
  }
}

const nobody: ReadonlySet<never> = new Set()
