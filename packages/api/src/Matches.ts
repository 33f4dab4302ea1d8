import { Instant } from "@sightscreen/decider"
import { ContentState, Ids, MatchEvent, Outcome, Snapshot, Status } from "@sightscreen/domain"
import { Schema } from "effect"
import { Sse } from "effect/encoding"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema } from "effect/http-api"
import { Authorization } from "./Authorization.ts"
import { Gate, Once } from "./Gates.ts"
import { MatchId, Moment, text } from "./Names.ts"
import * as Pages from "./Pages.ts"
import * as Policy from "./Policy.ts"
import { BadRequest, NoSuchMatch, NotNow, TooManyRequests } from "./Problems.ts"

/** A match as lists have it. Times are milliseconds since 1970. */
export const Listed = Schema.Struct({
  matchId: Ids.MatchId,
  competition: Schema.String,
  home: Snapshot.Team,
  away: Snapshot.Team,
  venue: Schema.NullOr(Schema.String),
  startsAt: Instant.Instant,
  status: Status.Status,
  outcome: Schema.NullOr(Outcome.Outcome)
})

/** What the lock screen shows, ready to draw. */
const displayState = Schema.NullOr(ContentState.ContentState)

/** One thing that happened, of the latest `kept`; its id is for `Last-Event-ID`. */
export const Told = Schema.Struct({
  id: Schema.optionalKey(Schema.String),
  /** `state` is the whole state of the match; `ping` says that the line stands; `over` is the last one. */
  event: Schema.Literals(["state", "ping", "over"]),
  data: Schema.fromJsonString(
    Schema.Struct({
      stamp: Instant.EpochSeconds,
      /** What leads it; null for a plain change of the score. */
      happened: Schema.NullOr(
        Schema.Literals(Object.keys(MatchEvent.MatchEvent.cases) as ReadonlyArray<MatchEvent.Name>)
      ),
      alert: Schema.NullOr(Schema.Struct({ title: Schema.String, body: Schema.String })),
      displayState
    })
  )
})
export type Told = typeof Told.Type

/** What is played, was, and will be. */
export class Matches extends HttpApiGroup.make("matches")
  .add(
    HttpApiEndpoint.get("list", "/matches", {
      query: {
        /** The competition, by its name. */
        league: Schema.optionalKey(text(200)),
        status: Schema.optionalKey(Schema.Literals(["upcoming", "live", "completed"])),
        from: Schema.optionalKey(Moment),
        to: Schema.optionalKey(Moment),
        ...Pages.query
      },
      success: Schema.Struct({ matches: Schema.Array(Listed), next: Pages.next }),
      error: [BadRequest, NotNow]
    }).annotateMerge(
      Policy.route("Matches that are, were and will be, in the order of their start", Policy.user("read"))
    ),
    HttpApiEndpoint.get("live", "/matches/live", {
      query: Pages.query,
      success: Schema.Struct({
        matches: Schema.Array(Schema.Struct({ ...Listed.fields, score: Schema.NullOr(Schema.String) })),
        next: Pages.next
      }),
      error: [BadRequest, NotNow]
    }).annotateMerge(Policy.route("Matches that are played now, with their scores", Policy.user("read"))),
    HttpApiEndpoint.get("get", "/matches/:matchId", {
      params: { matchId: MatchId },
      success: Schema.Struct({ ...Listed.fields, displayState }),
      error: [NoSuchMatch, NotNow]
    }).annotateMerge(Policy.route("One match, with what its Live Activity shows", Policy.user("read"))),
    HttpApiEndpoint.get("events", "/matches/:matchId/events", {
      params: { matchId: MatchId },
      success: HttpApiSchema.StreamSse({ events: Told satisfies Sse.EventCodec }),
      error: [NoSuchMatch, NotNow, TooManyRequests]
    }).annotateMerge(Policy.route("A match as it goes, as server-sent events", Policy.user("stream")))
  )
  .middleware(Once)
  .middleware(Gate)
  .middleware(Authorization) {}
