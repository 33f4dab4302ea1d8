import { Api, Authorization, Problems } from "@sightscreen/api"
import { Status } from "@sightscreen/domain"
import { Activities, Devices, Fixtures, Follows } from "@sightscreen/store"
import { Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { MatchOrchestrator } from "../MatchOrchestrator.ts"
import { now } from "../Now.ts"
import { TokenKeeper } from "../TokenKeeper.ts"
import { orNotNow } from "./NotNow.ts"
import { among } from "./Paging.ts"
import { standing } from "./Standing.ts"

export const layer = HttpApiBuilder.group(Api.Api, "follows", (handlers) =>
  Effect.gen(function* () {
    const activities = yield* Activities.Activities
    const devices = yield* Devices.Devices
    const fixtures = yield* Fixtures.Fixtures
    const follows = yield* Follows.Follows
    const keeper = yield* TokenKeeper
    const orchestrator = yield* MatchOrchestrator
    return handlers.handleAll({
      follow: Effect.fnUntraced(function* ({ payload: { deviceId, matchId, teamId } }) {
        const { userId } = yield* Authorization.CurrentUser
        const fixture = yield* fixtures.get(matchId)
        if (fixture === null) return yield* new Problems.NoSuchMatch({ detail: "no match of that name" })
        if (deviceId !== undefined && (yield* devices.get(deviceId))?.userId !== userId)
          return yield* new Problems.NoSuchDevice({ detail: "no device of that name is yours" })
        if (Status.isOver(fixture.status))
          return yield* new Problems.MatchIsOver({ detail: "it can be followed until its last ball" })
        yield* follows.follow(userId, matchId, yield* now, teamId)
        yield* orchestrator.welcome(matchId, userId)
        const state = yield* orchestrator.stateOf(matchId)
        const begun = yield* activities.ofUser(userId, matchId)
        return {
          matchId,
          status: fixture.status,
          displayState: state?.content ?? null,
          liveActivities: begun.filter(({ status }) => status !== "ended").map(standing)
        }
      }, orNotNow),
      unfollow: Effect.fnUntraced(function* ({ params: { matchId } }) {
        const { userId } = yield* Authorization.CurrentUser
        yield* keeper.unfollowed(userId, matchId)
      }, orNotNow),
      team: Effect.fnUntraced(function* ({ params: { matchId }, payload: { teamId } }) {
        const { userId } = yield* Authorization.CurrentUser
        if (!(yield* follows.setTeam(userId, matchId, teamId)))
          return yield* new Problems.NoSuchMatch({ detail: "the match is not followed" })
      }, orNotNow),
      list: Effect.fnUntraced(function* ({ query }) {
        const { userId } = yield* Authorization.CurrentUser
        const mine = yield* follows.ofUser(userId)
        const { next, rows } = among(mine, query, ({ matchId }) => matchId)
        return {
          follows: rows.map(({ createdAt, matchId, teamId }) => ({ matchId, teamId, createdAt })),
          next
        }
      }, orNotNow)
    })
  })
)
