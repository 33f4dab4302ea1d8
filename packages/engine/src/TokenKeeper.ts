import { Instant } from "@sightscreen/decider"
import type { Ids } from "@sightscreen/domain"
import { Activities, Devices, type Fault, Follows, PushTokens } from "@sightscreen/store"
import { Context, Duration, Effect, Layer } from "effect"
import { ActivityDesk, draft, isLeft, newest, stateOf } from "./ActivityDesk.ts"
import { AppSettings } from "./AppSettings.ts"
import { LACoordinator } from "./LACoordinator.ts"
import { MatchOrchestrator } from "./MatchOrchestrator.ts"
import { now } from "./Now.ts"

/** Where a token works, as the phone says. */
export interface Reported {
  readonly token: string
  readonly environment: PushTokens.Environment
  readonly bundleId: string
}

/** What became of a report; each is something the phone is told. */
export type Reception = "taken" | "no such device" | "no such match" | "not an update token"

/** A token that was heard of so lately is not written down again. */
const echoesFor = Duration.minutes(10)

/**
 * The single writer of what phones report: devices, start tokens, update tokens, dismissals.
 */
export class TokenKeeper extends Context.Service<
  TokenKeeper,
  {
    readonly device: (device: Omit<Devices.Device, "lastSeenAt">) => Effect.Effect<void, Fault.Fault>
    readonly startToken: (
      userId: Ids.UserId,
      deviceId: Ids.DeviceId,
      reported: Reported
    ) => Effect.Effect<Reception, Fault.Fault>
    readonly updateToken: (
      userId: Ids.UserId,
      deviceId: Ids.DeviceId,
      matchId: Ids.MatchId,
      reported: Reported
    ) => Effect.Effect<Reception, Fault.Fault>
    readonly dismissed: (
      userId: Ids.UserId,
      deviceId: Ids.DeviceId,
      matchId: Ids.MatchId
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
      const orchestrator = yield* MatchOrchestrator

      /** The device, if it is this person's. Somebody else's is nobody's business, and so does not exist. */
      const owned = (userId: Ids.UserId, deviceId: Ids.DeviceId) =>
        Effect.map(devices.get(deviceId), (device) =>
          device === null || device.userId !== userId ? null : device
        )

      const isFollowing = (userId: Ids.UserId, matchId: Ids.MatchId) =>
        Effect.map(follows.ofUser(userId), (mine) => mine.some((one) => one.matchId === matchId))

      const device = Effect.fnUntraced(function* (given: Omit<Devices.Device, "lastSeenAt">) {
        const at = yield* now
        yield* devices.register({ ...given, lastSeenAt: at })
        // A phone that has changed hands shows nothing of its former owner's.
        const others = (yield* activities.ofDevice(given.deviceId)).filter(
          (row) => row.userId !== given.userId && stateOf(row)._tag !== "Ended"
        )
        for (const row of others) {
          const said = yield* desk.insist([row], { _tag: "Unfollowed", at })
          yield* coordinator.carryOut(yield* orchestrator.place(row.matchId), said)
        }
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
        const registration: PushTokens.Registration = {
          ...reported,
          token: reported.token.toLowerCase(),
          kind: "start",
          deviceId,
          userId,
          registeredAt: at,
          activityId: null
        }
        const known = living.find((one) => isSame(one, registration))
        if (known !== undefined) {
          // Around every remote start the phone says its start token twice more, and nothing is to be learnt from it.
          const fresh = Instant.isBefore(at, Instant.plus(known.registeredAt, echoesFor))
          if (!fresh || known.userId !== userId) yield* tokens.register(registration)
          return "taken" as const
        }
        // Saved as wanted before the token is: should this break off in between, the next round finds both.
        const mine = yield* follows.ofUser(userId)
        if (mine.length > 0) {
          const rows = (yield* activities.ofDevice(deviceId)).filter(
            (row) => row.userId === userId && row.status === "failed"
          )
          yield* desk.insist(rows, { _tag: "Wanted", at })
        }
        yield* tokens.register(registration)
        for (const { matchId } of mine) yield* orchestrator.welcome(matchId, userId)
        return "taken" as const
      })

      /** Which activity a token is of: the newest, or one that the app has begun by itself. */
      const claim = Effect.fnUntraced(function* (
        phone: Devices.Device,
        matchId: Ids.MatchId,
        token: string,
        rows: ReadonlyArray<Activities.Activity>
      ) {
        const last = newest(rows, matchId)
        const row = last !== null && last.userId === phone.userId ? last : null
        if (row !== null && !isLeft(stateOf(row))) return row
        if (row !== null) {
          // The activity was left, and its token comes late: it is told so.
          const known = yield* tokens.byToken(token)
          if (known.some(({ activityId }) => activityId === row.activityId)) return row
        }
        if (!(yield* isFollowing(phone.userId, matchId))) return row
        const one = draft(matchId, phone, (last?.generation ?? 0) + 1, yield* now)
        yield* activities.insert([one])
        return yield* activities.get(one.activityId)
      })

      const updateToken = Effect.fnUntraced(function* (
        userId: Ids.UserId,
        deviceId: Ids.DeviceId,
        matchId: Ids.MatchId,
        reported: Reported
      ) {
        const [phone, starts, rows] = yield* Effect.all(
          [owned(userId, deviceId), tokens.ofDevices("start", [deviceId]), activities.ofDevice(deviceId)],
          { concurrency: 3 }
        )
        if (phone === null) return "no such device" as const
        const token = reported.token.toLowerCase()
        if (starts.some((one) => one.token === token)) return "not an update token" as const
        const ours = reported.environment === environment && reported.bundleId === bundleId
        const row = yield* claim(phone, matchId, token, rows)
        if (row === null) {
          if (ours) yield* coordinator.turnAway(yield* orchestrator.place(matchId), token)
          return "no such match" as const
        }
        const at = yield* now
        yield* tokens.register({
          ...reported,
          token,
          kind: "update",
          deviceId,
          userId,
          registeredAt: at,
          activityId: row.activityId
        })
        // A test build's token is kept, and cannot be pushed to from here.
        if (!ours) return "taken" as const
        const said = yield* desk.insist([row], { _tag: "TokenReported", token, at })
        if (said.length > 0) yield* coordinator.carryOut(yield* orchestrator.place(matchId), said)
        return "taken" as const
      })

      const dismissed = Effect.fnUntraced(function* (
        userId: Ids.UserId,
        deviceId: Ids.DeviceId,
        matchId: Ids.MatchId
      ) {
        const [phone, rows] = yield* Effect.all([owned(userId, deviceId), activities.ofDevice(deviceId)], {
          concurrency: 2
        })
        if (phone === null) return "no such device" as const
        const row = newest(rows, matchId)
        // A report of an activity that has ended already tells nothing of what its owner wants.
        if (row === null || row.userId !== userId || stateOf(row)._tag === "Ended") return "taken" as const
        const at = yield* now
        // The follow goes first: a round that found the activity ended and its owner following would begin another.
        yield* follows.unfollow(userId, matchId, at)
        yield* desk.insist([row], { _tag: "Dismissed", at })
        yield* leave(userId, matchId)
        return "taken" as const
      })

      /** Ends the follow, and the activity on every phone of the person. */
      const leave = Effect.fnUntraced(function* (userId: Ids.UserId, matchId: Ids.MatchId) {
        const at = yield* now
        yield* follows.unfollow(userId, matchId, at)
        const phones = yield* devices.ofUsers([userId])
        const rows = yield* Effect.forEach(phones, ({ deviceId }) => activities.ofDevice(deviceId), {
          concurrency: 5
        })
        const mine = rows.flat().filter((row) => row.matchId === matchId && row.userId === userId)
        const said = yield* desk.insist(mine, { _tag: "Unfollowed", at })
        yield* coordinator.carryOut(yield* orchestrator.place(matchId), said)
      })

      return TokenKeeper.of({ device, startToken, updateToken, dismissed, unfollowed: leave })
    })
  )
}

const isSame = (one: PushTokens.Address, other: PushTokens.Address): boolean =>
  one.token === other.token && one.environment === other.environment && one.bundleId === other.bundleId
