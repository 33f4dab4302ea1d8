import { Api, Authorization, Problems } from "@sightscreen/api"
import { Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { TokenKeeper } from "../TokenKeeper.ts"
import { orNotNow } from "./NotNow.ts"

export const layer = HttpApiBuilder.group(Api.Api, "devices", (handlers) =>
  Effect.gen(function* () {
    const keeper = yield* TokenKeeper
    return handlers.handleAll({
      register: Effect.fnUntraced(function* ({ payload }) {
        const { userId } = yield* Authorization.CurrentUser
        const { appVersion, deviceId, frequentUpdates = true, osVersion, schemaVersion = 1 } = payload
        yield* keeper.device({ userId, deviceId, osVersion, appVersion, schemaVersion, frequentUpdates })
      }, orNotNow),
      startToken: Effect.fnUntraced(function* ({ payload }) {
        const { userId } = yield* Authorization.CurrentUser
        const { bundleId, deviceId, environment, pushToStartToken } = payload
        const reception = yield* keeper.startToken(userId, deviceId, {
          token: pushToStartToken,
          environment,
          bundleId
        })
        if (reception === "no such device")
          return yield* new Problems.NoSuchDevice({ detail: `no device ${deviceId}` })
      }, orNotNow)
    })
  })
)
