import { Api, Authorization, Problems } from "@sightscreen/api"
import { Language } from "@sightscreen/domain"
import { Devices } from "@sightscreen/store"
import { Effect, Struct } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { TokenKeeper } from "../TokenKeeper.ts"
import { orNotNow } from "./NotNow.ts"
import { among } from "./Paging.ts"

export const layer = HttpApiBuilder.group(Api.Api, "devices", (handlers) =>
  Effect.gen(function* () {
    const devices = yield* Devices.Devices
    const keeper = yield* TokenKeeper
    const noDevice = new Problems.NoSuchDevice({ detail: "no device of that name is yours" })
    return handlers.handleAll({
      register: Effect.fnUntraced(function* ({ payload }) {
        const { userId } = yield* Authorization.CurrentUser
        const { appVersion, deviceId, osVersion } = payload
        yield* keeper.device({
          userId,
          deviceId,
          osVersion,
          appVersion,
          schemaVersion: payload.schemaVersion ?? 1,
          frequentUpdates: payload.frequentUpdates ?? true,
          language: payload.language ?? Language.fallback,
          deviceToken: payload.deviceToken ?? null,
          voipToken: payload.voipToken ?? null
        })
      }, orNotNow),
      list: Effect.fnUntraced(function* ({ query }) {
        const { userId } = yield* Authorization.CurrentUser
        const mine = yield* devices.ofUsers([userId])
        const { next, rows } = among(mine, query, ({ deviceId }) => deviceId)
        return { devices: rows.map(Struct.omit(["userId"])), next }
      }, orNotNow),
      signOut: Effect.fnUntraced(function* ({ params: { deviceId } }) {
        const { userId } = yield* Authorization.CurrentUser
        if ((yield* keeper.signedOut(userId, deviceId)) === "no such device") return yield* noDevice
      }, orNotNow),
      startToken: Effect.fnUntraced(function* ({ payload }) {
        const { userId } = yield* Authorization.CurrentUser
        const { bundleId, deviceId, environment, pushToStartToken } = payload
        const reception = yield* keeper.startToken(userId, deviceId, {
          token: pushToStartToken,
          environment,
          bundleId
        })
        if (reception === "no such device") return yield* noDevice
      }, orNotNow)
    })
  })
)
