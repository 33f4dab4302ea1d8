import { Instant } from "@sightscreen/decider"
import {
  type Ids,
  Language,
  Prematch,
  Settlement,
  Status,
  Usefulness,
  Wording,
  Words
} from "@sightscreen/domain"
import { type Dispatcher, Envelope } from "@sightscreen/engine"
import { Result } from "effect"
import type { Task } from "./Loop.ts"
import type { Answered } from "./Sending.ts"
import { address } from "./Address.ts"
import type { Server } from "./Server.ts"

type Say = (language: Language.Language) => { readonly title: string; readonly body: string }

/** Sends phones what is no Live Activity. */
export class Notifier {
  readonly #server: Server

  constructor(server: Server) {
    this.#server = server
  }

  #recipients(deviceIds: ReadonlyArray<Ids.DeviceId>): ReadonlyArray<Dispatcher.Recipient> {
    return deviceIds.flatMap((deviceId) => {
      const row = this.#server.store.tokenOn(deviceId, "alert")
      return row === null
        ? []
        : [{ token: row.token as Dispatcher.Recipient["token"], deviceId, activityId: null }]
    })
  }

  *#send(
    mailing: Dispatcher.Mailing,
    recipients: ReadonlyArray<Dispatcher.Recipient>
  ): Task<ReadonlyArray<Answered>> {
    const { sending } = this.#server
    const answers = yield* sending.send(mailing, recipients)
    yield* sending.judge(mailing, answers)
    return answers
  }

  /** Gives the phones that certainly were sent nothing, because Apple is away. */
  *wake(matchId: Ids.MatchId, deviceIds: ReadonlyArray<Ids.DeviceId>): Task<ReadonlyArray<Ids.DeviceId>> {
    const recipients = this.#recipients(deviceIds)
    const at = this.#server.process.now
    const mailing = recipients.length === 0 ? null : silent("wake", matchId, [], at, at)
    return mailing === null ? [] : those(yield* this.#send(mailing, recipients), Settlement.isUnsent)
  }

  /** Apps are to end what they show of the match; tried for minutes while Apple is away, and nobody waits for that. */
  recall(matchId: Ids.MatchId, deviceIds: ReadonlyArray<Ids.DeviceId>): void {
    // Who signs out has no tokens any more in a moment.
    const recipients = this.#recipients(deviceIds)
    const { process } = this.#server
    const at = process.now
    const until = Instant.plus(at, Usefulness.errandTried)
    const mailing = recipients.length === 0 ? null : silent("errand", matchId, [matchId], until, at)
    if (mailing !== null) process.spawn(this.#send(mailing, recipients))
  }

  *#notice(
    matchId: Ids.MatchId,
    deviceIds: ReadonlyArray<Ids.DeviceId>,
    name: string,
    until: Instant.Instant,
    say: Say,
    /** It is tried until then, where that is not as long as it is of use. */
    again: { readonly tried: Instant.Instant; readonly resumed: boolean } | null = null
  ): Task<ReadonlyArray<Answered>> {
    const recipients = this.#recipients(deviceIds)
    const { devices } = this.#server.process.tables
    const answers: Array<Answered> = []
    const at = this.#server.process.now
    const languageOf = ({ deviceId }: Dispatcher.Recipient): Language.Language =>
      (deviceId === null ? undefined : devices.get(deviceId)?.language) ?? Language.fallback
    for (const [language, some] of Map.groupBy(recipients, languageOf)) {
      const sealed = Envelope.notice({ matchId, ...say(language), until }, address)
      if (Result.isFailure(sealed)) continue
      const mailing: Dispatcher.Mailing = {
        cause: `${matchId}/${name}`,
        kind: "notice",
        matchId,
        cohort: null,
        stamp: Instant.toSeconds(at),
        priority: 10,
        alert: true,
        sealed: sealed.success,
        until: again?.tried ?? until,
        resumed: again?.resumed ?? false
      }
      answers.push(...(yield* this.#send(mailing, some)))
    }
    return answers
  }

  /** Gives the phones that could certainly not be told. */
  *fallback(
    matchId: Ids.MatchId,
    deviceIds: ReadonlyArray<Ids.DeviceId>,
    isAgain: boolean
  ): Task<ReadonlySet<Ids.DeviceId>> {
    const { process } = this.#server
    const fixture = process.tables.fixtures.get(matchId)
    // A match that is over is not on.
    if (fixture === undefined || (isAgain && Status.isOver(fixture.status))) return new Set()
    const at = process.now
    const answers = yield* this.#notice(
      matchId,
      deviceIds,
      "fallback",
      Instant.plus(at, Usefulness.fallback),
      (language) => Wording.fallback(fixture.info, Words.of(language)),
      { tried: Instant.plus(at, Usefulness.fallbackTried), resumed: isAgain }
    )
    return new Set(those(answers, Settlement.isUnsaid))
  }

  /** Gives the phones that could certainly not be told. */
  *prematch(matchId: Ids.MatchId, deviceIds: ReadonlyArray<Ids.DeviceId>): Task<ReadonlySet<Ids.DeviceId>> {
    const { process } = this.#server
    const fixture = process.tables.fixtures.get(matchId)
    if (fixture === undefined) return new Set()
    const { startsAt } = fixture.info
    const minutes = Prematch.minutesTo(startsAt, process.now)
    const answers = yield* this.#notice(matchId, deviceIds, "prematch", startsAt, (language) =>
      Wording.prematch(fixture.info, minutes, Words.of(language))
    )
    return new Set(those(answers, Settlement.isUnsaid))
  }
}

const silent = (
  kind: "wake" | "errand",
  matchId: Ids.MatchId,
  end: ReadonlyArray<Ids.MatchId>,
  until: Instant.Instant,
  at: Instant.Instant
): Dispatcher.Mailing | null => {
  const sealed = Envelope.wake({ end }, at, address)
  return Result.isFailure(sealed)
    ? null
    : {
        cause: `${matchId}/${kind === "wake" ? kind : `errand/${Instant.toSeconds(at)}`}`,
        kind,
        matchId,
        cohort: null,
        stamp: Instant.toSeconds(at),
        priority: 5,
        alert: false,
        sealed: sealed.success,
        until,
        resumed: false
      }
}

const those = (
  answers: ReadonlyArray<Answered>,
  is: (outcome: Answered["outcome"]) => boolean
): ReadonlyArray<Ids.DeviceId> =>
  answers.flatMap(({ outcome, recipient }) =>
    recipient.deviceId !== null && is(outcome) ? [recipient.deviceId] : []
  )
