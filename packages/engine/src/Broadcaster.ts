import { type Channel, Channels, type Notification, Told } from "@sightscreen/apns"
import { Instant } from "@sightscreen/decider"
import {
  BroadcastChannel,
  Budget,
  Cohort,
  Consequence,
  Edition,
  type Ids,
  Language,
  PushId,
  PushOutcome,
  Reconcile,
  Retry,
  Status
} from "@sightscreen/domain"
import {
  Activities,
  ActiveMatches,
  BroadcastChannels,
  Deliveries,
  type Fault,
  Fixtures,
  Page
} from "@sightscreen/store"
import { Context, Effect, Layer, Random, Result, Schema, Stream } from "effect"
import { ActivityDesk } from "./ActivityDesk.ts"
import { AppleStatus } from "./AppleStatus.ts"
import { AppSettings } from "./AppSettings.ts"
import { Chronicle } from "./Chronicle.ts"
import * as Envelope from "./Envelope.ts"
import { now } from "./Now.ts"
import * as Outcomes from "./Outcomes.ts"
import { decodeState } from "./SavedMatch.ts"
import * as Rounds from "./Rounds.ts"
import { Tally } from "./Tally.ts"

/** What is kept of a channel. */
const Kept = Schema.Struct({
  channel: BroadcastChannel.BroadcastChannel,
  /** What is published again after the end, for phones that were offline then. */
  end: Schema.NullOr(Edition.Edition)
})
type Kept = typeof Kept.Type

const encode = Schema.encodeSync(Schema.toCodecJson(Kept))
const decode = Schema.decodeUnknownResult(Schema.toCodecJson(Kept))

