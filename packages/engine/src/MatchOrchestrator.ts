import { Instant } from "@sightscreen/decider"
import { ActiveMatch, Activity, Cadence, type Ids, Runner } from "@sightscreen/domain"
import { Feed } from "@sightscreen/feed"
import { Activities, ActiveMatches, type Fault, Fixtures, Follows, Orders, Page } from "@sightscreen/store"
import { Cause, Context, Duration, Effect, FiberMap, Layer, Result, Schedule, Stream } from "effect"
import { ActivityDesk } from "./ActivityDesk.ts"
import { AppSettings } from "./AppSettings.ts"
import * as Attunement from "./Attunement.ts"
import { Broadcaster } from "./Broadcaster.ts"
import { Departure } from "./Departure.ts"
import { LACoordinator, type Place } from "./LACoordinator.ts"
import * as Mustering from "./Mustering.ts"
import { now } from "./Now.ts"
import { decodeState, encodeState, fresh } from "./SavedMatch.ts"
import { type Running, ScorePoller } from "./ScorePoller.ts"

/**
 * Sees to it that every live match has a runner, and every follower of it an activity.
 *
 * Everything it does is worked out from what is stored, so that its first round after a crash is like any other.
 */
export class MatchOrchestrator extends Context.Service<
  MatchOrchestrator,
  {
    /** Looks at matches and followers, over and over, until the process is to leave. */
    readonly run: Effect.Effect<void>
    /** Goes on when no match has a runner in this process. */
    readonly idle: Effect.Effect<void>
    /** Matches with a runner in this process. */
    readonly running: Effect.Effect<ReadonlyArray<ActiveMatch.ActiveMatch>>
    /** Of a match with a runner in this process. */
    readonly stateOf: (matchId: Ids.MatchId) => Effect.Effect<ActiveMatch.ActiveMatch | null>
    /** A match wherever its runner is; as it was saved last where that is another process. */
    readonly place: (matchId: Ids.MatchId) => Effect.Effect<Place, Fault.Fault>
    /** What a person likes has changed: what buzzes on their phones changes with it. */
    readonly attune: (userId: Ids.UserId) => Effect.Effect<void, Fault.Fault>
    /** Whoever tells the match looks for orders at once, where that is this process. */
    readonly heed: (matchId: Ids.MatchId) => Effect.Effect<void>
    /** Starts what one person's phones lack for a match, now rather than with the next round. */
    readonly welcome: (matchId: Ids.MatchId, userId: Ids.UserId) => Effect.Effect<void, Fault.Fault>
  }
