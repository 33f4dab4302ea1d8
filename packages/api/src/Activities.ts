import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup } from "effect/http-api"
import { Authorization } from "./Authorization.ts"
import { DeviceId, MatchId } from "./Names.ts"
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
        environment: Environment,
        bundleId: BundleId
      }),
      error: [NoSuchDevice, NoSuchMatch, NotAnUpdateToken, NotNow]
    }),
    HttpApiEndpoint.post("dismissed", "/matches/:matchId/activity-dismissed", {
      params: { matchId: MatchId },
      payload: Schema.Struct({ deviceId: DeviceId }),
      error: [NoSuchDevice, NotNow]
    })
  )
  .middleware(Authorization) {}
