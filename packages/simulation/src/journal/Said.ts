import type { Instant } from "@sightscreen/decider"
import { type ActiveMatch, type Ids, MatchEvent } from "@sightscreen/domain"
import type { Entry } from "./Entry.ts"

/** What a live match has said, in the words of the journal. */
export const entriesOf = (
  output: ActiveMatch.Output,
  process: number,
  matchId: Ids.MatchId,
  at: Instant.Instant
): ReadonlyArray<Entry> => {
  switch (output._tag) {
    case "BulletinIssued": {
      const { alert, content, ends, event, stamp } = output.bulletin
      const { expanded, keyEvent, sequence } = content
      return [
        {
          _tag: "BulletinIssued",
          at,
          process,
          matchId,
          stamp,
          sequence,
          score: expanded.score,
          overs: expanded.overs,
          event: event === null ? null : MatchEvent.key(event),
          retracts: keyEvent?.type === "correction",
          alert: alert === null ? null : alert.title,
          ends
        }
      ]
    }
    case "Held":
      return [{ _tag: "EventHeld", at, process, matchId, event: MatchEvent.key(output.event) }]
    case "Dropped":
      return [
        { _tag: "EventDropped", at, process, matchId, event: MatchEvent.key(output.event), why: output.why }
      ]
    case "Ruled":
      return output.rulings.flatMap(
        ({ event, fate, reason }): ReadonlyArray<Entry> =>
          fate === "headline"
            ? []
            : [
                {
                  _tag: "EventDropped",
                  at,
                  process,
                  matchId,
                  event: MatchEvent.key(event),
                  why: `${fate}: ${reason}`
                }
              ]
      )
    default:
      return []
  }
}
