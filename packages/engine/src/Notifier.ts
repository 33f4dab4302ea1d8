import { Token } from "@sightscreen/apns"
import { Instant } from "@sightscreen/decider"
import {
  type Ids,
  Language,
  Prematch,
  Settlement,
  Status,
  Usefulness,
  Wording,
  Words,
  Preferences
} from "@sightscreen/domain"
import { Devices, type Fault, Fixtures, PushTokens } from "@sightscreen/store"
import { Cause, Context, Duration, Effect, Layer, Result } from "effect"
import { AppSettings } from "./AppSettings.ts"
import { type Answered, Dispatcher, type Mailing, type Recipient } from "./Dispatcher.ts"
import * as Envelope from "./Envelope.ts"
import { now } from "./Now.ts"
import { TokenWard } from "./TokenWard.ts"

/** How long an operator's words are worth the telling. */
const announcementUsefulFor = Duration.hours(4)

/** In the ledger, for what is about no match. */
const noMatch = "announcement" as Ids.MatchId

/**
 * Sends phones what is no Live Activity: silent pushes that wake the app, and alerts that a person reads.
 */
export class Notifier extends Context.Service<
  Notifier,
  {
    /**
     * The app runs for a moment, and reports its tokens. Tells which phones certainly were sent nothing, because Apple is
     * away.
     */
    readonly wake: (
      matchId: Ids.MatchId,
      deviceIds: ReadonlyArray<Ids.DeviceId>
    ) => Effect.Effect<ReadonlyArray<Ids.DeviceId>, Fault.Fault>
    /**
     * The app runs for a moment, and ends what it shows of the match. Nobody says it again, so it is tried for minutes while
     * Apple is away, and nobody waits for that.
     */
    readonly recall: (
      matchId: Ids.MatchId,
      deviceIds: ReadonlyArray<Ids.DeviceId>
    ) => Effect.Effect<void, Fault.Fault>
    /**
     * That the match is on, and that a tap shows it. Tells which phones could certainly not be told. Tried again, nobody is
     * told whom the ledger knows to have been.
     */
    readonly fallback: (
      matchId: Ids.MatchId,
      deviceIds: ReadonlyArray<Ids.DeviceId>,
      isAgain: boolean
    ) => Effect.Effect<ReadonlyArray<Ids.DeviceId>, Fault.Fault>
    /** That the match begins soon. Tells which phones could certainly not be told, and may be told later. */
    readonly prematch: (
      matchId: Ids.MatchId,
      deviceIds: ReadonlyArray<Ids.DeviceId>
    ) => Effect.Effect<ReadonlyArray<Ids.DeviceId>, Fault.Fault>
    /** What an operator has to say; of a match where one is named. `name` is its own: said twice it is the same push. */
    readonly announce: (
      name: string,
      deviceIds: ReadonlyArray<Ids.DeviceId>,
      said: { readonly title: string; readonly body: string; readonly matchId: Ids.MatchId | null }
    ) => Effect.Effect<void, Fault.Fault>
  }
