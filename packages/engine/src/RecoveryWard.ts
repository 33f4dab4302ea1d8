import { Instant } from "@sightscreen/decider"
import { type Directions, type Ids, Ladders, Recovery, Usefulness } from "@sightscreen/domain"
import { Activities, type Decisions, type Fault, Notices, Recoveries } from "@sightscreen/store"
import { Cause, Context, Effect, Layer, Result, Schema } from "effect"
import { Chronicle } from "./Chronicle.ts"
import { Notifier } from "./Notifier.ts"
import { now } from "./Now.ts"
import * as Rounds from "./Rounds.ts"

const codec = Schema.toCodecJson(Recovery.Recovery)
const encode = Schema.encodeSync(codec)
const decode = Schema.decodeUnknownResult(codec)

/** A start that somebody would like to send. */
export interface Wanted {
  readonly deviceId: Ids.DeviceId
  readonly attempt: number
  /** What names the start. */
  readonly cause: string
  readonly startToken: Recovery.StartToken
}

/**
 * Takes phones through the stale-token ladder, and counts their starts.
 *
 * What a ladder says is carried out after it is saved, so that nobody is woken or notified twice, and no start is spent
 * twice, whatever falls in between.
 */
export class RecoveryWard extends Context.Service<
  RecoveryWard,
  {
    /** Which of these starts may be sent; they are counted as sent. */
    readonly allow: (
      matchId: Ids.MatchId,
      wanted: ReadonlyArray<Wanted>
    ) => Effect.Effect<ReadonlySet<Ids.DeviceId>, Fault.Fault>
    /** News of phones, of each in the order given. Tells which of them have something that waits to be started. */
    readonly hear: (
      heard: ReadonlyArray<Directions.Heard>
    ) => Effect.Effect<ReadonlySet<Ids.DeviceId>, Fault.Fault>
    /** Tells people what they were to be told and were not, since Apple was away or a server fell. */
    readonly repay: Effect.Effect<void, Fault.Fault>
    /** The same, over and over. */
    readonly run: Effect.Effect<never>
  }
