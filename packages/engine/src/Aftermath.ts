import { Consequence, type Retry } from "@sightscreen/domain"
import { type Fault, PushTokens } from "@sightscreen/store"
import { Context, Effect, Layer } from "effect"
import { ActivityDesk } from "./ActivityDesk.ts"
import { AppSettings } from "./AppSettings.ts"
import type { Answered, Recipient } from "./Dispatcher.ts"
import { now } from "./Now.ts"

/**
 * What Apple's answers mean: tokens retire, activities learn of it, people are told what only people can mend.
 */
export class Aftermath extends Context.Service<
  Aftermath,
  {
    /** Tells who missed something that they are to be told later. */
    readonly settle: (
      kind: Retry.Kind,
      answers: ReadonlyArray<Answered>
    ) => Effect.Effect<ReadonlyArray<Recipient>, Fault.Fault>
  }
>()("@sightscreen/engine/Aftermath") {
  /** How many refused pushes are settled at once. */
  static readonly concurrency = 16

  static readonly layer = Layer.effect(
    Aftermath,
    Effect.gen(function* () {
      const { bundleId, environment } = yield* AppSettings
      const desk = yield* ActivityDesk
      const tokens = yield* PushTokens.PushTokens

      /** Whether the token is dead: a phone that has registered it since Apple's word knows better. */
      const retire = Effect.fnUntraced(function* (
        kind: PushTokens.Kind,
        { token }: Recipient,
        { reason, unlessRegisteredAfter }: Extract<Consequence.Consequence, { _tag: "RetireToken" }>
      ) {
        const address = { token, kind, environment, bundleId }
        if (yield* tokens.retire(address, { reason, at: yield* now, unlessRegisteredAfter })) return true
        const known = yield* tokens.byToken(token)
        return !known.some((one) => one.kind === kind && one.retiredAt === null)
      })

      const settleOne = Effect.fnUntraced(function* (
        kind: Retry.Kind,
        recipient: Recipient,
        consequences: ReadonlyArray<Consequence.Consequence>
      ) {
        const { activityId, token } = recipient
        for (const consequence of consequences) {
          const at = yield* now
          switch (consequence._tag) {
            case "RetireToken":
              if (!(yield* retire(kind === "start" ? "start" : "update", recipient, consequence))) return
              break
            case "StartRefused":
            case "StartUnsent":
              if (activityId !== null) yield* desk.tell(activityId, { _tag: consequence._tag, at })
              break
            case "TokenDisowned":
              if (activityId !== null) yield* desk.tell(activityId, { _tag: "TokenDisowned", token, at })
              break
            case "Alarm":
            case "SendAgain":
            case "TellLater":
              break
          }
        }
      })

      const settle = Effect.fnUntraced(function* (kind: Retry.Kind, answers: ReadonlyArray<Answered>) {
        const refused = answers.flatMap(({ outcome, recipient }) => {
          const consequences = Consequence.of(outcome, kind)
          return consequences.length === 0 ? [] : [{ recipient, consequences }]
        })
        yield* Effect.forEach(refused, (one) => settleOne(kind, one.recipient, one.consequences), {
          concurrency: Aftermath.concurrency,
          discard: true
        })
        const alarms = new Map<string, number>()
        const later: Array<Recipient> = []
        for (const { consequences, recipient } of refused) {
          for (const one of consequences) {
            if (one._tag === "Alarm") alarms.set(one.reason, (alarms.get(one.reason) ?? 0) + 1)
            if (one._tag === "TellLater") later.push(recipient)
          }
        }
        for (const [reason, count] of alarms)
          yield* Effect.logError(`Apple refused ${count} pushes: ${reason}`)
        return later
      })
      return Aftermath.of({ settle })
    })
  )
}