/** Every cohort that may listen to a channel. */
const cohorts: ReadonlyArray<Cohort.Cohort> = Language.Language.literals.flatMap((language) =>
  Budget.Level.literals.map((level) => ({
    route: "channel" as const,
    schema: Cohort.currentSchema,
    language,
    level
  }))
)

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
      const activities = yield* Activities.Activities
      const status = yield* AppleStatus
      const apple = yield* Channels.Channels
      const chronicle = yield* Chronicle
      const deliveries = yield* Deliveries.Deliveries
      const desk = yield* ActivityDesk
      const fixtures = yield* Fixtures.Fixtures
      const live = yield* ActiveMatches.ActiveMatches
      const rows = yield* BroadcastChannels.BroadcastChannels
      const tally = yield* Tally
      let sweeps = Reconcile.none
      /** How many Apple had at the last sweep, with those made since. */
      let listed = 0

      const app = { bundleId: address.bundleId, environment: address.environment }
      const isOurs = (row: BroadcastChannels.BroadcastChannel): boolean =>
        row.bundleId === address.bundleId && row.environment === address.environment

      const keptOf = (row: BroadcastChannels.BroadcastChannel): Kept => {
        const read = decode(row.state)
        if (Result.isSuccess(read)) return read.success
        // Another version wrote it. A channel that Apple has given is not made a second time.
        return {
          channel:
            row.channelId === null
              ? BroadcastChannel.wanted(row.updatedAt)
              : { _tag: "Open", channelId: row.channelId, since: row.updatedAt, slowed: null },
          end: null
        }
      }

      const find = (matchId: Ids.MatchId, cohort: Cohort.Cohort) =>
        Effect.map(rows.ofMatch(matchId), (all) => {
          const name = Cohort.nameOf(cohort)
          return all.find((row) => row.cohort === name && isOurs(row)) ?? null
        })

      const again = (
        row: BroadcastChannels.Key
      ): Effect.Effect<BroadcastChannels.BroadcastChannel | null, Fault.Fault> =>
        Effect.map(
          rows.ofMatch(row.matchId),
          (all) => all.find((one) => BroadcastChannels.key(one) === BroadcastChannels.key(row)) ?? null
        )

      /** Steps a channel, saves it, and carries out what it says; somebody else's step is stepped upon. */
      const hear = Effect.fnUntraced(function* (
        row: BroadcastChannels.BroadcastChannel,
        input: BroadcastChannel.Input,
        end?: Edition.Edition
      ): Effect.fn.Return<void, Fault.Fault> {
        for (let current: BroadcastChannels.BroadcastChannel | null = row; current !== null;) {
          const { channel, end: before } = keptOf(current)
          const [after, outputs] = BroadcastChannel.step(channel, input)
          const kept: Kept = { channel: after, end: end ?? before }
          if (after !== channel || end !== undefined) {
            const channelId = BroadcastChannel.channelIdOf(after)
            const save = {
              ...BroadcastChannels.placeOf(current),
              channelId,
              state: encode(kept),
              at: input.at
            }
            const refused = yield* rows.save([{ ...save, version: current.version }])
            if (refused.length > 0) {
              current = yield* again(row)
              continue
            }
          }
          for (const output of outputs) yield* carryOut(row, kept, output, input.at)
          return
        }
      })

      const carryOut = (
        row: BroadcastChannels.BroadcastChannel,
        kept: Kept,
        output: BroadcastChannel.Output,
        at: Instant.Instant
      ): Effect.Effect<void, Fault.Fault> =>
        Effect.gen(function* () {
          yield* chronicle.note([
            {
              matchId: row.matchId,
              deviceId: null,
              activityId: null,
              at,
              kind: "channel",
              stamp: null,
              body: {
                cohort: row.cohort,
                said: output._tag,
                ...("channelId" in output ? { channel: output.channelId.slice(-6) } : {})
              }
            }
          ])
          switch (output._tag) {
            case "Create":
              return yield* create(row)
            case "PublishEndAgain":
              return kept.end === null
                ? undefined
                : yield* Effect.asVoid(publishOnce(row, output.channelId, kept.end))
            case "Delete":
              return yield* remove(row, output.channelId)
            case "ChannelLost":
              return yield* lose(row, output.channelId)
            case "SlowDown":
              return
            case "FeatureOff":
              return yield* Effect.logError(
                `Apple gives ${address.bundleId} no channels (${output.reason}): switch on Broadcast Capability of its App ID. ` +
                  "Its phones are reached by their tokens meanwhile."
              )
          }
        })

      const tell = (
        row: BroadcastChannels.BroadcastChannel,
        input: BroadcastChannel.Input,
        end?: Edition.Edition
      ) => Effect.flatMap(again(row), (found) => (found === null ? Effect.void : hear(found, input, end)))

      const create = Effect.fnUntraced(function* (row: BroadcastChannels.BroadcastChannel) {
        const told = yield* apple.create(app, BroadcastChannel.storage)
        const at = yield* now
        const chance = yield* Random.next
        if (told._tag === "Done") {
          listed += 1
          return yield* tell(row, { _tag: "Created", channelId: told.value.id, at })
        }
        const outcome = outcomeOf(told)
        const reason = PushOutcome.reasonOf(outcome) ?? "no reason given"
        if (outcome._tag === "OurFault" || outcome._tag === "KeyTrouble")
          yield* Effect.logError(`a channel could not be made: ${reason}`)
        yield* tell(row, { _tag: "CreateFailed", class: createFailure(outcome, reason), reason, at, chance })
      })

      const remove = Effect.fnUntraced(function* (
        row: BroadcastChannels.BroadcastChannel,
        channelId: string
      ) {
        const told = yield* apple.remove({ ...app, id: channelId as Channel.ChannelId })
        const at = yield* now
        const gone = told._tag === "Done" || outcomeOf(told)._tag === "ChannelLost"
        if (gone) listed = Math.max(0, listed - 1)
        yield* tell(
          row,
          gone
            ? { _tag: "Removed", channelId, at }
            : { _tag: "RemoveFailed", channelId, at, chance: yield* Random.next }
        )
      })

      /** Who joined a channel that is no more is out of reach, and is started again. */
      const lose = Effect.fnUntraced(function* (row: BroadcastChannels.BroadcastChannel, channelId: string) {
        let followers = 0
        yield* Page.stream(
          (page) => activities.ofChannel(channelId, page),
          ({ activityId }) => activityId,
          Broadcaster.page
        ).pipe(
          Stream.grouped(Broadcaster.page),
          Stream.runForEach((some) => {
            followers += some.length
            return Effect.flatMap(now, (at) => desk.insist(some, { _tag: "Lost", at }))
          })
        )
        const what = `match ${row.matchId}: Apple has lost a channel`
        if (followers === 0) yield* Effect.logInfo(`${what} that nobody listened to`)
        else yield* Effect.logError(`${what}; its ${followers} followers are started again`)
      })

      const record = (
        row: BroadcastChannels.BroadcastChannel,
        channelId: string,
        edition: Edition.Edition,
        outcome: PushOutcome.Outcome,
        sentAt: Instant.Instant
      ) =>
        deliveries
          .record([
            {
              pushId: PushId.of(edition.id, channelId),
              matchId: row.matchId,
              activityId: null,
              deviceId: null,
              cause: edition.id,
              cohort: row.cohort,
              tokenTail: channelId.slice(-6),
              kind: "publish",
              stamp: edition.stamp,
              priority: edition.priority,
              alert: edition.alert !== null,
              sentAt,
              verdict: outcome._tag,
              reason: PushOutcome.reasonOf(outcome)
            }
          ])
          .pipe(Effect.catch((error) => Effect.logWarning("the ledger could not be written", error)))

      const publishOnce = Effect.fnUntraced(function* (
        row: BroadcastChannels.BroadcastChannel,
        channelId: string,
        edition: Edition.Edition
      ) {
        const channel: Channel.Unstored = {
          ...app,
          id: channelId as Channel.ChannelId,
          storage: BroadcastChannel.storage
        }
        const sealed = Envelope.publish(edition, channel)
        if (Result.isFailure(sealed)) {
          yield* Effect.logError("an edition is too large to publish", edition.id)
          return { _tag: "Accepted" } as PushOutcome.Outcome
        }
        const sentAt = yield* now
        const pushId = PushId.of(edition.id, channelId) as string as Notification.PushId
        const outcome = outcomeOf(yield* apple.publish(sealed.success, pushId))
        yield* tally.count(
          row.matchId,
          { kind: "publish", priority: edition.priority, alert: edition.alert !== null },
          [outcome]
        )
        yield* record(row, channelId, edition, outcome, sentAt)
        const reason = PushOutcome.reasonOf(outcome) ?? "no reason given"
        const failure = publishFailure(outcome)
        if (failure !== null) {
          const at = yield* now
          const chance = yield* Random.next
          yield* tell(row, { _tag: "PublishRefused", channelId, class: failure, reason, at, chance })
        }
        for (const one of Consequence.of(outcome, Edition.kindOf(edition), "channel"))
          if (one._tag === "Alarm") yield* Effect.logError(`Apple refused a publish: ${one.reason}`)
        return outcome
      })

      const publish = Effect.fnUntraced(function* (edition: Edition.Edition) {
        const delays = Retry.delays[Edition.kindOf(edition)]
        const closing = edition.ends !== null && edition.dismissAt !== null ? edition.dismissAt : null
        let answer: "done" | "later" = "done"
        for (let tries = 0; ; tries++) {
          const row = yield* find(edition.matchId, edition.cohort)
          const { channel } = row === null ? { channel: null } : keptOf(row)
          const channelId = channel === null ? null : BroadcastChannel.channelIdOf(channel)
          if (row === null || channel === null || channelId === null) break
          const at = yield* now
          const quiet = BroadcastChannel.quietUntil(channel)
          if (!Edition.isKept(edition) && quiet !== null && Instant.isBefore(at, quiet)) {
            answer = "later"
            break
          }
          const errand = { kind: Edition.kindOf(edition), until: edition.expiresAt }
          if ((yield* status.admit(errand)) === "none") {
            answer = "later"
            break
          }
          const outcome = yield* publishOnce(row, channelId, edition)
          yield* status.judged([outcome])
          const consequences = Consequence.of(outcome, Edition.kindOf(edition), "channel")
          const delay = delays[tries]
          const repeats =
            consequences.some(({ _tag }) => _tag === "SendAgain") &&
            delay !== undefined &&
            Instant.isBefore(Instant.plus(at, delay), edition.expiresAt)
          if (!repeats) {
            answer = consequences.some(({ _tag }) => _tag === "TellLater") ? "later" : "done"
            break
          }
          yield* Effect.sleep(delay)
        }
        if (closing !== null && !edition.id.endsWith("/standing")) {
          const row = yield* find(edition.matchId, edition.cohort)
          const at = yield* now
          if (row !== null)
            yield* hear(row, { _tag: "MatchEnded", at, dismissAt: Instant.fromSeconds(closing) }, edition)
        }
        return answer
      })

      const want = Effect.fnUntraced(function* (matchId: Ids.MatchId) {
        if (!address.channels) return
        const known = yield* rows.ofMatch(matchId)
        const missing = cohorts.filter((cohort) => {
          const name = Cohort.nameOf(cohort)
          return !known.some((row) => row.cohort === name && isOurs(row))
        })
        if (missing.length === 0) return
        const at = yield* now
        const state = encode({ channel: BroadcastChannel.wanted(at), end: null })
        yield* rows.insert(
          missing.map((cohort) => ({
            matchId,
            cohort: Cohort.nameOf(cohort),
            environment: address.environment,
            bundleId: address.bundleId,
            channelId: null,
            state,
            updatedAt: at
          }))
        )
      })

      const all = Stream.runCollect(
        Page.stream((page) => rows.all(page), BroadcastChannels.key, Broadcaster.page)
      ).pipe(Effect.map((found) => found.filter(isOurs)))

      /** When a match begins, for who gets a channel first where there is not room for all. */
      const startsOf = Effect.fnUntraced(function* (
        found: ReadonlyArray<BroadcastChannels.BroadcastChannel>
      ) {
        const known = yield* fixtures.getMany([...new Set(found.map(({ matchId }) => matchId))])
        return new Map(known.map((one) => [one.matchId, one.info.startsAt]))
      })

      /** The next day's channel is to be there before its first ball: whoever is started without one goes on by token. */
      const isBetweenDays = (matchId: Ids.MatchId) =>
        Effect.map(live.load(matchId), (row) => {
          const state = row === null ? null : Result.getOrNull(decodeState(row))
          return state !== null && state.closed && state.ended === null
        })

      const round = Effect.gen(function* () {
        const found = yield* all
        const at = yield* now
        const due: Array<BroadcastChannels.BroadcastChannel> = []
        const gone = new Set<Ids.MatchId>()
        for (const row of found) {
          const { channel } = keptOf(row)
          if (channel._tag === "Gone") {
            yield* rows.remove(row)
            gone.add(row.matchId)
            continue
          }
          const [after, outputs] = BroadcastChannel.step(channel, { _tag: "Ticked", at })
          if (outputs.some(({ _tag }) => _tag === "Create")) due.push(row)
          else if (after !== channel || outputs.length > 0) yield* hear(row, { _tag: "Ticked", at })
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
          Reconcile.room(listed, 0)
        )
        yield* Effect.forEach(served, ({ row }) => hear(row, { _tag: "Ticked", at }), {
          concurrency: 4,
          discard: true
        })
      })

      /** A channel whose match has left the list without a word to it ends as if it had been told. */
      const endForgotten = Effect.fnUntraced(function* (
        found: ReadonlyArray<BroadcastChannels.BroadcastChannel>
      ) {
        const open = found.filter((row) => unended.has(keptOf(row).channel._tag))
        if (open.length === 0) return
        const told = new Set((yield* live.all).map(({ matchId }) => matchId))
        const known = yield* fixtures.getMany([...new Set(open.map(({ matchId }) => matchId))])
        const over = new Set(known.flatMap((one) => (Status.isOver(one.status) ? [one.matchId] : [])))
        const at = yield* now
        for (const row of open) {
          if (over.has(row.matchId) && !told.has(row.matchId))
            yield* hear(row, { _tag: "MatchEnded", at, dismissAt: at })
        }
      })

      const sweep = Effect.gen(function* () {
        const told = yield* apple.list(app)
        if (told._tag !== "Done") {
          const reason = PushOutcome.reasonOf(outcomeOf(told)) ?? "no reason given"
          yield* Effect.logWarning(`channels could not be listed: ${reason}`)
          return
        }
        // Read after the list has arrived: what was made meanwhile is known.
        const found = yield* all
        listed = told.value.length
        const ours = found.flatMap(({ channelId }) => (channelId === null ? [] : [channelId]))
        const at = yield* now
        const [next, outputs] = Reconcile.step(sweeps, { listed: told.value, ours, at })
        sweeps = next
        for (const output of outputs) {
          if (output._tag === "DeleteOrphan") {
            yield* Effect.logWarning(`a channel that is nobody's is deleted: …${output.channelId.slice(-6)}`)
            yield* apple.remove({ ...app, id: output.channelId as Channel.ChannelId })
          } else {
            const row = found.find(({ channelId }) => channelId === output.channelId)
            if (row !== undefined) yield* hear(row, { _tag: "Removed", channelId: output.channelId, at })
          }
        }
        yield* endForgotten(found)
      })

      return Broadcaster.of({
        channelOf: (matchId, cohort) =>
          address.channels
            ? Effect.map(find(matchId, cohort), (row) => {
                const channel = row === null ? null : keptOf(row).channel
                return channel?._tag === "Open" ? channel.channelId : null
              })
            : Effect.succeed(null),
        want,
        publish,
        ended: Effect.fnUntraced(function* (matchId, dismissAt) {
          const at = yield* now
          for (const row of yield* rows.ofMatch(matchId)) {
            if (isOurs(row) && unended.has(keptOf(row).channel._tag))
              yield* hear(row, { _tag: "MatchEnded", at, dismissAt })
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

  /** Rows read at once. */
  static readonly page = 500
}

/** The match may have ended without a word to these. */
const unended: ReadonlySet<BroadcastChannel.BroadcastChannel["_tag"]> = new Set(["Wanted", "Open", "Refused"])

const outcomeOf = <A>(told: Told.Told<A>): PushOutcome.Outcome => {
  switch (told._tag) {
    case "Done":
      return { _tag: "Accepted" }
    case "Refused":
      return Outcomes.ofVerdict(told.verdict)
    case "Unreadable":
      return { _tag: "OurFault", reason: `no ${told.what} in the answer` }
  }
}

const createFailure = (outcome: PushOutcome.Outcome, reason: string): BroadcastChannel.CreateFailure => {
  switch (outcome._tag) {
    case "ChannelsOff":
      return "feature off"
    case "SlowDown":
      return "throttled"
    case "AppleDown":
    case "Unanswered":
      return "down"
    default:
      return reason === "CannotCreateChannelConfig" ? "limit reached" : "fault"
  }
}

/** Null where there is nothing that the channel should know. */
const publishFailure = (outcome: PushOutcome.Outcome): BroadcastChannel.PublishFailure | null => {
  switch (outcome._tag) {
    case "ChannelLost":
      return "gone"
    case "ChannelsOff":
      return "feature off"
    case "SlowDown":
      return "throttled"
    case "OurFault":
      return "fault"
    default:
      return null
  }
}