>()("@sightscreen/engine/RecoveryWard") {
  static readonly interval = "30 seconds"
  /** Notices that are owed, read at once. */
  static readonly page = 500

  static readonly layer = Layer.effect(
    RecoveryWard,
    Effect.gen(function* () {
      const activities = yield* Activities.Activities
      const notices = yield* Notices.Notices
      const rows = yield* Recoveries.Recoveries
      const chronicle = yield* Chronicle
      const notifier = yield* Notifier
      const scope = yield* Effect.scope

      /** One step for each; phones that somebody else has saved meanwhile are read and stepped again. */
      const steps = Effect.fnUntraced(function* (heard: ReadonlyArray<Directions.Heard>) {
        const said: Array<Ladders.Said> = []
        let waiting = heard
        while (waiting.length > 0) {
          const known = new Map(
            (yield* rows.load(waiting.map(({ deviceId }) => deviceId))).map((row) => [row.deviceId, row])
          )
          const stepped = waiting.map((one) => {
            const row = known.get(one.deviceId)
            const read = row === undefined ? null : decode(row.state)
            // What cannot be read is forgotten: at worst a phone is asked once more.
            const before = read === null || Result.isFailure(read) ? Recovery.fresh : read.success
            const [after, outputs] = Recovery.step(before, one.input)
            return { one, row, before, after, outputs }
          })
          // Written down before the ladder says that it was done: so it is told, whatever falls in between.
          for (const [matchId, deviceIds] of Ladders.errands(
            stepped.flatMap(({ one, outputs }) => outputs.map((output) => ({ heard: one, output })))
          ).notify)
            yield* notices.claim(owed, matchId, deviceIds, yield* now)
          const changed = stepped.filter(({ after, before }) => after !== before)
          const lost = new Set(
            changed.length === 0
              ? []
              : yield* rows.save(
                  changed.map(({ after, one, row }) => ({
                    deviceId: one.deviceId,
                    version: row?.version ?? null,
                    state: encode(after),
                    at: one.input.at
                  }))
                )
          )
          const done = stepped.filter(({ one }) => !lost.has(one.deviceId))
          for (const { one, outputs } of done) for (const output of outputs) said.push({ heard: one, output })
          yield* chronicle.note(
            done
              .filter(({ after, before, outputs }) => Ladders.isNews(before, after, outputs))
              .map(
                ({ one, outputs }): Decisions.Entry => ({
                  matchId: "matchId" in one.input ? one.input.matchId : null,
                  deviceId: one.deviceId,
                  activityId: null,
                  at: one.input.at,
                  kind: "ladder",
                  stamp: null,
                  body: { heard: one.input._tag, outputs: outputs.map(told) }
                })
              )
          )
          waiting = stepped.filter(({ one }) => lost.has(one.deviceId)).map(({ one }) => one)
        }
        return said
      })

      const carryOut = Effect.fnUntraced(function* (said: ReadonlyArray<Ladders.Said>) {
        const { notify, wake } = Ladders.errands(said)
        for (const [matchId, deviceIds] of wake) {
          const unsent = yield* notifier.wake(matchId, deviceIds)
          const at = yield* now
          yield* steps(
            unsent.map(
              (deviceId): Directions.Heard => ({ deviceId, input: { _tag: "WakeUnsent", matchId, at } })
            )
          )
        }
        // A notice is tried for minutes while Apple is away, and nobody is to wait for that: not a round, not a request.
        for (const [matchId, deviceIds] of notify)
          yield* Effect.forkIn(orLogged(matchId, tell(matchId, deviceIds, false)), scope)
      })

      const orLogged = (
        matchId: Ids.MatchId,
        errand: Effect.Effect<void, Fault.Fault>
      ): Effect.Effect<void> =>
        Effect.catchCause(errand, (cause) =>
          Cause.hasInterruptsOnly(cause)
            ? Effect.interrupt
            : Effect.logError(`match ${matchId}: people could not be told of it`, cause)
        )

      const tell = Effect.fnUntraced(function* (
        matchId: Ids.MatchId,
        deviceIds: ReadonlyArray<Ids.DeviceId>,
        isAgain: boolean
      ) {
        const unsaid = new Set(yield* notifier.fallback(matchId, deviceIds, isAgain))
        const done = deviceIds.filter((deviceId) => !unsaid.has(deviceId))
        if (done.length > 0) yield* notices.release(owed, matchId, done)
      })

      const repay = Effect.gen(function* () {
        const at = yield* now
        const found = yield* notices.take(
          owed,
          Instant.minus(at, Usefulness.fallbackOwedAgain),
          at,
          RecoveryWard.page
        )
        for (const [matchId, some] of Map.groupBy(found, (one) => one.matchId)) {
          const deviceIds = some.map(({ subject }) => subject as Ids.DeviceId)
          // Who has the match on their screen by now need not be told how to get it there.
          const shown = new Set(
            (yield* activities.newest(matchId, deviceIds)).flatMap(({ deviceId, status }) =>
              status === "active" ? [deviceId] : []
            )
          )
          if (shown.size > 0) yield* notices.release(owed, matchId, [...shown])
          const others = deviceIds.filter((deviceId) => !shown.has(deviceId))
          if (others.length > 0) yield* Effect.forkIn(orLogged(matchId, tell(matchId, others, true)), scope)
        }
      })

      return RecoveryWard.of({
        allow: Effect.fnUntraced(function* (matchId, wanted) {
          const at = yield* now
          const said = yield* steps(
            wanted.map(
              ({ deviceId, ...start }): Directions.Heard => ({
                deviceId,
                input: { _tag: "StartWanted", matchId, ...start, at }
              })
            )
          )
          yield* carryOut(said)
          return Ladders.saying(said, "StartAllowed")
        }),
        hear: Effect.fnUntraced(function* (heard) {
          const said: Array<Ladders.Said> = []
          for (const some of Ladders.rounds(heard)) {
            const answers = yield* steps(some)
            yield* carryOut(answers)
            said.push(...answers)
          }
          return Ladders.saying(said, "StartPending")
        }),
        repay,
        run: Rounds.forever("a look at who is yet to be told of a match", repay, RecoveryWard.interval)
      })
    })
  )
}

/** What notices are filed under that somebody is to be told and has not been, by their phone. */
const owed = "fallback owed"

const told = (output: Recovery.Output): Schema.Json => ({
  said: output._tag,
  ...("matchId" in output ? { match: output.matchId } : {}),
  ...(output._tag === "StartHeld" ? { why: output.why } : {})
})
