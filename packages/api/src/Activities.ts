import { Instant } from "@sightscreen/decider"
import { Ids } from "@sightscreen/domain"
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup } from "effect/http-api"
import { Authorization } from "./Authorization.ts"
import { Gate, Once } from "./Gates.ts"
import { ActivityId, DeviceId, MatchId, text } from "./Names.ts"
import * as Pages from "./Pages.ts"
import * as Policy from "./Policy.ts"
import {
  BadRequest,
  NoSuchActivity,
  NoSuchDevice,
  NoSuchMatch,
  NotAnUpdateToken,
  NotNow
} from "./Problems.ts"
import { BundleId, Environment, Token } from "./Tokens.ts"

/** How a Live Activity of one's own stands. */
export const Standing = Schema.Struct({
  activityId: Ids.ActivityId,
  matchId: Ids.MatchId,
  deviceId: Ids.DeviceId,
  generation: Schema.Int,
  status: Schema.Literals(["pending", "active", "token_invalid", "failed", "ended"]),
  /** How it is told; null while it is not. */
  listens: Schema.NullOr(Schema.Literals(["token", "channel"])),
  activeSince: Schema.NullOr(Instant.Instant),
  updatedAt: Instant.Instant
})

/** One step of its life, in words and as data. Tokens are named by their last six characters. */
export const Step = Schema.Struct({
  at: Instant.Instant,
  kind: Schema.String,
  text: Schema.String,
  facts: Schema.Record(Schema.String, Schema.Json)
})

/** What phones report of their Live Activities, and what became of them. */
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
    }).annotateMerge(
      Policy.route("Report the update token of a Live Activity, its first or a new one", Policy.user("write"))
    ),
    HttpApiEndpoint.post("started", "/matches/:matchId/activity-started", {
      params: { matchId: MatchId },
      payload: Schema.Struct({
        deviceId: DeviceId,
        /** The broadcast channel that the activity listens to (iOS 18). */
        channelId: text(512),
        activityId: Schema.optionalKey(text(128))
      }),
      error: [NoSuchDevice, NoSuchMatch, NotNow]
    }).annotateMerge(
      Policy.route(
        "Report that a Live Activity was started that listens to a broadcast channel",
        Policy.user("write")
      )
    ),
    HttpApiEndpoint.post("dismissed", "/matches/:matchId/activity-dismissed", {
      params: { matchId: MatchId },
      payload: Schema.Struct({
        deviceId: DeviceId,
        activityId: Schema.optionalKey(text(128)),
        /** A person's swipe ends the follow; what the system clears away does not. A person, where absent. */
        by: Schema.optionalKey(Schema.Literals(["person", "system"]))
      }),
      error: [NoSuchDevice, NotNow]
    }).annotateMerge(Policy.route("Report that a Live Activity has left the screen", Policy.user("write"))),
    HttpApiEndpoint.get("list", "/matches/:matchId/activities", {
      params: { matchId: MatchId },
      query: Pages.query,
      success: Schema.Struct({ activities: Schema.Array(Standing), next: Pages.next }),
      error: [BadRequest, NotNow]
    }).annotateMerge(Policy.route("The person's Live Activities of a match", Policy.user("read"))),
    HttpApiEndpoint.get("history", "/activities/:activityId/history", {
      params: { activityId: ActivityId },
      query: Pages.query,
      success: Schema.Struct({ activity: Standing, steps: Schema.Array(Step), next: Pages.next }),
      error: [BadRequest, NoSuchActivity, NotNow]
    }).annotateMerge(Policy.route("The life of one Live Activity, step by step", Policy.user("read"))),
    HttpApiEndpoint.get("explanation", "/matches/:matchId/devices/:deviceId/explanation", {
      params: { matchId: MatchId, deviceId: DeviceId },
      query: Pages.query,
      success: Schema.Struct({
        matchId: Ids.MatchId,
        deviceId: Ids.DeviceId,
        /** Why this phone got, or did not get, each push of the match, in the order of time. */
        timeline: Schema.Array(Step),
        remarks: Schema.Array(Schema.String),
        next: Pages.next
      }),
      error: [BadRequest, NoSuchDevice, NotNow]
    }).annotateMerge(
      Policy.route("Why a phone got, or did not get, each push of a match", Policy.user("read"))
    )
  )
  .middleware(Once)
  .middleware(Gate)
  .middleware(Authorization) {}
