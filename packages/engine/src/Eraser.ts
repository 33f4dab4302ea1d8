import type { Ids } from "@sightscreen/domain"
import {
  Activities,
  Decisions,
  Deliveries,
  Devices,
  type Fault,
  Follows,
  Notices,
  Preferences,
  PushTokens,
  Recoveries,
  Requests
} from "@sightscreen/store"
import { Context, Effect, Layer } from "effect"
import { callerOf } from "./http/Once.ts"
import { TokenKeeper } from "./TokenKeeper.ts"

/**
 * Forgets a person who asks for it: their phones go dark first, then nothing of them is left.
 *
 * The person goes last of all that leads to the rest, so that the same request again finishes what broke off.
 */
export class Eraser extends Context.Service<
  Eraser,
  { readonly erase: (userId: Ids.UserId) => Effect.Effect<void, Fault.Fault> }
>()("@sightscreen/engine/Eraser") {
  static readonly layer = Layer.effect(
    Eraser,
    Effect.gen(function* () {
      const activities = yield* Activities.Activities
      const decisions = yield* Decisions.Decisions
      const deliveries = yield* Deliveries.Deliveries
      const devices = yield* Devices.Devices
      const follows = yield* Follows.Follows
      const keeper = yield* TokenKeeper
      const notices = yield* Notices.Notices
      const preferences = yield* Preferences.Preferences
      const recoveries = yield* Recoveries.Recoveries
      const requests = yield* Requests.Requests
      const tokens = yield* PushTokens.PushTokens

      return Eraser.of({
        erase: Effect.fnUntraced(function* (userId) {
          // First what makes things begin by themselves.
          yield* preferences.remove(userId)
          for (const { matchId } of yield* follows.ofUser(userId)) yield* keeper.unfollowed(userId, matchId)
          const owned = yield* devices.ofUsers([userId])
          const deviceIds = new Set([
            ...owned.map(({ deviceId }) => deviceId),
            ...(yield* activities.devicesOf(userId))
          ])
          // What is left of phones that are somebody else's by now is theirs.
          const others = new Set(
            (yield* devices.getMany([...deviceIds]))
              .filter((device) => device.userId !== userId)
              .map(({ deviceId }) => deviceId)
          )
          const gone = [...deviceIds].filter((deviceId) => !others.has(deviceId))
          for (const { deviceId } of owned) yield* keeper.signedOut(userId, deviceId)
          yield* decisions.erase(gone)
          yield* deliveries.erase(gone)
          yield* recoveries.erase(gone)
          yield* notices.erase([userId, ...gone])
          yield* tokens.erase(userId)
          yield* follows.erase(userId)
          yield* requests.erase(yield* callerOf(`user/${userId}`))
          yield* activities.erase(userId)
        })
      })
    })
  )
}
