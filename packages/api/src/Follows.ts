import { ContentState, Ids, Status } from "@sightscreen/domain"
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup } from "effect/http-api"
import { Authorization } from "./Authorization.ts"
import { MatchId, text } from "./Names.ts"
import { MatchIsOver, NoSuchMatch, NotNow } from "./Problems.ts"

/** Following a match and leaving it, on all of a person's phones at once. */
export class Follows extends HttpApiGroup.make("follows")
  .add(
    HttpApiEndpoint.post("follow", "/user/follow/match", {
      payload: Schema.Struct({
        matchId: MatchId,
        /** Whose side the follower is on. */
        teamId: Schema.optionalKey(text(128))
      }),
      success: Schema.Struct({
        matchId: Ids.MatchId,
        status: Status.Status,
        /** What the lock screen shows; only while the match is live. */
        displayState: Schema.NullOr(ContentState.ContentState)
      }),
      error: [NoSuchMatch, MatchIsOver, NotNow]
    }),
    HttpApiEndpoint.patch("team", "/user/follow/match/:matchId/team", {
      params: { matchId: MatchId },
      payload: Schema.Struct({ teamId: Schema.NullOr(text(128)) }),
      error: [NoSuchMatch, NotNow]
    }),
    HttpApiEndpoint.delete("unfollow", "/user/follow/match/:matchId", {
      params: { matchId: MatchId },
      error: NotNow
    }),
    HttpApiEndpoint.get("list", "/user/follows", {
      success: Schema.Struct({
        follows: Schema.Array(Schema.Struct({ matchId: Ids.MatchId, teamId: Schema.NullOr(Schema.String) }))
      }),
      error: NotNow
    })
  )
  .middleware(Authorization) {}
