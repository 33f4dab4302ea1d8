import { Api, Authorization, Problems } from "@sightscreen/api"
import { Activities, Devices } from "@sightscreen/store"
import { Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { Explain } from "../Explain.ts"
import type { Entry } from "../ExplainStory.ts"
import { type Reception, TokenKeeper } from "../TokenKeeper.ts"
import { orNotNow } from "./NotNow.ts"
import { among, slice } from "./Paging.ts"
import { standing } from "./Standing.ts"

const stepOf = ({ at, facts, kind, text }: Entry) => ({ at, kind, text, facts })

export const layer = HttpApiBuilder.group(Api.Api, "activities", (handlers) =>
  Effect.gen(function* () {
    const activities = yield* Activities.Activities
    const devices = yield* Devices.Devices
    const explain = yield* Explain
    const keeper = yield* TokenKeeper
    const noActivity = new Problems.NoSuchActivity({ detail: "no activity of that name is yours" })
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
        yield* orProblem(reception)
      }, orNotNow),
      started: Effect.fnUntraced(function* ({ params: { matchId }, payload }) {
        const { userId } = yield* Authorization.CurrentUser
        const { activityId = null, channelId, deviceId } = payload
        const report = { userId, deviceId, matchId, instance: activityId }
        yield* orProblem(yield* keeper.joined(report, channelId))
      }, orNotNow),
      dismissed: Effect.fnUntraced(function* ({ params: { matchId }, payload }) {
        const { userId } = yield* Authorization.CurrentUser
        const { activityId = null, by = "person", deviceId } = payload
        const reception = yield* keeper.dismissed({ userId, deviceId, matchId, instance: activityId }, by)
        if (reception === "no such device") return yield* noDevice
      }, orNotNow),
      list: Effect.fnUntraced(function* ({ params: { matchId }, query }) {
        const { userId } = yield* Authorization.CurrentUser
        const mine = yield* activities.ofUser(userId, matchId)
        const { next, rows } = among(mine, query, ({ activityId }) => activityId)
        return { activities: rows.map(standing), next }
      }, orNotNow),
      history: Effect.fnUntraced(function* ({ params: { activityId }, query }) {
        const { userId } = yield* Authorization.CurrentUser
        const activity = yield* activities.get(activityId)
        if (activity === null || activity.userId !== userId) return yield* noActivity
        const match = yield* explain.match(activity.matchId)
        const { timeline } = yield* explain.phone(match, activity.deviceId)
        const { next, rows } = slice(
          timeline.filter(({ facts }) => facts["activity"] === activityId),
          query
        )
        return { activity: standing(activity), steps: rows.map(stepOf), next }
      }, orNotNow),
      explanation: Effect.fnUntraced(function* ({ params: { deviceId, matchId }, query }) {
        const { userId } = yield* Authorization.CurrentUser
        if ((yield* devices.get(deviceId))?.userId !== userId) return yield* noDevice
        // What was sent while the phone was another person's is that person's.
        const mine = yield* activities.newest(matchId, [deviceId])
        const isMine = mine.every((row) => row.userId === userId)
        const match = yield* explain.match(matchId)
        const { remarks, timeline } = isMine
          ? yield* explain.phone(match, deviceId)
          : { remarks: [], timeline: [] }
        const { next, rows } = slice(timeline, query)
        return { matchId, deviceId, timeline: rows.map(stepOf), remarks, next }
      }, orNotNow)
    })
  })
)

const noDevice = new Problems.NoSuchDevice({ detail: "no device of that name is yours" })

const orProblem = (
  reception: Reception
): Effect.Effect<void, Problems.NoSuchDevice | Problems.NoSuchMatch> => {
  switch (reception) {
    case "no such device":
      return Effect.fail(noDevice)
    case "no such match":
      return Effect.fail(new Problems.NoSuchMatch({ detail: "the match is not followed" }))
    default:
      return Effect.void
  }
}
