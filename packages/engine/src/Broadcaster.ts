import { type Channel, Channels } from "@sightscreen/apns"
import { Instant } from "@sightscreen/decider"
import {
  BroadcastChannel,
  type Cohort,
  Edition,
  type Ids,
  Provision,
  Publishing,
  PushOutcome,
  Reconcile,
  Status
} from "@sightscreen/domain"
import { ActiveMatches, BroadcastChannels, type Fault, Fixtures, Page } from "@sightscreen/store"
import { Context, Effect, Layer, Random, Result, Stream } from "effect"
import { AppleStatus } from "./AppleStatus.ts"
import { AppSettings } from "./AppSettings.ts"
import * as ChannelBook from "./ChannelBook.ts"
import { now } from "./Now.ts"
import { decodeState } from "./SavedMatch.ts"
import * as Rounds from "./Rounds.ts"

/**
 * Keeps the broadcast channels of matches: has Apple make them, publishes to them, tells the end again and deletes them.
 *
 * The ledger comes first: a channel is wanted before it is asked for, so that none is forgotten, and what Apple has beyond
 * the ledger is found by the sweep.
 */
export class Broadcaster extends Context.Service<
  Broadcaster,
  {
    /** Where phones of a cohort can be told to listen; null where there is no channel for them. */
    readonly channelOf: (
      matchId: Ids.MatchId,
      cohort: Cohort.Cohort
    ) => Effect.Effect<string | null, Fault.Fault>
    /** The match is to have channels. */
    readonly want: (matchId: Ids.MatchId) => Effect.Effect<void, Fault.Fault>
    /** "later" where Apple would not take it now, and the newest state is to be published once it does. */
    readonly publish: (edition: Edition.Edition) => Effect.Effect<"done" | "later", Fault.Fault>
    /** The match is over: channels that nobody was told to listen to are not needed any more either. */
    readonly ended: (matchId: Ids.MatchId, dismissAt: Instant.Instant) => Effect.Effect<void, Fault.Fault>
    /** Makes, repeats and deletes what is due. */
    readonly round: Effect.Effect<void, Fault.Fault>
    /** Holds the ledger against Apple's list. */
    readonly sweep: Effect.Effect<void, Fault.Fault>
    /** Rounds and sweeps, over and over. */
    readonly run: Effect.Effect<never>
  }
