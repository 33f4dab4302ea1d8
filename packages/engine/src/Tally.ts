import type { Ids, PushOutcome } from "@sightscreen/domain"
import { Context, Effect, Layer } from "effect"
import * as Metrics from "./Metrics.ts"

/** Pushes of a match, counted as they come back. */
export interface Counts {
  readonly sent: number
  readonly accepted: number
  readonly priority5: number
  readonly priority10: number
  readonly alerts: number
  readonly starts: number
  readonly refused: number
}

export const none: Counts = {
  sent: 0,
  accepted: 0,
  priority5: 0,
  priority10: 0,
  alerts: 0,
  starts: 0,
  refused: 0
}

/** What pushes of one mailing have in common. */
export interface Sent {
  readonly kind: string
  readonly priority: 5 | 10
  readonly alert: boolean
}

/** What was sent since this process began, for people who look on. The ledger in the database is the record. */
export class Tally extends Context.Service<
  Tally,
  {
    /** Every try counts. */
    readonly count: (
      matchId: Ids.MatchId,
      sent: Sent,
      outcomes: ReadonlyArray<PushOutcome.Outcome>
    ) => Effect.Effect<void>
    readonly of: (matchId: Ids.MatchId) => Effect.Effect<Counts>
  }
>()("@sightscreen/engine/Tally") {
  static readonly layer = Layer.sync(Tally, () => {
    const matches = new Map<Ids.MatchId, Counts>()
    return Tally.of({
      count: (matchId, { alert, kind, priority }, outcomes) =>
        Effect.suspend(() => {
          const was = matches.get(matchId) ?? none
          const sent = outcomes.length
          const accepted = outcomes.filter(({ _tag }) => _tag === "Accepted").length
          matches.set(matchId, {
            sent: was.sent + sent,
            accepted: was.accepted + accepted,
            priority5: was.priority5 + (priority === 5 ? sent : 0),
            priority10: was.priority10 + (priority === 10 ? sent : 0),
            alerts: was.alerts + (alert ? sent : 0),
            starts: was.starts + (kind === "start" ? sent : 0),
            refused: was.refused + sent - accepted
          })
          return Metrics.answered(kind, outcomes)
        }),
      of: (matchId) => Effect.sync(() => matches.get(matchId) ?? none)
    })
  })
}
