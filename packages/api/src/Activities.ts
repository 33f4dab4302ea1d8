import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup } from "effect/http-api"
import { Authorization } from "./Authorization.ts"
import { DeviceId, MatchId, text } from "./Names.ts"
import { NoSuchDevice, NoSuchMatch, NotAnUpdateToken, NotNow } from "./Problems.ts"
import { BundleId, Environment, Token } from "./Tokens.ts"

/** What phones report of their Live Activities. */
export class Activities extends HttpApiGroup.make("activities")
  .add(
    HttpApiEndpoint.post("token", "/matches/:matchId/activity-token", {
      params: { matchId: MatchId },
      payload: Schema.Struct({
        deviceId: DeviceId,
        activityToken: Token,
        /** ActivityKit's own name for the activity (Apple: `Activity.id`); tells a new activity from a new token. */
        activityId: Schema.optionalKey(text(128)),
        environment: Environment,
        bundleId: BundleId
      }),
      error: [NoSuchDevice, NoSuchMatch, NotAnUpdateToken, NotNow]
    }),
    HttpApiEndpoint.post("started", "/matches/:matchId/activity-started", {
      params: { matchId: MatchId },
      payload: Schema.Struct({
        deviceId: DeviceId,
        /** The broadcast channel that the activity listens to (iOS 18). */
        channelId: text(512),
        activityId: Schema.optionalKey(text(128))
      }),
      error: [NoSuchDevice, NoSuchMatch, NotNow]
    }),
    HttpApiEndpoint.post("dismissed", "/matches/:matchId/activity-dismissed", {
      params: { matchId: MatchId },
      payload: Schema.Struct({
        deviceId: DeviceId,
        activityId: Schema.optionalKey(text(128)),
        /** A person's swipe ends the follow; what the system clears away does not. A person, where absent. */
        by: Schema.optionalKey(Schema.Literals(["person", "system"]))
      }),
      error: [NoSuchDevice, NotNow]
    })
  )
  .middleware(Authorization) {}
