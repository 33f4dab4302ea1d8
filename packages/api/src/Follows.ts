import { Instant } from "@sightscreen/decider"
import { ContentState, Ids, Status } from "@sightscreen/domain"
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup } from "effect/http-api"
import { Standing } from "./Activities.ts"
import { Authorization } from "./Authorization.ts"
import { Gate, Once } from "./Gates.ts"
import { DeviceId, MatchId, text } from "./Names.ts"
import * as Pages from "./Pages.ts"
import * as Policy from "./Policy.ts"
import { BadRequest, MatchIsOver, NoSuchDevice, NoSuchMatch, NotNow } from "./Problems.ts"

/** Following a match and leaving it, on all of a person's phones at once. */
export class Follows extends HttpApiGroup.make("follows")
  .add(
    HttpApiEndpoint.post("follow", "/user/follow/match", {
      payload: Schema.Struct({
        matchId: MatchId,
        /** The phone that asks. All of a person's phones show the match; the one that is named must be theirs. */
        deviceId: Schema.optionalKey(DeviceId),
        /** Whose side the follower is on. */
        teamId: Schema.optionalKey(text(128))
      }),
      success: Schema.Struct({
        matchId: Ids.MatchId,
        status: Status.Status,
        /** What the lock screen shows; only while the match is live. */
        displayState: Schema.NullOr(ContentState.ContentState),
        /** What has been begun on the follower's phones. */
        liveActivities: Schema.Array(Standing)
      }),
      error: [NoSuchMatch, NoSuchDevice, MatchIsOver, NotNow]
    }).annotateMerge(
      Policy.route(
        "Follow a match; its Live Activity is started on all of the person's phones",
        Policy.user("follow")
      )
    ),
    HttpApiEndpoint.patch("team", "/user/follow/match/:matchId/team", {
      params: { matchId: MatchId },
      payload: Schema.Struct({ teamId: Schema.NullOr(text(128)) }),
      error: [NoSuchMatch, NotNow]
    }).annotateMerge(Policy.route("Say whose side the follower is on", Policy.user("write"))),
    HttpApiEndpoint.delete("unfollow", "/user/follow/match/:matchId", {
      params: { matchId: MatchId },
      error: NotNow
    }).annotateMerge(Policy.route("Leave a match; its Live Activities end", Policy.user("follow"))),
    HttpApiEndpoint.get("list", "/user/follows", {
      query: Pages.query,
      success: Schema.Struct({
        follows: Schema.Array(
          Schema.Struct({
            matchId: Ids.MatchId,
            teamId: Schema.NullOr(Schema.String),
            createdAt: Instant.Instant
          })
        ),
        next: Pages.next
      }),
      error: [BadRequest, NotNow]
    }).annotateMerge(Policy.route("What the person follows", Policy.user("read")))
  )
  .middleware(Once)
  .middleware(Gate)
  .middleware(Authorization) {}
