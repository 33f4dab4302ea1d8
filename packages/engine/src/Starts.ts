import { type LiveActivity, Token } from "@sightscreen/apns"
import { Instant } from "@sightscreen/decider"
import {
  ActiveMatch,
  Asking,
  Cohort,
  Edition,
  type Ids,
  Usefulness,
  Wording,
  Words
} from "@sightscreen/domain"
import { Effect, Result } from "effect"
import type { Stepped } from "./ActivityDesk.ts"
import { Aftermath } from "./Aftermath.ts"
import { AppSettings } from "./AppSettings.ts"
import { Dispatcher, type Recipient } from "./Dispatcher.ts"
import * as Envelope from "./Envelope.ts"
import type { Place } from "./LACoordinator.ts"
import { now } from "./Now.ts"
import * as Phones from "./Phones.ts"

/** Phones that are started by the very same bytes. */
interface Group {
  readonly cohort: Cohort.Cohort
  readonly input: LiveActivity.Input
  readonly recipients: Array<Recipient>
}

/** Sends the starts that activities have asked for. */
export const make = Effect.gen(function* () {
  const address = yield* AppSettings
  const aftermath = yield* Aftermath
  const dispatcher = yield* Dispatcher
  const phones = yield* Phones.make

  const grouped = Effect.fnUntraced(function* (matchId: Ids.MatchId, wanted: ReadonlyArray<Stepped>) {
    const [known, registered] = yield* phones.of(wanted.map(({ row }) => row.deviceId))
    const inputs = phones.inputsOf(matchId)
    const at = yield* now
    const groups = new Map<string, Group>()
    for (const { row } of wanted) {
      const device = known.get(row.deviceId)
      const token = registered.get(row.deviceId)
      const hex = token === undefined ? null : Token.fromHex(token.token)
      if (device?.userId !== row.userId || hex === null || Result.isFailure(hex)) continue
      const cohort = Cohort.of("token", Phones.phoneOf(device, at))
      const input = yield* inputs(device)
      const name = `${Cohort.nameOf(cohort)}/${input._tag}`
      const group = groups.get(name) ?? { cohort, input, recipients: [] }
      groups.set(name, group)
      const { activityId, deviceId, version } = row
      group.recipients.push({
        token: hex.success,
        deviceId,
        activityId,
        cause: Asking.startCause(activityId, version)
      })
    }
    return [...groups.values()]
  })

  return Effect.fnUntraced(function* ({ lane, matchId, state }: Place, wanted: ReadonlyArray<Stepped>) {
    const standing = state === null ? null : ActiveMatch.standing(state)
    if (wanted.length === 0 || standing === null || state?.match == null) return
    const { match } = state
    for (const { cohort, input, recipients } of yield* grouped(matchId, wanted)) {
      const at = yield* now
      const words = Words.of(cohort.language)
      const sealed = Envelope.start(
        {
          info: match.info,
          standing,
          content: Edition.worded(standing, cohort),
          alert: Wording.started(match, state.day, words),
          input
        },
        at,
        address
      )
      if (Result.isFailure(sealed)) {
        yield* Effect.logError("a start is too large to send", matchId)
        continue
      }
      const name = Cohort.nameOf({ ...cohort, route: input._tag === "Token" ? "token" : "channel" })
      // Whoever is started by a channel listens to it from the start, before anybody reports that.
      lane?.greet(name)
      const mailing = {
        cause: `${matchId}/start`,
        kind: "start",
        matchId,
        cohort: name,
        stamp: standing.stamp,
        priority: 10,
        alert: true,
        sealed: sealed.success,
        until: Instant.plus(at, Usefulness.start[input._tag]),
        resumed: false
      } as const
      yield* aftermath.settle(mailing, yield* dispatcher.send(mailing, recipients))
    }
  })
})
