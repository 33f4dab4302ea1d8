import type { Instant } from "@sightscreen/decider"
import { Activity, Budget, Filed, Handover, type Ids, Report } from "@sightscreen/domain"
import { Activities, BroadcastChannels, Devices, type Fault, Follows, PushTokens } from "@sightscreen/store"
import { Context, Effect, Layer } from "effect"
import { ActivityDesk, draft, filed, stateOf, type Stepped } from "./ActivityDesk.ts"
import { AppSettings } from "./AppSettings.ts"
import { LACoordinator } from "./LACoordinator.ts"
import { MatchOrchestrator } from "./MatchOrchestrator.ts"
import { Notifier } from "./Notifier.ts"
import { now } from "./Now.ts"
import { phoneOf } from "./Phones.ts"
import { RecoveryWard } from "./RecoveryWard.ts"

/** Where a token works, as the phone says. */
export interface Reported {
  readonly token: string
  readonly environment: PushTokens.Environment
  readonly bundleId: string
}

/** What a phone says of itself. */
export interface DeviceReport extends Omit<Devices.Device, "lastSeenAt"> {
  /** For ordinary pushes, where the phone has one. */
  readonly deviceToken: Reported | null
  /** For calls. */
  readonly voipToken: Reported | null
}

/** An activity of a match that is on a phone's screen. */
export interface ActivityReport {
  readonly userId: Ids.UserId
  readonly deviceId: Ids.DeviceId
  readonly matchId: Ids.MatchId
  /** ActivityKit's own name for it, where the app says so. */
  readonly instance: string | null
}

/** What became of a report; each is something the phone is told. */
export type Reception = "taken" | "no such device" | "no such match" | "not an update token"

/**
 * The single writer of what phones report: devices, start tokens, update tokens, dismissals.
 */
export class TokenKeeper extends Context.Service<
  TokenKeeper,
  {
    readonly device: (device: DeviceReport) => Effect.Effect<void, Fault.Fault>
    /** The person has signed out on the device: it shows nothing more, and nothing is sent to it. */
    readonly signedOut: (userId: Ids.UserId, deviceId: Ids.DeviceId) => Effect.Effect<Reception, Fault.Fault>
    readonly startToken: (
      userId: Ids.UserId,
      deviceId: Ids.DeviceId,
      reported: Reported
    ) => Effect.Effect<Reception, Fault.Fault>
    /** An activity has an update token, a first or another one. */
    readonly updateToken: (
      report: ActivityReport,
      reported: Reported
    ) => Effect.Effect<Reception, Fault.Fault>
    /** An activity listens to a channel. */
    readonly joined: (report: ActivityReport, channelId: string) => Effect.Effect<Reception, Fault.Fault>
    /** An activity has left the screen. */
    readonly dismissed: (
      report: ActivityReport,
      by: "person" | "system"
    ) => Effect.Effect<Reception, Fault.Fault>
    readonly unfollowed: (userId: Ids.UserId, matchId: Ids.MatchId) => Effect.Effect<void, Fault.Fault>
  }
