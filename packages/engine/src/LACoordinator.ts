import { Token } from "@sightscreen/apns"
import { Instant } from "@sightscreen/decider"
import {
  ActiveMatch,
  type Bulletin,
  Cohort,
  Consequence,
  Edition,
  type Ids,
  Outbox,
  Wording
} from "@sightscreen/domain"
import { Editions, type Fault, PushTokens } from "@sightscreen/store"
import { Context, Effect, Latch, Layer, Result, Schema, Stream } from "effect"
import { ActivityDesk, type Stepped } from "./ActivityDesk.ts"
import { AppSettings } from "./AppSettings.ts"
import { Audience } from "./Audience.ts"
import { type Answered, Dispatcher, type Recipient } from "./Dispatcher.ts"
import * as Envelope from "./Envelope.ts"
import { now } from "./Now.ts"

const encodeEdition = Schema.encodeSync(Schema.toCodecJson(Edition.Edition))
const decodeEdition = Schema.decodeUnknownResult(Schema.fromJsonString(Schema.toCodecJson(Edition.Edition)))

/** An edition as it is kept with the state of its match until it has gone out. */
export const draftOf = (edition: Edition.Edition): Editions.Draft => ({
  editionId: edition.id,
  stamp: edition.stamp,
  cohort: Cohort.nameOf(edition.cohort),
  body: JSON.stringify(encodeEdition(edition))
})

/** One match's way out: what waits to be sent, and who is sent it. */
export interface Desk {
  /** Editions of a bulletin, for every cohort; those to be kept belong into the same save as the state. */
  readonly editions: (bulletin: Bulletin.Bulletin) => Effect.Effect<ReadonlyArray<Edition.Edition>>
  readonly offer: (editions: ReadonlyArray<Edition.Edition>) => Effect.Effect<void>
  /** Sends what waits, in order, for as long as the match has a runner. */
  readonly run: Effect.Effect<never>
  /** Done when nothing waits and nothing is under way. */
  readonly idle: Effect.Effect<void>
}

/**
 * From a decision to the phones: editions, their order, their audience, and what the answers mean for activities.
 */
export class LACoordinator extends Context.Service<
  LACoordinator,
  {
    /** Opens the way out for a match; what a process before this one left unsent is sent first. */
    readonly open: (matchId: Ids.MatchId) => Effect.Effect<Desk, Fault.Fault>
    /** Carries out what activities' deciders have said. */
    readonly carryOut: (
      state: ActiveMatch.ActiveMatch,
      said: ReadonlyArray<Stepped>
    ) => Effect.Effect<void, Fault.Fault>
  }
