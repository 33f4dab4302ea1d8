import { Api, Authorization, Problems } from "@sightscreen/api"
import { Status } from "@sightscreen/domain"
import { Fixtures, Follows } from "@sightscreen/store"
import { Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { MatchOrchestrator } from "../MatchOrchestrator.ts"
import { now } from "../Now.ts"
import { TokenKeeper } from "../TokenKeeper.ts"
import { orNotNow } from "./NotNow.ts"

export const layer = HttpApiBuilder.group(Api.Api, "follows", (handlers) =>
  Effect.gen(function* () {
    const fixtures = yield* Fixtures.Fixtures
    const follows = yield* Follows.Follows
    const keeper = yield* TokenKeeper
    const orchestrator = yield* MatchOrchestrator
    return handlers.handleAll({
      follow: Effect.fnUntraced(function* ({ payload: { matchId, teamId } }) {
        const { userId } = yield* Authorization.CurrentUser
        const fixture = yield* fixtures.get(matchId)
        if (fixture === null) return yield* new Problems.NoSuchMatch({ detail: `no match ${matchId}` })
        if (Status.isOver(fixture.status))
          return yield* new Problems.MatchIsOver({ detail: `match ${matchId} is over` })
        yield* follows.follow(userId, matchId, yield* now, teamId)
        yield* orchestrator.welcome(matchId, userId)
        const state = yield* orchestrator.stateOf(matchId)
        return { matchId, status: fixture.status, displayState: state?.content ?? null }
      }, orNotNow),
      unfollow: Effect.fnUntraced(function* ({ params: { matchId } }) {
        const { userId } = yield* Authorization.CurrentUser
        yield* keeper.unfollowed(userId, matchId)
      }, orNotNow),
      team: Effect.fnUntraced(function* ({ params: { matchId }, payload: { teamId } }) {
        const { userId } = yield* Authorization.CurrentUser
        if (!(yield* follows.setTeam(userId, matchId, teamId)))
          return yield* new Problems.NoSuchMatch({ detail: `match ${matchId} is not followed` })
      }, orNotNow),
      list: Effect.fnUntraced(function* () {
        const { userId } = yield* Authorization.CurrentUser
        const mine = yield* follows.ofUser(userId)
        return { follows: mine.map(({ matchId, teamId }) => ({ matchId, teamId })) }
      }, orNotNow)
    })
  })
)