>()("@sightscreen/engine/TokenKeeper") {
  static readonly layer = Layer.effect(
    TokenKeeper,
    Effect.gen(function* () {
      const devices = yield* Devices.Devices
      const tokens = yield* PushTokens.PushTokens
      const activities = yield* Activities.Activities
      const channels = yield* BroadcastChannels.BroadcastChannels
      const follows = yield* Follows.Follows
      const { bundleId, environment } = yield* AppSettings
      const desk = yield* ActivityDesk
      const coordinator = yield* LACoordinator
      const notifier = yield* Notifier
      const orchestrator = yield* MatchOrchestrator

      const ladders = yield* RecoveryWard

      /** The device, if it is this person's. Somebody else's is nobody's business, and so does not exist. */
      const owned = (userId: Ids.UserId, deviceId: Ids.DeviceId) =>
        Effect.map(devices.get(deviceId), (device) =>
          device === null || device.userId !== userId ? null : device
        )

      const isOurs = ({ bundleId: ofApp, environment: at }: Reported): boolean =>
        at === environment && ofApp === bundleId

      const strike = ({ reason, token }: Report.Struck) =>
        Effect.flatMap(now, (at) =>
          tokens.retire(
            { token, kind: "update", environment, bundleId },
            { reason, at, unlessRegisteredAfter: null }
          )
        )

      /**
       * What activities say is done; then where those were that are told to end is struck out: an update token of an ended
       * activity that is not is owed its end.
       */
      const carryOut = Effect.fnUntraced(function* (matchId: Ids.MatchId, said: ReadonlyArray<Stepped>) {
        if (said.length === 0) return
        yield* coordinator.carryOut(yield* orchestrator.place(matchId), said)
        for (const { output } of said) {
          const struck = Report.ended({ output })
          if (struck !== null) yield* strike(struck)
        }
      })

      /** Tells activities of any matches, and carries out what they say. */
      const tell = Effect.fnUntraced(function* (
        rows: ReadonlyArray<Activities.Activity>,
        input: Activity.Input
      ) {
        for (const [matchId, some] of Map.groupBy(rows, (row) => row.matchId))
          yield* carryOut(matchId, yield* desk.insist(some, input))
      })

      /** Ends that were written down and, because all broke off, were not sent. Gives the activities that ended so lately. */
      const payEnds = Effect.fnUntraced(function* (
        rows: ReadonlyArray<Activities.Activity>,
        reason: Activity.EndReason
      ) {
        const at = yield* now
        const ended = new Map(
          filed(rows).flatMap((one) =>
            Report.isOwedEnd(one.state, reason, at) ? [[one.row.activityId, one] as const] : []
          )
        )
        if (ended.size === 0) return []
        const deviceIds = [...ended.values()].map(({ row }) => row.deviceId)
        for (const { activityId, token, ...where } of yield* tokens.ofDevices("update", deviceIds)) {
          const owed = activityId === null ? undefined : ended.get(activityId)
          if (owed === undefined || !isOurs({ ...where, token })) continue
          const output: Activity.Output = { _tag: "End", address: { _tag: "Token", token }, reason }
          const { row, state } = owed
          yield* carryOut(row.matchId, [{ row, before: state, after: state, output }])
        }
        return [...ended.values()].map(({ row }) => row)
      })

      const register = (
        report: Reported,
        kind: PushTokens.Kind,
        whose: Pick<Devices.Device, "deviceId" | "userId">,
        at: Instant.Instant,
        activityId: Ids.ActivityId | null = null
      ) =>
        tokens.register({
          ...report,
          token: report.token.toLowerCase(),
          kind,
          deviceId: whose.deviceId,
          userId: whose.userId,
          registeredAt: at,
          activityId
        })

      /** What a phone shows that has left this person's hands: the app may not run, so each is told. */
      const clear = Effect.fnUntraced(function* (
        rows: ReadonlyArray<Activities.Activity>,
        isGone: (row: Activities.Activity) => boolean
      ) {
        const former = rows.filter(isGone)
        yield* payEnds(former, "disowned")
        const gone = former.filter((row) => stateOf(row)._tag !== "Ended")
        yield* tell(gone, { _tag: "Disowned", at: yield* now })
      })

      /** Nothing is started on it from here on, so that no round begins anew what is ended here. */
      const abandon = Effect.fnUntraced(function* (
        deviceId: Ids.DeviceId,
        userId: Ids.UserId,
        reason: string,
        isGone: (row: Activities.Activity) => boolean
      ) {
        const retired = { reason, at: yield* now, unlessRegisteredAfter: null }
        for (const start of yield* tokens.ofDevices("start", [deviceId])) yield* tokens.retire(start, retired)
        yield* clear(yield* activities.ofDevice(deviceId), isGone)
        yield* tokens.retireOf([deviceId], reason, yield* now)
        yield* devices.remove(deviceId, userId)
      })

      /**
       * A token that turns up on another device: it is the same phone, under another name or in other hands. What the phone
       * showed under its former name is ended, and nothing is sent there any more.
       */
      const displace = Effect.fnUntraced(function* (token: string, kind: PushTokens.Kind, to: Ids.DeviceId) {
        const known = yield* tokens.byToken(token.toLowerCase())
        for (const deviceId of Handover.displaced(known, kind, to)) {
          const before = yield* devices.get(deviceId)
          // One that has been displaced already, or has signed out.
          if (before !== null) yield* abandon(deviceId, before.userId, "disowned", () => true)
        }
      })

      const device = Effect.fnUntraced(function* ({ deviceToken, voipToken, ...given }: DeviceReport) {
        const at = yield* now
        const { deviceId, userId } = given
        if (deviceToken !== null) yield* displace(deviceToken.token, "alert", deviceId)
        if (voipToken !== null) yield* displace(voipToken.token, "voip", deviceId)
        yield* devices.register({ ...given, lastSeenAt: at })
        if (deviceToken !== null) yield* register(deviceToken, "alert", given, at)
        if (voipToken !== null) yield* register(voipToken, "voip", given, at)
        // Should this break off, the same report once more does the rest.
        const rows = yield* activities.ofDevice(deviceId)
        // A phone that has changed hands shows nothing of its former owner's.
        yield* clear(rows, (row) => row.userId !== userId)
        const level = Budget.levelOf(given.frequentUpdates)
        const ended = Handover.switched(filed(rows), userId, level)
        yield* tell(ended, { _tag: "Lost", at })
        yield* tell(Handover.reopened(filed(rows), userId), { _tag: "AppRan", at })
      })

      const signedOut = Effect.fnUntraced(function* (userId: Ids.UserId, deviceId: Ids.DeviceId) {
        if ((yield* owned(userId, deviceId)) === null) return "no such device" as const
        yield* abandon(deviceId, userId, "signed out", (row) => row.userId === userId)
        return "taken" as const
      })

      const startToken = Effect.fnUntraced(function* (
        userId: Ids.UserId,
        deviceId: Ids.DeviceId,
        reported: Reported
      ) {
        const [phone, living] = yield* Effect.all(
          [owned(userId, deviceId), tokens.ofDevices("start", [deviceId])],
          { concurrency: 2 }
        )
        if (phone === null) return "no such device" as const
        const at = yield* now
        const token = reported.token.toLowerCase()
        const known = living.find((one) => isSame(one, { ...reported, token }))
        if (known !== undefined) {
          if (!Handover.isEcho(known, userId, at)) yield* register(reported, "start", phone, at)
          return "taken" as const
        }
        yield* displace(token, "start", deviceId)
        if (!isOurs(reported)) {
          yield* register(reported, "start", phone, at)
          return "taken" as const
        }
        // The token comes last: once it is known, the same report again is an echo. Should this break off after that, the
        // next round finds the ladder free and asks for what waits.
        yield* ladders.hear([{ deviceId, input: { _tag: "StartTokenReported", isNew: true, at } }])
        const failed = (yield* activities.ofDevice(deviceId)).filter(
          (row) => row.userId === userId && row.status === "failed"
        )
        yield* desk.insist(failed, { _tag: "Wanted", at })
        yield* register(reported, "start", phone, at)
        for (const { matchId } of yield* follows.ofUser(userId)) yield* orchestrator.welcome(matchId, userId)
        return "taken" as const
      })

      /** The activity that a report is of; one that the app has begun by itself is written down, where it is wanted. */
      const claim = Effect.fnUntraced(function* (
        phone: Devices.Device,
        report: Report.Report,
        rows: ReadonlyArray<Activities.Activity>,
        known: ReadonlyArray<PushTokens.PushToken>
      ) {
        const found = Report.claim(
          report,
          filed(rows),
          known.map(({ activityId }) => activityId)
        )
        if (found._tag === "Its") return found.row
        const { matchId, userId } = report
        if (!(yield* follows.has(userId, matchId))) return found.else
        const at = yield* now
        const one = draft(matchId, phoneOf(phone, at), found.generation, at)
        yield* activities.insert([one])
        return yield* activities.get(one.activityId)
      })

      const reported = Effect.fnUntraced(function* (
        report: ActivityReport,
        phone: Devices.Device,
        rows: ReadonlyArray<Activities.Activity>,
        address: Activity.Address,
        token: Reported | null,
        known: ReadonlyArray<PushTokens.PushToken>,
        isReached = true
      ) {
        const { deviceId, instance, matchId } = report
        const ours = token === null || isOurs(token)
        const turnAway = Effect.gen(function* () {
          if (ours) yield* coordinator.turnAway(yield* orchestrator.place(matchId), deviceId, address)
        })
        const past = known.find((one) => one.kind === "update" && one.deviceId === deviceId)
        const fate = Report.ofKnown(past, filed(rows))
        if (fate === "turn away") yield* turnAway
        if (fate !== "claim") return "taken" as const
        if (Report.isGone(report, filed(rows))) return "taken" as const
        const row = yield* claim(phone, { ...report, address }, rows, known)
        if (row === null) {
          yield* turnAway
          return "no such match" as const
        }
        const at = yield* now
        if (token !== null) yield* register(token, "update", phone, at, row.activityId)
        // A test build's token is kept, and cannot be pushed to from here.
        if (!ours) return "taken" as const
        const said = yield* desk.insist(
          [row],
          isReached ? { _tag: "Reported", address, instance, at } : { _tag: "Stranded", address, at }
        )
        for (const struck of Report.forsaken(said)) yield* strike(struck)
        yield* carryOut(matchId, said)
        return "taken" as const
      })

      const updateToken = Effect.fnUntraced(function* (report: ActivityReport, given: Reported) {
        const { deviceId, userId } = report
        const token = given.token.toLowerCase()
        const [phone, known, rows] = yield* Effect.all(
          [owned(userId, deviceId), tokens.byToken(token), activities.ofDevice(deviceId)],
          { concurrency: 3 }
        )
        if (phone === null) return "no such device" as const
        // Also one that its phone has replaced since.
        if (known.some(({ kind }) => kind === "start")) return "not an update token" as const
        return yield* reported(report, phone, rows, { _tag: "Token", token }, { ...given, token }, known)
      })

      const joined = Effect.fnUntraced(function* (report: ActivityReport, channelId: string) {
        const { deviceId, userId } = report
        const [phone, rows, channel] = yield* Effect.all(
          [owned(userId, deviceId), activities.ofDevice(deviceId), channels.byChannel(channelId)],
          { concurrency: 3 }
        )
        if (phone === null) return "no such device" as const
        // A phone whose app could not run may come with one that Apple has lost long ago.
        const isReached = channel !== null
        return yield* reported(report, phone, rows, { _tag: "Channel", channelId }, null, [], isReached)
      })

      const dismissed = Effect.fnUntraced(function* (report: ActivityReport, by: "person" | "system") {
        const { deviceId, instance, matchId, userId } = report
        const [phone, rows] = yield* Effect.all([owned(userId, deviceId), activities.ofDevice(deviceId)], {
          concurrency: 2
        })
        if (phone === null) return "no such device" as const
        // What has left the screen was on it: a start has come to something, whether or not its token was ever told.
        yield* ladders.hear([{ deviceId, input: { _tag: "StartAnswered", matchId, at: yield* now } }])
        const at = yield* now
        if (instance !== null) {
          const others = Report.survivors(report, filed(rows))
          yield* desk.insist(others, { _tag: "OtherGone", instance, at })
        }
        const found = Report.dismissed({ userId, matchId, instance }, filed(rows))
        if (found === null) return "taken" as const
        const { row, state } = found
        const [, outputs] = Activity.step(state, { _tag: "Dismissed", by, at })
        // The follow goes first: a round that found the activity ended and its owner following would begin another. This
        // activity goes last: should it break off before that, the same report again does the rest.
        if (outputs.some(({ _tag }) => _tag === "Unfollow")) yield* leave(userId, matchId, row)
        yield* tell([row], { _tag: "Dismissed", by, at })
        return "taken" as const
      })

      /** Ends the follow, and the activity on every phone of the person, but for one that is gone already. */
      const leave = Effect.fnUntraced(function* (
        userId: Ids.UserId,
        matchId: Ids.MatchId,
        but: Activities.Activity | null = null
      ) {
        const isFirst = yield* follows.unfollow(userId, matchId, yield* now)
        const rows = yield* activities.ofUser(userId, matchId)
        // Asked once more, whoever asked heard no answer: what is written down may not have been sent.
        if (!isFirst) {
          const ended = yield* payEnds(rows, "unfollowed")
          const joined = ended.filter(Filed.listens)
          yield* notifier.recall(
            matchId,
            joined.map(({ deviceId }) => deviceId)
          )
        }
        yield* tell(
          rows.filter(({ activityId }) => activityId !== but?.activityId),
          { _tag: "Unfollowed", at: yield* now }
        )
      })

      return TokenKeeper.of({
        device,
        signedOut,
        startToken,
        updateToken,
        joined,
        dismissed,
        unfollowed: (userId, matchId) => leave(userId, matchId)
      })
    })
  )
}

const isSame = (one: Reported, other: Reported): boolean =>
  one.token === other.token && one.environment === other.environment && one.bundleId === other.bundleId
