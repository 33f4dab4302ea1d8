import { Consequence, type Ids } from "@sightscreen/domain"
import type { Fault } from "@sightscreen/store"
import { Context, Effect, Layer } from "effect"
import { ActivityDesk, idOf, type Stepped } from "./ActivityDesk.ts"
import type { Answered, Mailing, Recipient } from "./Dispatcher.ts"
import { now } from "./Now.ts"
import { RecoveryWard } from "./RecoveryWard.ts"
import { TokenWard } from "./TokenWard.ts"

/**
 * What Apple's answers mean: tokens retire, activities and ladders learn of it, people are told what only people can mend.
 */
export class Aftermath extends Context.Service<
  Aftermath,
  {
    /** Tells who missed something that they are to be told later. */
    readonly settle: (
      mailing: Mailing,
      answers: ReadonlyArray<Answered>
    ) => Effect.Effect<ReadonlyArray<Recipient>, Fault.Fault>
  }
>()("@sightscreen/engine/Aftermath") {
  /** How many refused pushes are settled at once. */
  static readonly concurrency = 16

  static readonly layer = Layer.effect(
    Aftermath,
    Effect.gen(function* () {
      const desk = yield* ActivityDesk
      const ladders = yield* RecoveryWard
      const tokens = yield* TokenWard

      /** The activity that a start is to take the place of. */
      const tellPredecessor = (activityId: Ids.ActivityId, matchId: Ids.MatchId, deviceId: Ids.DeviceId) =>
        Effect.gen(function* () {
          const generation = Number(activityId.slice(activityId.lastIndexOf("/") + 1))
          if (generation <= 1) return [] as ReadonlyArray<Stepped>
          const at = yield* now
          return yield* desk.tell(idOf(matchId, deviceId, generation - 1), { _tag: "SuccessorStarted", at })
        })

      const settleOne = Effect.fnUntraced(function* (
        { matchId }: Mailing,
        { activityId, deviceId, token }: Recipient,
        consequences: ReadonlyArray<Consequence.Consequence>,
        gone: boolean
      ) {
        for (const { _tag } of consequences) {
          const at = yield* now
          switch (_tag) {
            case "StartTaken":
              if (activityId !== null && deviceId !== null)
                yield* tellPredecessor(activityId, matchId, deviceId)
              break
            case "StartRefused":
              // A token that lives on, because too many would go at once, is worth another try: in its turn, and no oftener.
              if (activityId !== null && gone) yield* desk.tell(activityId, { _tag, at })
              if (deviceId !== null)
                yield* ladders.hear([
                  { deviceId, input: { _tag: gone ? "StartRefused" : "StartUnsent", matchId, at } }
                ])
              break
            case "StartSpoilt":
              if (deviceId !== null)
                yield* ladders.hear([{ deviceId, input: { _tag: "StartUnsent", matchId, at } }])
              break
            case "StartUnsent":
              if (activityId !== null) yield* desk.tell(activityId, { _tag, at })
              if (deviceId !== null) yield* ladders.hear([{ deviceId, input: { _tag, matchId, at } }])
              break
            case "TokenDisowned":
              if (activityId !== null && gone) yield* desk.tell(activityId, { _tag, token, at })
              break
            default:
              break
          }
        }
      })

      const settle = Effect.fnUntraced(function* (mailing: Mailing, answers: ReadonlyArray<Answered>) {
        const judged = yield* tokens.judge(mailing, answers)
        const gone = new Set(judged.flatMap((one) => (one.gone ? [one.recipient.token] : [])))
        const refusedStart = mailing.kind === "start" ? gone : new Set<string>()
        const touched = answers.flatMap(({ outcome, recipient }) => {
          const consequences = Consequence.of(outcome, mailing.kind)
          return consequences.length === 0 ? [] : [{ recipient, outcome, consequences }]
        })
        yield* Effect.forEach(
          touched,
          ({ consequences, outcome, recipient }) =>
            settleOne(
              mailing,
              recipient,
              // A token that was only suspected, and is retired by that, has refused the start for good.
              outcome._tag === "TokenSuspect" && gone.has(recipient.token)
                ? [{ _tag: refusedStart.has(recipient.token) ? "StartRefused" : "TokenDisowned" }]
                : consequences,
              gone.has(recipient.token)
            ),
          { concurrency: Aftermath.concurrency, discard: true }
        )
        return touched.flatMap(({ consequences, recipient }) =>
          consequences.some(({ _tag }) => _tag === "TellLater") && !gone.has(recipient.token)
            ? [recipient]
            : []
        )
      })
      return Aftermath.of({ settle })
    })
  )
}
