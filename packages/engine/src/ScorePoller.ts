import { Instant } from "@sightscreen/decider"
import { ActiveMatch, Edition, type Ids, type Match, Runner, WebhookNotice } from "@sightscreen/domain"
import { Feed } from "@sightscreen/feed"
import { Activities, ActiveMatches, type Fault, Fixtures, Follows, Orders } from "@sightscreen/store"
import { Context, Duration, Effect, Fiber, Latch, Layer, Option, PubSub, Result } from "effect"
import { ActivityDesk } from "./ActivityDesk.ts"
import { AppSettings } from "./AppSettings.ts"
import { Broadcaster } from "./Broadcaster.ts"
import { Departure } from "./Departure.ts"
import * as Chronicle from "./Chronicle.ts"
import { LACoordinator, type Place } from "./LACoordinator.ts"
import { type Behind, type Lane, Lanes, draftOf } from "./Lanes.ts"
import { MatchEventBus } from "./MatchEventBus.ts"
import * as Metrics from "./Metrics.ts"
import { now } from "./Now.ts"
import { Paces } from "./Paces.ts"
import { decodeState, encodeState, fresh, orderOf } from "./SavedMatch.ts"
import { WebhookDesk } from "./WebhookDesk.ts"

/** A match that is being followed, as others in this process see it. */
export interface Running {
  readonly matchId: Ids.MatchId
  /** As it was last saved, or since then changed in nothing that was to be told. */
  readonly state: () => ActiveMatch.ActiveMatch
  readonly lane: Lane
  /** Looks for orders now rather than with the next reading. */
  readonly heed: Effect.Effect<void>
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
      running: (match: Running) => void
    ) => Effect.Effect<void, Fault.Fault | ActiveMatches.StaleVersion>
  }