>()("@sightscreen/engine/MatchOrchestrator") {
  /** Rows read at once. */
  static readonly page = 500
  /** Pages of followers that are seen to at once. */
  static readonly pagesAtOnce = 4
  /** After a fault of the store a runner begins again from what is saved. */
  static readonly again = "2 seconds"

  static readonly layer = Layer.effect(
    MatchOrchestrator,
    Effect.gen(function* () {
      const { manner, slack } = yield* AppSettings
      const broadcaster = yield* Broadcaster
      const departure = yield* Departure
      const feed = yield* Feed.Feed
      const rows = yield* ActiveMatches.ActiveMatches
      const fixtures = yield* Fixtures.Fixtures
      const follows = yield* Follows.Follows
      const orders = yield* Orders.Orders
      const activities = yield* Activities.Activities
      const desk = yield* ActivityDesk
      const coordinator = yield* LACoordinator
      const poller = yield* ScorePoller
      const attuneAll = yield* Attunement.make
      const mustering = yield* Mustering.make
      const runners = yield* FiberMap.make<Ids.MatchId, void, never>()
      const matches = new Map<Ids.MatchId, Running>()
      /** Matches that somebody else tells. */
      const elsewhere = new Map<Ids.MatchId, Runner.Seen>()
      /** Those whose followers have been seen to since their runner began. */
      const tended = new Set<Ids.MatchId>()

      const runner = (matchId: Ids.MatchId) =>
        poller
          .follow(matchId, (running) => void matches.set(matchId, running))
          .pipe(
            Effect.tapError((error) =>
              error._tag === "StaleVersion"
                ? Effect.void
                : Effect.logError(`match ${matchId}: its runner begins again`, error)
            ),
            Effect.retry({
              while: ({ _tag }) => _tag !== "StaleVersion",
              schedule: Schedule.spaced(MatchOrchestrator.again)
            }),
            Effect.catchTag("StaleVersion", ({ found }) =>
              Effect.gen(function* () {
                // The match is gone: whoever told it has finished.
                if (found === null) return
                elsewhere.set(matchId, { version: found, since: yield* now })
                yield* Effect.logWarning(`match ${matchId}: told by another process now`)
              })
            ),
            // Whatever else stops a runner, the next round finds the match without one and takes it up again.
            Effect.catchCause((cause) =>
              Cause.hasInterruptsOnly(cause)
                ? Effect.void
                : Effect.logError(`match ${matchId}: its runner stopped`, cause)
            ),
            Effect.ensuring(
              Effect.sync(() => {
                matches.delete(matchId)
                tended.delete(matchId)
              })
            )
          )

      const isTakenUpElsewhere = (
        { matchId, version }: ActiveMatches.ActiveMatch,
        at: Instant.Instant
      ): boolean => {
        const watched = Runner.watch(elsewhere.get(matchId), version, at)
        if (watched._tag === "TakeUp") elsewhere.delete(matchId)
        else elsewhere.set(matchId, watched.seen)
        return watched._tag === "Leave"
      }

      const begin = Effect.fnUntraced(function* (matchId: Ids.MatchId) {
        const fixture = yield* fixtures.get(matchId)
        if (!Runner.mayBegin(fixture?.status ?? null)) return
        const marquee = yield* feed.isMarquee(matchId)
        const state = encodeState(fresh(matchId, marquee, manner, yield* orders.last(matchId)))
        yield* rows.insert({ matchId, state, at: yield* now })
      })

      /** One match's trouble is not another's. */
      const apart = <A, E>(matchId: Ids.MatchId, errand: Effect.Effect<A, E>): Effect.Effect<void> =>
        errand.pipe(
          Effect.asVoid,
          Effect.catchCause((cause) =>
            Cause.hasInterruptsOnly(cause)
              ? Effect.interrupt
              : Effect.logError(`match ${matchId}: a round failed`, cause)
          )
        )

      /** The feed was asked for what is live. */
      let askedAt: Instant.Instant | null = null

      /** A match is about to begin, or its followers are yet to be seen to for the first time. */
      const isDue = Effect.gen(function* () {
        const waits = ({ matchId, state }: Running) => Runner.waits(state(), tended.has(matchId))
        if ([...matches.values()].some(waits)) return true
        const at = yield* now
        const near = yield* fixtures.startingBetween(
          Instant.minus(at, Cadence.lateStart),
          Instant.plus(at, Cadence.warmUp)
        )
        return near.some(
          ({ matchId, status }) => Runner.mayBegin(status) && !matches.has(matchId) && !elsewhere.has(matchId)
        )
      })

      const findLive = Effect.fnUntraced(function* (due: boolean) {
        const at = yield* now
        const waits = askedAt !== null && Instant.isBefore(at, Instant.plus(askedAt, Cadence.discovery.idle))
        // While matches are told the answer is there already, and costs nothing.
        if (waits && !due && matches.size === 0) return
        askedAt = at
        const live = yield* feed.live.pipe(
          Effect.timeout(Duration.sum(ScorePoller.patience, slack)),
          Effect.catch((error) => Effect.as(Effect.logWarning(`live matches: ${error.message}`), []))
        )
        for (const matchId of live) if (!matches.has(matchId)) yield* apart(matchId, begin(matchId))
      })

      const discover = Effect.fnUntraced(function* (due: boolean) {
        yield* findLive(due)
        const all = yield* rows.all
        const at = yield* now
        for (const matchId of elsewhere.keys())
          if (!all.some((row) => row.matchId === matchId)) elsewhere.delete(matchId)
        for (const row of all) {
          if (isTakenUpElsewhere(row, at)) continue
          yield* FiberMap.run(runners, row.matchId, runner(row.matchId), { onlyIfMissing: true })
        }
      })

      const placeOf = (running: Running): Place => ({
        matchId: running.matchId,
        state: running.state(),
        lane: running.lane
      })

      /** Sees to a page of followers: those after somebody, in the order of their ids. */
      const tendPage = Effect.fnUntraced(function* (
        running: Running,
        after: Ids.UserId | null,
        followers: ReadonlyArray<Follows.Follow>
      ) {
        const { matchId } = running
        const { begun, waiting } = yield* muster(matchId, followers, false)
        let gone: ReadonlyArray<Activities.Activity> = []
        if (begun.length > 0) {
          // Who has left since the page was read was not there to be found, and would be started for nothing.
          const page: Page.Page = { after, limit: MatchOrchestrator.page }
          const still = (yield* follows.followers(matchId, page)).map(({ userId }) => userId)
          const seen = new Set(still)
          const last = still.length < page.limit ? followers.at(-1)?.userId : still.at(-1)
          gone = begun.filter(({ userId }) => !seen.has(userId) && last !== undefined && userId <= last)
          yield* desk.insist(gone, { _tag: "Unfollowed", at: yield* now })
        }
        const left = new Set(gone.map(({ activityId }) => activityId))
        yield* coordinator.tend(
          () => placeOf(running),
          [...waiting, ...begun.filter(({ activityId }) => !left.has(activityId))]
        )
      })

      /** Everybody who follows the match; while one page waits for the database or for Apple, the next ones go on. */
      const tendFollowers = (running: Running) =>
        Page.stream(
          (page) => follows.followers(running.matchId, page),
          ({ userId }) => userId,
          MatchOrchestrator.page
        ).pipe(
          Stream.grouped(MatchOrchestrator.page),
          Stream.mapAccum(
            (): Ids.UserId | null => null,
            (after, followers) => [followers.at(-1)?.userId ?? after, [{ after, followers }]] as const
          ),
          Stream.mapEffect(({ after, followers }) => tendPage(running, after, followers), {
            concurrency: MatchOrchestrator.pagesAtOnce
          }),
          Stream.runDrain
        )

      const tend = Effect.fnUntraced(function* (running: Running) {
        if (!ActiveMatch.isTold(running.state())) return
        const { matchId } = running
        tended.add(matchId)
        // Cohorts that another process has begun are told from here as well.
        for (const name of yield* activities.cohorts(matchId)) running.lane.greet(name)
        yield* broadcaster.want(matchId)
        yield* Page.stream(
          (page) => activities.personal(matchId, page),
          ({ activityId }) => activityId,
          MatchOrchestrator.page
        ).pipe(
          Stream.grouped(MatchOrchestrator.page),
          Stream.runForEach((some) => attuneAll(running, some))
        )
        yield* tendFollowers(running)
        const old = Instant.minus(yield* now, Activity.renewAfter.inPause)
        yield* Page.stream(
          (page) => activities.aged(matchId, old, page),
          ({ activityId }) => activityId,
          MatchOrchestrator.page
        ).pipe(
          Stream.grouped(MatchOrchestrator.page),
          Stream.runForEach((some) => coordinator.tend(() => placeOf(running), some))
        )
      })

      const round = Effect.gen(function* () {
        yield* discover(yield* isDue)
        yield* Effect.forEach([...matches.values()], (running) => apart(running.matchId, tend(running)), {
          concurrency: 4,
          discard: true
        })
        return yield* isDue
      }).pipe(
        Effect.catchCause((cause) =>
          Cause.hasInterruptsOnly(cause)
            ? Effect.interrupt
            : Effect.as(Effect.logError("a round of the orchestrator failed", cause), true)
        )
      )

      const run = Effect.gen(function* () {
        while (!(yield* departure.isAnnounced)) {
          const due = yield* round
          // With nothing to tend a round is a look at a schedule that may have changed, and costs next to nothing.
          const soon = due || matches.size === 0
          yield* departure.unless(Effect.sleep(soon ? Cadence.discovery.due : Cadence.discovery.rounds))
        }
      })

      const here = (matchId: Ids.MatchId): Place | null => {
        const running = matches.get(matchId)
        return running === undefined ? null : { matchId, state: running.state(), lane: running.lane }
      }

      const place = (matchId: Ids.MatchId): Effect.Effect<Place, Fault.Fault> =>
        Effect.suspend(() => {
          const found = here(matchId)
          if (found !== null) return Effect.succeed(found)
          return Effect.map(rows.load(matchId), (row): Place => {
            const state = row === null ? null : Result.getOrNull(decodeState(row))
            return { matchId, state, lane: null }
          })
        })

      const muster = mustering(place)

      const welcome = Effect.fnUntraced(function* (matchId: Ids.MatchId, userId: Ids.UserId) {
        const { lane, state } = yield* place(matchId)
        if (state === null || !ActiveMatch.isTold(state)) return
        const follow = (yield* follows.ofUser(userId)).find((one) => one.matchId === matchId)
        if (follow === undefined) return
        const { begun, waiting } = yield* muster(matchId, [follow], true)
        if (begun.length > 0 && !(yield* follows.has(userId, matchId))) {
          yield* desk.insist(begun, { _tag: "Unfollowed", at: yield* now })
          return
        }
        // Another process has its own round for what it tells.
        if (lane === null) return
        yield* coordinator.tend(() => here(matchId) ?? { matchId, state, lane }, [...waiting, ...begun])
      })

      return MatchOrchestrator.of({
        run,
        idle: FiberMap.awaitEmpty(runners),
        running: Effect.sync(() => [...matches.values()].map(({ state }) => state())),
        stateOf: (matchId) => Effect.sync(() => matches.get(matchId)?.state() ?? null),
        place,
        attune: (userId) =>
          Effect.forEach(
            [...matches.values()],
            (running) =>
              Effect.flatMap(activities.ofUser(userId, running.matchId), (rows) =>
                attuneAll(
                  running,
                  rows.filter(({ status, updateToken }) => status === "active" && updateToken !== null)
                )
              ),
            { discard: true }
          ),
        heed: (matchId) => Effect.suspend(() => matches.get(matchId)?.heed ?? Effect.void),
        welcome
      })
    })
  )
}
