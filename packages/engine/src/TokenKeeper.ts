import type { Ids } from "@sightscreen/domain"
import { Activities, Devices, type Fault, Follows, PushTokens } from "@sightscreen/store"
import { Context, Effect, Layer } from "effect"
import { ActivityDesk, draft, stateOf } from "./ActivityDesk.ts"
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
      const desk = yield* ActivityDesk
      const coordinator = yield* LACoordinator
      const orchestrator = yield* MatchOrchestrator

      /** The device, if it is this person's. Somebody else's is nobody's business, and so does not exist. */
      const owned = Effect.fnUntraced(function* (userId: Ids.UserId, deviceId: Ids.DeviceId) {
        const device = yield* devices.get(deviceId)
        return device === null || device.userId !== userId ? null : device
      })

      /** The newest activity of a match on a device. */
      const latest = (deviceId: Ids.DeviceId, matchId: Ids.MatchId) =>
        Effect.map(activities.ofDevice(deviceId), (rows) =>
          rows
            .filter((row) => row.matchId === matchId)
            .reduce<Activities.Activity | null>(
              (newest, row) => (newest === null || row.generation > newest.generation ? row : newest),
              null
            )
        )

      const device = Effect.fnUntraced(function* (given: Omit<Devices.Device, "lastSeenAt">) {
        yield* devices.register({ ...given, lastSeenAt: yield* now })
      })

      const startToken = Effect.fnUntraced(function* (
        userId: Ids.UserId,
        deviceId: Ids.DeviceId,
        reported: Reported
      ) {
        if ((yield* owned(userId, deviceId)) === null) return "no such device" as const
        const token = reported.token.toLowerCase()
        const known = yield* tokens.ofDevices("start", [deviceId])
        yield* tokens.register({
          ...reported,
          token,
          kind: "start",
          deviceId,
          userId,
          registeredAt: yield* now,
          activityId: null
        })
        // Around every remote start the phone says its start token twice more. Only a new one can start what waited for it.
        if (known.some((one) => one.token === token)) return "taken" as const
        for (const { matchId } of yield* follows.ofUser(userId)) yield* orchestrator.welcome(matchId, userId)
        return "taken" as const
      })

      const updateToken = Effect.fnUntraced(function* (
        userId: Ids.UserId,
        deviceId: Ids.DeviceId,
        matchId: Ids.MatchId,
        reported: Reported
      ) {
        const phone = yield* owned(userId, deviceId)
        if (phone === null) return "no such device" as const
        const token = reported.token.toLowerCase()
        const starts = yield* tokens.ofDevices("start", [deviceId])
        if (starts.some((one) => one.token === token)) return "not an update token" as const
        const at = yield* now
        const following = (yield* follows.ofUser(userId)).some((one) => one.matchId === matchId)
        let row = yield* latest(deviceId, matchId)
        if (row === null && following) {
          // The app began the activity by itself.
          const [made] = yield* activities.insert([draft(matchId, phone, 1, at)])
          row = made === undefined ? yield* latest(deviceId, matchId) : yield* activities.get(made)
        }
        if (row === null) return "no such match" as const
        yield* tokens.register({
          ...reported,
          token,
          kind: "update",
          deviceId,
          userId,
          registeredAt: at,
          activityId: row.activityId
        })
        const said = yield* desk.stepOne(row.activityId, { _tag: "TokenReported", token, at })
        const state = yield* orchestrator.stateOf(matchId)
        if (state !== null) yield* coordinator.carryOut(state, said)
        return "taken" as const
      })

      const dismissed = Effect.fnUntraced(function* (
        userId: Ids.UserId,
        deviceId: Ids.DeviceId,
        matchId: Ids.MatchId
      ) {
        if ((yield* owned(userId, deviceId)) === null) return "no such device" as const
        const row = yield* latest(deviceId, matchId)
        const at = yield* now
        // A report of an activity that has ended already tells nothing of what its owner wants.
        if (row === null || stateOf(row)._tag === "Ended") return "taken" as const
        yield* desk.stepOne(row.activityId, { _tag: "Dismissed", at })
        yield* leave(userId, matchId)
        return "taken" as const
      })

      /** Ends the follow, and the activity on every phone of the person. */
      const leave = Effect.fnUntraced(function* (userId: Ids.UserId, matchId: Ids.MatchId) {
        const at = yield* now
        yield* follows.unfollow(userId, matchId, at)
        const phones = yield* devices.ofUsers([userId])
        const rows = (yield* Effect.forEach(phones, ({ deviceId }) => activities.ofDevice(deviceId)))
          .flat()
          .filter((row) => row.matchId === matchId)
        const said = yield* Effect.forEach(rows, ({ activityId }) =>
          desk.stepOne(activityId, { _tag: "Unfollowed", at })
        )
        const state = yield* orchestrator.stateOf(matchId)
        if (state !== null) yield* coordinator.carryOut(state, said.flat())
      })

      return TokenKeeper.of({ device, startToken, updateToken, dismissed, unfollowed: leave })
    })
  )
}