>()("@sightscreen/engine/ScorePoller") {
  /** Rows read at once. */
  static readonly page = 500
  /** Between two looks whether phones that are owed the end of their match have been told. */
  static readonly pause = "30 seconds"
  /** A feed that has not answered for so long is taken for silent. */
  static readonly patience = Duration.seconds(10)

  static readonly layer = Layer.effect(
    ScorePoller,
    Effect.gen(function* () {
      const { manner, slack } = yield* AppSettings
      const paces = yield* Paces
      const feed = yield* Feed.Feed
      const rows = yield* ActiveMatches.ActiveMatches
      const fixtures = yield* Fixtures.Fixtures
      const follows = yield* Follows.Follows
      const orders = yield* Orders.Orders
      const activities = yield* Activities.Activities
      const desk = yield* ActivityDesk
      const coordinator = yield* LACoordinator
      const lanes = yield* Lanes
      const broadcaster = yield* Broadcaster
      const departure = yield* Departure
      const webhooks = yield* WebhookDesk
      const bus = yield* MatchEventBus

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

      /**
       * Ends every activity that is open but those whose phones are owed the end: they are found again, also by whoever comes
       * after a fall. One that somebody else saves meanwhile is met again. Tells whether any is left.
       */
      const endAll = Effect.fnUntraced(function* (
        place: Place,
        reason: "match over" | "day over" | "postponed",
        behind: Behind
      ) {
        if (behind === "unknown") return true
        const open = ["pending", "active", "token_invalid", "failed"] as const
        for (let isLeft = false; ; isLeft = false) {
          let ended = 0
          for (let after: Ids.ActivityId | null = null; ;) {
            const page: ReadonlyArray<Activities.Activity> = yield* activities.ofMatch(place.matchId, open, {
              after,
              limit: ScorePoller.page
            })
            const last = page.at(-1)
            if (last === undefined) break
            const told = page.filter(({ activityId }) => !behind.has(activityId))
            if (told.length > 0) {
              const closed = yield* desk.step(told, { _tag: "Closed", reason, at: yield* now })
              yield* coordinator.carryOut(place, closed)
            }
            isLeft ||= told.length < page.length
            ended += told.length
            after = last.activityId
          }
          if (ended === 0) return isLeft
        }
      })

      /** Everybody's activity ends, the follows with it, and at last the match leaves the list. Each part may be done twice. */
      const finish = Effect.fnUntraced(function* (state: ActiveMatch.ActiveMatch, lane: Lane) {
        const { matchId } = state
        const place = { matchId, state, lane }
        const reason = Runner.reasonOf(state)
        const at = yield* now
        // Without it a feed that lists the match for a while longer would have it begun again.
        if (state.match !== null) yield* noteFixture(state.match)
        yield* endAll(place, reason, lane.behind())
        const dismissAt = Runner.dismissAt(state, at)
        yield* broadcaster.ended(matchId, dismissAt)
        if (Runner.endsFollows(state)) yield* follows.endAll(matchId, at)
        yield* departure.unless(Effect.sleep(Instant.since(dismissAt, at)))
        // Who could not be told of the end is told for as long as it is of use.
        const until = Instant.plus(at, Edition.usefulFor.end)
        while (yield* endAll(place, reason, Instant.isBefore(yield* now, until) ? lane.behind() : nobody)) {
          if (yield* departure.isAnnounced) return
          yield* departure.unless(Effect.sleep(ScorePoller.pause))
        }
        // Whoever takes the match up next finishes it.
        if (yield* departure.isAnnounced) return
        yield* rows.remove(matchId)
      })

      const read = Effect.fnUntraced(function* (matchId: Ids.MatchId) {
        const reading = yield* feed
          .snapshot(matchId)
          .pipe(Effect.timeoutOption(Duration.sum(ScorePoller.patience, slack)), Effect.result)
        if (Result.isFailure(reading)) {
          yield* Effect.logWarning(`${matchId}: ${reading.failure.message}`)
          return "silent"
        }
        if (Option.isNone(reading.success)) {
          yield* Effect.logWarning(`${matchId}: the feed does not answer`)
          return "silent"
        }
        return reading.success.value ?? "absent"
      })

      const follow = Effect.fnUntraced(function* (matchId: Ids.MatchId, running: (match: Running) => void) {
        const row = yield* rows.load(matchId)
        if (row === null) return
        const decoded = decodeState(row)
        if (Result.isFailure(decoded)) yield* Effect.logError(decoded.failure.message)
        let state: ActiveMatch.ActiveMatch = {
          ...(Result.isSuccess(decoded)
            ? decoded.success
            : fresh(matchId, false, manner, yield* orders.last(matchId))),
          manner
        }
        let { version } = row
        let savedAt = row.updatedAt
        const lane = yield* lanes.open(matchId, () => ActiveMatch.standing(state))
        const ordered = yield* Latch.make()
        running({ matchId, state: () => state, lane, heed: ordered.open })

        const hear = Effect.fnUntraced(function* (input: ActiveMatch.Input) {
          const before = state.match?.status
          const [next, outputs] = ActiveMatch.step(state, input)
          const at = yield* now
          if (!Runner.isSaved(outputs, savedAt, at)) {
            state = next
            return
          }
          const editions: Array<Edition.Edition> = []
          for (const output of outputs) {
            if (output._tag === "BulletinIssued") editions.push(...(yield* lane.editions(output.bulletin)))
            if (output._tag === "Refused")
              yield* Effect.logWarning(`${matchId}: a reading was refused: ${output.reason}`)
          }
          version = yield* rows.save({
            matchId,
            version,
            state: encodeState(next),
            at,
            editions: editions.filter(Edition.isKept).map(draftOf),
            decisions: Chronicle.ofMatch(matchId, at, outputs)
          })
          // In one breath: a phone that is told the newest state must not be told it before the alert that came with it.
          savedAt = at
          state = next
          lane.offer(editions)
          if (outputs.length > 0) yield* PubSub.publish(bus, { state: next, outputs })
          yield* Metrics.said(outputs)
          yield* webhooks.tell(WebhookNotice.ofMatch(matchId, outputs))
          if (next.match !== null && next.match.status !== before) yield* noteFixture(next.match)
        })

        /** Each is heard once: its number is saved with what it changed. */
        const obey = Effect.gen(function* () {
          for (const { body, number } of yield* orders.after(matchId, state.orders?.last ?? 0)) {
            const order = orderOf(body)
            if (order !== null) yield* hear({ _tag: "Ordered", order, number, at: yield* now })
          }
        })

        /** A reading, and whatever falls due while it is waited for. */
        const look = Effect.gen(function* () {
          const reading = yield* Effect.forkChild(Metrics.reading(read(matchId), outcomeOf))
          for (;;) {
            const due = ActiveMatch.nextDue(state)
            if (due === null) return yield* Fiber.join(reading)
            const wait = Duration.max(oneMilli, Instant.since(due, yield* now))
            const found = yield* Fiber.join(reading).pipe(Effect.timeoutOption(wait))
            if (Option.isSome(found)) return found.value
            yield* hear({ _tag: "Ticked", at: yield* now })
          }
        })

        /** The day's activities end with its last bulletin. After a fall it may be done again. */
        let isDayOpen = false
        const closeDay = Effect.gen(function* () {
          yield* lane.idle
          isDayOpen = yield* endAll({ matchId, state, lane }, "day over", lane.behind())
        })

        const poll = Effect.gen(function* () {
          if (state.closed) yield* closeDay
          yield* obey
          while (state.ended === null) {
            const wasOpen = !state.closed
            const found = yield* Effect.withSpan(look, "reading", { attributes: { "match.id": matchId } })
            const at = yield* now
            yield* hear(
              found === "silent"
                ? { _tag: "FeedSilent", at }
                : found === "absent"
                  ? { _tag: "Absent", at }
                  : { _tag: "SnapshotRead", snapshot: found }
            )
            if (state.closed && (wasOpen || isDayOpen)) yield* closeDay
            if (state.ended !== null) break
            yield* departure.unless(
              ordered.await.pipe(Effect.timeoutOption(ActiveMatch.cadence(state, yield* now, paces)))
            )
            if (yield* departure.isAnnounced) break
            yield* ordered.close
            yield* obey
          }
          yield* lane.idle
          if (state.ended === null) return
          yield* finish(state, lane)
        })

        // Whichever ends first ends the other: a runner that was overtaken sends nothing more.
        yield* Effect.raceFirst(poll, lane.run)
      })

      return ScorePoller.of({ follow })
    })
  )
}

/** An interrupted reading, too, has told nothing. */
const outcomeOf = (found: object | "silent" | "absent" | null) =>
  found === null || found === "silent" ? "silent" : found === "absent" ? "absent" : "read"

const nobody: Behind = new Set()

/** A clock may say the same twice. */
const oneMilli = Duration.millis(1)
