import { Api, Authorization, Problems } from "@sightscreen/api"
import { Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { TokenKeeper } from "../TokenKeeper.ts"
import { orNotNow } from "./NotNow.ts"

export const layer = HttpApiBuilder.group(Api.Api, "activities", (handlers) =>
  Effect.gen(function* () {
    const keeper = yield* TokenKeeper
    return handlers.handleAll({
      token: Effect.fnUntraced(function* ({ params: { matchId }, payload }) {
        const { userId } = yield* Authorization.CurrentUser
        const { activityToken, bundleId, deviceId, environment } = payload
        const reception = yield* keeper.updateToken(userId, deviceId, matchId, {
          token: activityToken,
          environment,
          bundleId
        })
        switch (reception) {
          case "taken":
            return
          case "no such device":
            return yield* new Problems.NoSuchDevice({ detail: `no device ${deviceId}` })
          case "no such match":
            return yield* new Problems.NoSuchMatch({ detail: `match ${matchId} is not followed` })
          case "not an update token":
            return yield* new Problems.NotAnUpdateToken({
              detail: "report the token that the activity itself hands out"
            })
        }
      }, orNotNow),
      dismissed: Effect.fnUntraced(function* ({ params: { matchId }, payload: { deviceId } }) {
        const { userId } = yield* Authorization.CurrentUser
        const reception = yield* keeper.dismissed(userId, deviceId, matchId)
        if (reception === "no such device")
          return yield* new Problems.NoSuchDevice({ detail: `no device ${deviceId}` })
      }, orNotNow)
    })
  })
)
