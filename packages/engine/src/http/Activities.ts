import { Api, Authorization, Problems } from "@sightscreen/api"
import type { Ids } from "@sightscreen/domain"
import { Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { type Reception, TokenKeeper } from "../TokenKeeper.ts"
import { orNotNow } from "./NotNow.ts"

export const layer = HttpApiBuilder.group(Api.Api, "activities", (handlers) =>
  Effect.gen(function* () {
    const keeper = yield* TokenKeeper
    return handlers.handleAll({
      token: Effect.fnUntraced(function* ({ params: { matchId }, payload }) {
        const { userId } = yield* Authorization.CurrentUser
        const { activityId = null, activityToken, bundleId, deviceId, environment } = payload
        const reception = yield* keeper.updateToken(
          { userId, deviceId, matchId, instance: activityId },
          { token: activityToken, environment, bundleId }
        )
        if (reception === "not an update token") {
          return yield* new Problems.NotAnUpdateToken({
            detail: "report the token that the activity itself hands out"
          })
        }
        yield* orProblem(reception, deviceId, matchId)
      }, orNotNow),
      started: Effect.fnUntraced(function* ({ params: { matchId }, payload }) {
        const { userId } = yield* Authorization.CurrentUser
        const { activityId = null, channelId, deviceId } = payload
        const report = { userId, deviceId, matchId, instance: activityId }
        yield* orProblem(yield* keeper.joined(report, channelId), deviceId, matchId)
      }, orNotNow),
      dismissed: Effect.fnUntraced(function* ({ params: { matchId }, payload }) {
        const { userId } = yield* Authorization.CurrentUser
        const { activityId = null, by = "person", deviceId } = payload
        const reception = yield* keeper.dismissed({ userId, deviceId, matchId, instance: activityId }, by)
        if (reception === "no such device")
          return yield* new Problems.NoSuchDevice({ detail: `no device ${deviceId}` })
      }, orNotNow)
    })
  })
)

const orProblem = (
  reception: Reception,
  deviceId: Ids.DeviceId,
  matchId: Ids.MatchId
): Effect.Effect<void, Problems.NoSuchDevice | Problems.NoSuchMatch> => {
  switch (reception) {
    case "no such device":
      return Effect.fail(new Problems.NoSuchDevice({ detail: `no device ${deviceId}` }))
    case "no such match":
      return Effect.fail(new Problems.NoSuchMatch({ detail: `match ${matchId} is not followed` }))
    default:
      return Effect.void
  }
}
