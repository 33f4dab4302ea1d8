import { Instant } from "@sightscreen/decider"
import { ActiveMatch, Edition, Ending, type Ids, type Match } from "@sightscreen/domain"
import { Feed } from "@sightscreen/feed"
import { Activities, ActiveMatches, type Fault, Fixtures, Follows, Page } from "@sightscreen/store"
import { Context, Effect, Layer, PubSub, Result, Schema, Semaphore, Stream } from "effect"
import { ActivityDesk } from "./ActivityDesk.ts"
import { draftOf, LACoordinator } from "./LACoordinator.ts"
import { MatchEventBus } from "./MatchEventBus.ts"
import { now } from "./Now.ts"

const codec = Schema.toCodecJson(ActiveMatch.ActiveMatch)
const encode = Schema.encodeSync(codec)
const decode = Schema.decodeUnknownResult(codec)

export const encodeState = (state: ActiveMatch.ActiveMatch): Schema.Json =>
  encode(ActiveMatch.forStore(state))

/** The saved state of a match cannot be read: another version wrote it, or a hand. */
export class UnreadableState extends Schema.TaggedError<UnreadableState>()("UnreadableState", {
  matchId: Schema.String
}) {
  override get message() {
    return `the saved state of match ${this.matchId} cannot be read; the match starts anew`
  }
}

/** A match that is being followed, as others in this process see it. */
export interface Running {
  readonly matchId: Ids.MatchId
  readonly state: Effect.Effect<ActiveMatch.ActiveMatch>
}

/**
 * One match from its first reading to its last push: read, decide, save, send, wait.
 *
 * The state is saved before anything is sent, with the editions that must not be lost, and only if nobody else has saved
 * it since: a runner that finds it has been overtaken stops at once, without a push.
 */
export class ScorePoller extends Context.Service<
  ScorePoller,
  {
    /** Ends when the match is over and its end has gone out. `running` is called once the state is loaded. */
    readonly follow: (
      matchId: Ids.MatchId,
      running: (match: Running) => Effect.Effect<void>
    ) => Effect.Effect<void, Fault.Fault | ActiveMatches.StaleVersion>
  }
>()("@sightscreen/engine/ScorePoller") {
  static readonly layer = Layer.effect(
    ScorePoller,
    Effect.gen(function* () {
      const feed = yield* Feed.Feed
      const rows = yield* ActiveMatches.ActiveMatches
      const fixtures = yield* Fixtures.Fixtures
      const follows = yield* Follows.Follows
      const activities = yield* Activities.Activities
      const desk = yield* ActivityDesk
      const coordinator = yield* LACoordinator
      const bus = yield* MatchEventBus

      /** Everybody's activity ends, the follows with it, and at last the match leaves the list. Each part may be done twice. */
      const finish = Effect.fnUntraced(function* (state: ActiveMatch.ActiveMatch) {
        const { matchId } = state
        const at = yield* now
        yield* Page.stream(
          (page) => activities.ofMatch(matchId, ["pending", "active", "token_invalid", "failed"], page),
          ({ activityId }) => activityId
        ).pipe(
          Stream.grouped(500),
          Stream.runForEach((some) => Effect.asVoid(desk.step(some, { _tag: "MatchEnded", at })))
        )
        yield* follows.endAll(matchId, at)
        // A phone that reports its token late still learns the final score, for as long as others show it.
        const dismissAt = Instant.plus(state.issuedAt ?? at, Ending.dismissAfter)
        yield* Effect.sleep(Instant.since(dismissAt, at))
        yield* rows.remove(matchId)
      })

      const noteFixture = (match: Match.Match) =>
        fixtures.upsert([
          {
            matchId: match.info.matchId,
            info: match.info,
            status: match.status,
            outcome: match.outcome,
            updatedAt: match.readAt
          }
        ])

      const follow = Effect.fnUntraced(function* (
        matchId: Ids.MatchId,
        running: (match: Running) => Effect.Effect<void>
      ) {
        const row = yield* rows.load(matchId)
        if (row === null) return
        const decoded = decode(row.state)
        if (Result.isFailure(decoded)) yield* Effect.logError(new UnreadableState({ matchId }).message)
        let state = Result.isSuccess(decoded) ? decoded.success : ActiveMatch.begin(matchId, false)
        let { version } = row
        const outward = yield* coordinator.open(matchId)
        const oneAtATime = yield* Semaphore.make(1)
        yield* running({ matchId, state: Effect.sync(() => state) })

        const hear = Effect.fnUntraced(function* (input: ActiveMatch.Input) {
          const before = state.match?.status
          const [next, outputs] = ActiveMatch.step(state, input)
          if (outputs.length === 0) {
            state = next
            return
          }
          const editions = []
          for (const output of outputs) {
            if (output._tag === "BulletinIssued") editions.push(...(yield* outward.editions(output.bulletin)))
            if (output._tag === "Refused")
              yield* Effect.logWarning(`${matchId}: a reading was refused: ${output.reason}`)
          }
          const at = yield* now
          version = yield* rows.save({
            matchId,
            version,
            state: encodeState(next),
            at,
            editions: editions.filter(Edition.isKept).map(draftOf)
          })
          state = next
          yield* outward.offer(editions)
          yield* PubSub.publish(bus, { state: next, outputs })
          if (next.match !== null && next.match.status !== before) yield* noteFixture(next.match)
        }, oneAtATime.withPermits(1))

        const poll = Effect.gen(function* () {
          while (!state.ended) {
            const reading = yield* Effect.result(feed.snapshot(matchId))
            if (Result.isSuccess(reading) && reading.success !== null) {
              yield* hear({ _tag: "SnapshotRead", snapshot: reading.success })
            } else {
              if (Result.isFailure(reading))
                yield* Effect.logWarning(`${matchId}: ${reading.failure.message}`)
              yield* hear({ _tag: "FeedSilent", at: yield* now })
            }
            if (!state.ended) yield* Effect.sleep(ActiveMatch.cadence(state, yield* now))
          }
          yield* outward.idle
        })

        yield* Effect.raceFirst(poll, outward.run)
        yield* finish(state)
      })

      return ScorePoller.of({ follow })
    })
  )
}