>()("@sightscreen/engine/Notifier") {
  static readonly layer = Layer.effect(
    Notifier,
    Effect.gen(function* () {
      const address = yield* AppSettings
      const devices = yield* Devices.Devices
      const dispatcher = yield* Dispatcher
      const fixtures = yield* Fixtures.Fixtures
      const tokens = yield* PushTokens.PushTokens
      const ward = yield* TokenWard
      const scope = yield* Effect.scope

      const recipientsOf = (deviceIds: ReadonlyArray<Ids.DeviceId>) =>
        Effect.map(
          deviceIds.length === 0 ? Effect.succeed([]) : tokens.ofDevices("alert", deviceIds),
          (found) =>
            found.flatMap(({ bundleId, deviceId, environment, token }): ReadonlyArray<Recipient> => {
              const hex = Token.fromHex(token)
              return Result.isSuccess(hex) &&
                bundleId === address.bundleId &&
                environment === address.environment
                ? [{ token: hex.success, deviceId, activityId: null }]
                : []
            })
        )

      const send = (mailing: Mailing, recipients: ReadonlyArray<Recipient>) =>
        Effect.tap(dispatcher.send(mailing, recipients), (answers) => ward.judge(mailing, answers))

      const mailing = (
        matchId: Ids.MatchId,
        what: Pick<Mailing, "kind" | "sealed" | "until" | "priority" | "alert"> & { readonly name: string },
        at: Instant.Instant
      ): Mailing => ({
        cause: `${matchId}/${what.name}`,
        kind: what.kind,
        matchId,
        cohort: null,
        stamp: Instant.toSeconds(at),
        priority: what.priority,
        alert: what.alert,
        sealed: what.sealed,
        until: what.until,
        resumed: false
      })

      const wake = Effect.fnUntraced(function* (
        matchId: Ids.MatchId,
        deviceIds: ReadonlyArray<Ids.DeviceId>
      ) {
        const recipients = yield* recipientsOf(deviceIds)
        if (recipients.length === 0) return []
        const at = yield* now
        const sealed = Envelope.wake({ end: [] }, at, address)
        if (Result.isFailure(sealed)) return []
        const answers = yield* send(
          mailing(
            matchId,
            { kind: "wake", sealed: sealed.success, until: at, priority: 5, alert: false, name: "wake" },
            at
          ),
          recipients
        )
        return those(answers, Settlement.isUnsent)
      })

      const recall = Effect.fnUntraced(function* (
        matchId: Ids.MatchId,
        deviceIds: ReadonlyArray<Ids.DeviceId>
      ) {
        // Who signs out has no tokens any more in a moment.
        const recipients = yield* recipientsOf(deviceIds)
        if (recipients.length === 0) return
        const at = yield* now
        const sealed = Envelope.wake({ end: [matchId] }, at, address)
        if (Result.isFailure(sealed)) return
        const until = Instant.plus(at, Usefulness.errandTried)
        // One that repeats an errand is a push of its own.
        const name = `errand/${Instant.toSeconds(at)}`
        const what = {
          kind: "errand",
          sealed: sealed.success,
          until,
          priority: 5,
          alert: false,
          name
        } as const
        yield* send(mailing(matchId, what, at), recipients).pipe(
          Effect.catchCause((cause) =>
            Cause.hasInterruptsOnly(cause)
              ? Effect.interrupt
              : Effect.logError(`match ${matchId}: apps could not be asked to end it`, cause)
          ),
          Effect.forkIn(scope)
        )
      })

      /** The same notice to each phone in its own language. Tells what was answered. */
      const notice = Effect.fnUntraced(function* (
        matchId: Ids.MatchId,
        deviceIds: ReadonlyArray<Ids.DeviceId>,
        name: string,
        until: Instant.Instant,
        say: (language: Language.Language) => { readonly title: string; readonly body: string },
        /** It is tried until then, where that is not as long as it is of use. */
        again: { readonly tried: Instant.Instant; readonly resumed: boolean } | null = null
      ) {
        const answers: Array<Answered> = []
        const recipients = yield* recipientsOf(deviceIds)
        if (recipients.length === 0) return answers
        const known = yield* devices.getMany(deviceIds)
        const languages = new Map(known.map((one) => [one.deviceId, Language.of(one.language)]))
        const at = yield* now
        const byLanguage = Map.groupBy(recipients, ({ deviceId }) =>
          deviceId === null ? Language.fallback : (languages.get(deviceId) ?? Language.fallback)
        )
        for (const [language, some] of byLanguage) {
          const sealed = Envelope.notice({ matchId, ...say(language), until }, address)
          if (Result.isFailure(sealed)) {
            yield* Effect.logError("a notice is too large to send", matchId)
            continue
          }
          const it = {
            kind: "notice",
            sealed: sealed.success,
            until,
            priority: 10,
            alert: true,
            name
          } as const
          const whole = mailing(matchId, it, at)
          const sent = again === null ? whole : { ...whole, until: again.tried, resumed: again.resumed }
          answers.push(...(yield* send(sent, some)))
        }
        return answers
      })

      return Notifier.of({
        wake,
        recall,
        announce: Effect.fnUntraced(function* (name, deviceIds, { body, matchId, title }) {
          const recipients = yield* recipientsOf(deviceIds)
          if (recipients.length === 0) return
          const at = yield* now
          const until = Instant.plus(at, announcementUsefulFor)
          const sealed = Envelope.notice({ matchId, title, body, until }, address)
          if (Result.isFailure(sealed)) return yield* Effect.logError("an announcement is too large to send")
          const it = {
            kind: "notice",
            sealed: sealed.success,
            until,
            priority: 10,
            alert: true,
            name
          } as const
          yield* send(mailing(matchId ?? noMatch, it, at), recipients)
        }),
        fallback: Effect.fnUntraced(function* (matchId, deviceIds, isAgain) {
          const fixture = yield* fixtures.get(matchId)
          // A match that is over is not on.
          if (fixture === null || (isAgain && Status.isOver(fixture.status))) return []
          const at = yield* now
          const until = Instant.plus(at, Usefulness.fallback)
          const awake = (yield* devices.getMany(deviceIds)).flatMap(({ deviceId, likes }) =>
            Preferences.mayBuzz(likes ?? null, at) ? [deviceId] : []
          )
          const answers = yield* notice(
            matchId,
            awake,
            "fallback",
            until,
            (language) => Wording.fallback(fixture.info, Words.of(language)),
            { tried: Instant.plus(at, Usefulness.fallbackTried), resumed: isAgain }
          )
          return those(answers, Settlement.isUnsaid)
        }),
        prematch: Effect.fnUntraced(function* (matchId, deviceIds) {
          const fixture = yield* fixtures.get(matchId)
          if (fixture === null) return []
          const at = yield* now
          const { startsAt } = fixture.info
          const minutes = Prematch.minutesTo(startsAt, at)
          const answers = yield* notice(matchId, deviceIds, "prematch", startsAt, (language) =>
            Wording.prematch(fixture.info, minutes, Words.of(language))
          )
          return those(answers, Settlement.isUnsaid)
        })
      })
    })
  )
}

const those = (
  answers: ReadonlyArray<Answered>,
  is: (outcome: Answered["outcome"]) => boolean
): ReadonlyArray<Ids.DeviceId> =>
  answers.flatMap(({ outcome, recipient }) =>
    recipient.deviceId !== null && is(outcome) ? [recipient.deviceId] : []
  )
