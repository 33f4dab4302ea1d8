import { Instant } from "@sightscreen/decider"
import { Activity, Cohort, type Ids } from "@sightscreen/domain"
import { Activities, Devices, type Fault, Follows, PushTokens } from "@sightscreen/store"
import { Context, Duration, Effect, Layer } from "effect"
import { ActivityDesk, draft, newest, stateOf, type Stepped } from "./ActivityDesk.ts"
import { AppSettings } from "./AppSettings.ts"
import { LACoordinator, phoneOf } from "./LACoordinator.ts"
import { MatchOrchestrator } from "./MatchOrchestrator.ts"
import { Notifier } from "./Notifier.ts"
import { now } from "./Now.ts"
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

/** Why an update token was retired: its activity has another one. */
const rotated = "rotated"
/** Another activity has taken the place of its activity. */
const superseded = "superseded"

/** An end that was not sent by then is of no use: the app has ended the activity by itself. */
const endsOwedFor = Duration.minutes(30)

/** A token that was heard of so lately is not written down again. */
const echoesFor = Duration.minutes(10)

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

      /**
       * What activities say is done; then where those were that are told to end is struck out: an update token of an ended
       * activity that is not is owed its end.
       */
      const carryOut = Effect.fnUntraced(function* (matchId: Ids.MatchId, said: ReadonlyArray<Stepped>) {
        if (said.length === 0) return
        yield* coordinator.carryOut(yield* orchestrator.place(matchId), said)
        for (const { output } of said) {
          if (output._tag !== "End" || output.address._tag !== "Token") continue
          yield* tokens.retire(
            { token: output.address.token, kind: "update", environment, bundleId },
            {
              reason: output.reason === superseded ? superseded : `activity ended: ${output.reason}`,
              at: yield* now,
              unlessRegisteredAfter: null
            }
          )
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
        const lately = Instant.minus(yield* now, endsOwedFor)
        const ended = new Map(
          rows.flatMap((row) => {
            const after = stateOf(row)
            return after._tag === "Ended" && after.reason === reason && after.at >= lately
              ? [[row.activityId, { row, after }] as const]
              : []
          })
        )
        if (ended.size === 0) return []
        const deviceIds = [...ended.values()].map(({ row }) => row.deviceId)
        for (const { activityId, token, ...where } of yield* tokens.ofDevices("update", deviceIds)) {
          const owed = activityId === null ? undefined : ended.get(activityId)
          if (owed === undefined || !isOurs({ ...where, token })) continue
          const output: Activity.Output = { _tag: "End", address: { _tag: "Token", token }, reason }
          yield* carryOut(owed.row.matchId, [{ ...owed, output }])
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

      /**
       * A token that turns up on another device: it is the same phone, under another name or in other hands. What the phone
       * showed under its former name is ended, and nothing is sent there any more.
       */
      const displace = Effect.fnUntraced(function* (token: string, kind: PushTokens.Kind, to: Ids.DeviceId) {
        const known = yield* tokens.byToken(token.toLowerCase())
        const former = new Set(
          known.flatMap((one) =>
            one.kind === kind && one.deviceId !== to && one.retiredAt === null ? [one.deviceId] : []
          )
        )
        for (const deviceId of former) {
          const before = yield* devices.get(deviceId)
          // One that has been displaced already, or has signed out.
          if (before === null) continue
          yield* clear(yield* activities.ofDevice(deviceId), () => true)
          yield* tokens.retireOf([deviceId], "disowned", yield* now)
          yield* devices.remove(deviceId, before.userId)
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
        // What is wrong is read off the activities and not off the change: should this break off, the same again does the rest.
        const rows = yield* activities.ofDevice(deviceId)
        // A phone that has changed hands shows nothing of its former owner's.
        yield* clear(rows, (row) => row.userId !== userId)
        // Apple: when frequent updates are switched the system ends all activities.
        const { level } = Cohort.of("token", phoneOf({ ...given, lastSeenAt: at }))
        const ended = rows.filter(
          (row) =>
            row.userId === userId &&
            row.status === "active" &&
            row.cohort !== null &&
            Cohort.named(row.cohort)?.level !== level
        )
        yield* tell(ended, { _tag: "Lost", at })
      })

      const signedOut = Effect.fnUntraced(function* (userId: Ids.UserId, deviceId: Ids.DeviceId) {
        if ((yield* owned(userId, deviceId)) === null) return "no such device" as const
        yield* clear(yield* activities.ofDevice(deviceId), (row) => row.userId === userId)
        yield* tokens.retireOf([deviceId], "signed out", yield* now)
        yield* devices.remove(deviceId, userId)
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
          // Around every remote start the phone says its start token twice more, and nothing is to be learnt from it.
          const fresh = Instant.isBefore(at, Instant.plus(known.registeredAt, echoesFor))
          if (!fresh || known.userId !== userId || known.suspectedAt !== null)
            yield* register(reported, "start", phone, at)
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

      /** Which activity a report is of: the one of that name, else the newest, else one that the app has begun by itself. */
      const claim = Effect.fnUntraced(function* (
        phone: Devices.Device,
        { instance, matchId }: ActivityReport,
        address: Activity.Address,
        rows: ReadonlyArray<Activities.Activity>,
        known: ReadonlyArray<PushTokens.PushToken>
      ) {
        const mine = rows.filter((row) => row.matchId === matchId && row.userId === phone.userId)
        if (instance !== null) {
          const named = mine.find((row) => row.instance === instance)
          if (named !== undefined) return named
        }
        const at = mine.find((row) => {
          const state = stateOf(row)
          return state._tag === "Active" && Activity.isSameAddress(state.address, address)
        })
        if (at !== undefined && address._tag === "Token") return at
        // A token belongs to one activity. Where that has ended its report comes late, and it is told so.
        const its = mine.find((row) => known.some(({ activityId }) => activityId === row.activityId))
        if (its !== undefined) return its
        const last = newest(rows, matchId)
        const row = last !== null && last.userId === phone.userId ? last : null
        const state = row === null ? null : stateOf(row)
        if (row !== null && state !== null && state._tag !== "Ended") return row
        // What was ended with the day or with the match is told the same, however late its report.
        if (state !== null && Activity.isClosed(state)) return row
        if (!(yield* follows.has(phone.userId, matchId))) return row
        const one = draft(matchId, phoneOf(phone), (last?.generation ?? 0) + 1, yield* now)
        yield* activities.insert([one])
        return yield* activities.get(one.activityId)
      })

      /** Update tokens that an activity has had before. A report that has lain about must not bring one back. */
      const forsake = Effect.fnUntraced(function* (said: ReadonlyArray<Stepped>) {
        for (const { after, output, row } of said) {
          const before = stateOf(row)
          if (before._tag !== "Active" || after._tag !== "Active" || output._tag !== "Refresh") continue
          if (before.address._tag !== "Token" || Activity.isSameAddress(before.address, after.address))
            continue
          const isAnother = said.some((one) => one.row === row && one.output._tag === "End")
          yield* tokens.retire(
            { token: before.address.token, kind: "update", environment, bundleId },
            { reason: isAnother ? superseded : rotated, at: yield* now, unlessRegisteredAfter: null }
          )
        }
      })

      const reported = Effect.fnUntraced(function* (
        report: ActivityReport,
        phone: Devices.Device,
        rows: ReadonlyArray<Activities.Activity>,
        address: Activity.Address,
        token: Reported | null,
        known: ReadonlyArray<PushTokens.PushToken>
      ) {
        const { deviceId, instance, matchId } = report
        const ours = token === null || isOurs(token)
        const turnAway = Effect.gen(function* () {
          if (ours) yield* coordinator.turnAway(yield* orchestrator.place(matchId), deviceId, address)
        })
        const past = known.find((one) => one.kind === "update" && one.deviceId === deviceId)?.retiredFor
        if (past === rotated) return "taken" as const
        if (past === superseded) {
          yield* turnAway
          return "taken" as const
        }
        const row = yield* claim(phone, report, address, rows, known)
        if (row === null) {
          yield* turnAway
          return "no such match" as const
        }
        const at = yield* now
        if (token !== null) yield* register(token, "update", phone, at, row.activityId)
        // A test build's token is kept, and cannot be pushed to from here.
        if (!ours) return "taken" as const
        const said = yield* desk.insist([row], { _tag: "Reported", address, instance, at })
        yield* forsake(said)
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
        const [phone, rows] = yield* Effect.all([owned(userId, deviceId), activities.ofDevice(deviceId)], {
          concurrency: 2
        })
        if (phone === null) return "no such device" as const
        return yield* reported(report, phone, rows, { _tag: "Channel", channelId }, null, [])
      })

      const dismissed = Effect.fnUntraced(function* (report: ActivityReport, by: "person" | "system") {
        const { deviceId, instance, matchId, userId } = report
        const [phone, rows] = yield* Effect.all([owned(userId, deviceId), activities.ofDevice(deviceId)], {
          concurrency: 2
        })
        if (phone === null) return "no such device" as const
        const named =
          instance === null
            ? undefined
            : rows.find((row) => row.matchId === matchId && row.instance === instance)
        const row = named ?? newest(rows, matchId)
        // A report of an activity that has ended already tells nothing of what its owner wants.
        if (row === null || row.userId !== userId || stateOf(row)._tag === "Ended") return "taken" as const
        // One that another has taken the place of says nothing of the other.
        if (named === undefined && instance !== null && row.instance !== null) return "taken" as const
        const at = yield* now
        const [, outputs] = Activity.step(stateOf(row), { _tag: "Dismissed", by, at })
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
          const joined = ended.filter(
            ({ cohort }) => cohort !== null && Cohort.named(cohort)?.route === "channel"
          )
          yield* notifier.wake(
            matchId,
            joined.map(({ deviceId }) => deviceId),
            { end: [matchId] }
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
