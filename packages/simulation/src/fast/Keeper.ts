import { Activity, Budget, Filed, Handover, type Ids, Language, Report } from "@sightscreen/domain"
import type { Place } from "./Coordinator.ts"
import type { Stepped } from "./Desk.ts"
import type { Task } from "./Loop.ts"
import type { Server } from "./Server.ts"
import type { ActivityRow, DeviceRow, TokenKind, TokenRow } from "./Tables.ts"
import type { Facts } from "../Errand.ts"

interface Said {
  readonly userId: Ids.UserId
  readonly deviceId: Ids.DeviceId
  readonly matchId: Ids.MatchId
  readonly instance: string
}

/** The single writer of what phones report. */
export class Keeper {
  readonly #server: Server

  constructor(server: Server) {
    this.#server = server
  }

  #owned(userId: Ids.UserId, deviceId: Ids.DeviceId): DeviceRow | null {
    const device = this.#server.store.device(deviceId)
    return device === null || device.userId !== userId ? null : device
  }

  #place(matchId: Ids.MatchId): Place {
    return this.#server.orchestrator.place(matchId)
  }

  #strike({ reason, token }: Report.Struck): void {
    this.#server.store.retire("update", token, reason, this.#server.process.now)
  }

  *#carryOut(matchId: Ids.MatchId, said: ReadonlyArray<Stepped>): Task {
    if (said.length === 0) return
    yield* this.#server.coordinator.carryOut(this.#place(matchId), said)
    for (const one of said) {
      const struck = Report.ended(one)
      if (struck !== null) this.#strike(struck)
    }
  }

  *#tell(rows: ReadonlyArray<ActivityRow>, input: Activity.Input): Task {
    for (const [matchId, some] of Map.groupBy(rows, (row) => row.matchId))
      yield* this.#carryOut(matchId, this.#server.desk.insist(some, input))
  }

  /** Ends that were written down and, because all broke off, were not sent. Gives the activities that ended so lately. */
  *#payEnds(rows: ReadonlyArray<ActivityRow>, reason: Activity.EndReason): Task<ReadonlyArray<ActivityRow>> {
    const { process, store } = this.#server
    const ended = rows.filter(({ state }) => Report.isOwedEnd(state, reason, process.now))
    for (const row of ended) {
      for (const { activityId, token } of store.updateTokensOn(row.deviceId)) {
        if (activityId !== row.activityId) continue
        const output: Activity.Output = { _tag: "End", address: { _tag: "Token", token }, reason }
        yield* this.#carryOut(row.matchId, [{ row, before: row.state, after: row.state, output }])
      }
    }
    return ended
  }

  /** What a phone shows that has left this person's hands. */
  *#clear(rows: ReadonlyArray<ActivityRow>, isGone: (row: ActivityRow) => boolean): Task {
    const former = rows.filter(isGone)
    yield* this.#payEnds(former, "disowned")
    const gone = former.filter(({ state }) => state._tag !== "Ended")
    yield* this.#tell(gone, { _tag: "Disowned", at: this.#server.process.now })
  }

  /** Nothing is started on it from here on, so that no round begins anew what is ended here. */
  *#abandon(
    deviceId: Ids.DeviceId,
    userId: Ids.UserId,
    reason: string,
    isGone: (row: ActivityRow) => boolean
  ): Task {
    const { process, store } = this.#server
    const start = store.tokenOn(deviceId, "start")
    if (start !== null) store.retire("start", start.token, reason, process.now)
    yield* this.#clear(store.activitiesOn(deviceId), isGone)
    store.retireOf(deviceId, reason, process.now)
    store.removeDevice(deviceId, userId)
  }

  *#displace(token: string, kind: TokenKind, to: Ids.DeviceId): Task {
    const { store } = this.#server
    for (const deviceId of Handover.displaced(store.tokens(token), kind, to)) {
      const before = store.device(deviceId)
      // One that has been displaced already, or has signed out.
      if (before === null) continue
      yield* this.#abandon(deviceId, before.userId, "disowned", () => true)
    }
  }

  *device(userId: Ids.UserId, deviceId: Ids.DeviceId, facts: Facts): Task {
    const { process, store } = this.#server
    const at = process.now
    const { deviceToken, frequentUpdates, osVersion, schemaVersion } = facts
    if (deviceToken !== null) yield* this.#displace(deviceToken, "alert", deviceId)
    const row: DeviceRow = {
      deviceId,
      userId,
      osVersion,
      schemaVersion,
      frequentUpdates,
      language: Language.of(facts.language),
      lastSeenAt: at
    }
    store.putDevice(row)
    if (deviceToken !== null) store.register("alert", deviceToken, row, null, at)
    const rows = store.activitiesOn(deviceId)
    // A phone that has changed hands shows nothing of its former owner's.
    yield* this.#clear(rows, (one) => one.userId !== userId)
    const filed = rows.map((one) => ({ row: one, state: one.state }))
    const ended = Handover.switched(filed, userId, Budget.levelOf(frequentUpdates))
    yield* this.#tell(ended, { _tag: "Lost", at })
    yield* this.#tell(Handover.reopened(filed, userId), { _tag: "AppRan", at })
  }

  *signedOut(userId: Ids.UserId, deviceId: Ids.DeviceId): Task {
    if (this.#owned(userId, deviceId) === null) return
    yield* this.#abandon(deviceId, userId, "signed out", (row) => row.userId === userId)
  }

  *startToken(userId: Ids.UserId, deviceId: Ids.DeviceId, token: string): Task {
    const { desk, ladders, orchestrator, process, store } = this.#server
    const phone = this.#owned(userId, deviceId)
    if (phone === null) return
    const at = process.now
    const known = store.tokenOn(deviceId, "start")
    if (known?.token === token) {
      if (!Handover.isEcho(known, userId, at)) store.register("start", token, phone, null, at)
      return
    }
    yield* this.#displace(token, "start", deviceId)
    // The token comes last: once it is known, the same report again is an echo.
    yield* ladders.hear([{ deviceId, input: { _tag: "StartTokenReported", isNew: true, at } }])
    const failed = store
      .activitiesOn(deviceId)
      .filter((row) => row.userId === userId && row.status === "failed")
    desk.insist(failed, { _tag: "Wanted", at })
    store.register("start", token, phone, null, at)
    if (process.tables.follows.has(userId)) yield* orchestrator.welcome(this.#server.matchId, userId)
  }

  #claim(
    phone: DeviceRow,
    report: Report.Report,
    rows: ReadonlyArray<ActivityRow>,
    known: ReadonlyArray<TokenRow>
  ): ActivityRow | null {
    const { process, store } = this.#server
    const found = Report.claim(
      report,
      rows.map((row) => ({ row, state: row.state })),
      known.map(({ activityId }) => activityId)
    )
    if (found._tag === "Its") return found.row
    if (!process.tables.follows.has(report.userId)) return found.else
    const row = Filed.first(report.matchId, phone, found.generation)
    store.begin([{ row, state: Activity.wanted }])
    return store.activity(row.activityId)
  }

  *#reported(
    { deviceId, instance, matchId, userId }: Said,
    address: Activity.Address,
    phone: DeviceRow,
    known: ReadonlyArray<TokenRow>,
    isReached = true
  ): Task {
    const { coordinator, desk, process, store } = this.#server
    const rows = store.activitiesOn(deviceId)
    const past = known.find((one) => one.kind === "update" && one.deviceId === deviceId)
    const filed = rows.map((row) => ({ row, state: row.state }))
    const fate = Report.ofKnown(past, filed)
    if (fate === "turn away") yield* coordinator.turnAway(this.#place(matchId), deviceId, address)
    if (fate !== "claim") return
    if (Report.isGone({ userId, matchId, instance }, filed)) return
    const row = this.#claim(phone, { userId, matchId, instance, address }, rows, known)
    if (row === null) return yield* coordinator.turnAway(this.#place(matchId), deviceId, address)
    const at = process.now
    if (address._tag === "Token") store.register("update", address.token, phone, row.activityId, at)
    const said = desk.insist(
      [row],
      isReached ? { _tag: "Reported", address, instance, at } : { _tag: "Stranded", address, at }
    )
    for (const struck of Report.forsaken(said)) this.#strike(struck)
    yield* this.#carryOut(matchId, said)
  }

  *updateToken(report: Said, token: string): Task {
    const phone = this.#owned(report.userId, report.deviceId)
    if (phone === null) return
    const known = this.#server.store.tokens(token)
    if (known.some(({ kind }) => kind === "start")) return
    yield* this.#reported(report, { _tag: "Token", token }, phone, known)
  }

  *joined(report: Said, channelId: string): Task {
    const phone = this.#owned(report.userId, report.deviceId)
    if (phone === null) return
    // A phone whose app could not run may come with one that Apple has lost long ago.
    const isReached = this.#server.store.hasChannel(channelId)
    yield* this.#reported(report, { _tag: "Channel", channelId }, phone, [], isReached)
  }

  *dismissed({ deviceId, instance, matchId, userId }: Said, by: "person" | "system"): Task {
    const { ladders, process, store } = this.#server
    if (this.#owned(userId, deviceId) === null) return
    // What has left the screen was on it: a start has come to something, whether or not its token was ever told.
    yield* ladders.hear([{ deviceId, input: { _tag: "StartAnswered", matchId, at: process.now } }])
    const filed = store.activitiesOn(deviceId).map((row) => ({ row, state: row.state }))
    const at = process.now
    const others = Report.survivors({ userId, matchId, instance }, filed)
    this.#server.desk.insist(others, { _tag: "OtherGone", instance, at })
    const found = Report.dismissed({ userId, matchId, instance }, filed)
    if (found === null) return
    const [, outputs] = Activity.step(found.state, { _tag: "Dismissed", by, at })
    // The follow goes first: a round that found the activity ended and its owner following would begin another.
    if (outputs.some(({ _tag }) => _tag === "Unfollow"))
      yield* this.unfollowed(userId, matchId, found.row.activityId)
    yield* this.#tell([found.row], { _tag: "Dismissed", by, at })
  }

  *followed(userId: Ids.UserId, matchId: Ids.MatchId): Task {
    const { orchestrator, process } = this.#server
    const { follows } = process.tables
    process.op()
    if (!follows.has(userId)) follows.set(userId, process.now)
    yield* orchestrator.welcome(matchId, userId)
  }

  /** Ends the follow, and the activity on every phone of the person, but for one that is gone already. */
  *unfollowed(userId: Ids.UserId, matchId: Ids.MatchId, but: Ids.ActivityId | null = null): Task {
    const { notifier, process } = this.#server
    process.op()
    const isFirst = process.tables.follows.delete(userId)
    const rows = [...process.tables.activities.values()].filter(
      (row) => row.userId === userId && row.matchId === matchId
    )
    // Asked once more, whoever asked heard no answer: what is written down may not have been sent.
    if (!isFirst) {
      const ended = yield* this.#payEnds(rows, "unfollowed")
      const joined = ended.filter(Filed.listens)
      notifier.recall(
        matchId,
        joined.map(({ deviceId }) => deviceId)
      )
    }
    yield* this.#tell(
      rows.filter(({ activityId }) => activityId !== but),
      { _tag: "Unfollowed", at: process.now }
    )
  }
}