>()("@sightscreen/engine/Broadcaster") {
  static readonly interval = "10 seconds"
  /** Between two sweeps. An orphan is gone within the second one after it is five minutes old. */
  static readonly sweepEvery = "10 minutes"

  static readonly layer = Layer.effect(
    Broadcaster,
    Effect.gen(function* () {
      const address = yield* AppSettings
      const status = yield* AppleStatus
      const apple = yield* Channels.Channels
      const fixtures = yield* Fixtures.Fixtures
      const live = yield* ActiveMatches.ActiveMatches
      const rows = yield* BroadcastChannels.BroadcastChannels
      const book = yield* ChannelBook.make
      let sweeps = Reconcile.none

      const publish = Effect.fnUntraced(function* (edition: Edition.Edition) {
        let answer: "done" | "later" = "done"
        let last: PushOutcome.Outcome | null = null
        for (let tries = 0; ;) {
          const row = yield* book.find(edition.matchId, edition.cohort)
          const at = yield* now
          const channel = row === null ? null : book.keptOf(row).channel
          const channelId = channel === null ? null : BroadcastChannel.channelIdOf(channel)
          const rest = channelId === null ? null : status.restOf(channelId, at)
          const way = Publishing.way(channel, edition, at, rest)
          if (row === null || way._tag === "Nowhere") break
          if (way._tag === "Waits") {
            yield* Effect.sleep(Instant.since(way.until, at))
            continue
          }
          const errand = { kind: Edition.kindOf(edition), until: edition.expiresAt }
          if (way._tag === "Rests" || (yield* status.admit(errand)) === "none") {
            answer = "later"
            break
          }
          // A retry that cannot be paid for has its turn when the next one would.
          const isPaid: boolean = last === null || (yield* status.retries(1)) === 1
          const outcome: PushOutcome.Outcome =
            last === null || isPaid ? yield* book.publishOnce(row, way.channelId, edition) : last
          if (isPaid) yield* status.judged([outcome], [way.channelId])
          // While Apple is down it is the breaker that decides.
          const isDown = (yield* status.downUntil) !== null
          const answeredAt = yield* now
          const chance = yield* Random.next
          const next = Publishing.next(edition, outcome, { tries, at: answeredAt, isDown, chance })
          answer = next._tag === "Done" ? "done" : "later"
          if (next._tag !== "Again") break
          // What failed while Apple was down is free: one publish at a time has found out.
          last = isDown ? null : outcome
          if (!isDown) tries += 1
          yield* Effect.sleep(next.after)
        }
        const closes = Publishing.closes(edition)
        const row = closes === null ? null : yield* book.find(edition.matchId, edition.cohort)
        if (closes !== null && row !== null)
          yield* book.hear(row, { _tag: "MatchEnded", at: yield* now, dismissAt: closes }, edition)
        return answer
      })

      const want = Effect.fnUntraced(function* (matchId: Ids.MatchId) {
        if (!address.channels) return
        const known = yield* rows.ofMatch(matchId)
        const missing = Provision.missing(known.filter(book.isOurs).map(({ cohort }) => cohort))
        if (missing.length === 0) return
        const at = yield* now
        const state = ChannelBook.wanted(at)
        yield* rows.insert(
          missing.map((cohort) => ({
            matchId,
            cohort,
            environment: address.environment,
            bundleId: address.bundleId,
            channelId: null,
            state,
            updatedAt: at
          }))
        )
      })

      const all = Stream.runCollect(
        Page.stream((page) => rows.all(page), BroadcastChannels.key, ChannelBook.page)
      ).pipe(Effect.map((found) => found.filter(book.isOurs)))

      /** When a match begins, for who gets a channel first where there is not room for all. */
      const startsOf = Effect.fnUntraced(function* (
        found: ReadonlyArray<BroadcastChannels.BroadcastChannel>
      ) {
        const known = yield* fixtures.getMany([...new Set(found.map(({ matchId }) => matchId))])
        return new Map(known.map((one) => [one.matchId, one.info.startsAt]))
      })

      const isBetweenDays = (matchId: Ids.MatchId) =>
        Effect.map(live.load(matchId), (row) =>
          Provision.isBetweenDays(row === null ? null : Result.getOrNull(decodeState(row)))
        )

      const round = Effect.gen(function* () {
        const found = yield* all
        const at = yield* now
        const due: Array<BroadcastChannels.BroadcastChannel> = []
        const gone = new Set<Ids.MatchId>()
        for (const row of found) {
          switch (Provision.due(book.keptOf(row).channel, at)) {
            case "forget":
              yield* rows.remove(row)
              gone.add(row.matchId)
              break
            case "make":
              due.push(row)
              break
            case "step":
              yield* book.hear(row, { _tag: "Ticked", at })
              break
            case "rest":
              break
          }
        }
        for (const matchId of gone) if (yield* isBetweenDays(matchId)) yield* want(matchId)
        if (due.length === 0) return
        const starts = yield* startsOf(due)
        const { served } = Reconcile.served(
          due.map((row) => ({
            row,
            matchId: row.matchId,
            cohort: row.cohort,
            startsAt: starts.get(row.matchId) ?? at,
            followers: 0
          })),
          Reconcile.room(book.room.listed, 0)
        )
        yield* Effect.forEach(served, ({ row }) => book.hear(row, { _tag: "Ticked", at }), {
          concurrency: 4,
          discard: true
        })
      })

      /** A channel whose match has left the list without a word to it ends as if it had been told. */
      const endForgotten = Effect.fnUntraced(function* (
        found: ReadonlyArray<BroadcastChannels.BroadcastChannel>
      ) {
        const open = found.filter((row) => Provision.isUnended(book.keptOf(row).channel))
        if (open.length === 0) return
        const told = new Set((yield* live.all).map(({ matchId }) => matchId))
        const known = yield* fixtures.getMany([...new Set(open.map(({ matchId }) => matchId))])
        const over = new Set(known.flatMap((one) => (Status.isOver(one.status) ? [one.matchId] : [])))
        const at = yield* now
        for (const row of open) {
          if (over.has(row.matchId) && !told.has(row.matchId))
            yield* book.hear(row, { _tag: "MatchEnded", at, dismissAt: at })
        }
      })

      const sweep = Effect.gen(function* () {
        const told = yield* apple.list(book.app)
        if (told._tag !== "Done") {
          const reason = PushOutcome.reasonOf(ChannelBook.outcomeOf(told, yield* now)) ?? "no reason given"
          yield* Effect.logWarning(`channels could not be listed: ${reason}`)
          return
        }
        // Read after the list has arrived: what was made meanwhile is known.
        const found = yield* all
        book.room.listed = told.value.length
        const ours = found.flatMap(({ channelId }) => (channelId === null ? [] : [channelId]))
        const at = yield* now
        const [next, outputs] = Reconcile.step(sweeps, { listed: told.value, ours, at })
        sweeps = next
        for (const output of outputs) {
          if (output._tag === "DeleteOrphan") {
            yield* Effect.logWarning(`a channel that is nobody's is deleted: …${output.channelId.slice(-6)}`)
            yield* apple.remove({ ...book.app, id: output.channelId as Channel.ChannelId })
          } else {
            const row = found.find(({ channelId }) => channelId === output.channelId)
            if (row !== undefined) yield* book.hear(row, { _tag: "Removed", channelId: output.channelId, at })
          }
        }
        yield* endForgotten(found)
      })

      return Broadcaster.of({
        channelOf: (matchId, cohort) =>
          address.channels
            ? Effect.map(book.find(matchId, cohort), (row) =>
                Provision.listenedAt(row === null ? null : book.keptOf(row).channel)
              )
            : Effect.succeed(null),
        want,
        publish,
        ended: Effect.fnUntraced(function* (matchId, dismissAt) {
          const at = yield* now
          for (const row of yield* rows.ofMatch(matchId)) {
            if (book.isOurs(row) && Provision.isUnended(book.keptOf(row).channel))
              yield* book.hear(row, { _tag: "MatchEnded", at, dismissAt })
          }
        }),
        round,
        sweep,
        run: address.channels
          ? Effect.raceFirst(
              Rounds.forever("a round of the broadcast channels", round, Broadcaster.interval),
              Rounds.forever("a sweep of the broadcast channels", sweep, Broadcaster.sweepEvery)
            )
          : Effect.never
      })
    })
  )
}
