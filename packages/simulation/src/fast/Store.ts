import { Instant } from "@sightscreen/decider"
import {
  type Activity,
  type BroadcastChannel,
  Cohort,
  type Edition,
  Filed,
  type Ids,
  type PushOutcome,
  type Recovery
} from "@sightscreen/domain"
import type { ActiveMatch } from "@sightscreen/domain"
import type { Process } from "./Process.ts"
import {
  type ActivityRow,
  type ChannelRow,
  channelKey,
  type DeviceRow,
  type TokenKind,
  tokenKey,
  type TokenRow
} from "./Tables.ts"

/**
 * The tables as a process uses them: each use is one at which it may fall, and a save may find that somebody else was faster.
 */
export class Store {
  readonly #of: Process

  constructor(of: Process) {
    this.#of = of
  }

  device(deviceId: Ids.DeviceId): DeviceRow | null {
    this.#of.op()
    return this.#of.tables.devices.get(deviceId) ?? null
  }

  devicesOf(userIds: Iterable<Ids.UserId>): ReadonlyArray<DeviceRow> {
    this.#of.op()
    const { devices, devicesOf } = this.#of.tables
    const found: Array<DeviceRow> = []
    for (const userId of userIds)
      for (const deviceId of devicesOf.of(userId)) found.push(devices.get(deviceId)!)
    return found
  }

  putDevice(row: DeviceRow): void {
    this.#of.op()
    this.#of.tables.putDevice(row)
  }

  removeDevice(deviceId: Ids.DeviceId, userId: Ids.UserId): void {
    this.#of.op()
    this.#of.tables.removeDevice(deviceId, userId)
  }

  tokenOn(deviceId: Ids.DeviceId, kind: TokenKind): TokenRow | null {
    return this.#of.tables.tokensOn(deviceId, kind)[0] ?? null
  }

  updateTokensOn(deviceId: Ids.DeviceId): ReadonlyArray<TokenRow> {
    this.#of.op()
    return this.#of.tables.tokensOn(deviceId, "update")
  }

  tokens(token: string): ReadonlyArray<TokenRow> {
    this.#of.op()
    const { tokens } = this.#of.tables
    return kinds.flatMap((kind) => tokens.get(tokenKey({ kind, token })) ?? [])
  }

  token(kind: TokenKind, token: string): TokenRow | null {
    this.#of.op()
    return this.#of.tables.tokens.get(tokenKey({ kind, token })) ?? null
  }

  /** A device has one valid token for alerts and one for starts; a new one takes the place of the old. */
  register(
    kind: TokenKind,
    token: string,
    whose: Pick<DeviceRow, "deviceId" | "userId">,
    activityId: Ids.ActivityId | null,
    at: Instant.Instant
  ): void {
    this.#of.op()
    const { tables } = this.#of
    const { deviceId, userId } = whose
    if (kind !== "update") {
      for (const other of tables.tokensOn(deviceId, kind))
        if (other.token !== token) this.#retire(other, "replaced", at)
    }
    const before = tables.tokens.get(tokenKey({ kind, token }))
    tables.putToken({
      token,
      kind,
      deviceId,
      userId,
      activityId,
      registeredAt: Instant.later(before?.registeredAt ?? at, at),
      suspicions: 0,
      suspectedAt: null,
      retiredAt: null,
      retiredFor: null
    })
  }

  note(
    { kind, registeredAt, token }: Pick<TokenRow, "kind" | "token" | "registeredAt">,
    suspicion: Pick<TokenRow, "suspicions" | "suspectedAt">
  ): void {
    this.#of.op()
    const row = this.#of.tables.tokens.get(tokenKey({ kind, token }))
    if (row === undefined || row.retiredAt !== null || row.registeredAt !== registeredAt) return
    this.#of.tables.putToken({ ...row, ...suspicion })
  }

  retire(
    kind: TokenKind,
    token: string,
    reason: string,
    at: Instant.Instant,
    unlessRegisteredAfter: Instant.Instant | null = null
  ): boolean {
    this.#of.op()
    const row = this.#of.tables.tokens.get(tokenKey({ kind, token }))
    if (row === undefined || row.retiredAt !== null) return false
    if (unlessRegisteredAfter !== null && row.registeredAt > unlessRegisteredAfter) return false
    this.#retire(row, reason, at)
    return true
  }

  retireOf(deviceId: Ids.DeviceId, reason: string, at: Instant.Instant): void {
    this.#of.op()
    for (const row of this.#of.tables.tokensOn(deviceId, null)) this.#retire(row, reason, at)
  }

  #retire(row: TokenRow, reason: string, at: Instant.Instant): void {
    const { journal } = this.#of.setting
    this.#of.tables.putToken({ ...row, retiredAt: at, retiredFor: reason })
    // What its activity's end says is told there.
    const why = reason.startsWith("activity ended") ? "activity ended" : (inOneWord[reason] ?? reason)
    journal.write({
      _tag: "TokenRetired",
      at: this.#of.at,
      process: this.#of.number,
      token: row.token,
      why
    })
  }

  activity(activityId: Ids.ActivityId): ActivityRow | null {
    this.#of.op()
    return this.#of.tables.activities.get(activityId) ?? null
  }

  activitiesOn(deviceId: Ids.DeviceId): ReadonlyArray<ActivityRow> {
    this.#of.op()
    return this.#of.tables.activitiesOn(deviceId)
  }