>()("@sightscreen/engine/LACoordinator") {
  static readonly layer = Layer.effect(
    LACoordinator,
    Effect.gen(function* () {
      const address = yield* AppSettings
      const audience = yield* Audience
      const desk = yield* ActivityDesk
      const dispatcher = yield* Dispatcher
      const kept = yield* Editions.Editions
      const tokens = yield* PushTokens.PushTokens

      /** What answers mean: tokens retire, activities learn of it, people are told what only people can mend. */
      const settle = Effect.fnUntraced(function* (
        kind: "start" | "update" | "alert" | "end",
        answers: ReadonlyArray<Answered>
      ) {
        const alarms = new Map<string, number>()
        for (const { outcome, recipient } of answers) {
          if (outcome._tag === "Accepted") continue
          const at = yield* now
          for (const consequence of Consequence.of(outcome, kind)) {
            switch (consequence._tag) {
              case "RetireToken":
                yield* tokens.retire(
                  {
                    token: recipient.token,
                    kind: kind === "start" ? "start" : "update",
                    environment: address.environment,
                    bundleId: address.bundleId
                  },
                  { reason: consequence.reason, at, unlessRegisteredAfter: consequence.unlessRegisteredAfter }
                )
                break
              case "StartRefused":
                yield* desk.stepOne(recipient.activityId, { _tag: "StartRefused", at })
                break
              case "TokenDisowned":
                yield* desk.stepOne(recipient.activityId, {
                  _tag: "TokenDisowned",
                  token: recipient.token,
                  at
                })
                break
              case "Alarm":
                alarms.set(consequence.reason, (alarms.get(consequence.reason) ?? 0) + 1)
                break
              case "SendAgain":
                break
            }
          }
        }
        for (const [reason, count] of alarms)
          yield* Effect.logError(`Apple refused ${count} pushes: ${reason}`)
      })

      const sendEdition = Effect.fnUntraced(function* (edition: Edition.Edition, resumed: boolean) {
        const sealed = Envelope.edition(edition, address)
        if (Result.isFailure(sealed))
          return yield* Effect.logError("an edition is too large to send", edition.id)
        const kind = Edition.kindOf(edition)
        let slices = 0
        yield* audience.of(edition.matchId).pipe(
          Stream.runForEach((recipients) =>
            Effect.gen(function* () {
              const answers = yield* dispatcher.send(
                {
                  cause: edition.id,
                  kind,
                  matchId: edition.matchId,
                  stamp: edition.stamp,
                  priority: edition.priority,
                  alert: edition.alert !== null,
                  sealed: sealed.success,
                  resumed
                },
                recipients
              )
              yield* settle(kind, answers)
              slices += 1
              if (Edition.isKept(edition)) yield* kept.advance(edition.id, slices)
            })
          )
        )
        if (Edition.isKept(edition)) yield* kept.finish(edition.id, yield* now)
      })

      const open = Effect.fnUntraced(function* (matchId: Ids.MatchId) {
        const wake = yield* Latch.make()
        const quiet = yield* Latch.make(true)
        let outbox = Outbox.empty
        const resumed = new Set<string>()
        for (const row of yield* kept.pending(matchId)) {
          const edition = decodeEdition(row.body)
          if (Result.isFailure(edition)) {
            yield* Effect.logError("an edition that waits cannot be read, and is given up", row.editionId)
            yield* kept.finish(row.editionId, yield* now)
            continue
          }
          resumed.add(edition.success.id)
          ;[outbox] = Outbox.step(outbox, { _tag: "Offered", edition: edition.success })
        }

        const take = Effect.sync(() => {
          const [next, editions] = Outbox.step(outbox, { _tag: "Taken" })
          outbox = next
          return editions[0] ?? null
        })
        const drain = Effect.gen(function* () {
          for (;;) {
            const edition = yield* take
            if (edition === null) return
            yield* sendEdition(edition, resumed.has(edition.id)).pipe(
              Effect.catch((error) =>
                Effect.gen(function* () {
                  yield* Effect.logError("an edition could not be sent", edition.id, error)
                  // A store that does not answer loses no news; plain state is followed by newer state anyway.
                  if (!Edition.isKept(edition)) return
                  yield* Effect.sleep("1 second")
                  resumed.add(edition.id)
                  ;[outbox] = Outbox.step(outbox, { _tag: "Offered", edition })
                })
              )
            )
          }
        })

        const run = Effect.gen(function* () {
          for (;;) {
            yield* wake.await
            yield* wake.close
            yield* quiet.close
            yield* drain
            if (Outbox.isEmpty(outbox)) yield* quiet.open
          }
        })
        if (!Outbox.isEmpty(outbox)) {
          yield* quiet.close
          yield* wake.open
        }
        const editions = (bulletin: Bulletin.Bulletin) => {
          const edition = Edition.of(bulletin, Cohort.tokens)
          return Result.isSuccess(edition)
            ? Effect.succeed([edition.success])
            : Effect.as(Effect.logError("a bulletin does not fit into a push", edition.failure), [])
        }
        const offer = Effect.fnUntraced(function* (offered: ReadonlyArray<Edition.Edition>) {
          if (offered.length === 0) return
          for (const edition of offered) [outbox] = Outbox.step(outbox, { _tag: "Offered", edition })
          yield* quiet.close
          yield* wake.open
        })
        return { editions, offer, run: run as Effect.Effect<never>, idle: quiet.await } satisfies Desk
      })

      const starts = Effect.fnUntraced(function* (
        state: ActiveMatch.ActiveMatch,
        standing: Bulletin.Bulletin,
        wanted: ReadonlyArray<Stepped>
      ) {
        const { match } = state
        if (match === null || wanted.length === 0) return
        const at = yield* now
        const sealed = Envelope.start(match.info, standing, Wording.started(match), at, address)
        if (Result.isFailure(sealed))
          return yield* Effect.logError("a start is too large to send", state.matchId)
        const byDevice = new Map(wanted.map((one) => [one.row.deviceId, one]))
        const registered = yield* tokens.ofDevices("start", [...byDevice.keys()])
        const attempts = new Map<number, Array<Recipient>>()
        for (const { deviceId, token } of registered) {
          const one = byDevice.get(deviceId)
          const hex = Token.fromHex(token)
          if (one === undefined || one.output._tag !== "Start" || Result.isFailure(hex)) continue
          const { attempt } = one.output
          attempts.set(attempt, [
            ...(attempts.get(attempt) ?? []),
            { token: hex.success, activityId: one.row.activityId }
          ])
        }
        for (const [attempt, recipients] of attempts) {
          const answers = yield* dispatcher.send(
            {
              // Each attempt is a push of its own; the same attempt, decided again, is the same push.
              cause: `${state.matchId}/start/${attempt}`,
              kind: "start",
              matchId: state.matchId,
              stamp: standing.stamp,
              priority: 10,
              alert: true,
              sealed: sealed.success,
              resumed: false
            },
            recipients
          )
          yield* settle("start", answers)
        }
      })

      const direct = Effect.fnUntraced(function* (
        state: ActiveMatch.ActiveMatch,
        standing: Bulletin.Bulletin,
        { output, row }: Stepped
      ) {
        if (output._tag === "Start") return
        const token = Token.fromHex(output.token)
        if (Result.isFailure(token)) return
        const final = output._tag === "Refresh" ? standing.final : output.reason === "match over"
        const at = yield* now
        const edition = Edition.of({ ...standing, final }, Cohort.tokens)
        if (Result.isFailure(edition))
          return yield* Effect.logError("a bulletin does not fit into a push", edition.failure)
        const sealed =
          output._tag === "Refresh" || final
            ? Envelope.edition(edition.success, address)
            : Envelope.removal(later(standing.stamp, at), at, address)
        if (Result.isFailure(sealed))
          return yield* Effect.logError("a push is too large to send", state.matchId)
        const kind = final || output._tag === "End" ? "end" : "update"
        const answers = yield* dispatcher.send(
          {
            cause: `${state.matchId}/${standing.stamp}/${kind}/direct`,
            kind,
            matchId: state.matchId,
            stamp: standing.stamp,
            priority: kind === "end" ? 10 : 5,
            alert: false,
            sealed: sealed.success,
            resumed: false
          },
          [{ token: token.success, activityId: row.activityId }]
        )
        yield* settle(kind, answers)
      })

      const carryOut = Effect.fnUntraced(function* (
        state: ActiveMatch.ActiveMatch,
        said: ReadonlyArray<Stepped>
      ) {
        const standing = ActiveMatch.standing(state)
        if (standing === null || said.length === 0) return
        yield* starts(
          state,
          standing,
          said.filter(({ output }) => output._tag === "Start")
        )
        yield* Effect.forEach(said, (one) => direct(state, standing, one), { concurrency: 50, discard: true })
      })

      return LACoordinator.of({ open, carryOut })
    })
  )
}

/** An end must be newer than every update that is under way. */
const later = (stamp: Instant.EpochSeconds, at: Instant.Instant): Instant.EpochSeconds =>
  Math.max(Instant.toSeconds(at), stamp + 1) as Instant.EpochSeconds
