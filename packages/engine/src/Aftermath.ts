import { Filed, Settlement } from "@sightscreen/domain"
import type { Fault } from "@sightscreen/store"
import { Context, Effect, Layer } from "effect"
import { ActivityDesk } from "./ActivityDesk.ts"
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

      const tell = Effect.fnUntraced(function* (
        { activityId, deviceId }: Recipient,
        { _tag, input }: Settlement.News
      ) {
        if (_tag === "ToLadder") {
          if (deviceId !== null) yield* ladders.hear([{ deviceId, input }])
          return
        }
        const whose =
          _tag === "ToActivity" || activityId === null ? activityId : Filed.predecessorOf(activityId)
        if (whose !== null) yield* desk.tell(whose, input)
      })

      const settle = Effect.fnUntraced(function* (mailing: Mailing, answers: ReadonlyArray<Answered>) {
        const judged = yield* tokens.judge(mailing, answers)
        const gone = new Set(judged.flatMap((one) => (one.gone ? [one.recipient.token] : [])))
        const outdated = new Set(judged.flatMap((one) => (one.outdated ? [one.recipient.token] : [])))
        const { kind, matchId } = mailing
        const touched = answers.flatMap(({ outcome, recipient }) => {
          const { token } = recipient
          const answer: Settlement.Answer = {
            outcome,
            kind,
            matchId,
            token,
            gone: gone.has(token),
            outdated: outdated.has(token)
          }
          return Settlement.consequences(answer).length === 0 ? [] : [{ recipient, answer }]
        })
        yield* Effect.forEach(
          touched,
          Effect.fnUntraced(function* ({ answer, recipient }) {
            for (const news of Settlement.news(answer, yield* now)) yield* tell(recipient, news)
          }),
          { concurrency: Aftermath.concurrency, discard: true }
        )
        return touched.flatMap(({ answer, recipient }) => (Settlement.isToldLater(answer) ? [recipient] : []))
      })
      return Aftermath.of({ settle })
    })
  )
}