  /** Tells which of them have begun. */
  begin(
    drafts: ReadonlyArray<{ readonly row: Filed.Row; readonly state: Activity.Activity }>
  ): ReadonlyArray<ActivityRow> {
    this.#of.op()
    const { tables } = this.#of
    return drafts.flatMap(({ row, state }) => {
      if (tables.activities.has(row.activityId)) return []
      const begun: ActivityRow = {
        ...row,
        ...Filed.columns({ instance: null, activeSince: null }, state, row.cohort),
        state,
        version: 0
      }
      tables.putActivity(begun)
      return [begun]
    })
  }

  /** False where somebody has saved it since it was read. */
  saveActivity(row: ActivityRow, state: Activity.Activity, cohort: string | null): boolean {
    const { tables } = this.#of
    const { activityId, version } = row
    const found = tables.activities.get(activityId)
    if (found?.version !== version) return false
    if (this.#of.conflicts(`activity ${activityId}`, version)) {
      tables.putActivity({ ...found, version: version + 1 })
      return false
    }
    tables.putActivity({ ...row, ...Filed.columns(row, state, cohort), state, version: version + 1 })
    return true
  }

  ladder(deviceId: Ids.DeviceId): { readonly state: Recovery.Recovery; readonly version: number } | null {
    this.#of.op()
    return this.#of.tables.ladders.get(deviceId) ?? null
  }

  saveLadder(deviceId: Ids.DeviceId, version: number | null, state: Recovery.Recovery): boolean {
    this.#of.op()
    const { ladders } = this.#of.tables
    const found = ladders.get(deviceId)
    if ((found?.version ?? null) !== version) return false
    if (found !== undefined && this.#of.conflicts(`ladder ${deviceId}`, found.version)) {
      ladders.set(deviceId, { ...found, version: found.version + 1 })
      return false
    }
    ladders.set(deviceId, { state, version: version === null ? 0 : version + 1 })
    return true
  }

  channelsOf(matchId: Ids.MatchId): ReadonlyArray<ChannelRow> {
    this.#of.op()
    const found: Array<ChannelRow> = []
    for (const row of this.#of.tables.channels.values()) if (row.matchId === matchId) found.push(row)
    return found
  }

  channel(matchId: Ids.MatchId, cohort: Cohort.Cohort): ChannelRow | null {
    this.#of.op()
    return this.#of.tables.channels.get(channelKey(matchId, Cohort.nameOf(cohort))) ?? null
  }

  hasChannel(channelId: string): boolean {
    this.#of.op()
    for (const { channel } of this.#of.tables.channels.values())
      if ("channelId" in channel && channel.channelId === channelId) return true
    return false
  }

  wantChannel(matchId: Ids.MatchId, cohort: string, channel: BroadcastChannel.BroadcastChannel): void {
    const { channels } = this.#of.tables
    const key = channelKey(matchId, cohort)
    if (!channels.has(key)) channels.set(key, { matchId, cohort, channel, end: null, version: 0 })
  }

  saveChannel(
    row: ChannelRow,
    channel: BroadcastChannel.BroadcastChannel,
    end: Edition.Edition | null
  ): boolean {
    this.#of.op()
    const { channels } = this.#of.tables
    const key = channelKey(row.matchId, row.cohort)
    const found = channels.get(key)
    if (found?.version !== row.version) return false
    if (this.#of.conflicts(`channel ${key}`, row.version)) {
      channels.set(key, { ...found, version: row.version + 1 })
      return false
    }
    channels.set(key, { ...row, channel, end, version: row.version + 1 })
    return true
  }

  removeChannel(row: ChannelRow): void {
    this.#of.op()
    this.#of.tables.channels.delete(channelKey(row.matchId, row.cohort))
  }

  /** The state of a match, and with it what must not be lost of what it says. False where somebody else has saved it. */
  saveMatch(
    matchId: Ids.MatchId,
    version: number,
    state: ActiveMatch.ActiveMatch,
    kept: ReadonlyArray<Edition.Edition>
  ): boolean {
    this.#of.op()
    const { editions, matches } = this.#of.tables
    const row = matches.get(matchId)
    if (row === undefined) return false
    if (this.#of.conflicts(`match ${matchId}`, version)) {
      matches.set(matchId, { ...row, version: row.version + 1 })
      return false
    }
    if (row.version !== version) return false
    matches.set(matchId, { state, version: version + 1, updatedAt: this.#of.now })
    for (const edition of kept)
      if (!editions.has(edition.id)) editions.set(edition.id, { edition, finished: false })
    return true
  }

  pending(): ReadonlyArray<Edition.Edition> {
    this.#of.op()
    const found: Array<Edition.Edition> = []
    for (const { edition, finished } of this.#of.tables.editions.values()) if (!finished) found.push(edition)
    return found
  }

  finish(editionId: string): void {
    this.#of.op()
    const row = this.#of.tables.editions.get(editionId)
    if (row !== undefined) this.#of.tables.editions.set(editionId, { ...row, finished: true })
  }

  record(pushId: Ids.PushId, verdict: PushOutcome.Outcome["_tag"]): void {
    this.#of.tables.ledger.set(pushId, verdict)
  }
}

const kinds: ReadonlyArray<TokenKind> = ["alert", "start", "update"]

const inOneWord: Readonly<Record<string, string>> = {
  rotated: "replaced",
  superseded: "replaced",
  "works in production": "moved"
}
