import { Instant } from "@sightscreen/decider"
import { Ids, Status } from "@sightscreen/domain"
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema } from "effect/http-api"
import { Operators } from "./Authorization.ts"
import { Gate, Once } from "./Gates.ts"
import { MatchId, text, UserId } from "./Names.ts"
import * as Pages from "./Pages.ts"
import * as Policy from "./Policy.ts"
import { BadRequest, NoSuchMatch, NotBeingTold, NotNow, NotOffered } from "./Problems.ts"

const params = { matchId: MatchId }

const count = (maximum: number) => Schema.Int.check(Schema.isBetween({ minimum: 0, maximum }))

/** What operators do to a match that is being told. What they order is written down before it is answered, and done in turn. */
export class AdminMatches extends HttpApiGroup.make("adminMatches")
  .add(
    HttpApiEndpoint.get("get", "/admin/matches/:matchId", {
      params,
      success: Schema.Struct({
        matchId: Ids.MatchId,
        status: Status.Status,
        told: Schema.Boolean,
        paused: Schema.Boolean,
        /** What operators have put right, as differences to what the feed says. */
        corrections: Schema.Array(
          Schema.Struct({ innings: Schema.Int, runs: Schema.Int, wickets: Schema.Int })
        ),
        /** Pushes as they are in the ledger. */
        pushes: Schema.Array(
          Schema.Struct({
            kind: Schema.String,
            priority: Schema.Int,
            verdict: Schema.String,
            count: Schema.Int
          })
        )
      }),
      error: [NoSuchMatch, NotNow]
    }).annotateMerge(
      Policy.route("How a match is being told, and what was pushed", Policy.operator("observer"))
    ),
    HttpApiEndpoint.post("pause", "/admin/matches/:matchId/pause", {
      params,
      success: HttpApiSchema.Accepted,
      error: [NotBeingTold, NotNow]
    }).annotateMerge(
      Policy.route("Tell nothing more of a match until it is resumed", Policy.operator("operator"))
    ),
    HttpApiEndpoint.post("resume", "/admin/matches/:matchId/resume", {
      params,
      success: HttpApiSchema.Accepted,
      error: [NotBeingTold, NotNow]
    }).annotateMerge(Policy.route("Tell a match again", Policy.operator("operator"))),
    HttpApiEndpoint.put("correct", "/admin/matches/:matchId/score", {
      params,
      /** What the score is now; from here on the feed's changes are added to it. */
      payload: Schema.Struct({
        innings: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 40 })),
        runs: count(2000),
        wickets: count(10)
      }),
      success: HttpApiSchema.Accepted,
      error: [NotBeingTold, NotNow]
    }).annotateMerge(Policy.route("Put a score right", Policy.operator("operator"))),
    HttpApiEndpoint.delete("uncorrect", "/admin/matches/:matchId/score", {
      params,
      success: HttpApiSchema.Accepted,
      error: [NotBeingTold, NotNow]
    }).annotateMerge(Policy.route("Take the corrections of a score back", Policy.operator("operator"))),
    HttpApiEndpoint.post("end", "/admin/matches/:matchId/end", {
      params,
      success: HttpApiSchema.Accepted,
      error: [NotBeingTold, NotNow]
    }).annotateMerge(Policy.route("End a match and every Live Activity of it", Policy.operator("operator")))
  )
  .middleware(Once)
  .middleware(Gate)
  .middleware(Operators) {}

/** Who can be told something, and telling them. */
export class AdminNotifications extends HttpApiGroup.make("adminNotifications")
  .add(
    HttpApiEndpoint.post("push", "/admin/notifications/push", {
      payload: Schema.Struct({
        title: text(100),
        body: text(300),
        /** Everybody, where absent. */
        userIds: Schema.optionalKey(
          Schema.Array(UserId).check(Schema.isMinLength(1), Schema.isMaxLength(1000))
        ),
        /** Where a tap on it leads. */
        matchId: Schema.optionalKey(MatchId)
      }),
      success: Schema.Struct({ notificationId: Schema.String }).pipe(HttpApiSchema.status(202)),
      error: [NoSuchMatch, NotNow]
    }).annotateMerge(
      Policy.route("Send a notification to some people, or to everybody", Policy.operator("admin"))
    ),
    HttpApiEndpoint.get("users", "/admin/notifications/users", {
      query: Pages.query,
      success: Schema.Struct({
        devices: Schema.Array(
          Schema.Struct({
            userId: Ids.UserId,
            deviceId: Ids.DeviceId,
            osVersion: Schema.String,
            appVersion: Schema.String,
            lastSeenAt: Instant.Instant,
            /** The last six characters. */
            tokens: Schema.Array(Schema.Struct({ kind: Schema.String, tail: Schema.String }))
          })
        ),
        next: Pages.next
      }),
      error: [BadRequest, NotNow]
    }).annotateMerge(Policy.route("Phones that can be reached", Policy.operator("observer"))),
    HttpApiEndpoint.get("subscriptions", "/admin/notifications/subscriptions", {
      query: { matchId: MatchId, ...Pages.query },
      success: Schema.Struct({
        follows: Schema.Array(
          Schema.Struct({
            userId: Ids.UserId,
            matchId: Ids.MatchId,
            teamId: Schema.NullOr(Schema.String),
            createdAt: Instant.Instant
          })
        ),
        next: Pages.next
      }),
      error: [BadRequest, NotNow]
    }).annotateMerge(Policy.route("Who follows a match", Policy.operator("observer")))
  )
  .middleware(Once)
  .middleware(Gate)
  .middleware(Operators) {}

/** What the feed says, and what is remembered of it. */
export class AdminFeed extends HttpApiGroup.make("adminFeed")
  .add(
    HttpApiEndpoint.get("fixtures", "/admin/sportmonks/fixtures", {
      query: {
        from: Schema.optionalKey(text(10)),
        to: Schema.optionalKey(text(10)),
        limit: Pages.query.limit
      },
      /** As the feed gave them. */
      success: Schema.Struct({ fixtures: Schema.Array(Schema.Json) }),
      error: [BadRequest, NotOffered, NotNow]
    }).annotateMerge(
      Policy.route("Fixtures as the provider of scores gives them", Policy.operator("observer"))
    ),
    HttpApiEndpoint.post("clear", "/admin/cache/clear", {
      payload: Schema.Struct({ matchId: Schema.optionalKey(MatchId) }),
      success: Schema.Struct({ cleared: Schema.Int }),
      error: NotNow
    }).annotateMerge(
      Policy.route("Forget what the provider has said, of one match or of all", Policy.operator("operator"))
    ),
    HttpApiEndpoint.get("stats", "/admin/cache/stats", {
      success: Schema.Struct({
        caches: Schema.Array(
          Schema.Struct({ name: Schema.String, entries: Schema.Int, hits: Schema.Int, misses: Schema.Int })
        )
      }),
      error: NotNow
    }).annotateMerge(
      Policy.route("How much of what the provider has said is remembered", Policy.operator("observer"))
    )
  )
  .middleware(Once)
  .middleware(Gate)
  .middleware(Operators) {}
