import { HttpApi, OpenApi } from "effect/http-api"
import { Activities } from "./Activities.ts"
import { AdminFeed, AdminMatches, AdminNotifications } from "./Admin.ts"
import * as Description from "./Description.ts"
import { Devices } from "./Devices.ts"
import { Follows } from "./Follows.ts"
import { Refusals } from "./Gates.ts"
import { Matches } from "./Matches.ts"
import { AppConfig, Root } from "./Public.ts"
import { Replay } from "./Replay.ts"
import { User } from "./User.ts"
import { Webhooks } from "./Webhooks.ts"

/** What is sent must be what is described: a field too many is an error, and all errors are told at once. */
const strict = { onExcessProperty: "error", errors: "all" } as const

/** The whole HTTP contract; handlers are the engine's. */
export class Api extends HttpApi.make("sightscreen")
  .add(Matches)
  .add(Follows)
  .add(Activities)
  .add(Devices)
  .add(User)
  .add(AppConfig)
  .add(AdminMatches)
  .add(AdminNotifications)
  .add(AdminFeed)
  .add(Replay)
  .add(Webhooks)
  .prefix("/v1")
  .add(Root)
  .middleware(Refusals)
  .annotate(HttpApi.PayloadParseOptions, strict)
  .annotate(HttpApi.QueryParseOptions, strict)
  .annotate(OpenApi.Title, "Sightscreen")
  .annotate(OpenApi.Version, "1")
  .annotate(OpenApi.Transform, Description.complete) {}
