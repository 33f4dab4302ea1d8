import type { Ids, PushOutcome } from "@sightscreen/domain"
import { Context, Effect, Layer } from "effect"

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

export interface Sent {
  readonly kind: string
  readonly priority: 5 | 10
  readonly alert: boolean
  readonly outcome: PushOutcome.Outcome
}

/** What was sent since this process began, for people who look on. The ledger in the database is the record. */
export class Tally extends Context.Service<
  Tally,
  {
    readonly count: (matchId: Ids.MatchId, sent: Sent) => Effect.Effect<void>
    readonly of: (matchId: Ids.MatchId) => Effect.Effect<Counts>
  }
>()("@sightscreen/engine/Tally") {
  static readonly layer = Layer.sync(Tally, () => {
    const matches = new Map<Ids.MatchId, Counts>()
    return Tally.of({
      count: (matchId, { alert, kind, outcome, priority }) =>
        Effect.sync(() => {
          const was = matches.get(matchId) ?? none
          const accepted = outcome._tag === "Accepted" ? 1 : 0
          matches.set(matchId, {
            sent: was.sent + 1,
            accepted: was.accepted + accepted,
            priority5: was.priority5 + (priority === 5 ? 1 : 0),
            priority10: was.priority10 + (priority === 10 ? 1 : 0),
            alerts: was.alerts + (alert ? 1 : 0),
            starts: was.starts + (kind === "start" ? 1 : 0),
            refused: was.refused + 1 - accepted
          })
        }),
      of: (matchId) => Effect.sync(() => matches.get(matchId) ?? none)
    })
  })
}
