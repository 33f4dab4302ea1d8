import { Instant } from "@sightscreen/decider"
import { ActiveMatch, type Ids, Status } from "@sightscreen/domain"
import { Feed } from "@sightscreen/feed"
import { Activities, ActiveMatches, Devices, type Fault, Fixtures, Follows, Page } from "@sightscreen/store"
import { Cause, Context, Duration, Effect, FiberMap, Layer, Result, Schedule, Stream } from "effect"
import { ActivityDesk, draft, isLeft, newest, stateOf } from "./ActivityDesk.ts"
import { AppSettings } from "./AppSettings.ts"
import { LACoordinator, type Place } from "./LACoordinator.ts"
import { now } from "./Now.ts"
import { decodeState, encodeState, type Running, ScorePoller } from "./ScorePoller.ts"

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
    /** Of a match with a runner in this process. */
    readonly stateOf: (matchId: Ids.MatchId) => Effect.Effect<ActiveMatch.ActiveMatch | null>
    /** A match wherever its runner is; as it was saved last where that is another process. */
    readonly place: (matchId: Ids.MatchId) => Effect.Effect<Place, Fault.Fault>
    /** Starts what one person's phones lack for a match, now rather than with the next round. */
    readonly welcome: (matchId: Ids.MatchId, userId: Ids.UserId) => Effect.Effect<void, Fault.Fault>
  }
