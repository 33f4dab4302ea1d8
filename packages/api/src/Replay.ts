import { Ids } from "@sightscreen/domain"
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema } from "effect/http-api"
import { Operators } from "./Authorization.ts"
import { Gate, Once } from "./Gates.ts"
import { MatchId, text } from "./Names.ts"
import * as Pages from "./Pages.ts"
import * as Policy from "./Policy.ts"
import { BadRequest, NoSuchReplay, NotNow, NotOffered } from "./Problems.ts"

const Speed = Schema.Finite.check(Schema.isBetween({ minimum: 0.1, maximum: 2000 }))

/** A recorded match that is played again beside live ones. */
export const Playing = Schema.Struct({
  matchId: Ids.MatchId,
  tapeId: Schema.String,
  state: Schema.Literals(["playing", "paused", "stopped"]),
  speed: Schema.Finite,
  /** Balls bowled so far, and in all. */
  position: Schema.Int,
  balls: Schema.Int
})

export const Tape = Schema.Struct({
  tapeId: Schema.String,
  name: Schema.String,
  durationMillis: Schema.Int,
  balls: Schema.Int
})

/** What to do with it; some need a figure with them. */
export const Control = Schema.Struct({
  action: Schema.Literals(["play", "pause", "stop", "seek", "setSpeed", "reset"]),
  /** The number of a ball; for `seek`. */
  position: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 100_000 }))),
  speed: Schema.optionalKey(Speed)
})

const error = [NotOffered, NoSuchReplay, NotNow] as const

/** Only where the server is set up for replays. */
export class Replay extends HttpApiGroup.make("replay")
  .add(
    HttpApiEndpoint.post("start", "/admin/replay/matches", {
      payload: Schema.Struct({ tapeId: text(128), speed: Schema.optionalKey(Speed) }),
      success: Playing.pipe(HttpApiSchema.status(201)),
      error
    }).annotateMerge(Policy.route("Play a recorded match beside live ones", Policy.operator("operator"))),
    HttpApiEndpoint.get("list", "/admin/replay/matches", {
      query: Pages.query,
      success: Schema.Struct({ matches: Schema.Array(Playing), next: Pages.next }),
      error: [BadRequest, ...error]
    }).annotateMerge(Policy.route("Recorded matches that are played", Policy.operator("observer"))),
    HttpApiEndpoint.post("control", "/admin/replay/matches/:matchId/control", {
      params: { matchId: MatchId },
      payload: Control,
      success: Playing,
      error: [BadRequest, ...error]
    }).annotateMerge(
      Policy.route("Play, pause, stop, seek, change the speed, or begin anew", Policy.operator("operator"))
    ),
    HttpApiEndpoint.delete("remove", "/admin/replay/matches/:matchId", {
      params: { matchId: MatchId },
      error
    }).annotateMerge(Policy.route("Take a recorded match away", Policy.operator("operator"))),
    HttpApiEndpoint.get("tapes", "/admin/replay/tapes", {
      query: Pages.query,
      success: Schema.Struct({ tapes: Schema.Array(Tape), next: Pages.next }),
      error: [BadRequest, ...error]
    }).annotateMerge(Policy.route("Recorded matches that there are", Policy.operator("observer")))
  )
  .middleware(Once)
  .middleware(Gate)
  .middleware(Operators) {}
