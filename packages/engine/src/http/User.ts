import { Api, Authorization, Problems } from "@sightscreen/api"
import { Preferences as Likes } from "@sightscreen/domain"
import { Preferences } from "@sightscreen/store"
import { Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { Eraser } from "../Eraser.ts"
import { MatchOrchestrator } from "../MatchOrchestrator.ts"
import { now } from "../Now.ts"
import { TeamScout } from "../TeamScout.ts"
import { orNotNow } from "./NotNow.ts"

export const layer = HttpApiBuilder.group(Api.Api, "user", (handlers) =>
  Effect.gen(function* () {
    const eraser = yield* Eraser
    const orchestrator = yield* MatchOrchestrator
    const preferences = yield* Preferences.Preferences
    const scout = yield* TeamScout
    return handlers.handleAll({
      preferences: Effect.fnUntraced(function* () {
        const { userId } = yield* Authorization.CurrentUser
        return (yield* preferences.get(userId)) ?? Likes.usual
      }, orNotNow),
      prefer: Effect.fnUntraced(function* ({ payload }) {
        const { userId } = yield* Authorization.CurrentUser
        const { alerts, quiet, teams } = payload
        if (quiet !== null && !Likes.isZone(quiet.timeZone))
          return yield* new Problems.BadRequest({
            errors: [
              {
                path: ["payload", "quiet", "timeZone"],
                message: "there is no such time zone; try Asia/Kolkata"
              }
            ]
          })
        const told = {
          ...payload,
          alerts: Likes.Alert.literals.filter((alert) => alerts.includes(alert)),
          teams: [...new Set(teams)]
        }
        yield* preferences.set(userId, told, yield* now)
        yield* orchestrator.attune(userId)
        yield* scout.of(userId, told.teams)
        return told
      }, orNotNow),
      erase: Effect.fnUntraced(function* () {
        const { userId } = yield* Authorization.CurrentUser
        yield* eraser.erase(userId)
      }, orNotNow)
    })
  })
)