>()("@sightscreen/engine/MatchOrchestrator") {
  /** Between two rounds. */
  static readonly interval = "30 seconds"
  /** Between two rounds while no runner has had its first reading: a match that goes live should not wait. */
  static readonly discovery = "5 seconds"
  /** A match that another process was seen to tell is taken up after it has been left alone for so long. */
  static readonly takeOverAfter = Duration.seconds(90)
  /** After a fault of the store a runner begins again from what is saved. */
  static readonly again = "2 seconds"

  static readonly layer = Layer.effect(
    MatchOrchestrator,
    Effect.gen(function* () {
      const { slack } = yield* AppSettings
      const feed = yield* Feed.Feed
      const rows = yield* ActiveMatches.ActiveMatches
      const fixtures = yield* Fixtures.Fixtures
      const follows = yield* Follows.Follows
      const devices = yield* Devices.Devices
      const activities = yield* Activities.Activities
      const desk = yield* ActivityDesk
      const coordinator = yield* LACoordinator
      const poller = yield* ScorePoller
      const runners = yield* FiberMap.make<Ids.MatchId>()
      const matches = new Map<Ids.MatchId, Running>()
      /** Matches that somebody else tells, with the version that was seen and since when. */
      const elsewhere = new Map<Ids.MatchId, { readonly version: number; readonly since: Instant.Instant }>()

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
            Effect.ensuring(Effect.sync(() => void matches.delete(matchId)))
          )

      const isTakenUpElsewhere = (
        { matchId, version }: ActiveMatches.ActiveMatch,
        at: Instant.Instant
      ): boolean => {
        const seen = elsewhere.get(matchId)
        if (seen === undefined) return false
        if (seen.version !== version) {
          elsewhere.set(matchId, { version, since: at })
          return true
        }
        if (Instant.isBefore(at, Instant.plus(seen.since, MatchOrchestrator.takeOverAfter))) return true
        elsewhere.delete(matchId)
        return false
      }

      const begin = Effect.fnUntraced(function* (matchId: Ids.MatchId) {
        const fixture = yield* fixtures.get(matchId)
        // A feed that still lists a match whose end was told does not begin it again.
        if (fixture !== null && Status.isOver(fixture.status)) return
        const state = encodeState(ActiveMatch.begin(matchId, true))
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

      const discover = Effect.gen(function* () {
        const live = yield* feed.live.pipe(
          Effect.timeout(Duration.sum(ScorePoller.patience, slack)),
          Effect.catch((error) => Effect.as(Effect.logWarning(`live matches: ${error.message}`), []))
        )
        for (const matchId of live) if (!matches.has(matchId)) yield* apart(matchId, begin(matchId))
        const all = yield* rows.all
        const at = yield* now
        for (const matchId of elsewhere.keys())
          if (!all.some((row) => row.matchId === matchId)) elsewhere.delete(matchId)
        for (const row of all) {
          if (isTakenUpElsewhere(row, at)) continue
          yield* FiberMap.run(runners, row.matchId, runner(row.matchId), { onlyIfMissing: true })
        }
      })

      /** Activities for these people's phones that can be started and have none. Gives those that it made. */
      const missing = Effect.fnUntraced(function* (matchId: Ids.MatchId, users: ReadonlyArray<Ids.UserId>) {
        const owned = yield* devices.ofUsers(users)
        const startable = yield* coordinator.startable(owned.map(({ deviceId }) => deviceId))
        const at = yield* now
        const drafts = owned.flatMap((device) =>
          startable.has(device.deviceId) ? [draft(matchId, device, 1, at)] : []
        )
        return drafts.length === 0 ? [] : yield* made(drafts)
      })

      /** Begins them; those that others have begun already are left out. */
      const made = Effect.fnUntraced(function* (drafts: ReadonlyArray<Activities.Draft>) {
        const begun = new Set(yield* activities.insert(drafts))
        return drafts
          .filter(({ activityId }) => begun.has(activityId))
          .map((one): Activities.Activity => ({ ...one, version: 0 }))
      })

      /** Asks for those that wait and that a phone can be asked for; the others wait for a start token. */
      const ask = Effect.fnUntraced(function* (
        place: () => Place,
        waiting: ReadonlyArray<Activities.Activity>
      ) {
        if (waiting.length === 0) return
        const startable = yield* coordinator.startable(waiting.map(({ deviceId }) => deviceId))
        const some = waiting.filter(({ deviceId }) => startable.has(deviceId))
        const said = yield* desk.step(some, { _tag: "Ticked", at: yield* now, slack })
        yield* coordinator.carryOut(place(), said)
      })

      const inPlay = (running: Running): boolean => {
        const { content, ended } = running.state()
        return content !== null && !ended
      }

      const begun = Effect.fnUntraced(function* (matchId: Ids.MatchId) {
        for (let after: Ids.UserId | null = null; ;) {
          const page = { after, limit: 500 }
          const users: ReadonlyArray<Ids.UserId> = (yield* follows.followers(matchId, page)).map(
            ({ userId }) => userId
          )
          const last = users.at(-1)
          if (last === undefined) return
          const fresh = yield* missing(matchId, users)
          if (fresh.length > 0) {
            // Who has left since the page was read was not there to be found, and would be started for nothing.
            const still = (yield* follows.followers(matchId, page)).map(({ userId }) => userId)
            const seen = new Set(still)
            const gone = fresh.filter(({ userId }) => !seen.has(userId) && userId <= (still.at(-1) ?? last))
            yield* desk.insist(gone, { _tag: "Unfollowed", at: yield* now })
          }
          after = last
        }
      })

      const tend = Effect.fnUntraced(function* (running: Running) {
        if (!inPlay(running)) return
        const { lane, matchId } = running
        yield* begun(matchId)
        yield* Page.stream(
          (page) => activities.ofMatch(matchId, ["pending", "token_invalid"], page),
          ({ activityId }) => activityId,
          500
        ).pipe(
          Stream.grouped(500),
          Stream.runForEach((some) => ask(() => ({ matchId, state: running.state(), lane }), some))
        )
      })

      const round = Effect.gen(function* () {
        yield* discover
        yield* Effect.forEach([...matches.values()], (running) => apart(running.matchId, tend(running)), {
          concurrency: 4,
          discard: true
        })
      }).pipe(
        Effect.catchCause((cause) =>
          Cause.hasInterruptsOnly(cause)
            ? Effect.interrupt
            : Effect.logError("a round of the orchestrator failed", cause)
        )
      )

      const run = Effect.gen(function* () {
        for (;;) {
          yield* round
          const states = [...matches.values()].map(({ state }) => state())
          const settled = states.length > 0 && states.every(({ content }) => content !== null)
          yield* Effect.sleep(settled ? MatchOrchestrator.interval : MatchOrchestrator.discovery)
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

      const welcome = Effect.fnUntraced(function* (matchId: Ids.MatchId, userId: Ids.UserId) {
        const { lane, state } = yield* place(matchId)
        if (state === null || state.ended) return
        const phones = yield* devices.ofUsers([userId])
        const at = yield* now
        const pending: Array<Activities.Activity> = []
        const failed: Array<Activities.Activity> = []
        const drafts: Array<Activities.Draft> = []
        const known = yield* Effect.forEach(phones, ({ deviceId }) => activities.ofDevice(deviceId), {
          concurrency: 5
        })
        for (const [index, phone] of phones.entries()) {
          const row = newest(known[index]!, matchId)
          const activity = row === null ? null : stateOf(row)
          if (row === null || activity === null) drafts.push(draft(matchId, phone, 1, at))
          else if (isLeft(activity)) drafts.push(draft(matchId, phone, row.generation + 1, at))
          else if (row.userId === userId) {
            if (activity._tag === "Pending") pending.push(row)
            if (activity._tag === "Failed") failed.push(row)
          }
        }
        const startable = yield* coordinator.startable(drafts.map(({ deviceId }) => deviceId))
        const wanted = drafts.filter(({ deviceId }) => startable.has(deviceId))
        const fresh = wanted.length === 0 ? [] : yield* made(wanted)
        if (fresh.length > 0 && !(yield* isFollowing(userId, matchId))) {
          yield* desk.insist(fresh, { _tag: "Unfollowed", at })
          return
        }
        yield* desk.insist(failed, { _tag: "Wanted", at })
        const revived = yield* Effect.forEach(failed, ({ activityId }) => activities.get(activityId))
        // Another process has its own round for what it tells.
        if (lane === null || state.content === null) return
        yield* ask(
          () => here(matchId) ?? { matchId, state, lane },
          [...pending, ...fresh, ...revived.filter((row) => row !== null)]
        )
      })

      const isFollowing = (userId: Ids.UserId, matchId: Ids.MatchId) =>
        Effect.map(follows.ofUser(userId), (mine) => mine.some((one) => one.matchId === matchId))

      return MatchOrchestrator.of({
        run,
        running: Effect.sync(() => [...matches.values()].map(({ state }) => state())),
        stateOf: (matchId) => Effect.sync(() => matches.get(matchId)?.state() ?? null),
        place,
        welcome
      })
    })
  )
}
