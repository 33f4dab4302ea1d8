import { Instant } from "@sightscreen/decider"
import { type Ids, Preferences as Likes } from "@sightscreen/domain"
import { type Fault, Fixtures, Follows, Notices, Preferences } from "@sightscreen/store"
import { Context, Duration, Effect, Layer } from "effect"
import { MatchOrchestrator } from "./MatchOrchestrator.ts"
import { now } from "./Now.ts"
import * as Rounds from "./Rounds.ts"

/**
 * Follows the matches of people's teams for them.
 *
 * Once for each person and match: who leaves a match that was followed for them has left it.
 */
export class TeamScout extends Context.Service<
  TeamScout,
  {
    /** Everybody's teams, in what is played now and soon. */
    readonly round: Effect.Effect<void, Fault.Fault>
    /** One person's, now rather than with the next round. */
    readonly of: (userId: Ids.UserId, teams: ReadonlyArray<string>) => Effect.Effect<void, Fault.Fault>
    /** Rounds, over and over. */
    readonly run: Effect.Effect<never>
  }
>()("@sightscreen/engine/TeamScout") {
  static readonly interval = "1 minute"
  /** How long before its start a match is followed. */
  static readonly ahead = Duration.hours(24)
  /** People read at once. */
  static readonly page = 500

  static readonly layer = Layer.effect(
    TeamScout,
    Effect.gen(function* () {
      const fixtures = yield* Fixtures.Fixtures
      const follows = yield* Follows.Follows
      const notices = yield* Notices.Notices
      const orchestrator = yield* MatchOrchestrator
      const preferences = yield* Preferences.Preferences

      const soon = Effect.gen(function* () {
        const at = yield* now
        const live = yield* fixtures.live
        const coming = yield* fixtures.startingBetween(at, Instant.plus(at, TeamScout.ahead))
        const seen = new Set(live.map(({ matchId }) => matchId))
        return [...live, ...coming.filter(({ matchId }) => !seen.has(matchId))]
      })

      const follow = Effect.fnUntraced(function* (matchId: Ids.MatchId, users: ReadonlyArray<Ids.UserId>) {
        if (users.length === 0) return
        const at = yield* now
        const claimed = (yield* notices.claim("team", matchId, users, at)) as ReadonlyArray<Ids.UserId>
        for (const userId of claimed) {
          yield* follows.follow(userId, matchId, at).pipe(
            // What could not be done is not to count as done.
            Effect.onError(() => Effect.ignore(notices.release("team", matchId, [userId])))
          )
        }
      })

      const round = Effect.gen(function* () {
        for (const { info, matchId, status } of yield* soon) {
          const teams = Likes.teamsOf(info, status)
          if (teams.length === 0) continue
          for (let after: Ids.UserId | null = null; ;) {
            const users: ReadonlyArray<Ids.UserId> = yield* preferences.followersOf(teams, {
              after,
              limit: TeamScout.page
            })
            const last = users.at(-1)
            if (last === undefined) break
            yield* follow(matchId, users)
            after = last
          }
        }
      })

      return TeamScout.of({
        round,
        of: Effect.fnUntraced(function* (userId, teams) {
          const mine = new Set(teams.map(Likes.teamName))
          if (mine.size === 0) return
          for (const { info, matchId, status } of yield* soon) {
            if (!Likes.teamsOf(info, status).some((team) => mine.has(team))) continue
            yield* follow(matchId, [userId])
            yield* orchestrator.welcome(matchId, userId)
          }
        }),
        run: Rounds.forever("a look at people's teams", round, TeamScout.interval)
      })
    })
  )
}
