import { type Channel, Channels, type Notification, Told } from "@sightscreen/apns"
import { Instant } from "@sightscreen/decider"
import {
  BroadcastChannel,
  Cohort,
  Consequence,
  Edition,
  type Ids,
  Provision,
  Publishing,
  PushId,
  PushOutcome
} from "@sightscreen/domain"
import { Activities, BroadcastChannels, Deliveries, type Fault, Page } from "@sightscreen/store"
import { Effect, Random, Result, Schema, Stream } from "effect"
import { ActivityDesk } from "./ActivityDesk.ts"
import { AppleStatus } from "./AppleStatus.ts"
import { AppSettings } from "./AppSettings.ts"
import { Chronicle } from "./Chronicle.ts"
import * as Envelope from "./Envelope.ts"
import { now } from "./Now.ts"
import * as Outcomes from "./Outcomes.ts"
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

/** Rows read at once. */
export const page = 500

/** What Apple has said at `at`, as an outcome. */
export const outcomeOf = <A>(told: Told.Told<A>, at: Instant.Instant): PushOutcome.Outcome => {
  switch (told._tag) {
    case "Done":
      return { _tag: "Accepted" }
    case "Refused":
      return Outcomes.ofVerdict(told.verdict, at)
    case "Unreadable":
      return { _tag: "OurFault", reason: `no ${told.what} in the answer` }
  }
}

/** How a channel that is wanted is written down. */
export const wanted = (at: Instant.Instant): Schema.Json =>
  encode({ channel: BroadcastChannel.wanted(at), end: null })

/** The ledger of channels: steps each, saves it, and carries out what it says, at Apple's. */
export const make = Effect.gen(function* () {
  const address = yield* AppSettings
  const activities = yield* Activities.Activities
  const apple = yield* Channels.Channels
  const chronicle = yield* Chronicle
  const deliveries = yield* Deliveries.Deliveries
  const desk = yield* ActivityDesk
  const rows = yield* BroadcastChannels.BroadcastChannels
  const status = yield* AppleStatus
  const tally = yield* Tally
  /** How many channels Apple had when it was last asked, with those made since. */
  const room = { listed: 0 }

  const app = { bundleId: address.bundleId, environment: address.environment }
  const isOurs = (row: BroadcastChannels.BroadcastChannel): boolean =>
    row.bundleId === address.bundleId && row.environment === address.environment

  const keptOf = (row: BroadcastChannels.BroadcastChannel): Kept => {
    const read = decode(row.state)
    if (Result.isSuccess(read)) return read.success
    return { channel: Provision.reread(row.channelId, row.updatedAt), end: null }
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
          // Where Apple has asked to be left alone, the next repeat will do.
          if (kept.end === null || status.restOf(output.channelId, at) !== null) return
          return yield* Effect.flatMap(publishOnce(row, output.channelId, kept.end), (outcome) =>
            status.judged([outcome], [output.channelId])
          )
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
      room.listed += 1
      return yield* tell(row, { _tag: "Created", channelId: told.value.id, at })
    }
    const outcome = outcomeOf(told, at)
    const reason = PushOutcome.reasonOf(outcome) ?? "no reason given"
    if (outcome._tag === "OurFault" || outcome._tag === "KeyTrouble")
      yield* Effect.logError(`a channel could not be made: ${reason}`)
    yield* tell(row, {
      _tag: "CreateFailed",
      class: Publishing.createFailure(outcome, reason),
      reason,
      at,
      chance,
      notBefore: PushOutcome.notBeforeOf(outcome)
    })
  })

  const remove = Effect.fnUntraced(function* (row: BroadcastChannels.BroadcastChannel, channelId: string) {
    const told = yield* apple.remove({ ...app, id: channelId as Channel.ChannelId })
    const at = yield* now
    const outcome = outcomeOf(told, at)
    const gone = Publishing.isRemoved(outcome)
    if (gone) room.listed = Math.max(0, room.listed - 1)
    yield* tell(
      row,
      gone
        ? { _tag: "Removed", channelId, at }
        : {
            _tag: "RemoveFailed",
            channelId,
            at,
            chance: yield* Random.next,
            notBefore: PushOutcome.notBeforeOf(outcome)
          }
    )
  })

  /** Who joined a channel that is no more is out of reach, and is started again. */
  const lose = Effect.fnUntraced(function* (row: BroadcastChannels.BroadcastChannel, channelId: string) {
    let followers = 0
    yield* Page.stream(
      (page) => activities.ofChannel(channelId, page),
      ({ activityId }) => activityId,
      page
    ).pipe(
      Stream.grouped(page),
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
    const told = yield* apple.publish(sealed.success, pushId)
    const outcome = outcomeOf(told, yield* now)
    yield* tally.count(
      row.matchId,
      { kind: "publish", priority: edition.priority, alert: edition.alert !== null },
      [outcome]
    )
    yield* record(row, channelId, edition, outcome, sentAt)
    const reason = PushOutcome.reasonOf(outcome) ?? "no reason given"
    const failure = Publishing.publishFailure(outcome)
    if (failure !== null) {
      const at = yield* now
      const chance = yield* Random.next
      const notBefore = PushOutcome.notBeforeOf(outcome)
      yield* tell(row, { _tag: "PublishRefused", channelId, class: failure, reason, at, chance, notBefore })
    }
    for (const one of Consequence.of(outcome, Edition.kindOf(edition), "channel"))
      if (one._tag === "Alarm") yield* Effect.logError(`Apple refused a publish: ${one.reason}`)
    return outcome
  })

  return { app, isOurs, keptOf, find, hear, publishOnce, room }
})
