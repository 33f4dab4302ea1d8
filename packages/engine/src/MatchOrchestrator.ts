import { ActiveMatch, type Ids, Status } from "@sightscreen/domain"
import { Feed } from "@sightscreen/feed"
import {
  Activities,
  ActiveMatches,
  Devices,
  type Fault,
  Fixtures,
  Follows,
  Page,
  PushTokens
} from "@sightscreen/store"
import { Cause, Context, Effect, Exit, FiberMap, Layer, Stream } from "effect"
import { ActivityDesk, draft, stateOf } from "./ActivityDesk.ts"
import { AppSettings } from "./AppSettings.ts"
import { LACoordinator } from "./LACoordinator.ts"
import { now } from "./Now.ts"
import { encodeState, type Running, ScorePoller } from "./ScorePoller.ts"

/**
 * Sees to it that every live match has a runner, and every follower of it an activity.
 *
 * Everything it does is worked out from what is stored, so that its first round after a crash is like any other.
 */
export class MatchOrchestrator extends Context.Service<
  MatchOrchestrator,
  {
    /** Looks at matches and followers, over and over. */
    readonly run: Effect.Effect<never>
    /** Matches with a runner in this process. */
    readonly running: Effect.Effect<ReadonlyArray<ActiveMatch.ActiveMatch>>
    readonly stateOf: (matchId: Ids.MatchId) => Effect.Effect<ActiveMatch.ActiveMatch | null>
    /** Starts what one person's phones lack for a match, now rather than with the next round. */
    readonly welcome: (matchId: Ids.MatchId, userId: Ids.UserId) => Effect.Effect<void, Fault.Fault>
  }
>()("@sightscreen/engine/MatchOrchestrator") {
  /** Between two rounds. */
  static readonly interval = "30 seconds"
  /** Between two rounds while no runner has had its first reading: a match that goes live should not wait. */
  static readonly discovery = "5 seconds"

  static readonly layer = Layer.effect(
    MatchOrchestrator,
    Effect.gen(function* () {
      const { slack } = yield* AppSettings
      const feed = yield* Feed.Feed
      const rows = yield* ActiveMatches.ActiveMatches
      const fixtures = yield* Fixtures.Fixtures
      const follows = yield* Follows.Follows
      const devices = yield* Devices.Devices
      const tokens = yield* PushTokens.PushTokens
      const activities = yield* Activities.Activities
      const desk = yield* ActivityDesk
      const coordinator = yield* LACoordinator
      const poller = yield* ScorePoller
      const runners = yield* FiberMap.make<Ids.MatchId>()
      const matches = new Map<Ids.MatchId, Running>()

      const adopt = (matchId: Ids.MatchId) =>
        FiberMap.run(
          runners,
          matchId,
          poller
            .follow(matchId, (running) => Effect.sync(() => void matches.set(matchId, running)))
            .pipe(
              Effect.onExit((exit) =>
                Effect.gen(function* () {
                  matches.delete(matchId)
                  // Whatever stops a runner, the next round finds the match without one and takes it up again.
                  if (Exit.isFailure(exit) && !Cause.hasInterruptsOnly(exit.cause)) {
                    yield* Effect.logError(`match ${matchId}: its runner stopped`, exit.cause)
                  }
                })
              ),
              Effect.ignore
            ),
          { onlyIfMissing: true }
        )

      const discover = Effect.gen(function* () {
        const live = yield* feed.live.pipe(
          Effect.catch((error) => Effect.as(Effect.logWarning(error.message), []))
        )
        for (const matchId of live) {
          if (matches.has(matchId)) continue
          const fixture = yield* fixtures.get(matchId)
          // A feed that still lists a match whose end was told does not begin it again.
          if (fixture !== null && Status.isOver(fixture.status)) continue
          yield* rows.insert({
            matchId,
            state: encodeState(ActiveMatch.begin(matchId, true)),
            at: yield* now
          })
        }
        for (const { matchId } of yield* rows.all) yield* adopt(matchId)
      })

      /** Activities for these people's phones that can be started and have none. */
      const missing = Effect.fnUntraced(function* (matchId: Ids.MatchId, users: ReadonlyArray<Ids.UserId>) {
        const owned = yield* devices.ofUsers(users)
        const startable = new Set(
          (yield* tokens.ofDevices(
            "start",
            owned.map(({ deviceId }) => deviceId)
          )).map(({ deviceId }) => deviceId)
        )
        const at = yield* now
        const drafts = owned.flatMap((device) =>
          startable.has(device.deviceId) ? [draft(matchId, device, 1, at)] : []
        )
        yield* activities.insert(drafts)
      })

      const tend = Effect.fnUntraced(function* (running: Running) {
        const state = yield* running.state
        if (state.content === null || state.ended) return
        yield* Page.stream(
          (page) => follows.followers(state.matchId, page),
          ({ userId }) => userId
        ).pipe(
          Stream.grouped(500),
          Stream.runForEach((some) =>
            missing(
              state.matchId,
              some.map(({ userId }) => userId)
            )
          )
        )
        yield* Page.stream(
          (page) => activities.ofMatch(state.matchId, ["pending", "token_invalid"], page),
          ({ activityId }) => activityId
        ).pipe(
          Stream.grouped(500),
          Stream.runForEach((some) =>
            Effect.gen(function* () {
              const said = yield* desk.step(some, { _tag: "Ticked", at: yield* now, slack })
              yield* coordinator.carryOut(yield* running.state, said)
            })
          )
        )
      })

      const round = Effect.gen(function* () {
        yield* discover
        for (const running of matches.values()) yield* tend(running)
      }).pipe(Effect.catchCause((cause) => Effect.logError("a round of the orchestrator failed", cause)))

      const run = Effect.gen(function* () {
        for (;;) {
          yield* round
          const settled = yield* Effect.map(
            Effect.forEach([...matches.values()], ({ state }) => state),
            (states) => states.length > 0 && states.every(({ content }) => content !== null)
          )
          yield* Effect.sleep(settled ? MatchOrchestrator.interval : MatchOrchestrator.discovery)
        }
      })

      return MatchOrchestrator.of({
        run,
        running: Effect.suspend(() => Effect.forEach([...matches.values()], ({ state }) => state)),
        stateOf: (matchId) => Effect.suspend(() => matches.get(matchId)?.state ?? Effect.succeed(null)),
        welcome: Effect.fnUntraced(function* (matchId, userId) {
          const running = matches.get(matchId)
          if (running === undefined) return
          const state = yield* running.state
          if (state.content === null || state.ended) return
          yield* missing(matchId, [userId])
          const mine = new Set((yield* devices.ofUsers([userId])).map(({ deviceId }) => deviceId))
          const pending = (yield* Effect.forEach([...mine], activities.ofDevice))
            .flat()
            .filter((row) => row.matchId === matchId && stateOf(row)._tag === "Pending")
          yield* coordinator.carryOut(
            state,
            yield* desk.step(pending, { _tag: "Ticked", at: yield* now, slack })
          )
        })
      })
    })
  )
}
